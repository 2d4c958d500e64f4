import { assert } from '@kwm/std'

const ASYMPTOTIC_MIN = 10
/** B_2k / 2k of the asymptotic series (Abramowitz and Stegun 6.3.18). */
const SERIES = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12] as const

/** The derivative of ln Γ(x) for x > 0, absolute error below 1e-13 from 1e-3 on. */
export function digamma(x: number): number {
  assert(x > 0, `digamma of ${x}`)
  let shifted = 0
  let y = x
  for (; y < ASYMPTOTIC_MIN; y++) shifted += 1 / y
  const square = 1 / (y * y)
  let sum = 0
  for (let k = SERIES.length - 1; k >= 0; k--) sum = (sum + SERIES[k]!) * square
  return Math.log(y) - 0.5 / y - sum - shifted
}
