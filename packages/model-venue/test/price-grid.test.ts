import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  isOnGrid,
  linearCentGrid,
  priceAbove,
  priceBelow,
  priceGrid,
  roundToTick,
  taperedDeciCentGrid,
  tickAt,
  type PriceGrid,
  type PriceRange,
} from '@kwm/model-venue'

/** Touching ranges from random seams, each with a tick that divides its length. */
const anyGrid: fc.Arbitrary<PriceGrid> = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 4 }),
    fc.array(fc.constantFrom(1, 5, 10, 20, 50, 100), { minLength: 5, maxLength: 5 }),
  )
  .map(([seams, steps]) => {
    const edges = [0, ...seams.toSorted((a, b) => a - b).map((cents) => cents * 100), 10_000]
    return edges.slice(1).map((endBps, i) => ({ startBps: edges[i]!, endBps, stepBps: steps[i]! }))
  })

/** The oracle: every order price, listed. */
function pricesOf(grid: PriceGrid): number[] {
  const prices = new Set<number>()
  for (const { startBps, endBps, stepBps } of grid) {
    for (let p = startBps; p <= endBps; p += stepBps) if (p > 0 && p < 10_000) prices.add(p)
  }
  return [...prices].toSorted((a, b) => a - b)
}

test('rounding finds the nearest listed price on the asked side, or none', () => {
  fc.assert(
    fc.property(anyGrid, fc.integer({ min: -200, max: 10_200 }), (grid, priceBps) => {
      const prices = pricesOf(grid)
      expect(roundToTick(grid, priceBps, 'down')).toBe(prices.findLast((p) => p <= priceBps))
      expect(roundToTick(grid, priceBps, 'up')).toBe(prices.find((p) => p >= priceBps))
      expect(priceBelow(grid, priceBps)).toBe(prices.findLast((p) => p < priceBps))
      expect(priceAbove(grid, priceBps)).toBe(prices.find((p) => p > priceBps))
      expect(isOnGrid(grid, priceBps)).toBe(prices.includes(priceBps))
    }),
    { numRuns: 500 },
  )
})

test('grids of the venue pass their own check', () => {
  for (const grid of [linearCentGrid, taperedDeciCentGrid]) {
    expect(priceGrid(grid)).toEqual({ ok: true, grid })
    expect(priceGrid(grid.toReversed())).toEqual({ ok: true, grid })
  }
})

test('the tick is that of the range which contains the price', () => {
  expect(tickAt(taperedDeciCentGrid, 995)).toBe(10)
  expect(tickAt(taperedDeciCentGrid, 1000)).toBe(100)
  expect(tickAt(taperedDeciCentGrid, 1050)).toBe(100)
  expect(tickAt(taperedDeciCentGrid, 9000)).toBe(10)
  expect(tickAt(taperedDeciCentGrid, 9005)).toBe(10)
  expect(roundToTick(taperedDeciCentGrid, 955, 'down')).toBe(950)
  expect(roundToTick(taperedDeciCentGrid, 1055, 'up')).toBe(1100)
})

test.each<[string, PriceRange[]]>([
  ['no-range', []],
  ['not-integer', [{ startBps: 0, endBps: 10_000, stepBps: 2.5 }]],
  ['out-of-bounds', [{ startBps: 0, endBps: 10_001, stepBps: 1 }]],
  ['out-of-bounds', [{ startBps: 0, endBps: 10_000, stepBps: 0 }]],
  ['out-of-bounds', [{ startBps: 500, endBps: 500, stepBps: 1 }]],
  ['ragged', [{ startBps: 0, endBps: 10_000, stepBps: 300 }]],
  [
    'gap',
    [
      { startBps: 0, endBps: 1000, stepBps: 10 },
      { startBps: 2000, endBps: 10_000, stepBps: 100 },
    ],
  ],
])('refused: %s', (fault, ranges) => {
  expect(priceGrid(ranges)).toEqual({ ok: false, fault })
})
