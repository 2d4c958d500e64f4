import { projectOntoSimplex } from '@kwm/quant'
import { assert, fail } from '@kwm/std'

/** Best YES quotes of every bracket of one event as probabilities, a missing one 0 or 1. */
export type MarketQuotes = {
  readonly bid: ArrayLike<number>
  readonly ask: ArrayLike<number>
  /** Price grid at each bracket; rounding to it adds tick^2 / 12. */
  readonly tick?: ArrayLike<number>
  /** Seconds since each book last changed. */
  readonly ageSeconds?: ArrayLike<number>
}

export type MarketVarianceConfig = {
  /** Variance added per second of age, probability^2 / s. */
  readonly agePerSecond: number
  /** No quote is believed to better than this variance, probability^2. */
  readonly floor: number
}

export type MarketPmf = {
  readonly feasible: true
  /** Sums to 1 within rounding, inside [bid, ask] everywhere. */
  readonly pmf: Float64Array
  readonly mid: Float64Array
  readonly variance: Float64Array
  readonly sumMid: number
}

export type MarketPmfInfeasible = {
  readonly feasible: false
  /** The asks sum below 1, the bids above 1 (both arbitrage), or one book is crossed. */
  readonly reason: 'asks-below-one' | 'bids-above-one' | 'crossed'
  readonly sumBid: number
  readonly sumAsk: number
}

/** MODELS 6.1: 1e-6 per second [D], and (0.3 cents)^2. */
export const MARKET_VARIANCE: MarketVarianceConfig = { agePerSecond: 1e-6, floor: 0.003 ** 2 }
const BARE: MarketVarianceConfig = { agePerSecond: 0, floor: 0 }

/**
 * The PMF the quotes imply: mids moved by a variance-weighted projection onto the simplex inside
 * [bid, ask] (MODELS 6.1). A mid's variance is that of a uniform on [bid, ask], plus its grid's, plus
 * its age's, and not below the floor. The overround thus lands on the wide brackets.
 */
export function marketPmf(
  quotes: MarketQuotes,
  config: MarketVarianceConfig = BARE,
): MarketPmf | MarketPmfInfeasible {
  const { bid, ask } = quotes
  const n = bid.length
  assert(n > 0 && ask.length === n, 'an ask for every bid')
  const mid = new Float64Array(n)
  const variance = new Float64Array(n)
  let sumBid = 0
  let sumAsk = 0
  let isCrossed = false
  for (let i = 0; i < n; i++) {
    assert(bid[i]! >= 0 && bid[i]! <= 1 && ask[i]! >= 0 && ask[i]! <= 1, `quotes of bracket ${i}`)
    if (bid[i]! > ask[i]!) isCrossed = true
    sumBid += bid[i]!
    sumAsk += ask[i]!
    mid[i] = (bid[i]! + ask[i]!) / 2
    variance[i] = midVariance(quotes, i, config)
  }
  if (isCrossed) return { feasible: false, reason: 'crossed', sumBid, sumAsk }
  const projection = projectOntoSimplex(mid, variance, bid, ask)
  if (!projection.feasible) {
    const reason = sumBid > 1 ? 'bids-above-one' : 'asks-below-one'
    return { feasible: false, reason, sumBid, sumAsk }
  }
  const sumMid = mid.reduce((sum, value) => sum + value, 0)
  return { feasible: true, pmf: projection.pmf, mid, variance, sumMid }
}

function midVariance(quotes: MarketQuotes, i: number, config: MarketVarianceConfig): number {
  const width = quotes.ask[i]! - quotes.bid[i]!
  const tick = quotes.tick?.[i] ?? 0
  const age = quotes.ageSeconds?.[i] ?? 0
  if (!(tick >= 0 && age >= 0)) fail(`tick ${tick}, age ${age} s`)
  const variance = (width * width + tick * tick) / 12 + config.agePerSecond * age
  return Math.max(config.floor, variance)
}
