import { assert } from '@kwm/std'
import { PAYOUT_BPS } from './order-book.ts'
import type { BookSide, OrderBook } from './order-book.ts'

/** Decay per level of the weighted imbalance, MODELS 1.2. */
export const DEPTH_DECAY = 0.5

/**
 * (sum B - sum A) / (sum B + sum A) over the `k` best levels of each side, the i-th level (from 0)
 * weighted by e^(-decay i); decay 0 weighs all alike. In [-1, 1]; null when both sides are empty.
 */
export function depthImbalance(book: OrderBook, k: number, decay = 0): number | null {
  assert(Number.isInteger(k) && k > 0 && decay >= 0, 'k is a count, decay not negative')
  const bids = weightedDepth(book, 'yes', k, decay)
  const asks = weightedDepth(book, 'no', k, decay)
  return bids + asks > 0 ? (bids - asks) / (bids + asks) : null
}

function weightedDepth(book: OrderBook, side: BookSide, k: number, decay: number): number {
  const ratio = Math.exp(-decay)
  let weight = 1
  let total = 0
  let priceBps = book.bestBidBps(side)
  for (let i = 0; i < k && priceBps > 0; i++) {
    total += weight * book.countAt(side, priceBps)
    weight *= ratio
    priceBps = book.nextBelowBps(side, priceBps)
  }
  return total
}

/**
 * How fast depth grows away from the mid, in contracts per cent: least squares through the origin
 * of cumulative contracts D on the distance from mid delta (cents), sum(delta D) / sum(delta^2),
 * over the `k` best levels. `'yes'` is the bid side, `'no'` the ask side. Null unless the book is
 * two-sided and the side has two levels.
 */
export function depthSlope(book: OrderBook, side: BookSide, k: number): number | null {
  assert(Number.isInteger(k) && k > 0, 'k is a count')
  if (book.quoteState !== 'two') return null
  // In the side's own prices a NO bid is as far from the NO mid as its ask from the YES mid.
  const yesMid = (book.bestYesBidBps + book.bestYesAskBps) / 2
  const mid = side === 'yes' ? yesMid : PAYOUT_BPS - yesMid
  let cumulative = 0
  let sumDistanceDepth = 0
  let sumDistanceSquared = 0
  let count = 0
  let priceBps = book.bestBidBps(side)
  for (; count < k && priceBps > 0; count++) {
    const distanceCents = (mid - priceBps) / 100
    cumulative += book.countAt(side, priceBps) / 100
    sumDistanceDepth += distanceCents * cumulative
    sumDistanceSquared += distanceCents * distanceCents
    priceBps = book.nextBelowBps(side, priceBps)
  }
  return count < 2 ? null : sumDistanceDepth / sumDistanceSquared
}
