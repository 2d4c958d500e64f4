import { assert } from '@kwm/std'
import type { Prng } from '@kwm/std'
import { autocovariance, meanOf } from './mean-test.ts'

/**
 * The stationary bootstrap of `n` points in time (Politis and Romano 1994): blocks of geometric length
 * with mean `meanBlock`, begun anywhere, wrapped around the end. Writes how often each point was drawn.
 */
export function drawStationary(counts: Uint32Array, meanBlock: number, prng: Prng): void {
  const n = counts.length
  assert(n > 0 && meanBlock >= 1 && meanBlock < Infinity, `${n} points, mean block ${meanBlock}`)
  counts.fill(0)
  let at = prng.nextInt(n)
  for (let drawn = 0; drawn < n; drawn++) {
    counts[at]!++
    at = prng.nextFloat() * meanBlock < 1 ? prng.nextInt(n) : (at + 1) % n
  }
}

/** The variance of sqrt(n) times the mean of such a draw (Politis and Romano 1994, lemma 1). */
export function stationaryVariance(values: ArrayLike<number>, meanBlock: number): number {
  const n = values.length
  const mean = meanOf(values)
  const stay = 1 - 1 / meanBlock
  let variance = autocovariance(values, mean, 0)
  // Beyond this both powers are below the rounding of the first term.
  const lags = meanBlock === 1 ? 0 : n - 1
  for (let lag = 1; lag <= lags; lag++) {
    const weight = ((n - lag) / n) * stay ** lag + (lag / n) * stay ** (n - lag)
    variance += 2 * weight * autocovariance(values, mean, lag)
  }
  return Math.max(0, variance)
}
