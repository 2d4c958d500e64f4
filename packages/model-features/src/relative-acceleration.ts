import { fail } from '@kwm/std'

export type RungAcceleration = {
  /** Probability per second squared; null when the estimator has none. */
  readonly acceleration: number | null
  /** Its standard error, where known. */
  readonly accelerationSe: number | null
  /** Two-sided, tight, changing and traded: MODELS 2.4. */
  readonly isActive: boolean
}

export type RelativeAcceleration = {
  /** Own acceleration minus the mean of the active neighbours'. */
  readonly ras: number
  /** Own acceleration minus the largest of the active neighbours'. */
  readonly accelSpread: number
  /** ras over sqrt(se^2 + mean of the neighbours' se^2); null where an error is unknown or 0. */
  readonly z: number | null
}

/**
 * How a bracket accelerates against the adjacent brackets of its ladder (MODELS 2.4), by rung. Null
 * where the bracket is inactive or has no active neighbour: an inactive neighbour is left out, not
 * counted as zero. Accelerations are of raw mids; those of a renormalised PMF sum to zero, and what
 * they say about neighbours is arithmetic.
 */
export const relativeAccelerations = (
  rungs: readonly RungAcceleration[],
): (RelativeAcceleration | null)[] =>
  rungs.map((rung, j) => relativeAcceleration(rung, rungs[j - 1], rungs[j + 1]))

/** The same for one bracket, by the rows below and above it. */
export function relativeAcceleration(
  rung: RungAcceleration,
  below: RungAcceleration | undefined,
  above: RungAcceleration | undefined,
): RelativeAcceleration | null {
  const own = usable(rung)
  if (own === null) return null
  const low = usable(below)
  const high = usable(above)
  if (low === null && high === null) return null
  const count = (low === null ? 0 : 1) + (high === null ? 0 : 1)
  const mean = ((low ?? 0) + (high ?? 0)) / count
  const largest = Math.max(low ?? -Infinity, high ?? -Infinity)
  const ras = own - mean
  const z = zScore(ras, rung, low === null ? undefined : below, high === null ? undefined : above)
  return { ras, accelSpread: own - largest, z }
}

function usable(rung: RungAcceleration | undefined): number | null {
  if (rung === undefined || !rung.isActive || rung.acceleration === null) return null
  if (!Number.isFinite(rung.acceleration)) fail(`acceleration ${rung.acceleration}`)
  return rung.acceleration
}

function zScore(
  ras: number,
  { accelerationSe: se }: RungAcceleration,
  below: RungAcceleration | undefined,
  above: RungAcceleration | undefined,
): number | null {
  const low = below ? below.accelerationSe : 0
  const high = above ? above.accelerationSe : 0
  if (se === null || low === null || high === null) return null
  const count = (below ? 1 : 0) + (above ? 1 : 0)
  const variance = se ** 2 + (low ** 2 + high ** 2) / count
  if (!(variance >= 0)) fail(`standard error ${se}`)
  return variance > 0 ? ras / Math.sqrt(variance) : null
}
