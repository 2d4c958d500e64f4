import { AssertionError, assert } from '@kwm/std'

export type SimplexProjection =
  | { readonly feasible: true; readonly pmf: Float64Array; readonly nu: number }
  | { readonly feasible: false; readonly sumLower: number; readonly sumUpper: number }

/** Bounds that miss a sum of 1 by less than rounding could are taken to reach it. */
const SUM_TOLERANCE = 1e-12
const BISECTIONS_MAX = 2_000

/**
 * argmin sum (p_i - mean_i)^2 / variance_i subject to sum p = 1 and lower_i <= p_i <= upper_i.
 *
 * By its dual: p_i = clip(mean_i + nu variance_i, lower_i, upper_i), whose sum does not decrease in
 * nu, so nu is bisected until no number is left between the brackets, and then solved for exactly on
 * the entries that are not clipped (MODELS 6.1). Probabilities throughout; variances are positive
 * wherever the bounds leave room. Infeasible means that sum lower > 1 or sum upper < 1.
 */
export function projectOntoSimplex(
  means: ArrayLike<number>,
  variances: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
): SimplexProjection {
  const n = means.length
  assert(n > 0 && [variances, lower, upper].every((a) => a.length === n), 'equal lengths')
  let sumLower = 0
  let sumUpper = 0
  for (let i = 0; i < n; i++) {
    assertEntry(means[i]!, variances[i]!, lower[i]!, upper[i]!)
    sumLower += lower[i]!
    sumUpper += upper[i]!
  }
  if (sumLower > 1 + SUM_TOLERANCE || sumUpper < 1 - SUM_TOLERANCE) {
    return { feasible: false, sumLower, sumUpper }
  }
  const clip = (i: number, nu: number): number =>
    Math.min(upper[i]!, Math.max(lower[i]!, means[i]! + nu * variances[i]!))
  const sumAt = (nu: number): number => {
    let sum = 0
    for (let i = 0; i < n; i++) sum += clip(i, nu)
    return sum
  }
  const bisected = bisectNu(means, variances, lower, upper, sumAt)
  const nu = polishNu(means, variances, lower, upper, bisected)
  return { feasible: true, nu, pmf: Float64Array.from({ length: n }, (_, i) => clip(i, nu)) }
}

function assertEntry(mean: number, variance: number, lower: number, upper: number): void {
  const hasBounds = lower <= upper && Number.isFinite(upper - lower)
  if (!Number.isFinite(mean) || !hasBounds) {
    throw new AssertionError(`mean ${mean} in [${lower}, ${upper}]`)
  }
  if (!(variance >= 0 && variance < Infinity)) throw new AssertionError(`variance ${variance}`)
  assert(variance > 0 || lower === upper, 'a variance of zero needs a fixed probability')
}

function bisectNu(
  means: ArrayLike<number>,
  variances: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  sumAt: (nu: number) => number,
): number {
  // Outside these every entry sits on one of its bounds, so the sum crosses 1 between them.
  let low = 0
  let high = 0
  for (let i = 0; i < means.length; i++) {
    const variance = variances[i]!
    if (variance === 0) continue
    low = Math.min(low, (lower[i]! - means[i]!) / variance)
    high = Math.max(high, (upper[i]! - means[i]!) / variance)
  }
  for (let round = 0; round < BISECTIONS_MAX; round++) {
    const middle = low + (high - low) / 2
    if (middle <= low || middle >= high) break
    if (sumAt(middle) < 1) low = middle
    else high = middle
  }
  return high
}

/** The exact nu for the entries that are free at `nu`; `nu` itself when none is. */
function polishNu(
  means: ArrayLike<number>,
  variances: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  nu: number,
): number {
  let rest = 1
  let freeVariance = 0
  for (let i = 0; i < means.length; i++) {
    const p = means[i]! + nu * variances[i]!
    if (p <= lower[i]!) rest -= lower[i]!
    else if (p >= upper[i]!) rest -= upper[i]!
    else {
      rest -= means[i]!
      freeVariance += variances[i]!
    }
  }
  return freeVariance > 0 ? rest / freeVariance : nu
}
