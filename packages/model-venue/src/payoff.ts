import { assert } from '@kwm/std'
import { PAYOUT_BPS } from './price-grid.ts'

/** The leg that was bought. Selling YES at p is buying NO at 1 - p, so buying is all there is. */
export type OutcomeSide = 'yes' | 'no'

export type SettlementResult = 'yes' | 'no' | 'scalar'

/** Contracts bought at one price, held to the end. Fees apart. */
export type Lot = {
  readonly side: OutcomeSide
  readonly priceBps: number
  readonly countCenti: number
  readonly feeMicros: number
}

export const oppositeSide = (side: OutcomeSide): OutcomeSide => (side === 'yes' ? 'no' : 'yes')

/** The price of one leg from the price of YES; its own inverse. */
export const priceOfSide = (side: OutcomeSide, yesPriceBps: number): number =>
  side === 'yes' ? yesPriceBps : PAYOUT_BPS - yesPriceBps

/** Price times count, exact: basis points of a dollar × hundredths of a contract = micro-dollars. */
export function costMicros(priceBps: number, countCenti: number): number {
  const micros = priceBps * countCenti
  assert(
    Number.isSafeInteger(priceBps) &&
      Number.isSafeInteger(countCenti) &&
      Number.isSafeInteger(micros),
    `money out of range: ${priceBps} bps × ${countCenti} centi`,
  )
  return micros
}

/** What one YES contract is worth after settlement: 10000, 0, or the scalar value. */
export function settledYesBps(result: SettlementResult, valueBps: number): number {
  if (result === 'yes') return PAYOUT_BPS
  if (result === 'no') return 0
  assert(
    Number.isSafeInteger(valueBps) && valueBps >= 0 && valueBps <= PAYOUT_BPS,
    `scalar settlement value: ${valueBps}`,
  )
  return valueBps
}

/** What the lot pays when YES settles at `yesValueBps` (10000 = yes, 0 = no, between = scalar). */
export function payoffMicros(side: OutcomeSide, countCenti: number, yesValueBps: number): number {
  return costMicros(priceOfSide(side, yesValueBps), countCenti)
}

/** Profit of a lot held to settlement, after its fees. There is no settlement fee on a binary. */
export function settlementPnlMicros(lot: Lot, yesValueBps: number): number {
  const payoff = payoffMicros(lot.side, lot.countCenti, yesValueBps)
  return payoff - costMicros(lot.priceBps, lot.countCenti) - lot.feeMicros
}
