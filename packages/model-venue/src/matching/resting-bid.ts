import type { OutcomeSide } from '../payoff.ts'

/** The owner of bids that belong to nobody in particular: the outside market. */
export const ANONYMOUS = 0

/**
 * A bid for one side in the queue of its price. `priceBps` is a price of that side: a bid for NO at
 * p offers YES at 10000 - p. The book that holds it owns the links.
 */
export class RestingBid {
  readonly ownerNo: number
  readonly side: OutcomeSide
  priceBps: number
  remainingCenti: number
  previous: RestingBid | undefined
  next: RestingBid | undefined
  isQueued = false

  constructor(ownerNo: number, side: OutcomeSide, priceBps: number, remainingCenti: number) {
    this.ownerNo = ownerNo
    this.side = side
    this.priceBps = priceBps
    this.remainingCenti = remainingCenti
  }
}
