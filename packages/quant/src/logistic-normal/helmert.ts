import { AssertionError, assert } from '@kwm/std'
import { softmax } from '../special/log-sum-exp.ts'

/** More outcomes than any event has; matrices grow with the square. */
export const OUTCOMES_MAX = 256

/** 1 / sqrt(i (i + 1)) at i: the entries of column i - 1 of every Helmert basis. */
export const helmertScales = Float64Array.from({ length: OUTCOMES_MAX }, (_, i) =>
  i === 0 ? 0 : 1 / Math.sqrt(i * (i + 1)),
)

/**
 * The Helmert basis of the n - 1 dimensions in which n log-probabilities may differ: row-major
 * n x (n - 1), V'V = I and 1'V = 0 (MODELS 6.4; Egozcue 2003). Column k weighs the first k + 1
 * outcomes against the next one.
 */
export function helmert(n: number): Float64Array {
  assert(Number.isSafeInteger(n) && n >= 1 && n <= OUTCOMES_MAX, `${n} outcomes`)
  const d = n - 1
  const v = new Float64Array(n * d)
  for (let k = 0; k < d; k++) {
    const scale = 1 / Math.sqrt((k + 1) * (k + 2))
    for (let i = 0; i <= k; i++) v[i * d + k] = scale
    v[(k + 1) * d + k] = -(k + 1) * scale
  }
  return v
}

/**
 * ILR coordinates z = V' log p of a PMF of strictly positive entries; `out` has one entry less. The
 * sum of `pmf` does not matter: V' takes no notice of a constant.
 */
export function ilr(pmf: ArrayLike<number>, out: Float64Array): Float64Array {
  const n = pmf.length
  if (out.length !== n - 1) throw new AssertionError(`${out.length} coordinates for ${n} outcomes`)
  let sum = 0
  for (let i = 0; i < n; i++) {
    if (!(pmf[i]! > 0 && pmf[i]! < Infinity)) throw new AssertionError(`probability ${pmf[i]}`)
    const log = Math.log(pmf[i]!)
    if (i > 0) out[i - 1] = (sum - i * log) / Math.sqrt(i * (i + 1))
    sum += log
  }
  return out
}

/**
 * The inverse, p = softmax(V z): `out` has one entry more than `z`, is positive up to underflow and
 * sums to 1. Any finite z is safe.
 */
export function ilrInverse(z: ArrayLike<number>, out: Float64Array): Float64Array {
  return softmax(ilrLogits(z, out), out)
}

/** V z, the logarithms of p up to a constant: `out` has one entry more than `z`. */
export function ilrLogits(z: ArrayLike<number>, out: Float64Array): Float64Array {
  const n = out.length
  if (z.length !== n - 1 || n > OUTCOMES_MAX)
    throw new AssertionError(`${z.length} coordinates for ${n} outcomes`)
  // (V z)_i = sum over k >= i of z_k scale_k, less i z_(i-1) scale_(i-1): one pass from the end.
  let tail = 0
  for (let i = n - 1; i > 0; i--) {
    const own = z[i - 1]! * helmertScales[i]!
    out[i] = tail - i * own
    tail += own
  }
  out[0] = tail
  return out
}

/** d softmax(V z) / d z = (diag p - p p') V at p = softmax(V z), row-major n x (n - 1). */
export function ilrJacobian(
  pmf: ArrayLike<number>,
  basis: Float64Array,
  out: Float64Array,
): Float64Array {
  const n = pmf.length
  const d = n - 1
  if (basis.length !== n * d || out.length !== n * d) {
    throw new AssertionError(`Jacobian of ${out.length} entries for ${n} outcomes`)
  }
  for (let k = 0; k < d; k++) {
    let mean = 0
    for (let i = 0; i < n; i++) mean += pmf[i]! * basis[i * d + k]!
    for (let i = 0; i < n; i++) out[i * d + k] = pmf[i]! * (basis[i * d + k]! - mean)
  }
  return out
}
