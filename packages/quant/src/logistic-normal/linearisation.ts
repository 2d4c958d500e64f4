import { AssertionError } from '@kwm/std'

/**
 * y / s = (p + H (a' - a)) / s + unit noise, the observation of a whitened logistic-normal state
 * linearised at a, and the normal equations of a' ~ N(0, I): B = I + G'G with G = H / s, as B = U U'
 * with U upper. Every eigenvalue of B is 1 or more, however precise the observations and however
 * uncertain the state. The buffers are kept: nothing is allocated after the constructor. The sums are
 * written out: a call for each of some forty of them an iteration would take as long as the sums.
 */
export class Linearisation {
  readonly #n: number
  readonly #d: number
  /** G by columns: n entries for each coordinate of a. */
  readonly #g: Float64Array
  /** p / s. */
  readonly #slope: Float64Array
  readonly #residual: Float64Array
  readonly #right: Float64Array
  /** U, row-major, its diagonal inverted. */
  readonly #u: Float64Array

  constructor(n: number) {
    const d = n - 1
    this.#n = n
    this.#d = d
    this.#g = new Float64Array(d * n)
    this.#slope = new Float64Array(n)
    this.#residual = new Float64Array(n)
    this.#right = new Float64Array(d)
    this.#u = new Float64Array(d * d)
  }

  /**
   * At p = softmax(logits + moved), moved = spread a, where column k of `spread` is 0 up to entry k:
   * H = (diag p - p p') spread. `precision` is 1 / s, 0 where nothing is observed.
   */
  refill(
    spread: Float64Array,
    p: Float64Array,
    precision: Float64Array,
    y: ArrayLike<number>,
    moved: Float64Array,
  ): void {
    const n = this.#n
    const d = this.#d
    const g = this.#g
    const residual = this.#residual
    const slope = this.#slope
    let centre = 0
    for (let i = 0; i < n; i++) centre += p[i]! * moved[i]!
    let sum = 0
    for (let i = 0; i < n; i++) {
      const each = p[i]! * precision[i]!
      const left = (y[i]! - p[i]! + p[i]! * (moved[i]! - centre)) * precision[i]!
      slope[i] = each
      residual[i] = left
      sum += each * left
    }
    for (let k = 0, at = 0; k < d; k++, at += n) {
      let mean = 0
      let along = 0
      for (let i = k + 1; i < n; i++) {
        const x = spread[at + i]!
        mean += p[i]! * x
        along += slope[i]! * residual[i]! * x
      }
      this.#right[k] = along - sum * mean
      for (let i = 0; i < n; i++) g[at + i] = slope[i]! * (spread[at + i]! - mean)
    }
    this.#fillNormalEquations()
    this.#factor()
  }

  /** The a' the linear model likes best. */
  solve(out: Float64Array): void {
    const d = this.#d
    const u = this.#u
    const right = this.#right
    for (let j = d - 1; j >= 0; j--) {
      const row = j * d
      let sum = right[j]!
      for (let l = j + 1; l < d; l++) sum -= u[row + l]! * out[l]!
      out[j] = sum * u[row + j]!
    }
    for (let j = 0, row = 0; j < d; j++, row += d) {
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
    let form = 0
    for (let j = d - 1; j >= 0; j--) {
      const row = j * d
      let sum = c[j]!
      for (let l = j + 1; l < d; l++) sum -= u[row + l]! * scratch[l]!
      const x = sum * u[row + j]!
      scratch[j] = x
      form += x * x
    }
    return form
  }

  /** The lower factor L of a covariance becomes that of L B^-1 L', which is L U'^-1. */
  shrink(factor: Float64Array): void {
    const d = this.#d
    const u = this.#u
    for (let j = 0, at = 0; j < d; j++, at += d) {
      for (let k = j; k >= 0; k--) {
        const row = k * d
        let sum = factor[at + k]!
        for (let l = k + 1; l <= j; l++) sum -= factor[at + l]! * u[row + l]!
        factor[at + k] = sum * u[row + k]!
      }
    }
  }

  #fillNormalEquations(): void {
    const n = this.#n
    const d = this.#d
    const g = this.#g
    const u = this.#u
    for (let j = 0, at = 0; j < d; j++, at += n) {
      let own = 1
      for (let i = 0; i < n; i++) own += g[at + i]! * g[at + i]!
      u[j * d + j] = own
      for (let k = j + 1, other = at + n; k < d; k++, other += n) {
        let sum = 0
        for (let i = 0; i < n; i++) sum += g[at + i]! * g[other + i]!
        u[j * d + k] = sum
      }
    }
  }

  #factor(): void {
    const d = this.#d
    const u = this.#u
    for (let j = d - 1; j >= 0; j--) {
      const row = j * d
      let pivot = u[row + j]!
      for (let l = j + 1; l < d; l++) pivot -= u[row + l]! * u[row + l]!
      if (Number.isNaN(pivot)) throw new AssertionError('a state that is no numbers')
      // Below 1 only by rounding.
      const inverse = 1 / Math.sqrt(Math.max(1, pivot))
      u[row + j] = inverse
      for (let k = 0, at = 0; k < j; k++, at += d) {
        let sum = u[at + j]!
        for (let l = j + 1; l < d; l++) sum -= u[at + l]! * u[row + l]!
        u[at + j] = sum * inverse
      }
    }
  }
}
