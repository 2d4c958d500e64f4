import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { benchBookDeltas } from './book-deltas.ts'
import { benchBookEvent } from './book-event.ts'
import { benchFrameDecode } from './frame-decode.ts'
import { benchRecorderCopy } from './recorder-copy.ts'
import { benchStatistics } from './statistics.ts'
import { benchTapeAppend } from './tape-append.ts'
import { benchWeatherNowcast } from './weather-nowcast.ts'
import { benchWireToIntent } from './wire-to-intent.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const dataDir = [process.env['KWM_DATA_DIR'], path.join(root, '../shared/data')].find(
  (dir) => dir !== undefined && existsSync(dir),
)

const benches: Readonly<Record<string, () => Promise<object>>> = {
  'book-deltas': () => benchBookDeltas(dataDir),
  'book-event': benchBookEvent,
  'frame-decode': () => benchFrameDecode(dataDir),
  'tape-append': benchTapeAppend,
  'recorder-copy': benchRecorderCopy,
  'wire-to-intent': benchWireToIntent,
  statistics: async () => benchStatistics(),
  'weather-nowcast': benchWeatherNowcast,
}

/** Not a test of speed: it measures, and writes down what it measured. `KWM_BENCH_ONLY` picks. */
test('benchmarks', async () => {
  const only = process.env['KWM_BENCH_ONLY']?.split(',').filter(Boolean) ?? []
  const result: Record<string, unknown> = {}
  for (const [name, bench] of Object.entries(benches)) {
    if (only.length === 0 || only.includes(name)) Object.assign(result, await bench())
  }
  const text = `${JSON.stringify(result, null, 2)}\n`
  process.stdout.write(text)
  const file = process.env['KWM_BENCH_JSON']
  if (file) writeFileSync(file, text)
  const rates = Object.values(result).filter((value) => typeof value === 'number')
  expect(Math.min(...rates)).toBeGreaterThan(0)
}, 600_000)
