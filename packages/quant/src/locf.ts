import { assert } from '@kwm/std'

export type LocfGrid = {
  readonly fromUs: number
  /** Included when it is a whole number of steps from `fromUs`. */
  readonly toUs: number
  readonly stepUs: number
  /** A value older than this at a grid point is no longer known: null. */
  readonly maxAgeUs: number
}

export const LOCF_POINTS_MAX = 1_000_000

/**
 * Last observation carried forward onto a uniform grid: at each grid point the latest value at or
 * before it, of simultaneous ones the last, null before the first or past `maxAgeUs`. Times are
 * whole microseconds and must not decrease.
 */
export function locfResample(
  timesUs: ArrayLike<number>,
  values: ArrayLike<number>,
  grid: LocfGrid,
): (number | null)[] {
  const { fromUs, toUs, stepUs, maxAgeUs } = grid
  assert(timesUs.length === values.length, 'a time for every value')
  assert(Number.isSafeInteger(stepUs) && stepUs > 0 && maxAgeUs >= 0, `step ${stepUs} us`)
  const points = Math.floor((toUs - fromUs) / stepUs) + 1
  assert(points <= LOCF_POINTS_MAX, `a grid of ${points} points`)
  const out: (number | null)[] = []
  let next = 0
  for (let i = 0; i < points; i++) {
    const atUs = fromUs + i * stepUs
    while (next < timesUs.length && timesUs[next]! <= atUs) {
      assert(next === 0 || timesUs[next]! >= timesUs[next - 1]!, 'times must not decrease')
      next++
    }
    const isKnown = next > 0 && atUs - timesUs[next - 1]! <= maxAgeUs
    out.push(isKnown ? values[next - 1]! : null)
  }
  return out
}
