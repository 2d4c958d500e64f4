import { fail } from '@kwm/std'
import type { BookSide, OrderBook } from './order-book.ts'

/** Decay per level of the weighted imbalance, MODELS 1.2. */
export const DEPTH_DECAY = 0.5

/**
 * (sum B - sum A) / (sum B + sum A) over the `k` best levels of each side, the i-th level (from 0)
 * weighted by e^(-decay i); decay 0 weighs all alike. In [-1, 1]; null when both sides are empty.
 */
export function depthImbalance(book: OrderBook, k: number, decay = 0): number | null {
  return imbalanceOf(quotesOf(book, k), decay)
}

/** The same of quotes that `readQuotes` wrote. */
export function imbalanceOf(quotes: Float64Array, decay: number): number | null {
  if (!(decay >= 0)) fail(`decay ${decay}`)
  const ratio = Math.exp(-decay)
  let weight = 1
  let bids = 0
  let asks = 0
  for (let i = 0; i < quotes.length; i += 4) {
    bids += weight * quotes[i + 1]!
    asks += weight * quotes[i + 3]!
    weight *= ratio
  }
  return bids + asks > 0 ? (bids - asks) / (bids + asks) : null
}

/**
 * How fast depth grows away from the mid, in contracts per cent: least squares through the origin
 * of cumulative contracts D on the distance from mid delta (cents), sum(delta D) / sum(delta^2),
 * over the `k` best levels. `'yes'` is the bid side, `'no'` the ask side. Null unless the book is
 * two-sided and the side has two levels.
 */
export function depthSlope(book: OrderBook, side: BookSide, k: number): number | null {
  return book.quoteState === 'two' ? slopeOf(quotesOf(book, k), side) : null
}

/** The same of the quotes of a two-sided book. */
export function slopeOf(quotes: Float64Array, side: BookSide): number | null {
  const at = side === 'yes' ? 0 : 2
  const mid = (quotes[0]! + quotes[2]!) / 2
  let cumulative = 0
  let sumDistanceDepth = 0
  let sumDistanceSquared = 0
  let count = 0
  for (let i = 0; i < quotes.length && quotes[i + at + 1]! > 0; i += 4) {
    const distanceCents = Math.abs(mid - quotes[i + at]!) / 100
    cumulative += quotes[i + at + 1]! / 100
    sumDistanceDepth += distanceCents * cumulative
    sumDistanceSquared += distanceCents * distanceCents
    count++
  }
  return count < 2 ? null : sumDistanceDepth / sumDistanceSquared
}

function quotesOf(book: OrderBook, k: number): Float64Array {
  if (!(Number.isInteger(k) && k > 0)) fail(`levels ${k}`)
  const quotes = new Float64Array(4 * k)
  book.readQuotes(quotes)
  return quotes
}
