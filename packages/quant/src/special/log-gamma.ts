import { assert } from '@kwm/std'

const ONE_MINUS_EULER = 0.4227843350984671
const HALF_LN_2PI = 0.9189385332046728
const STIRLING_MIN = 12

/** zeta(k) - 1 for k = 2, 3, ... */
const ZETA_MINUS_ONE = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993,
  0.01734306198444914, 0.008349277381922827, 0.00407735619794434, 0.0020083928260822143,
  0.0009945751278180853, 0.0004941886041194645, 0.0002460865533080483, 0.00012271334757848915,
  6.124813505870483e-5, 3.058823630702049e-5, 1.528225940865187e-5, 7.637197637899763e-6,
  3.81729326499984e-6, 1.908212716553939e-6, 9.539620338727962e-7, 4.769329867878064e-7,
  2.38450502727733e-7, 1.1921992596531106e-7, 5.960818905125948e-8, 2.980350351465228e-8,
  1.4901554828365043e-8, 7.45071178983543e-9,
] as const

/** Bernoulli numbers B_2k / (2k (2k - 1)) of Stirling's series. */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
] as const

/**
 * ln Gamma(x) for x > 0, relative error near machine precision, also beside its zeros at 1 and 2.
 * Taylor's series about 2 (Abramowitz and Stegun 6.1.33), the recurrence, Stirling's series (6.1.41).
 */
export function logGamma(x: number): number {
  assert(x > 0, `logGamma of ${x}`)
  if (x >= STIRLING_MIN) return stirling(x)
  if (x < 0.5) return logGamma(x + 1) - Math.log(x)
  if (x < 1.5) return aboutTwo(x - 1) - Math.log1p(x - 1)
  let product = 1
  let y = x
  while (y > 2.5) {
    y -= 1
    product *= y
  }
  return aboutTwo(y - 2) + Math.log(product)
}

/** ln Gamma(2 + d), |d| <= 1/2. */
function aboutTwo(d: number): number {
  let sum = 0
  for (let k = ZETA_MINUS_ONE.length + 1; k >= 2; k--) {
    const term = ZETA_MINUS_ONE[k - 2]! / k
    sum = (k % 2 === 0 ? term : -term) + sum * d
  }
  return d * (ONE_MINUS_EULER + d * sum)
}

function stirling(x: number): number {
  if (x === Infinity) return Infinity
  const inverse = 1 / x
  const square = inverse * inverse
  let sum = 0
  for (let k = STIRLING.length - 1; k >= 0; k--) sum = sum * square + STIRLING[k]!
  return (x - 0.5) * (Math.log(x) - 1) - 0.5 + HALF_LN_2PI + sum * inverse
}
