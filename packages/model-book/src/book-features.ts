import { PAYOUT_BPS } from './order-book.ts'
import type { OrderBook, QuoteState } from './order-book.ts'
import { DEPTH_DECAY, imbalanceOf, slopeOf } from './depth.ts'

/** Levels per side that features look at, MODELS 1.2. */
export const FEATURE_LEVELS = 5

/** Probabilities are in [0, 1]; null means "not defined", never 0. */
export type BookFeatures = {
  readonly quoteState: QuoteState
  readonly bestYesBidBps: number
  readonly bestYesAskBps: number
  readonly bidCountCenti: number
  readonly askCountCenti: number
  /** Ask minus bid with the sentinels 0 and 10000; negative when crossed. */
  readonly spreadBps: number
  readonly mid: number | null
  readonly fairLow: number
  readonly fairHigh: number
  readonly fairMid: number
  readonly fairVar: number
  readonly microprice: number | null
  readonly queueImbalance: number | null
  readonly depthImbalance: number | null
  readonly depthImbalanceWeighted: number | null
  readonly bidDepthSlope: number | null
  readonly askDepthSlope: number | null
}

/**
 * Everything MODELS 1.2 derives from one book, over the `k` best levels. Total: it looks at the
 * levels only, so whoever calls it drops stale and crossed books.
 */
export function bookFeatures(book: OrderBook, k = FEATURE_LEVELS): BookFeatures {
  const quotes = new Float64Array(4 * k)
  book.readQuotes(quotes)
  return quotedFeatures(book, quotes)
}

/** The same, by the best quotes of the book as `readQuotes` wrote them. */
export function quotedFeatures(book: OrderBook, quotes: Float64Array): BookFeatures {
  const isTwoSided = book.quoteState === 'two'
  const bid = book.bestYesBidBps
  const ask = book.bestYesAskBps
  const fairLow = bid / PAYOUT_BPS
  const fairHigh = ask / PAYOUT_BPS
  return {
    quoteState: book.quoteState,
    bestYesBidBps: bid,
    bestYesAskBps: ask,
    bidCountCenti: book.bestYesBidCountCenti,
    askCountCenti: book.bestYesAskCountCenti,
    spreadBps: ask - bid,
    mid: mid(book),
    fairLow,
    fairHigh,
    fairMid: fairMid(book),
    fairVar: fairVar(book),
    microprice: microprice(book),
    queueImbalance: queueImbalance(book),
    depthImbalance: imbalanceOf(quotes, 0),
    depthImbalanceWeighted: imbalanceOf(quotes, DEPTH_DECAY),
    bidDepthSlope: isTwoSided ? slopeOf(quotes, 'yes') : null,
    askDepthSlope: isTwoSided ? slopeOf(quotes, 'no') : null,
  }
}

/** (bid + ask) / 2 as a probability; null unless two-sided. For kinematics and labels. */
export function mid(book: OrderBook): number | null {
  return book.quoteState === 'two' ? fairMid(book) : null
}

/** The middle of [bid, ask] with the sentinels 0 and 1: always defined, and unbiased for tails. */
export function fairMid(book: OrderBook): number {
  return (book.bestYesBidBps + book.bestYesAskBps) / (2 * PAYOUT_BPS)
}

/** The variance of a uniform on [bid, ask], in probability squared. */
export function fairVar(book: OrderBook): number {
  const width = (book.bestYesAskBps - book.bestYesBidBps) / PAYOUT_BPS
  return (width * width) / 12
}

/** (Qb ask + Qa bid) / (Qb + Qa) as a probability; null unless two-sided. */
export function microprice(book: OrderBook): number | null {
  if (book.quoteState !== 'two') return null
  const bids = book.bestYesBidCountCenti
  const asks = book.bestYesAskCountCenti
  const weighed = bids * book.bestYesAskBps + asks * book.bestYesBidBps
  return weighed / ((bids + asks) * PAYOUT_BPS)
}

/** Qb / (Qb + Qa) in [0, 1]; null unless two-sided. */
export function queueImbalance(book: OrderBook): number | null {
  if (book.quoteState !== 'two') return null
  const bids = book.bestYesBidCountCenti
  return bids / (bids + book.bestYesAskCountCenti)
}
