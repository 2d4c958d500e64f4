import { describe, expect, test } from 'vitest'
import { BracketLadder, OrderBook } from '../src/index.ts'
import type { Level } from '../src/index.ts'

const bookOf = (yes: Level[], no: Level[]): OrderBook => {
  const book = new OrderBook()
  book.applySnapshot(yes, no)
  return book
}

describe('order book', () => {
  test('a new book is stale and takes no delta until a snapshot', () => {
    const book = new OrderBook()
    expect(book.staleReason).toBe('no-snapshot')
    expect(book.applyDelta('yes', 4500, 100)).toBe('stale')
    expect(book.quoteState).toBe('empty')
    expect(book.applySnapshot([], [])).toBe('ok')
    expect(book.isStale).toBe(false)
    expect(book.applyDelta('yes', 4500, 100)).toBe('ok')
  })

  test('a stale book keeps its levels, refuses deltas, and is cured by a snapshot', () => {
    const book = bookOf([[4500, 100]], [[5300, 200]])
    book.markStale('sequence-gap')
    expect(book.applyDelta('yes', 4600, 100)).toBe('stale')
    expect([book.staleReason, book.bestYesBidBps]).toEqual(['sequence-gap', 4500])
    expect(OrderBook.restore(book.snapshot()).staleReason).toBe('sequence-gap')
    book.applySnapshot([[4400, 1]], [])
    expect([book.isStale, book.bestYesBidBps, book.bestNoBidBps]).toEqual([false, 4400, 0])
  })

  test('a level below zero is reported and changes nothing', () => {
    const book = bookOf([[4500, 100]], [])
    const before = book.snapshot()
    expect(book.applyDelta('yes', 4500, -101)).toBe('negative-level')
    expect(book.applyDelta('no', 4500, -1)).toBe('negative-level')
    expect(book.snapshot()).toEqual(before)
  })

  test.each<[string, Level[]]>([
    ['a price of 0', [[0, 1]]],
    ['a price of 10000', [[10_000, 1]]],
    ['a fractional price', [[4500.5, 1]]],
    ['a negative count', [[4500, -1]]],
    ['a fractional count', [[4500, 0.5]]],
    ['no number', [[4500, NaN]]],
    [
      'a price twice',
      [
        [4500, 1],
        [4500, 2],
      ],
    ],
  ])('a snapshot with %s leaves an empty, stale book', (_, bad) => {
    for (const [yes, no] of [
      [bad, []],
      [[[4000, 5]], bad],
    ] as [Level[], Level[]][]) {
      const book = bookOf([[4100, 7]], [[5000, 7]])
      expect(book.applySnapshot(yes, no)).toBe('malformed')
      expect([book.staleReason, book.quoteState]).toEqual(['malformed-snapshot', 'empty'])
      expect([...book.levels('yes'), ...book.levels('no')]).toEqual([])
    }
  })

  test.each([
    [0, 1],
    [10_000, 1],
    [-1, 1],
    [10_241, 1],
    [1.5, 1],
    [NaN, 1],
    [4500, NaN],
    [4500, 0.5],
    [4500, Infinity],
    [4500, -Infinity],
    [4500, -0.5],
    [4500, Number.MAX_SAFE_INTEGER],
  ])('a delta at %d of %d is a bug of ours', (priceBps, delta) => {
    const book = bookOf([[4500, 100]], [])
    expect(() => book.applyDelta('yes', priceBps, delta)).toThrow('off the integer grid')
    expect(book.levels('yes')).toEqual([[4500, 100]])
  })

  test('counts beyond 32 bits stay exact, and the sides do not touch', () => {
    const book = bookOf([[9999, 2 ** 40]], [[1, 1]])
    book.applyDelta('yes', 9999, 1)
    book.applyDelta('no', 1, -1)
    expect(book.levels('yes')).toEqual([[9999, 2 ** 40 + 1]])
    expect(book.quoteState).toBe('bidOnly')
    expect([book.countAt('no', 0), book.countAt('yes', -5), book.countAt('no', 10_000)]).toEqual([
      0, 0, 0,
    ])
  })
})

describe('bracket ladder', () => {
  const brackets = ['T70', 'B70.5', 'B72.5', 'T73'].map((marketTicker, i) => ({ marketTicker, i }))

  test('finds books by ticker and knows what is two-sided', () => {
    const ladder = new BracketLadder(brackets)
    expect(ladder.isFresh).toBe(false)
    for (const book of ladder.books) book.applySnapshot([], [])
    ladder.bookOf('B70.5')!.applySnapshot([[4000, 1]], [[5500, 1]])
    ladder.bookOf('T73')!.applySnapshot([[200, 1]], [])
    expect(ladder.isFresh).toBe(true)
    expect([0, 1, 2, 3].map((rung) => ladder.isTwoSided(rung))).toEqual([false, true, false, false])
    expect([ladder.sumYesBidBps, ladder.sumYesAskBps]).toEqual([4200, 34_500])
    expect([ladder.rungOf('B72.5'), ladder.rungOf('other'), ladder.bookOf('other')]).toEqual([
      2,
      -1,
      undefined,
    ])
    ladder.bookOf('B70.5')!.markStale('gap')
    expect(ladder.isTwoSided(1)).toBe(false)
  })

  test('resumes from its snapshot', () => {
    const ladder = new BracketLadder(brackets)
    ladder.bookAt(1).applySnapshot([[4000, 1]], [[5500, 1]])
    const saved: ReturnType<typeof ladder.snapshot> = JSON.parse(JSON.stringify(ladder.snapshot()))
    const resumed = BracketLadder.restore(saved)
    expect(resumed.snapshot()).toEqual(ladder.snapshot())
    expect(resumed.brackets).toEqual(brackets)
    ladder.bookAt(1).applyDelta('yes', 4000, 1)
    expect(resumed.bookAt(1).bestYesBidCountCenti).toBe(1)
  })

  test('refuses a market twice', () => {
    expect(() => new BracketLadder([brackets[0]!, brackets[0]!])).toThrow('twice')
  })
})
