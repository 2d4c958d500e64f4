import { assert } from '@kwm/std'

// Lanczos, g = 7, n = 9 (Godfrey 2001): about 15 digits.
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const
const HALF_LN_2PI = 0.9189385332046727
const FRACTION_TERMS_MAX = 2_000
const TINY = 1e-300

/** P(T <= t) of Student's t with `degrees` > 0 degrees of freedom (not necessarily whole). */
export function studentTCdf(t: number, degrees: number): number {
  const tail = studentTTwoSided(t, degrees) / 2
  return t > 0 ? 1 - tail : tail
}

/** P(|T| >= |t|): the two-sided p-value, exact in the tails where 1 - cdf is not. */
export function studentTTwoSided(t: number, degrees: number): number {
  assert(!Number.isNaN(t) && degrees > 0 && degrees < Infinity, `t ${t} on ${degrees} degrees`)
  if (!Number.isFinite(t)) return 0
  const t2 = t * t
  const x = degrees / (degrees + t2)
  return betaTail(degrees / 2, 0.5, x, t2 / (degrees + t2))
}

/** I_x(a, b), the regularised incomplete beta function, with y = 1 - x given without cancellation. */
function betaTail(a: number, b: number, x: number, y: number): number {
  if (x <= 0) return 0
  if (y <= 0) return 1
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
  for (let m = 1; m <= FRACTION_TERMS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    h *= d * c
    if (Math.abs(d * c - 1) < 1e-16) break
  }
  return h
}

const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value)

/** ln Gamma(x), x > 0. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  let sum: number = LANCZOS[0]
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (x - 1 + i)
  const t = x + 6.5
  return HALF_LN_2PI + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}
