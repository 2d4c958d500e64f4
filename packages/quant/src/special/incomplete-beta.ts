import { assert } from '@kwm/std'
import { logGamma } from './log-gamma.ts'

const TERMS_MAX = 100_000
const TINY = 1e-300

/**
 * I_x(a, b), the regularised incomplete beta function: P(B <= x) for B ~ Beta(a, b), a, b > 0 and x
 * in [0, 1]. Relative error about 1e-13 up to parameters of 1e3, growing in proportion beyond. Give
 * `y` = 1 - x where it is known without cancellation.
 */
export function regularisedBeta(a: number, b: number, x: number, y = 1 - x): number {
  assert(a > 0 && b > 0 && a + b < Infinity, `incomplete beta with parameters ${a}, ${b}`)
  assert(x >= 0 && x <= 1 && y >= 0 && y <= 1, `incomplete beta at ${x}`)
  if (x === 0) return 0
  if (y === 0) return 1
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y),
  )
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(a, b, x)) / a
    : 1 - (front * betaFraction(b, a, y)) / b
}

/** Lentz's continued fraction of the incomplete beta (Abramowitz and Stegun 26.5.8). */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let h = d
  for (let m = 1; m <= TERMS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    h *= d * c
    if (Math.abs(d * c - 1) <= 2 * Number.EPSILON) return h
  }
  assert(false, `incomplete beta (${a}, ${b}) needs more than ${TERMS_MAX} terms`)
}

const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value)
