import { assert } from '@kwm/std'

export type SymmetricEigen = {
  /** Largest first. */
  readonly values: Float64Array
  /** `vectors[k]` has unit length and belongs to `values[k]`; its sign is arbitrary. */
  readonly vectors: readonly Float64Array[]
}

export const EIGEN_SIZE_MAX = 64
const SWEEPS_MAX = 64

/** Eigenvalues and vectors of a symmetric row-major n x n matrix, by cyclic Jacobi rotations. */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): SymmetricEigen {
  assert(n > 0 && n <= EIGEN_SIZE_MAX && matrix.length === n * n, `eigen of size ${n}`)
  const a = Float64Array.from(matrix)
  assert(a.every(Number.isFinite), 'an eigenproblem with no numbers')
  const v = new Float64Array(n * n)
  for (let i = 0; i < n; i++) v[i * n + i] = 1
  for (let sweep = 0; sweep < SWEEPS_MAX && !isDiagonal(a, n); sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q)
    }
  }
  const order = Array.from({ length: n }, (_, i) => i)
  order.sort((i, j) => a[j * n + j]! - a[i * n + i]! || i - j)
  return {
    values: Float64Array.from(order, (i) => a[i * n + i]!),
    vectors: order.map((i) => Float64Array.from({ length: n }, (_, row) => v[row * n + i]!)),
  }
}

function isDiagonal(a: Float64Array, n: number): boolean {
  let off = 0
  let scale = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      scale = Math.max(scale, Math.abs(a[i * n + j]!))
      if (i !== j) off = Math.max(off, Math.abs(a[i * n + j]!))
    }
  }
  return off <= scale * 1e-17
}

/** Zeroes a[p][q] by a plane rotation, and turns the vectors with it. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!
  if (apq === 0) return
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq)
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(1, theta))
  const c = 1 / Math.hypot(1, t)
  const s = t * c
  for (let k = 0; k < n; k++) {
    const [akp, akq] = [a[k * n + p]!, a[k * n + q]!]
    a[k * n + p] = c * akp - s * akq
    a[k * n + q] = s * akp + c * akq
  }
  for (let k = 0; k < n; k++) {
    const [apk, aqk] = [a[p * n + k]!, a[q * n + k]!]
    a[p * n + k] = c * apk - s * aqk
    a[q * n + k] = s * apk + c * aqk
    const [vkp, vkq] = [v[k * n + p]!, v[k * n + q]!]
    v[k * n + p] = c * vkp - s * vkq
    v[k * n + q] = s * vkp + c * vkq
  }
  a[p * n + q] = 0
  a[q * n + p] = 0
}
