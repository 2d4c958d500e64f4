import { microprice, OrderBook } from '@kwm/model-book'
import { LocalQuadratic } from '@kwm/quant'
import { Prng } from '@kwm/std'
import { expect, test } from 'vitest'
import { blankRow, defaultFeaturesConfig, MidMotion } from '../src/index.ts'

const TICK_BPS = 100
const config = { ...defaultFeaturesConfig, kinematicsHalfLifeUs: 5_000_000 }

const bookOf = (bid: number, ask: number, bids = 100, asks = 100): OrderBook => {
  const book = new OrderBook()
  book.applySnapshot([[bid, bids]], [[10_000 - ask, asks]])
  return book
}

const rowOf = (motion: MidMotion) => {
  const row = blankRow('x')
  motion.fill(row)
  return row
}

/** Hampel's filter by its definition, over the newest seven. */
function filtered(values: readonly number[]): number {
  const middle = (list: readonly number[]): number => {
    const sorted = list.toSorted((a, b) => a - b)
    return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
  }
  const window = values.slice(-7)
  const median = middle(window)
  const mad = Math.max(TICK_BPS / 20_000, middle(window.map((x) => Math.abs(x - median))))
  return Math.abs(values.at(-1)! - median) > 3 * 1.4826 * mad ? median : values.at(-1)!
}

test('the kinematics are those of the filtered mids and microprices, quote by quote', () => {
  const prng = new Prng('flicker')
  const motion = new MidMotion(config)
  const [mid, micro] = [0, 1].map(() => new LocalQuadratic({ halfLifeUs: 5_000_000 }))
  const [mids, micros]: [number[], number[]] = [[], []]
  let bid = 4_000
  for (let n = 0; n < 120; n++) {
    bid += 100 * (prng.nextInt(3) - 1)
    const leap = prng.nextFloat() < 0.1 ? 1_500 : 0
    const book = bookOf(bid + leap, bid + leap + 200, 100 + prng.nextInt(900), 500)
    const timeUs = 1_000_000 + n * 300_000
    motion.onQuotes(timeUs, book, true, TICK_BPS)
    mids.push((book.bestYesBidBps + book.bestYesAskBps) / 20_000)
    micros.push(microprice(book)!)
    mid!.add(timeUs, filtered(mids))
    micro!.add(timeUs, filtered(micros))
    const row = rowOf(motion)
    expect(row.velocity).toBe(mid!.estimate()?.velocity ?? null)
    expect(row.accelerationSe).toBe(mid!.estimate()?.seAcceleration ?? null)
    expect(row.bookVelocity).toBe(micro!.estimate()?.velocity ?? null)
  }
  expect(mids.filter((_, n) => filtered(mids.slice(0, n + 1)) !== mids[n]).length).toBeGreaterThan(
    5,
  )
})

test('a quote that leaps for a moment is no move', () => {
  const motion = new MidMotion(config)
  for (let n = 0; n < 30; n++) {
    const leap = n === 27 ? 2_000 : 0
    motion.onQuotes(n * 1e6, bookOf(4_000 + leap, 4_200 + leap), true, TICK_BPS)
  }
  expect(rowOf(motion).velocity).toBeCloseTo(0, 12)
  expect(rowOf(motion).bookVelocity).toBeCloseTo(0, 12)
})

test('a mid that moves by less than half a tick is where it was, one that moves by half is not', () => {
  const play = (step: number) => {
    const motion = new MidMotion(config)
    // To and fro, so that no move adds up to half a tick.
    for (let n = 0; n < 20; n++) {
      motion.onQuotes(n * 1e6, bookOf(4_000 + step * (n % 2), 4_200), true, TICK_BPS)
    }
    return rowOf(motion)
  }
  expect(play(90).velocitySe).toBe(0)
  expect(play(100).velocitySe).toBeGreaterThan(0)
  // The microprice is made of such moves.
  expect(play(90).bookVelocitySe).toBeGreaterThan(0)
})

test('a crossed book adds nothing, and a stale one ends what the next value is judged by', () => {
  const motion = new MidMotion(config)
  for (let n = 0; n < 20; n++) motion.onQuotes(n * 1e6, bookOf(4_000, 4_200), true, TICK_BPS)
  const before = JSON.stringify(motion.snapshot())
  motion.onQuotes(20e6, bookOf(7_000, 6_900), true, TICK_BPS)
  motion.onTick(20e6, undefined, TICK_BPS)
  expect(JSON.stringify(motion.snapshot())).toBe(before)
  motion.onQuotes(21e6, bookOf(6_000, 6_200), true, TICK_BPS)
  expect(rowOf(motion).velocity).toBeCloseTo(0, 12)
  motion.disconnect()
  motion.onQuotes(22e6, bookOf(6_000, 6_200), true, TICK_BPS)
  expect(rowOf(motion).velocity).toBeGreaterThan(0.01)
})
