import { assert } from '@kwm/std'
import { logGamma } from './log-gamma.ts'

const TERMS_MAX = 100_000
const TINY = 1e-300

/**
 * P(a, x), the regularised lower incomplete gamma function: P(G <= x) for G ~ Gamma(a, 1), a > 0 and
 * x >= 0. Relative error about 1e-13 up to a of 1e3, growing in proportion beyond.
 */
export function regularisedGammaP(a: number, x: number): number {
  assertGamma(a, x)
  if (x === 0) return 0
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x)
}

/** Q(a, x) = 1 - P(a, x), relative to itself in the upper tail: the p-value of a chi-square. */
export function regularisedGammaQ(a: number, x: number): number {
  assertGamma(a, x)
  if (x === 0) return 1
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x)
}

/** P(X > x) for a chi-square X of `degrees` > 0 degrees of freedom. */
export const chiSquareTail = (x: number, degrees: number): number =>
  regularisedGammaQ(degrees / 2, x / 2)

function assertGamma(a: number, x: number): void {
  assert(a > 0 && a < Infinity, `incomplete gamma with shape ${a}`)
  assert(x >= 0, `incomplete gamma at ${x}`)
}

/** Abramowitz and Stegun 6.5.29. */
function lowerSeries(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let n = 1; n <= TERMS_MAX; n++) {
    term *= x / (a + n)
    sum += term
    if (term <= sum * Number.EPSILON) return (front(a, x) * sum) / a
  }
  assert(false, `incomplete gamma (${a}, ${x}) needs more than ${TERMS_MAX} terms`)
}

/** Lentz's form of Abramowitz and Stegun 6.5.31. */
function upperFraction(a: number, x: number): number {
  if (x === Infinity) return 0
  let b = x + 1 - a
  let c = 1 / TINY
  let d = 1 / b
  let h = d
  for (let n = 1; n <= TERMS_MAX; n++) {
    const numerator = -n * (n - a)
    b += 2
    d = 1 / away(numerator * d + b)
    c = away(b + numerator / c)
    h *= d * c
    if (Math.abs(d * c - 1) <= 2 * Number.EPSILON) return front(a, x) * h
  }
  assert(false, `incomplete gamma (${a}, ${x}) needs more than ${TERMS_MAX} terms`)
}

const front = (a: number, x: number): number => Math.exp(a * Math.log(x) - x - logGamma(a))
const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value)
