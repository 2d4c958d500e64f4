import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bookFeatures, depthSlope, OrderBook } from '../src/index.ts'
import type { BookSide, Level } from '../src/index.ts'

type Op =
  | { type: 'snapshot'; yes: Level[]; no: Level[] }
  | { type: 'delta'; side: BookSide; priceBps: number; countDeltaCenti: number }

// Few prices, at the edges of the bitset's words and pages, so that levels are emptied and met again.
const priceBps = fc.constantFrom(1, 2, 31, 32, 33, 1023, 1024, 1025, 4500, 5500, 8192, 9968, 9999)
const side = fc.constantFrom<BookSide>('yes', 'no')
const levels = fc
  .uniqueArray(fc.tuple(priceBps, fc.constantFrom(0, 1, 250, 3e9)), { selector: ([p]) => p })
  .map((list): Level[] => list)
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ type: fc.constant('snapshot'), yes: levels, no: levels }) },
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant('delta'),
      side,
      priceBps,
      countDeltaCenti: fc.constantFrom(0, 1, 250, 3e9, -1, -250, -3e9),
    }),
  },
)
const tape = fc.array(op, { maxLength: 120, size: 'max' })

/** The oracle: two maps, and every question answered by looking at all of them. */
class MapBook {
  readonly sides: Record<BookSide, Map<number, number>> = { yes: new Map(), no: new Map() }
  isStale = true

  apply(input: Op): string {
    if (input.type === 'snapshot') {
      this.sides.yes = new Map(input.yes.filter(([, count]) => count > 0))
      this.sides.no = new Map(input.no.filter(([, count]) => count > 0))
      this.isStale = false
      return 'ok'
    }
    if (this.isStale) return 'stale'
    const counts = this.sides[input.side]
    const count = (counts.get(input.priceBps) ?? 0) + input.countDeltaCenti
    if (count < 0) return 'negative-level'
    if (count === 0) counts.delete(input.priceBps)
    else counts.set(input.priceBps, count)
    return 'ok'
  }

  levels(of: BookSide): Level[] {
    return [...this.sides[of]].sort(([a], [b]) => b - a)
  }
}

function apply(book: OrderBook, input: Op): string {
  if (input.type === 'snapshot') return book.applySnapshot(input.yes, input.no)
  return book.applyDelta(input.side, input.priceBps, input.countDeltaCenti)
}

function expectSame(book: OrderBook, oracle: MapBook): void {
  const [yes, no] = [oracle.levels('yes'), oracle.levels('no')]
  expect(book.levels('yes')).toEqual(yes)
  expect(book.levels('no')).toEqual(no)
  expect(book.isStale).toBe(oracle.isStale)
  expect(book.bestYesBidBps).toBe(yes[0]?.[0] ?? 0)
  expect(book.bestNoBidBps).toBe(no[0]?.[0] ?? 0)
  expect(book.bestYesAskBps).toBe(no[0] ? 10_000 - no[0][0] : 10_000)
  expect(book.bestNoAskBps).toBe(yes[0] ? 10_000 - yes[0][0] : 10_000)
  expect(book.bestYesBidCountCenti).toBe(yes[0]?.[1] ?? 0)
  expect(book.bestYesAskCountCenti).toBe(no[0]?.[1] ?? 0)
  const quotes = new Float64Array(12)
  book.readQuotes(quotes)
  const expected = [0, 1, 2].flatMap((m) => [
    ...(yes[m] ?? [0, 0]),
    ...(no[m] ? [10_000 - no[m][0], no[m][1]] : [10_000, 0]),
  ])
  expect([...quotes]).toEqual(expected)
  expect(book.quoteState).toBe(stateOf(yes[0]?.[0], no[0]?.[0]))
}

function stateOf(bid: number | undefined, noBid: number | undefined): string {
  if (bid === undefined) return noBid === undefined ? 'empty' : 'askOnly'
  if (noBid === undefined) return 'bidOnly'
  return bid >= 10_000 - noBid ? 'crossed' : 'two'
}

describe('order book', () => {
  test('holds what two maps hold, after every message', () => {
    fc.assert(
      fc.property(tape, (inputs) => {
        const book = new OrderBook()
        const oracle = new MapBook()
        for (const input of inputs) {
          expect(apply(book, input)).toBe(oracle.apply(input))
          expectSame(book, oracle)
        }
      }),
    )
  })

  test('a wide random walk over all prices agrees with the maps', () => {
    const anywhere = fc.record({
      type: fc.constant('delta' as const),
      side,
      priceBps: fc.integer({ min: 1, max: 9_999 }),
      countDeltaCenti: fc.constant(100),
    })
    fc.assert(
      fc.property(fc.array(anywhere, { minLength: 50, maxLength: 300, size: 'max' }), (adds) => {
        const book = new OrderBook()
        const oracle = new MapBook()
        const removals = adds.map((add) => ({ ...add, countDeltaCenti: -100 }))
        for (const input of [
          { type: 'snapshot' as const, yes: [], no: [] },
          ...adds,
          ...removals,
        ]) {
          expect(apply(book, input)).toBe(oracle.apply(input))
          expect(book.bestYesBidBps).toBe(Math.max(0, ...oracle.sides.yes.keys()))
          expect(book.bestNoBidBps).toBe(Math.max(0, ...oracle.sides.no.keys()))
        }
        expectSame(book, oracle)
      }),
      { numRuns: 30 },
    )
  })

  test('resumes from a snapshot saved anywhere', () => {
    fc.assert(
      fc.property(tape, fc.nat(), (inputs, seed) => {
        const cut = seed % (inputs.length + 1)
        const straight = new OrderBook()
        for (const input of inputs.slice(0, cut)) apply(straight, input)
        const saved = JSON.parse(JSON.stringify(straight.snapshot()))
        const resumed = OrderBook.restore(saved)
        expect(resumed.snapshot()).toEqual(straight.snapshot())
        for (const input of inputs.slice(cut)) {
          expect(apply(resumed, input)).toBe(apply(straight, input))
        }
        expect(resumed.snapshot()).toEqual(straight.snapshot())
      }),
    )
  })

  test('swapping YES and NO mirrors every feature', () => {
    fc.assert(
      fc.property(levels, levels, fc.integer({ min: 1, max: 6 }), (yes, no, k) => {
        const book = new OrderBook()
        const mirror = new OrderBook()
        book.applySnapshot(yes, no)
        mirror.applySnapshot(no, yes)
        const [a, b] = [bookFeatures(book, k), bookFeatures(mirror, k)]
        expect(b.fairMid).toBeCloseTo(1 - a.fairMid, 14)
        expect(b.fairVar).toBeCloseTo(a.fairVar, 14)
        expect(b.spreadBps).toBe(a.spreadBps)
        expectMirror(a.mid, b.mid, (x) => 1 - x)
        expectMirror(a.microprice, b.microprice, (x) => 1 - x)
        expectMirror(a.queueImbalance, b.queueImbalance, (x) => 1 - x)
        expectMirror(a.depthImbalance, b.depthImbalance, (x) => -x)
        expectMirror(a.depthImbalanceWeighted, b.depthImbalanceWeighted, (x) => -x)
        expectMirror(a.bidDepthSlope, depthSlope(mirror, 'no', k), (x) => x)
        expectMirror(a.askDepthSlope, depthSlope(mirror, 'yes', k), (x) => x)
      }),
    )
  })
})

function expectMirror(a: number | null, b: number | null, map: (x: number) => number): void {
  if (a === null) expect(b).toBeNull()
  else expect(Math.abs(b! - map(a))).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(a)))
}
