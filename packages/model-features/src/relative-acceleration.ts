import { fail } from '@kwm/std'

export type RungAcceleration = {
  /** Probability per second squared; null when the estimator has none. */
  readonly acceleration: number | null
  /** Its standard error, where known. */
  readonly se: number | null
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
export function relativeAccelerations(
  rungs: readonly RungAcceleration[],
): (RelativeAcceleration | null)[] {
  return rungs.map((rung, j) => {
    const own = usable(rung)
    if (own === null) return null
    const below = usable(rungs[j - 1])
    const above = usable(rungs[j + 1])
    if (below === null && above === null) return null
    const count = (below === null ? 0 : 1) + (above === null ? 0 : 1)
    const mean = ((below ?? 0) + (above ?? 0)) / count
    const largest = Math.max(below ?? -Infinity, above ?? -Infinity)
    const ras = own - mean
    const neighbours = [
      below === null ? undefined : rungs[j - 1],
      above === null ? undefined : rungs[j + 1],
    ]
    return { ras, accelSpread: own - largest, z: zScore(ras, rung, neighbours) }
  })
}

function usable(rung: RungAcceleration | undefined): number | null {
  if (rung === undefined || !rung.isActive || rung.acceleration === null) return null
  if (!Number.isFinite(rung.acceleration)) fail(`acceleration ${rung.acceleration}`)
  return rung.acceleration
}

function zScore(
  ras: number,
  rung: RungAcceleration,
  neighbours: readonly (RungAcceleration | undefined)[],
): number | null {
  if (rung.se === null) return null
  let sum = 0
  let count = 0
  for (const neighbour of neighbours) {
    if (neighbour === undefined) continue
    if (neighbour.se === null) return null
    sum += neighbour.se ** 2
    count++
  }
  const variance = rung.se ** 2 + sum / count
  if (!(variance >= 0)) fail(`standard error ${rung.se}`)
  return variance > 0 ? ras / Math.sqrt(variance) : null
}
