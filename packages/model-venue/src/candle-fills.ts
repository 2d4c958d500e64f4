import { assert } from '@kwm/std'
import { priceOfSide, type OutcomeSide } from './payoff.ts'
import { roundToTick, tickAt, type PriceGrid } from './price-grid.ts'

/** One bar, YES prices in $0.0001. A bar without trades has no trade prices. */
export type CandleBar = {
  readonly barIndex: number
  readonly tradeLowBps?: number | undefined
  readonly tradeHighBps?: number | undefined
  readonly askOpenBps?: number | undefined
  readonly askLowBps?: number | undefined
  readonly bidOpenBps?: number | undefined
  readonly bidHighBps?: number | undefined
  readonly volumeCenti: number
}

export type CandleFill = {
  readonly barIndex: number
  readonly countCenti: number
  /** For the bought side. */
  readonly priceBps: number
}

/**
 * `trade-through`: something traded strictly worse than our limit. `quote-cross`: the other side
 * was quoted at our limit, which proves that nobody was left ahead of us.
 */
export type CandleRule = 'trade-through' | 'quote-cross'

export type CandleMakerOrder = {
  readonly side: OutcomeSide
  readonly limitBps: number
  readonly countCenti: number
  /** The bar at whose close we decided. It and everything before it can never fill us. */
  readonly decisionBarIndex: number
  readonly volumeShareBps?: number
  readonly rule?: CandleRule
}

/** Half of a bar's volume at most. */
export const MAKER_VOLUME_SHARE_BPS_DEFAULT = 5000
export const TAKER_VOLUME_SHARE_BPS_DEFAULT = 2500
const SHARE_BPS_MAX = 10_000

/** Fills of a resting order over the bars after the decision, in bar order, and what is left. */
export function candleMakerFills(
  bars: readonly CandleBar[],
  order: CandleMakerOrder,
): { readonly fills: readonly CandleFill[]; readonly remainingCenti: number } {
  const { rule = 'trade-through', volumeShareBps = MAKER_VOLUME_SHARE_BPS_DEFAULT } = order
  const fills: CandleFill[] = []
  let remainingCenti = order.countCenti
  for (const bar of bars) {
    if (bar.barIndex <= order.decisionBarIndex || remainingCenti === 0) continue
    if (!reaches(bar, order, rule)) continue
    const countCenti = Math.min(remainingCenti, shareOf(bar.volumeCenti, volumeShareBps))
    if (countCenti === 0) continue
    remainingCenti -= countCenti
    fills.push({ barIndex: bar.barIndex, countCenti, priceBps: order.limitBps })
  }
  return { fills, remainingCenti }
}

/**
 * A taker's fill on the bar after the decision: its opening quote, one tick worse, for a quarter of
 * its volume at most. `undefined`: no quote there, no volume, or no price left on the grid.
 */
export function candleTakerFill(
  nextBar: CandleBar,
  order: {
    readonly side: OutcomeSide
    readonly countCenti: number
    readonly volumeShareBps?: number
  },
  grid: PriceGrid,
): CandleFill | undefined {
  const openYesBps = order.side === 'yes' ? nextBar.askOpenBps : nextBar.bidOpenBps
  if (openYesBps === undefined) return undefined
  // Slip on the YES grid, in the direction that hurts: up for a YES buyer, down for a NO buyer.
  const tickBps = tickAt(grid, openYesBps)
  const slippedYesBps =
    order.side === 'yes'
      ? roundToTick(grid, openYesBps + tickBps, 'up')
      : roundToTick(grid, openYesBps - tickBps, 'down')
  if (slippedYesBps === undefined) return undefined
  const shareBps = order.volumeShareBps ?? TAKER_VOLUME_SHARE_BPS_DEFAULT
  const countCenti = Math.min(order.countCenti, shareOf(nextBar.volumeCenti, shareBps))
  if (countCenti === 0) return undefined
  const priceBps = priceOfSide(order.side, slippedYesBps)
  return { barIndex: nextBar.barIndex, countCenti, priceBps }
}

function reaches(bar: CandleBar, order: CandleMakerOrder, rule: CandleRule): boolean {
  const { side, limitBps } = order
  if (rule === 'trade-through') {
    const worstYesBps = side === 'yes' ? bar.tradeLowBps : bar.tradeHighBps
    return worstYesBps !== undefined && priceOfSide(side, worstYesBps) < limitBps
  }
  const crossingYesBps = side === 'yes' ? bar.askLowBps : bar.bidHighBps
  return crossingYesBps !== undefined && priceOfSide(side, crossingYesBps) <= limitBps
}

/** Whole hundredths of a contract, rounded down. */
function shareOf(volumeCenti: number, shareBps: number): number {
  assert(shareBps >= 0 && shareBps <= SHARE_BPS_MAX, `volume share: ${shareBps}`)
  return Math.floor((shareBps * volumeCenti) / SHARE_BPS_MAX)
}
