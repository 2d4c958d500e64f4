import { assert } from '@kwm/std'

/** Probabilities are held this far from 0 and 1 before logarithms. */
export const PROBABILITY_CLIP = 1e-6

export const clipProbability = (p: number, clip = PROBABILITY_CLIP): number =>
  Math.min(1 - clip, Math.max(clip, p))

/** ln p / (1 - p) of the clipped probability. */
export function logit(p: number): number {
  assert(p >= 0 && p <= 1, `probability ${p}`)
  const clipped = clipProbability(p)
  return Math.log(clipped / (1 - clipped))
}
