import { assert } from '@kwm/std'

// Rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error
// function", Math. Comp. 23 (1969), as in SPECFUN's CALERF: relative error near machine precision.
const ERF_P = [
  0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694,
] as const
const ERF_Q = [
  1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171,
] as const
const MIDDLE_P = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163,
  298.6351381974001, 881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
] as const
const MIDDLE_Q = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903,
  3290.7992357334597, 4362.619090143247, 3439.3676741437216, 1230.3393548037495,
] as const
const TAIL_P = [
  0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926,
  0.016083785148742275, 0.0006587491615298378,
] as const
const TAIL_Q = [
  1, 2.568520192289822, 1.8729528499234604, 0.5279051029514285, 0.06051834131244132,
  0.0023352049762686918,
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
