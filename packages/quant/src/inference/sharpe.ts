import { assert } from '@kwm/std'
import { normCdf, normInv } from '../normal.ts'
import { meanOf } from './mean-test.ts'

export type SharpeStatistics = {
  /** Per period, with the n - 1 deviation. */
  readonly sharpe: number
  readonly skewness: number
  /** Not excess: 3 for a normal. */
  readonly kurtosis: number
  readonly n: number
}

const EULER_GAMMA = 0.5772156649015329

/** Null when the returns do not vary. */
export function sharpeStatistics(returns: ArrayLike<number>): SharpeStatistics | null {
  const n = returns.length
  assert(n > 1, `Sharpe ratio of ${n} returns`)
  const mean = meanOf(returns)
  let [m2, m3, m4] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    const d = returns[i]! - mean
    m2 += d ** 2
    m3 += d ** 3
    m4 += d ** 4
  }
  if (!(m2 > 0)) return null
  return {
    sharpe: mean / Math.sqrt(m2 / (n - 1)),
    skewness: m3 / n / (m2 / n) ** 1.5,
    kurtosis: m4 / n / (m2 / n) ** 2,
    n,
  }
}

const spreadOf = ({ sharpe, skewness, kurtosis }: SharpeStatistics): number =>
  1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe ** 2

/**
 * P(true Sharpe ratio > benchmark), per period (Bailey and Lopez de Prado 2012):
 * Phi((SR - benchmark) sqrt(n - 1) / sqrt(1 - skew SR + (kurt - 1) SR^2 / 4)).
 */
export function probabilisticSharpe(statistics: SharpeStatistics, benchmark = 0): number {
  const { sharpe, n } = statistics
  return normCdf(((sharpe - benchmark) * Math.sqrt(n - 1)) / Math.sqrt(spreadOf(statistics)))
}

/** The Sharpe ratio the best of `trials` unskilled strategies is expected to show. */
export function expectedMaxSharpe(trials: number, varianceOfTrials: number): number {
  assert(Number.isInteger(trials) && trials > 1, `${trials} trials`)
  assert(varianceOfTrials >= 0 && varianceOfTrials < Infinity, `variance ${varianceOfTrials}`)
  const high = normInv(1 - 1 / trials)
  const higher = normInv(1 - 1 / (trials * Math.E))
  return Math.sqrt(varianceOfTrials) * ((1 - EULER_GAMMA) * high + EULER_GAMMA * higher)
}

/** The probabilistic Sharpe ratio against the expected maximum of the trials (2014). */
export function deflatedSharpe(
  statistics: SharpeStatistics,
  trials: number,
  varianceOfTrials: number,
): number {
  return probabilisticSharpe(statistics, expectedMaxSharpe(trials, varianceOfTrials))
}

/** Periods needed before PSR(benchmark) reaches `confidence`; null when SR <= benchmark. */
export function minTrackRecord(
  statistics: SharpeStatistics,
  benchmark = 0,
  confidence = 0.95,
): number | null {
  const lead = statistics.sharpe - benchmark
  if (!(lead > 0)) return null
  return 1 + spreadOf(statistics) * (normInv(confidence) / lead) ** 2
}
