import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { benchBookDeltas } from './book-deltas.ts'
import { benchFrameDecode } from './frame-decode.ts'
import { benchRecorderCopy } from './recorder-copy.ts'
import { benchTapeAppend } from './tape-append.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const dataDir = [process.env['KWM_DATA_DIR'], path.join(root, '../shared/data')].find(
  (dir) => dir !== undefined && existsSync(dir),
)

/** Not a test of speed: it measures, and writes down what it measured. */
test('benchmarks', async () => {
  const result = {
    ...(await benchBookDeltas(dataDir)),
    ...(await benchFrameDecode(dataDir)),
    ...(await benchTapeAppend()),
    ...(await benchRecorderCopy()),
  }
  const text = `${JSON.stringify(result, null, 2)}\n`
  process.stdout.write(text)
  const file = process.env['KWM_BENCH_JSON']
  if (file) writeFileSync(file, text)
  const rates = Object.values(result).filter((value) => typeof value === 'number')
  expect(Math.min(...rates)).toBeGreaterThan(0)
}, 600_000)
