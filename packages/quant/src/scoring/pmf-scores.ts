import { assert } from '@kwm/std'
import { assertPmf } from '../pooling/dirichlet-pool.ts'

function assertOutcome(pmf: ArrayLike<number>, outcome: number): void {
  assertPmf(pmf, pmf.length)
  assert(Number.isInteger(outcome) && outcome >= 0 && outcome < pmf.length, `outcome ${outcome}`)
}

/** Ranked probability score: sum over cut points of (CDF - step)^2, not divided by their number. */
export function rankedProbabilityScore(pmf: ArrayLike<number>, outcome: number): number {
  assertOutcome(pmf, outcome)
  let [sum, cdf] = [0, 0]
  for (let k = 0; k < pmf.length - 1; k++) {
    cdf += pmf[k]!
    sum += (cdf - (k >= outcome ? 1 : 0)) ** 2
  }
  return sum
}

/** sum_k (p_k - 1[k = outcome])^2. */
export function multiclassBrier(pmf: ArrayLike<number>, outcome: number): number {
  assertOutcome(pmf, outcome)
  let sum = 0
  for (let k = 0; k < pmf.length; k++) sum += (pmf[k]! - (k === outcome ? 1 : 0)) ** 2
  return sum
}

/** -ln p of the outcome, p held above `clip`. */
export function multiclassLogScore(pmf: ArrayLike<number>, outcome: number, clip = 1e-6): number {
  assertOutcome(pmf, outcome)
  return -Math.log(Math.max(clip, pmf[outcome]!))
}

/**
 * Continuous ranked probability score of a discrete distribution at `points` (ascending, in the unit
 * of the observation): the integral of (CDF(x) - 1[x >= observed])^2 dx.
 */
export function crpsOfPmf(
  points: ArrayLike<number>,
  pmf: ArrayLike<number>,
  observed: number,
): number {
  assertPmf(pmf, points.length)
  assert(Number.isFinite(observed), `observation ${observed}`)
  let [spread, cdf] = [0, 0]
  let miss = 0
  for (let k = 0; k < points.length; k++) {
    assert(Number.isFinite(points[k]!) && (k === 0 || points[k]! > points[k - 1]!), `point ${k}`)
    // E|X - X'| / 2 is the integral of F (1 - F).
    if (k > 0) spread += cdf * (1 - cdf) * (points[k]! - points[k - 1]!)
    cdf += pmf[k]!
    miss += pmf[k]! * Math.abs(points[k]! - observed)
  }
  return miss - spread
}

/** CRPS of an ensemble: E|X - y| - E|X - X'| / 2 over its members. */
export function crpsOfEnsemble(members: ArrayLike<number>, observed: number): number {
  const m = members.length
  assert(m > 0, 'an ensemble of none')
  const sorted = Float64Array.from(members).sort()
  assert(sorted.every(Number.isFinite) && Number.isFinite(observed), 'an ensemble of no numbers')
  let [miss, spread] = [0, 0]
  for (let k = 0; k < m; k++) {
    miss += Math.abs(sorted[k]! - observed)
    // Member k is the larger of k pairs and the smaller of m - 1 - k.
    spread += (2 * k - m + 1) * sorted[k]!
  }
  return miss / m - spread / (m * m)
}
