import { assert } from '@kwm/std'

export type MeanTest = {
  readonly mean: number
  readonly standardError: number
  /** Null when the standard error is 0. */
  readonly t: number | null
}

const toTest = (mean: number, variance: number): MeanTest => {
  const standardError = Math.sqrt(Math.max(0, variance))
  return { mean, standardError, t: standardError > 0 ? mean / standardError : null }
}

/** Mean of a series; refuses an empty one and what is no number. */
export function meanOf(values: ArrayLike<number>): number {
  assert(values.length > 0, 'a mean of nothing')
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  assert(Number.isFinite(sum), 'a mean of what is no number')
  return sum / values.length
}

/** sum (x_t - mean)(x_{t-lag} - mean) / n. */
export function autocovariance(values: ArrayLike<number>, mean: number, lag: number): number {
  let sum = 0
  for (let t = lag; t < values.length; t++) sum += (values[t]! - mean) * (values[t - lag]! - mean)
  return sum / values.length
}

/** Mean with the Newey-West (1987) standard error: Bartlett weights to `lags`, no correction. */
export function neweyWestTest(values: ArrayLike<number>, lags: number): MeanTest {
  const mean = meanOf(values)
  assert(Number.isInteger(lags) && lags >= 0 && lags < values.length, `${lags} lags`)
  let variance = autocovariance(values, mean, 0)
  for (let lag = 1; lag <= lags; lag++) {
    variance += 2 * (1 - lag / (lags + 1)) * autocovariance(values, mean, lag)
  }
  return toTest(mean, variance / values.length)
}

/**
 * Mean whose standard error lets the rows of a cluster depend on each other in any way:
 * sqrt(sum_g (sum of the cluster's residuals)^2) / n, times sqrt(G / (G - 1)) when corrected.
 */
export function clusteredTest(
  values: ArrayLike<number>,
  clusters: ArrayLike<number | string>,
  isCorrected = true,
): MeanTest & { readonly clusters: number } {
  assert(values.length === clusters.length, `${clusters.length} clusters`)
  const mean = meanOf(values)
  const sums = new Map<number | string, number>()
  for (let i = 0; i < values.length; i++) {
    sums.set(clusters[i]!, (sums.get(clusters[i]!) ?? 0) + values[i]! - mean)
  }
  assert(!isCorrected || sums.size > 1, 'one cluster has no spread')
  let squares = 0
  for (const sum of sums.values()) squares += sum * sum
  const factor = isCorrected ? sums.size / (sums.size - 1) : 1
  return { ...toTest(mean, (factor * squares) / values.length ** 2), clusters: sums.size }
}
