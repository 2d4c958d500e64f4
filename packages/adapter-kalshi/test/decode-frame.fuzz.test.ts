import { resolve } from 'node:path'
import { Prng } from '@kwm/std'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeFrame } from '../src/index.ts'
import { decodeLongWay } from '../src/decode-frame.ts'
import { findDataDir, readRecordings } from '../src/testing/index.ts'
import { accountFrames } from './account-frames.ts'
import { bytesOf, frames as marketFrames } from './frames.ts'

const frames = { ...marketFrames, ...accountFrames }

/** `KWM_FUZZ=1000000` for the long run. */
const MUTANTS = Number(process.env['KWM_FUZZ'] ?? 60_000)
const TIMEOUT_MS = 15_000 + MUTANTS / 5
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_120)

const KINDS = new Set([
  ...['book-snapshot', 'book-delta', 'trade', 'ticker', 'market-lifecycle', 'event-lifecycle'],
  ...['event-fee', 'subscribed', 'unsubscribed', 'ok', 'error', 'refused'],
  ...['fill', 'user-order', 'position', 'order-group', 'index-value', 'index-list'],
])

// Values and scraps that a mutation puts where they do not belong.
const SCRAPS = [
  ...['"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\n', '0', '-', '.', 'e', '\u0000', 'é', '😀'],
  ...['null', 'true', '1e999', '-0', '01', '"0.5000"', '"msg"', '"seq":1,', '"side":"no",'],
  ...['"price_dollars":"0.0100",', '"\\u0041"', '[]', '{}', '99999999999999999999'],
].map((text) => Buffer.from(text))

/** Flip, cut, repeat or insert: one to four times. */
function mutate(prng: Prng, seed: Uint8Array): Buffer {
  let bytes = Buffer.from(seed)
  for (let times = 1 + prng.nextInt(4); times > 0; times--) {
    const at = prng.nextInt(bytes.length + 1)
    const head = bytes.subarray(0, at)
    switch (prng.nextInt(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = prng.nextInt(256)
        break
      case 1:
        bytes = Buffer.concat([head, bytes.subarray(at + 1 + prng.nextInt(8))])
        break
      case 2:
        bytes = Buffer.concat([head, bytes.subarray(Math.max(0, at - prng.nextInt(40)))])
        break
      case 3:
        bytes = Buffer.concat([head, SCRAPS[prng.nextInt(SCRAPS.length)]!, bytes.subarray(at)])
        break
      default: {
        const scrap = SCRAPS[prng.nextInt(SCRAPS.length)]!
        bytes = Buffer.concat([head, scrap, bytes.subarray(at + scrap.length)])
      }
    }
  }
  return bytes
}

/** What holds of every frame that was believed. */
function check(decoded: ReturnType<typeof decodeFrame>): void {
  if (!KINDS.has(decoded.kind)) throw new Error(`kind ${decoded.kind}`)
  const prices =
    decoded.kind === 'book-delta'
      ? [decoded.priceBps]
      : decoded.kind === 'book-snapshot'
        ? [...decoded.yes, ...decoded.no].map(([priceBps]) => priceBps)
        : decoded.kind === 'trade'
          ? [decoded.yesPriceBps]
          : []
  for (const bps of prices) {
    if (!Number.isSafeInteger(bps) || bps <= 0 || bps >= 10_000) throw new Error(`price ${bps}`)
  }
  if (decoded.kind === 'book-delta' && !Number.isSafeInteger(decoded.countDeltaCenti)) {
    throw new Error(`count ${decoded.countDeltaCenti}`)
  }
}

/** In the long run, one of 500 recorded frames as well, where there are recordings. */
function recordedFrames(): Uint8Array[] {
  const dataDir = findDataDir(resolve(import.meta.dirname, '../../..'), process.env['KWM_DATA_DIR'])
  if (process.env['KWM_FUZZ'] === undefined || dataDir === undefined) return []
  for (const { frames: recorded } of readRecordings(dataDir)) {
    return recorded.filter((_, at) => at % 500 === 0).map(({ text }) => bytesOf(text))
  }
  return []
}

test(
  `${MUTANTS} mutants of valid frames are read or refused, both ways alike`,
  { timeout: TIMEOUT_MS },
  () => {
    const prng = new Prng(SEED)
    const seeds = [...Object.values(frames).map(bytesOf), ...recordedFrames()]
    // Deltas have a short cut of their own: half of the mutants are theirs.
    const delta = bytesOf({ ...frames.delta, sending_ts_ms: 1_795_207_441_001 })
    let believed = 0
    for (let i = 0; i < MUTANTS; i++) {
      const seed = i % 2 === 0 ? delta : seeds[prng.nextInt(seeds.length)]!
      const mutant = mutate(prng, seed)
      try {
        const decoded = decodeFrame(mutant)
        check(decoded)
        if (decoded.kind !== 'refused') believed++
        const longWay = decodeLongWay(mutant)
        if (JSON.stringify(decoded) !== JSON.stringify(longWay)) {
          throw new Error(`short ${JSON.stringify(decoded)}, long ${JSON.stringify(longWay)}`)
        }
      } catch (error) {
        throw new Error(`FUZZ_SEED=${SEED} case ${i}: ${mutant.toString('latin1')}`, {
          cause: error,
        })
      }
    }
    // Were nothing believed, the mutants would test only the first lines.
    expect(believed).toBeGreaterThan(MUTANTS / 50)
  },
)

test('any bytes are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => check(decodeFrame(bytes))),
    { numRuns: 5_000 },
  )
})

const TYPES = [...new Set(Object.values(frames).map(({ type }) => type))]
const FIELDS = [
  ...new Set(
    Object.values(frames).flatMap((frame) => ('msg' in frame ? Object.keys(frame.msg) : [])),
  ),
]

test('any JSON in the shape of a frame is read or refused, both ways alike', () => {
  const value = fc.oneof(
    fc.constantFrom('yes', 'no', '0.5000', '-3.00', '0.01', 'ABC', 0, 1, -1, 1e308, null, true),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const frame = fc.record(
    {
      type: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...TYPES) }, fc.jsonValue()),
      sid: fc.oneof({ weight: 9, arbitrary: fc.nat() }, fc.jsonValue()),
      seq: fc.oneof({ weight: 9, arbitrary: fc.nat() }, fc.jsonValue()),
      msg: fc.oneof(
        { weight: 9, arbitrary: fc.dictionary(fc.constantFrom(...FIELDS), value) },
        fc.jsonValue(),
      ),
    },
    { requiredKeys: ['type'] },
  )
  fc.assert(
    fc.property(frame, (given) => {
      const bytes = bytesOf(given)
      const decoded = decodeFrame(bytes)
      check(decoded)
      expect(decoded).toEqual(decodeLongWay(bytes))
    }),
    { numRuns: 10_000 },
  )
})
