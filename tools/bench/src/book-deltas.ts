import { createReadStream, existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { decodeFrameText } from '@kwm/adapter-kalshi'
import { OrderBook } from '@kwm/model-book'
import { Prng } from '@kwm/std'

export type BookDeltasResult = {
  readonly bookDeltasPerSec: number
  readonly bookBaselinePerSec: number
  readonly bookRatio: number
  readonly bookInput: string
}

type Deltas = {
  readonly isYes: Uint8Array
  readonly priceBps: Uint16Array
  readonly countDelta: Float64Array
  readonly input: string
}

const ROUNDS = 9
const REPEATS = 5
const MAX_DELTAS = 400_000

/**
 * Deltas a second of one order book against a flat typed array that only adds and keeps the best
 * price. Forward and then reversed, so that every pass ends where it began; the medians count.
 */
export async function benchBookDeltas(dataDir?: string): Promise<BookDeltasResult> {
  const deltas = dataDir ? await recorded(dataDir) : generated()
  const ours: number[] = []
  const flat: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(rate(deltas, playBook))
    flat.push(rate(deltas, playFlat))
  }
  const bookDeltasPerSec = median(ours)
  const bookBaselinePerSec = median(flat)
  const bookRatio = bookDeltasPerSec / bookBaselinePerSec
  return { bookDeltasPerSec, bookBaselinePerSec, bookRatio, bookInput: deltas.input }
}

function rate(deltas: Deltas, play: (deltas: Deltas) => number): number {
  const startedMs = performance.now()
  let best = 0
  for (let i = 0; i < REPEATS; i++) best += play(deltas)
  if (best < 0) throw new Error('a book without prices')
  return (2 * REPEATS * deltas.priceBps.length) / ((performance.now() - startedMs) / 1_000)
}

function playBook({ isYes, priceBps, countDelta }: Deltas): number {
  const book = new OrderBook()
  const floor = Array.from({ length: 9_999 }, (_, i) => [i + 1, 1e9] as const)
  book.applySnapshot(floor.slice(0, 1), floor.slice(0, 1))
  const n = priceBps.length
  for (let i = 0; i < n; i++) {
    book.applyDelta(isYes[i] === 1 ? 'yes' : 'no', priceBps[i]!, countDelta[i]!)
  }
  for (let i = n - 1; i >= 0; i--) {
    book.applyDelta(isYes[i] === 1 ? 'yes' : 'no', priceBps[i]!, -countDelta[i]!)
  }
  return book.bestYesBidBps
}

function playFlat({ isYes, priceBps, countDelta }: Deltas): number {
  const counts = new Float64Array(20_000)
  const best = [0, 0]
  const apply = (i: number, sign: number): void => {
    const side = isYes[i]!
    const price = priceBps[i]!
    const slot = side * 10_000 + price
    const after = counts[slot]! + sign * countDelta[i]!
    counts[slot] = after
    if (after > 0) {
      if (price > best[side]!) best[side] = price
    } else if (price === best[side]) {
      let p = price - 1
      while (p > 0 && counts[side * 10_000 + p]! <= 0) p--
      best[side] = p
    }
  }
  const n = priceBps.length
  for (let i = 0; i < n; i++) apply(i, 1)
  for (let i = n - 1; i >= 0; i--) apply(i, -1)
  return best[1]!
}

async function recorded(dataDir: string): Promise<Deltas> {
  const folder = path.join(dataDir, 'kxbtc15m_ws')
  if (!existsSync(folder)) return generated()
  const file = readdirSync(folder).find((name) => name.endsWith('.ndjson.gz'))
  if (!file) return generated()
  const rows: [number, number, number][] = []
  const levels = new Map<string, number>()
  const lines = createInterface({
    input: createReadStream(path.join(folder, file)).pipe(createGunzip()),
  })
  for await (const line of lines) {
    const { frame } = JSON.parse(line) as { frame: object }
    const decoded = decodeFrameText(JSON.stringify(frame))
    if (decoded.kind !== 'book-delta' || rows.length >= MAX_DELTAS) continue
    // Snapshots are left out, so a level may first be seen shrinking: start it high enough.
    const key = `${decoded.side}${decoded.priceBps}`
    const before = levels.get(key) ?? 0
    if (before + decoded.countDeltaCenti < 0) continue
    levels.set(key, before + decoded.countDeltaCenti)
    rows.push([decoded.side === 'yes' ? 1 : 0, decoded.priceBps, decoded.countDeltaCenti])
  }
  return pack(rows, 'recorded KXBTC15M deltas')
}

function generated(): Deltas {
  const prng = new Prng('book-bench')
  const levels = new Map<number, number>()
  const rows: [number, number, number][] = []
  while (rows.length < MAX_DELTAS) {
    const isYes = prng.nextInt(2)
    const price = 4_000 + 10 * prng.nextInt(100)
    const key = isYes * 10_000 + price
    const before = levels.get(key) ?? 0
    const after = prng.nextFloat() < 0.2 ? 0 : prng.nextInt(10_000)
    if (after === before) continue
    levels.set(key, after)
    rows.push([isYes, price, after - before])
  }
  return pack(rows, 'generated deltas')
}

const pack = (rows: readonly (readonly [number, number, number])[], input: string): Deltas => ({
  isYes: Uint8Array.from(rows, (row) => row[0]),
  priceBps: Uint16Array.from(rows, (row) => row[1]),
  countDelta: Float64Array.from(rows, (row) => row[2]),
  input,
})

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
