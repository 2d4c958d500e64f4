import { AssertionError } from '@kwm/std'
import { dot } from './small-matrix.ts'

/**
 * y / s = (p + H (a' - a)) / s + unit noise, the observation of a whitened logistic-normal state
 * linearised at a, and the normal equations of a' ~ N(0, I): B = I + G'G with G = H / s, as B = U U'
 * with U upper. Every eigenvalue of B is 1 or more, however precise the observations and however
 * uncertain the state. The buffers are kept: nothing is allocated after the constructor.
 */
export class Linearisation {
  readonly #n: number
  readonly #d: number
  /** G by columns: n entries for each coordinate of a. */
  readonly #g: Float64Array
  readonly #residual: Float64Array
  readonly #right: Float64Array
  /** U, row-major, its diagonal inverted. */
  readonly #u: Float64Array

  constructor(n: number) {
    const d = n - 1
    this.#n = n
    this.#d = d
    this.#g = new Float64Array(d * n)
    this.#residual = new Float64Array(n)
    this.#right = new Float64Array(d)
    this.#u = new Float64Array(d * d)
  }

  /**
   * At p = softmax(logits + spread a), where column k of `spread` is 0 up to entry k:
   * H = (diag p - p p') spread. `precision` is 1 / s, 0 where nothing is observed.
   */
  refill(
    spread: Float64Array,
    p: Float64Array,
    precision: Float64Array,
    y: ArrayLike<number>,
    a: Float64Array,
  ): void {
    const n = this.#n
    const g = this.#g
    const residual = this.#residual
    for (let i = 0; i < n; i++) residual[i] = (y[i]! - p[i]!) * precision[i]!
    for (let k = 0, at = 0; k < this.#d; k++, at += n) {
      const ak = a[k]!
      const mean = dot(p, k + 1, spread, at + k + 1, n - k - 1)
      for (let i = 0; i < n; i++) {
        const slope = p[i]! * (spread[at + i]! - mean) * precision[i]!
        g[at + i] = slope
        residual[i]! += slope * ak
      }
    }
    this.#fillNormalEquations()
    this.#factor()
  }

  /** The a' the linear model likes best. */
  solve(out: Float64Array): void {
    const d = this.#d
    const u = this.#u
    for (let j = d - 1; j >= 0; j--) {
      const row = j * d + j
      out[j] = (this.#right[j]! - dot(u, row + 1, out, j + 1, d - j - 1)) * u[row]!
    }
    for (let j = 0; j < d; j++) {
      const row = j * d
      const x = out[j]! * u[row + j]!
      out[j] = x
      for (let k = j + 1; k < d; k++) out[k]! -= u[row + k]! * x
    }
  }

  /** a'a and the squares of what the linear model leaves of the residual at a: at a' the least there is. */
  cost(a: Float64Array): number {
    const n = this.#n
    const g = this.#g
    const left = this.#residual
    let cost = 0
    for (let k = 0, at = 0; k < this.#d; k++, at += n) {
      const ak = a[k]!
      cost += ak * ak
      for (let i = 0; i < n; i++) left[i]! -= g[at + i]! * ak
    }
    for (let i = 0; i < n; i++) cost += left[i]! * left[i]!
    return cost
  }

  /** c'B^-1 c; `scratch` has its size. */
  inverseForm(c: Float64Array, scratch: Float64Array): number {
    const d = this.#d
    const u = this.#u
    let sum = 0
    for (let j = d - 1; j >= 0; j--) {
      const row = j * d + j
      const x = (c[j]! - dot(u, row + 1, scratch, j + 1, d - j - 1)) * u[row]!
      scratch[j] = x
      sum += x * x
    }
    return sum
  }

  /** The lower factor L of a covariance becomes that of L B^-1 L', which is L U'^-1. */
  shrink(factor: Float64Array): void {
    const d = this.#d
    const u = this.#u
    for (let j = 0; j < d; j++) {
      const at = j * d
      for (let k = j; k >= 0; k--) {
        const row = k * d + k
        const known = dot(factor, at + k + 1, u, row + 1, j - k)
        factor[at + k] = (factor[at + k]! - known) * u[row]!
      }
    }
  }

  #fillNormalEquations(): void {
    const n = this.#n
    const d = this.#d
    const g = this.#g
    const u = this.#u
    for (let j = 0, at = 0; j < d; j++, at += n) {
      this.#right[j] = dot(g, at, this.#residual, 0, n)
      u[j * d + j] = 1 + dot(g, at, g, at, n)
      for (let k = j + 1; k < d; k++) u[j * d + k] = dot(g, at, g, k * n, n)
    }
  }

  #factor(): void {
    const d = this.#d
    const u = this.#u
    for (let j = d - 1; j >= 0; j--) {
      const row = j * d + j
      const beyond = d - j - 1
      const pivot = u[row]! - dot(u, row + 1, u, row + 1, beyond)
      if (Number.isNaN(pivot)) throw new AssertionError('a state that is no numbers')
      // Below 1 only by rounding.
      const inverse = 1 / Math.sqrt(Math.max(1, pivot))
      u[row] = inverse
      for (let k = 0; k < j; k++) {
        const at = k * d + j
        u[at] = (u[at]! - dot(u, at + 1, u, row + 1, beyond)) * inverse
      }
    }
  }
}
