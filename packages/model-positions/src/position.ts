import { assert } from '@kwm/std'
import {
  costMicros as costOf,
  payoffMicros,
  PAYOUT_BPS,
  priceOfSide,
  type OutcomeSide,
} from '@kwm/model-venue'

/** A fill as the venue reports it: contracts of one side bought, at the price of that side. */
export type PositionFill = {
  readonly marketTicker: string
  readonly side: OutcomeSide
  readonly priceBps: number
  readonly countCenti: number
  readonly feeMicros: number
}

/** Best YES quotes; `undefined` where that side of the book is empty. */
export type LiquidationQuote = {
  readonly yesBidBps?: number | undefined
  readonly yesAskBps?: number | undefined
}

/**
 * One market's position. Counts in 0.01 contract, money in micro-dollars, all integers: the average
 * price is `costMicros / positionCenti` and is never stored.
 */
export type Position = {
  readonly marketTicker: string
  /** Signed YES contracts: negative is NO held. */
  readonly positionCenti: number
  /** Paid for the contracts still held, fees apart. Never negative, 0 when flat. */
  readonly costMicros: number
  readonly feesMicros: number
  /** Of contracts netted or settled, before fees. */
  readonly realizedPnlMicros: number
  /** Every dollar in minus every dollar out, fees included. */
  readonly cashMicros: number
}

export const flatPosition = (marketTicker: string): Position => ({
  marketTicker,
  positionCenti: 0,
  costMicros: 0,
  feesMicros: 0,
  realizedPnlMicros: 0,
  cashMicros: 0,
})

/**
 * Buy. Contracts of the other side are netted first: a YES and a NO are worth $1 together whatever
 * happens, so the venue pays the pair out at once and the difference to their cost is realized.
 */
export function positionAfterFill(position: Position, fill: PositionFill): Position {
  const { side, priceBps, countCenti, feeMicros } = fill
  assert(fill.marketTicker === position.marketTicker, `fill of ${fill.marketTicker}`)
  assert(priceBps > 0 && priceBps < PAYOUT_BPS, `fill price: ${priceBps}`)
  assert(Number.isSafeInteger(countCenti) && countCenti > 0, `fill count: ${countCenti}`)
  assert(Number.isSafeInteger(feeMicros), `fill fee: ${feeMicros}`)
  const sign = side === 'yes' ? 1 : -1
  const heldCenti = Math.abs(position.positionCenti)
  const nettedCenti =
    Math.sign(position.positionCenti) === -sign ? Math.min(countCenti, heldCenti) : 0
  const releasedMicros = proRata(position.costMicros, nettedCenti, heldCenti)
  const nettedCostMicros = costOf(priceBps, nettedCenti)
  const payoutMicros = costOf(PAYOUT_BPS, nettedCenti)
  const openedCostMicros = costOf(priceBps, countCenti - nettedCenti)
  return checked({
    marketTicker: position.marketTicker,
    positionCenti: position.positionCenti + sign * countCenti,
    costMicros: position.costMicros - releasedMicros + openedCostMicros,
    feesMicros: position.feesMicros + feeMicros,
    realizedPnlMicros:
      position.realizedPnlMicros + payoutMicros - releasedMicros - nettedCostMicros,
    cashMicros: position.cashMicros - costOf(priceBps, countCenti) - feeMicros + payoutMicros,
  })
}

/** Pay the position out. `yesValueBps`: 10000 for yes, 0 for no, between for a scalar. */
export function positionAfterSettlement(position: Position, yesValueBps: number): Position {
  const payoutMicros = settlementPayoutMicros(position, yesValueBps)
  return checked({
    ...position,
    positionCenti: 0,
    costMicros: 0,
    realizedPnlMicros: position.realizedPnlMicros + payoutMicros - position.costMicros,
    cashMicros: position.cashMicros + payoutMicros,
  })
}

/** What the contracts held would be paid at this settlement value. */
export function settlementPayoutMicros(position: Position, yesValueBps: number): number {
  assert(yesValueBps >= 0 && yesValueBps <= PAYOUT_BPS, `settlement value: ${yesValueBps}`)
  const { positionCenti } = position
  return payoffMicros(positionCenti < 0 ? 'no' : 'yes', Math.abs(positionCenti), yesValueBps)
}

/**
 * What selling everything now would bring at the best price of the side that buys it: nothing where
 * nobody bids. Depth and the exit's fee are the caller's.
 */
export function liquidationValueMicros(position: Position, quote: LiquidationQuote): number {
  const { positionCenti } = position
  if (positionCenti > 0) return costOf(quote.yesBidBps ?? 0, positionCenti)
  const noBidBps = priceOfSide('no', quote.yesAskBps ?? PAYOUT_BPS)
  return costOf(noBidBps, Math.abs(positionCenti))
}

/** Profit not yet realized, at the liquidation side, before the fee of getting out. */
export const unrealizedPnlMicros = (position: Position, quote: LiquidationQuote): number =>
  liquidationValueMicros(position, quote) - position.costMicros

/**
 * The cost of `part` out of `whole` contracts, rounded down; the last part takes the remainder with
 * it, so costs are moved but never lost. BigInt: the product passes 2^53 at a few hundred dollars.
 */
function proRata(costMicros: number, part: number, whole: number): number {
  if (part === 0) return 0
  if (part === whole) return costMicros
  return Number((BigInt(costMicros) * BigInt(part)) / BigInt(whole))
}

function checked(position: Position): Position {
  const { positionCenti, costMicros, feesMicros, realizedPnlMicros, cashMicros } = position
  const numbers = [positionCenti, costMicros, feesMicros, realizedPnlMicros, cashMicros]
  assert(numbers.every(Number.isSafeInteger), `position out of range: ${numbers.join(' ')}`)
  const isConserved = cashMicros === realizedPnlMicros - costMicros - feesMicros
  assert(isConserved, `money appeared or vanished: ${numbers.join(' ')}`)
  assert(costMicros >= 0, `negative cost basis: ${numbers.join(' ')}`)
  assert(positionCenti !== 0 || costMicros === 0, `flat with a cost: ${numbers.join(' ')}`)
  return position
}
