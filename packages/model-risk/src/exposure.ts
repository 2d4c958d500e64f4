import { assert } from '@kwm/std'
import { costMicros, PAYOUT_BPS, priceOfSide } from '@kwm/model-venue'
import type { Position } from '@kwm/model-positions'
import type { BracketOrder, BracketPosition } from './worst-case.ts'

/** How far a disputed market may settle from its last mid, when it settles as a scalar. */
export const SCALAR_SHIFT_BPS_DEFAULT = 1000

/**
 * A ledger position as a row of the worst-case table, so that the table's P&L is the market's whole
 * life: fees paid and profit already realized by netting count as cost (negative after a gain).
 * `undefined` for a market never traded.
 */
export function bracketPosition(
  position: Position,
  bracketIndex: number,
): BracketPosition | undefined {
  const { positionCenti, cashMicros } = position
  if (positionCenti === 0 && cashMicros === 0) return undefined
  return {
    bracketIndex,
    side: positionCenti < 0 ? 'no' : 'yes',
    countCenti: Math.abs(positionCenti),
    costMicros: -cashMicros,
  }
}

/** Cash the venue must hold back for an order, if all of it fills at its limit. */
export const orderCostMicros = (order: BracketOrder): number =>
  costMicros(order.priceBps, order.countCenti) + order.feeMicros

/** What all open orders would cost together: the money tied up. */
export const ordersCostMicros = (orders: readonly BracketOrder[]): number =>
  orders.reduce((sum, order) => sum + orderCostMicros(order), 0)

/**
 * Profit if the venue settles every market of the event as a scalar, each lot `shiftBps` worse than
 * its last mid. Lots on both sides of one market are each taken the worse way: a bound, not a case.
 */
export function scalarScenarioMicros(
  positions: readonly BracketPosition[],
  midYesBpsByBracket: readonly number[],
  shiftBps = SCALAR_SHIFT_BPS_DEFAULT,
): number {
  return positions.reduce((sum, { bracketIndex, side, countCenti, costMicros: paidMicros }) => {
    const midYesBps = midYesBpsByBracket[bracketIndex]
    assert(midYesBps !== undefined, `no mid for bracket ${bracketIndex}`)
    assert(Number.isSafeInteger(midYesBps) && midYesBps >= 0 && midYesBps <= PAYOUT_BPS, 'mid')
    const valueBps = Math.max(0, priceOfSide(side, midYesBps) - shiftBps)
    return sum + costMicros(valueBps, countCenti) - paidMicros
  }, 0)
}
