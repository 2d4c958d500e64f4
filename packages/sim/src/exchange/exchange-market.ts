import type { FeeRates, OutcomeSide } from '@kwm/model-venue'
import { MatchingBook, PAYOUT_BPS, costMicros } from '@kwm/model-venue'
import type { VenueMarket } from '../venue/venue-event.ts'
import type { MarketState } from '../venue/venue-state.ts'
import type { Holding } from './holding.ts'

/** Size that the flow took off a level where clients rest: by a trade or a cancel, not yet known. */
export type Removal = {
  readonly side: OutcomeSide
  readonly priceBps: number
  readonly countCenti: number
}

/** One market on the floor: its queues, who holds what, and how the outside stands in it. */
export class ExchangeMarket {
  readonly info: VenueMarket
  readonly state: MarketState
  readonly rates: FeeRates
  readonly book = new MatchingBook()
  readonly holdings: Holding[] = []
  /** What clients took from the flow's levels and the flow does not know of, by price. */
  readonly consumed: Readonly<Record<OutcomeSide, Map<number, number>>> = {
    yes: new Map(),
    no: new Map(),
  }
  removal: Removal | undefined
  /** Net position and cash of everybody who is no client. */
  outsideSignedCenti = 0
  outsideCashMicros = 0
  /** Contracts that exist because of clients: one YES and one NO each, a dollar in escrow. */
  openCenti = 0
  /** Traded by clients beyond what the flow reports. */
  ownVolumeCenti = 0
  flowOpenInterestCenti = 0
  /** A client has traded or rested here: the flow's own quotes are no longer the venue's. */
  isTouched = false
  isTickerDue = false
  isPaid = false

  constructor(state: MarketState, rates: FeeRates) {
    this.state = state
    this.info = state.market
    this.rates = rates
  }

  consumedAt(side: OutcomeSide, priceBps: number): number {
    return this.consumed[side].get(priceBps) ?? 0
  }

  consume(side: OutcomeSide, priceBps: number, countCenti: number): void {
    const after = this.consumedAt(side, priceBps) + countCenti
    if (after > 0) this.consumed[side].set(priceBps, after)
    else this.consumed[side].delete(priceBps)
  }

  outsideBuys(side: OutcomeSide, priceBps: number, countCenti: number): void {
    const held = side === 'yes' ? -this.outsideSignedCenti : this.outsideSignedCenti
    const closed = Math.min(countCenti, Math.max(0, held))
    this.outsideCashMicros += costMicros(PAYOUT_BPS, closed) - costMicros(priceBps, countCenti)
    const before = this.outsideSignedCenti
    this.outsideSignedCenti += side === 'yes' ? countCenti : -countCenti
    this.held(before, this.outsideSignedCenti)
  }

  /** Somebody's net position changed. */
  held(beforeCenti: number, afterCenti: number): void {
    this.openCenti += Math.max(0, afterCenti) - Math.max(0, beforeCenti)
  }
}
