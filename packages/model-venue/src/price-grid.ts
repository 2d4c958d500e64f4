import { assert, fail } from '@kwm/std'

/** A stretch of prices with one tick: start, start + step, … end. All in $0.0001. */
export type PriceRange = {
  readonly startBps: number
  readonly endBps: number
  readonly stepBps: number
}

/** Ranges checked by `priceGrid`: ascending, touching, each a whole number of ticks long. */
export type PriceGrid = readonly PriceRange[]

export type PriceGridFault = 'no-range' | 'not-integer' | 'out-of-bounds' | 'gap' | 'ragged'
export type PriceGridResult =
  | { readonly ok: true; readonly grid: PriceGrid }
  | { readonly ok: false; readonly fault: PriceGridFault }

export type RoundDirection = 'down' | 'up'

/** The payout of one contract, and so the price that no order may have (nor 0). */
export const PAYOUT_BPS = 10_000

/**
 * The venue's `price_ranges` as a grid, or why it cannot be one. Outside data: refused, not thrown.
 * The label `price_level_structure` is open-ended and is never consulted.
 */
export function priceGrid(ranges: readonly PriceRange[]): PriceGridResult {
  if (ranges.length === 0) return { ok: false, fault: 'no-range' }
  const sorted = ranges.toSorted((a, b) => a.startBps - b.startBps)
  let previousEndBps: number | undefined
  for (const { startBps, endBps, stepBps } of sorted) {
    if (![startBps, endBps, stepBps].every(Number.isSafeInteger)) {
      return { ok: false, fault: 'not-integer' }
    }
    if (startBps < 0 || endBps > PAYOUT_BPS || startBps >= endBps || stepBps <= 0) {
      return { ok: false, fault: 'out-of-bounds' }
    }
    if (previousEndBps !== undefined && previousEndBps !== startBps) {
      return { ok: false, fault: 'gap' }
    }
    if ((endBps - startBps) % stepBps !== 0) return { ok: false, fault: 'ragged' }
    previousEndBps = endBps
  }
  return { ok: true, grid: sorted.map((range) => ({ ...range })) }
}

/** Whole cents, as on KXHIGH* and KXBTCD. */
export const linearCentGrid: PriceGrid = [{ startBps: 0, endBps: PAYOUT_BPS, stepBps: 100 }]

/** Tenths of a cent below 10¢ and above 90¢, whole cents between, as on KXBTC15M. */
export const taperedDeciCentGrid: PriceGrid = [
  { startBps: 0, endBps: 1000, stepBps: 10 },
  { startBps: 1000, endBps: 9000, stepBps: 100 },
  { startBps: 9000, endBps: PAYOUT_BPS, stepBps: 10 },
]

/** May an order have this price? */
export function isOnGrid(grid: PriceGrid, priceBps: number): boolean {
  if (!Number.isSafeInteger(priceBps) || priceBps <= 0 || priceBps >= PAYOUT_BPS) return false
  return grid.some(
    ({ startBps, endBps, stepBps }) =>
      priceBps >= startBps && priceBps <= endBps && (priceBps - startBps) % stepBps === 0,
  )
}

/**
 * The nearest order price at or below (`down`), or at or above (`up`); `undefined` when there is
 * none on that side. Any integer may be asked for, also 0, 10000 and beyond.
 */
export function roundToTick(
  grid: PriceGrid,
  priceBps: number,
  direction: RoundDirection,
): number | undefined {
  if (!Number.isSafeInteger(priceBps)) fail(`price to round: ${priceBps}`)
  const first = grid[0]
  const last = grid.at(-1)
  assert(first !== undefined && last !== undefined, 'empty price grid')
  // 0 and 10000 are multiples of the tick, but not prices: the search starts one tick inside.
  const lowestBps = first.startBps === 0 ? first.stepBps : first.startBps
  const highestBps = last.endBps === PAYOUT_BPS ? PAYOUT_BPS - last.stepBps : last.endBps
  if (direction === 'down') {
    if (priceBps < lowestBps) return undefined
    return floorOnGrid(grid, Math.min(priceBps, highestBps))
  }
  if (priceBps > highestBps) return undefined
  return ceilOnGrid(grid, Math.max(priceBps, lowestBps))
}

/** The next order price strictly below: "ask minus one tick", whatever the tick is there. */
export const priceBelow = (grid: PriceGrid, priceBps: number): number | undefined =>
  roundToTick(grid, priceBps - 1, 'down')

/** The next order price strictly above. */
export const priceAbove = (grid: PriceGrid, priceBps: number): number | undefined =>
  roundToTick(grid, priceBps + 1, 'up')

/** The tick of the range that contains the price; at a seam, of the range above it. */
export function tickAt(grid: PriceGrid, priceBps: number): number {
  return rangeAt(grid, priceBps).stepBps
}

function floorOnGrid(grid: PriceGrid, priceBps: number): number {
  const { startBps, stepBps } = rangeAt(grid, priceBps)
  return priceBps - ((priceBps - startBps) % stepBps)
}

function ceilOnGrid(grid: PriceGrid, priceBps: number): number {
  const { startBps, stepBps } = rangeAt(grid, priceBps)
  const excessBps = (priceBps - startBps) % stepBps
  return excessBps === 0 ? priceBps : priceBps + stepBps - excessBps
}

function rangeAt(grid: PriceGrid, priceBps: number): PriceRange {
  for (let index = grid.length - 1; index >= 0; index--) {
    const range = grid[index]!
    if (priceBps >= range.startBps && priceBps <= range.endBps) return range
  }
  return fail(`price ${priceBps} is outside the grid`)
}
