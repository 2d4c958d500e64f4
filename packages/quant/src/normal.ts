import { assert } from '@kwm/std'

// Rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error
// function", Math. Comp. 23 (1969), as in SPECFUN's CALERF: relative error near machine precision.
const ERF_P = [
  1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2,
  3.20937758913846947e3,
] as const
const ERF_Q = [
  1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3,
] as const
const MIDDLE_P = [
  2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
  2.98635138197400131e2, 8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3,
  1.23033935479799725e3,
] as const
const MIDDLE_Q = [
  1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
  3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
] as const
const TAIL_P = [
  1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
  1.60837851487422766e-2, 6.58749161529837803e-4,
] as const
const TAIL_Q = [
  1, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2,
  2.33520497626869185e-3,
] as const
const INV_SQRT_PI = 0.5641895835477563
const SQRT_2PI = 2.5066282746310002

/** P. J. Acklam's inverse normal (2003), relative error 1.15e-9 before refinement. */
const ACKLAM_A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2,
  -3.066479806614716e1, 2.506628277459239,
] as const
const ACKLAM_B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
  -1.328068155288572e1, 1,
] as const
const ACKLAM_C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
] as const
const ACKLAM_D = [
  7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1,
] as const
const ACKLAM_LOW = 0.02425

/** The complementary error function, relative error below 1e-14 while the result is normal. */
export function erfc(x: number): number {
  assert(!Number.isNaN(x), 'erfc of NaN')
  const y = Math.abs(x)
  if (y <= 0.46875) return 1 - (x * horner(ERF_P, y * y)) / horner(ERF_Q, y * y)
  const upper = y > 27 ? 0 : upperErfc(y)
  return x < 0 ? 2 - upper : upper
}

function upperErfc(y: number): number {
  // exp(-y^2) in two factors: y^2 rounded once would cost y^2 times the machine precision.
  const coarse = Math.trunc(y * 16) / 16
  const scale = Math.exp(-coarse * coarse) * Math.exp(-(y - coarse) * (y + coarse))
  if (y <= 4) return (scale * horner(MIDDLE_P, y)) / horner(MIDDLE_Q, y)
  const z = 1 / (y * y)
  const correction = (z * horner(TAIL_P, z)) / horner(TAIL_Q, z)
  return (scale * (INV_SQRT_PI - correction)) / y
}

/** The standard normal density. */
export function normPdf(x: number): number {
  assert(!Number.isNaN(x), 'normPdf of NaN')
  return Math.exp(-0.5 * x * x) / SQRT_2PI
}

/** P(Z <= x) for a standard normal Z, relative error below 1e-12 in both tails. */
export function normCdf(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2)
}

/** The x with P(Z <= x) = p, for p in [0, 1]; relative error near 1e-15 away from p = 1/2. */
export function normInv(p: number): number {
  assert(p >= 0 && p <= 1, `normInv of ${p}`)
  if (p === 0) return -Infinity
  if (p === 1) return Infinity
  // The lower half alone: 1 - p is exact there, and the answer is antisymmetric to the bit.
  return p > 0.5 ? -lowerNormInv(1 - p) : lowerNormInv(p)
}

function lowerNormInv(p: number): number {
  let x: number
  if (p < ACKLAM_LOW) {
    const q = Math.sqrt(-2 * Math.log(p))
    x = horner(ACKLAM_C, q) / horner(ACKLAM_D, q)
  } else {
    const q = p - 0.5
    x = (q * horner(ACKLAM_A, q * q)) / horner(ACKLAM_B, q * q)
  }
  // One step of Halley's method takes 1e-9 to machine precision; density underflows near -38.5.
  const density = normPdf(x)
  if (density < Number.MIN_VALUE * 2 ** 60) return x
  const step = (normCdf(x) - p) / density
  return x - step / (1 + 0.5 * x * step)
}

/** Coefficients from the highest power down. */
function horner(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (const coefficient of coefficients) sum = sum * x + coefficient
  return sum
}
