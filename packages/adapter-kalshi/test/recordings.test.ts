import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { decodeFrame } from '../src/index.ts'
import { decodeLongWay } from '../src/decode-frame.ts'
import { findDataDir, readRecordings } from '../src/testing/index.ts'

const root = resolve(import.meta.dirname, '../../..')
const dataDir = findDataDir(root, process.env['KWM_DATA_DIR'])
const skip =
  dataDir === undefined && 'no recordings: set KWM_DATA_DIR or put them in ../shared/data'

test.skipIf(skip)(`every recorded KXBTC15M frame is read ${skip || ''}`, () => {
  const counts: Record<string, number> = {}
  for (const { frames } of readRecordings(dataDir!)) {
    for (const { text } of frames) {
      const bytes = Buffer.from(text)
      const decoded = decodeFrame(bytes)
      counts[decoded.kind] = (counts[decoded.kind] ?? 0) + 1
      if (decoded.kind === 'refused') throw new Error(`${decoded.reason} ${decoded.field}: ${text}`)
      if (counts[decoded.kind]! % 97 === 0) expect(decoded).toEqual(decodeLongWay(bytes))
    }
  }
  expect(counts).toEqual({ 'book-snapshot': 18, 'book-delta': 332_070, ticker: 3_885 })
})
