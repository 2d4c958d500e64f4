import { AssertionError, assert } from '@kwm/std'

/**
 * Cholesky of a small symmetric positive definite matrix, in place: the lower triangle of the
 * row-major n x n `a` becomes L with A = L L'. False, with `a` half done, when a pivot is not above
 * `relativePivotMin` times its diagonal entry, which is scale-free: the matrix is singular at that
 * precision.
 */
export function choleskyFactor(a: Float64Array, n: number, relativePivotMin = 1e-14): boolean {
  // No `assert` here: its message would be built on every call, and these are called per event.
  if (a.length !== n * n) throw new AssertionError(`matrix of ${a.length} entries for n ${n}`)
  for (let j = 0; j < n; j++) {
    const diagonal = a[j * n + j]!
    let pivot = diagonal
    for (let k = 0; k < j; k++) pivot -= a[j * n + k]! * a[j * n + k]!
    if (!(pivot > relativePivotMin * diagonal)) return false
    const root = Math.sqrt(pivot)
    a[j * n + j] = root
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j]!
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!
      a[i * n + j] = sum / root
    }
  }
  return true
}

/** Solves A x = b in place of `b`, given the factor L left by `choleskyFactor`. */
export function choleskySolve(l: Float64Array, n: number, b: Float64Array): void {
  if (l.length !== n * n || b.length !== n) {
    throw new AssertionError(`solve of size ${b.length} for n ${n}`)
  }
  for (let i = 0; i < n; i++) {
    let sum = b[i]!
    for (let k = 0; k < i; k++) sum -= l[i * n + k]! * b[k]!
    b[i] = sum / l[i * n + i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!
    for (let k = i + 1; k < n; k++) sum -= l[k * n + i]! * b[k]!
    b[i] = sum / l[i * n + i]!
  }
}

/**
 * Solves A x = b by LU with partial pivoting; `a` is row-major n x n. Inputs are left alone. Null
 * when A is singular to working precision.
 */
export function luSolve(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array | null {
  const n = b.length
  assert(a.length === n * n, `matrix of ${a.length} entries for n ${n}`)
  const lu = Float64Array.from(a)
  const x = Float64Array.from(b)
  let scale = 0
  for (const value of lu) scale = Math.max(scale, Math.abs(value))
  assert(Number.isFinite(scale) && x.every(Number.isFinite), 'a linear system with no numbers')
  for (let k = 0; k < n; k++) {
    swapInPivot(lu, x, n, k)
    const pivot = lu[k * n + k]!
    if (!(Math.abs(pivot) > n * Number.EPSILON * scale)) return null
    for (let i = k + 1; i < n; i++) {
      const factor = lu[i * n + k]! / pivot
      for (let j = k + 1; j < n; j++) lu[i * n + j]! -= factor * lu[k * n + j]!
      x[i]! -= factor * x[k]!
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) x[i]! -= lu[i * n + j]! * x[j]!
    x[i]! /= lu[i * n + i]!
  }
  return x
}

function swapInPivot(lu: Float64Array, x: Float64Array, n: number, k: number): void {
  let best = k
  for (let i = k + 1; i < n; i++) {
    if (Math.abs(lu[i * n + k]!) > Math.abs(lu[best * n + k]!)) best = i
  }
  if (best === k) return
  for (let j = k; j < n; j++) {
    const held = lu[k * n + j]!
    lu[k * n + j] = lu[best * n + j]!
    lu[best * n + j] = held
  }
  const held = x[k]!
  x[k] = x[best]!
  x[best] = held
}
