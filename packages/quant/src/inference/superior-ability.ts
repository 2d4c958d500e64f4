import { assert } from '@kwm/std'
import type { Prng } from '@kwm/std'
import { RESAMPLES_MAX } from './cluster-bootstrap.ts'
import { meanOf } from './mean-test.ts'
import { drawStationary, stationaryVariance } from './stationary-bootstrap.ts'

export type SuperiorAbilityOptions = {
  readonly resamples: number
  /** In points of time; 1 takes them for independent. */
  readonly meanBlock: number
}

export type SuperiorAbility = {
  /** The candidate of the largest mean: the pick whose luck is in question. */
  readonly best: number
  readonly means: Float64Array
  /** White (2000): sqrt(n) times the largest mean. */
  readonly realityCheck: { readonly statistic: number; readonly p: number }
  /** Hansen (2005): the largest t-value, at least 0. */
  readonly spa: {
    readonly statistic: number
    /** Candidates below 0 are taken to be at 0 (lower), by how far below they are (consistent, the one
     * to read), or all at their mean (upper). */
    readonly pLower: number
    readonly pConsistent: number
    readonly pUpper: number
  }
}

/**
 * Is the best of several candidates better than the benchmark, though it was picked after the fact?
 * `gains[k][t]` is what candidate k made at time t over the benchmark. The null: none has a mean above
 * 0. The whole field must be given, not the good ones: what was tried and dropped counts.
 */
export function superiorAbility(
  gains: readonly ArrayLike<number>[],
  { resamples, meanBlock }: SuperiorAbilityOptions,
  prng: Prng,
): SuperiorAbility {
  const n = gains[0]?.length ?? 0
  assert(n > 1 && gains.every((g) => g.length === n), `${gains.length} candidates of ${n} points`)
  assert(Number.isInteger(resamples) && resamples > 0 && resamples <= RESAMPLES_MAX, 'resamples')
  assert(meanBlock >= 1 && meanBlock <= n, `mean block ${meanBlock} of ${n} points`)
  const means = Float64Array.from(gains, meanOf)
  const sds = gains.map((g) => Math.sqrt(stationaryVariance(g, meanBlock)))
  const root = Math.sqrt(n)
  // A loser this many errors below 0 cannot be the best in truth (law of the iterated logarithm).
  const far = Math.sqrt(2 * Math.log(Math.max(1, Math.log(n))))
  const centres = gains.map((_, k) => {
    const mean = means[k]!
    const isFar = root * mean < -far * sds[k]!
    return { lower: Math.max(0, mean), consistent: isFar ? 0 : mean, upper: mean }
  })
  const real = root * means.reduce((a, b) => Math.max(a, b))
  const spa = means.reduce((most, mean, k) => Math.max(most, ratio(root * mean, sds[k]!)), 0)
  const counts = new Uint32Array(n)
  let [above, lower, consistent, upper] = [0, 0, 0, 0]
  for (let b = 0; b < resamples; b++) {
    drawStationary(counts, meanBlock, prng)
    const most = { real: -Infinity, lower: 0, consistent: 0, upper: 0 }
    for (let k = 0; k < gains.length; k++) {
      const mean = drawnMean(gains[k]!, counts)
      const centre = centres[k]!
      most.real = Math.max(most.real, root * (mean - means[k]!))
      most.lower = Math.max(most.lower, ratio(root * (mean - centre.lower), sds[k]!))
      most.consistent = Math.max(most.consistent, ratio(root * (mean - centre.consistent), sds[k]!))
      most.upper = Math.max(most.upper, ratio(root * (mean - centre.upper), sds[k]!))
    }
    if (most.real >= real) above++
    if (most.lower >= spa) lower++
    if (most.consistent >= spa) consistent++
    if (most.upper >= spa) upper++
  }
  // The sample itself is one of the draws: no p-value of 0.
  const p = (count: number): number => (count + 1) / (resamples + 1)
  return {
    best: means.indexOf(means.reduce((a, b) => Math.max(a, b))),
    means,
    realityCheck: { statistic: real, p: p(above) },
    spa: { statistic: spa, pLower: p(lower), pConsistent: p(consistent), pUpper: p(upper) },
  }
}

function drawnMean(values: ArrayLike<number>, counts: Uint32Array): number {
  let sum = 0
  for (let t = 0; t < counts.length; t++) sum += counts[t]! * values[t]!
  return sum / counts.length
}

/** A candidate that never varies is certain: its sign decides. Rounding is not a sign. */
const ratio = (value: number, sd: number): number =>
  sd > 0 ? value / sd : value > 1e-12 ? Infinity : 0
