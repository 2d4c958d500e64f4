import { assert } from '@kwm/std'
import { chiSquareTail } from '../special/incomplete-gamma.ts'

export type LjungBox = {
  readonly statistic: number
  readonly pValue: number
  /** Autocorrelations at lags 1, 2, ... */
  readonly autocorrelations: Float64Array
}

/**
 * Tests that a series has no autocorrelation at lags 1 to `lags` (Ljung and Box 1978): n (n + 2) sum
 * r_k^2 / (n - k) against a chi-square. Null for a constant series or fewer than lags + 2 values.
 */
export function ljungBox(values: ArrayLike<number>, lags: number): LjungBox | null {
  const n = values.length
  assert(Number.isSafeInteger(lags) && lags > 0, `${lags} lags`)
  if (n < lags + 2) return null
  let mean = 0
  for (let i = 0; i < n; i++) mean += values[i]! / n
  assert(Number.isFinite(mean), 'a series with values that are no numbers')
  let squares = 0
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) ** 2
  if (squares === 0) return null
  const autocorrelations = new Float64Array(lags)
  let statistic = 0
  for (let lag = 1; lag <= lags; lag++) {
    let products = 0
    for (let i = lag; i < n; i++) products += (values[i]! - mean) * (values[i - lag]! - mean)
    autocorrelations[lag - 1] = products / squares
    statistic += (products / squares) ** 2 / (n - lag)
  }
  statistic *= n * (n + 2)
  return { statistic, pValue: chiSquareTail(statistic, lags), autocorrelations }
}
