import { assert } from '@kwm/std'
import { regularisedBeta } from './incomplete-beta.ts'

/** P(T <= t) of Student's t with `degrees` > 0 degrees of freedom (not necessarily whole). */
export function studentTCdf(t: number, degrees: number): number {
  const tail = studentTTwoSided(t, degrees) / 2
  return t > 0 ? 1 - tail : tail
}

/** P(|T| >= |t|): the two-sided p-value, exact in the tails where 1 - cdf is not. */
export function studentTTwoSided(t: number, degrees: number): number {
  assert(!Number.isNaN(t) && degrees > 0 && degrees < Infinity, `t ${t} on ${degrees} degrees`)
  const t2 = t * t
  if (t2 === Infinity) return 0
  return regularisedBeta(degrees / 2, 0.5, degrees / (degrees + t2), t2 / (degrees + t2))
}
