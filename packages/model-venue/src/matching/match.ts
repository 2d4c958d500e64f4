import type { OutcomeSide } from '../payoff.ts'
import { oppositeSide } from '../payoff.ts'
import { PAYOUT_BPS } from '../price-grid.ts'
import type { MatchingBook } from './matching-book.ts'
import type { RestingBid } from './resting-bid.ts'
import { ANONYMOUS } from './resting-bid.ts'

/**
 * What happens when an order meets a bid of its own account. `taker_at_cross`: the taker stops, what
 * it has traded stands. `maker`: the resting bid is cancelled and matching goes on.
 */
export type SelfTradePrevention = 'taker_at_cross' | 'maker'

export type Taker = {
  readonly ownerNo: number
  readonly side: OutcomeSide
  /** The most it pays for its side. */
  readonly limitBps: number
  readonly selfTrade: SelfTradePrevention
  remainingCenti: number
}

export type MatchObserver = {
  /** At the maker's price. The maker is reduced already. `false` stops the taker. */
  traded(maker: RestingBid, countCenti: number): boolean
  /** To be cancelled by the observer: it must take the bid out of the book. */
  selfTradePrevented(maker: RestingBid): void
}

/** Why matching ended: nothing left, nothing to trade with, its own bid, or the observer's word. */
export type MatchEnd = 'filled' | 'no-cross' | 'self-trade' | 'stopped'

/** Trade against the other side, best price first, first come first served, until the limit. */
export function match(book: MatchingBook, taker: Taker, observer: MatchObserver): MatchEnd {
  const makers = oppositeSide(taker.side)
  while (taker.remainingCenti > 0) {
    const maker = book.first(makers)
    if (!maker || maker.priceBps + taker.limitBps < PAYOUT_BPS) return 'no-cross'
    if (maker.ownerNo === taker.ownerNo && taker.ownerNo !== ANONYMOUS) {
      if (taker.selfTrade === 'taker_at_cross') return 'self-trade'
      observer.selfTradePrevented(maker)
      continue
    }
    const countCenti = Math.min(taker.remainingCenti, maker.remainingCenti)
    book.reduce(maker, countCenti)
    taker.remainingCenti -= countCenti
    if (!observer.traded(maker, countCenti)) return 'stopped'
  }
  return 'filled'
}

export const wouldCross = (book: MatchingBook, side: OutcomeSide, limitBps: number): boolean => {
  const bestBps = book.bestBps(oppositeSide(side))
  return bestBps > 0 && bestBps + limitBps >= PAYOUT_BPS
}

/** How much of the taker `match` would trade: what fill-or-kill asks first. */
export function crossableCenti(book: MatchingBook, taker: Taker): number {
  const makers = oppositeSide(taker.side)
  let found = 0
  for (let bps = book.bestBps(makers); bps + taker.limitBps >= PAYOUT_BPS && bps > 0;) {
    for (let bid = book.firstAt(makers, bps); bid; bid = bid.next) {
      const isOwn = bid.ownerNo === taker.ownerNo && taker.ownerNo !== ANONYMOUS
      if (isOwn && taker.selfTrade === 'taker_at_cross') return found
      if (!isOwn) found += bid.remainingCenti
      if (found >= taker.remainingCenti) return taker.remainingCenti
    }
    bps = book.nextBelowBps(makers, bps)
  }
  return found
}
