import { AssertionError } from '@kwm/std'

/**
 * y = p + H (a' - a) + noise, the observation of a whitened logistic-normal state linearised at a,
 * and the normal equations of a' ~ N(0, I): B = I + H'R^-1 H, factored. Every eigenvalue of B is 1 or
 * more, however precise the observations and however uncertain the state. Precisions of 0 are allowed.
 * The buffers are kept: nothing is allocated after the constructor.
 */
export class Linearisation {
  readonly #n: number
  readonly #d: number
  /** By columns, n entries for each coordinate of a. */
  readonly #h: Float64Array
  readonly #weighed: Float64Array
  readonly #residual: Float64Array
  readonly #right: Float64Array
  /** B, then its lower Cholesky factor; the factor's diagonal is kept inverted. */
  readonly #b: Float64Array

  constructor(n: number) {
    const d = n - 1
    this.#n = n
    this.#d = d
    this.#h = new Float64Array(d * n)
    this.#weighed = new Float64Array(d * n)
    this.#residual = new Float64Array(n)
    this.#right = new Float64Array(d)
    this.#b = new Float64Array(d * d)
  }

  /** At p = softmax(logits + spread a): H = (diag p - p p') spread. */
  refill(
    spread: Float64Array,
    p: Float64Array,
    precision: Float64Array,
    y: ArrayLike<number>,
    a: Float64Array,
  ): void {
    const n = this.#n
    const d = this.#d
    const h = this.#h
    const weighed = this.#weighed
    const residual = this.#residual
    for (let i = 0; i < n; i++) residual[i] = y[i]! - p[i]!
    for (let k = 0; k < d; k++) {
      const at = k * n
      const ak = a[k]!
      let mean = 0
      for (let i = 0; i < n; i++) mean += p[i]! * spread[at + i]!
      for (let i = 0; i < n; i++) {
        const slope = p[i]! * (spread[at + i]! - mean)
        h[at + i] = slope
        weighed[at + i] = slope * precision[i]!
        residual[i]! += slope * ak
      }
    }
    this.#fillNormalEquations()
    this.#factor()
  }

  /** The a' the linear model likes best. */
  solve(out: Float64Array): void {
    for (let k = 0; k < this.#d; k++) out[k] = this.#right[k]!
    this.#solveInPlace(out)
  }

  /** What the linear model leaves of the residual at `a`; returns its cost, a'a with it. */
  leave(a: Float64Array, out: Float64Array, precision: Float64Array): number {
    return this.#leave(this.#residual, a, out, precision)
  }

  /** The least cost of explaining `x` alone, which becomes what is left of it; `scratch` has d entries. */
  explain(x: Float64Array, scratch: Float64Array, precision: Float64Array): number {
    const n = this.#n
    const weighed = this.#weighed
    for (let k = 0; k < this.#d; k++) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += weighed[k * n + i]! * x[i]!
      scratch[k] = sum
    }
    this.#solveInPlace(scratch)
    return this.#leave(x, scratch, x, precision)
  }

  /** L B^-1 L' into `out`, row-major, for a lower factor L; `root` has its size. */
  shrink(factor: Float64Array, root: Float64Array, out: Float64Array): void {
    const d = this.#d
    const b = this.#b
    for (let j = 0; j < d; j++) {
      const at = j * d
      for (let k = 0; k < d; k++) {
        let sum = k <= j ? factor[at + k]! : 0
        for (let l = 0; l < k; l++) sum -= b[k * d + l]! * root[at + l]!
        root[at + k] = sum * b[k * d + k]!
      }
      for (let k = 0; k <= j; k++) {
        let sum = 0
        for (let l = 0; l < d; l++) sum += root[at + l]! * root[k * d + l]!
        out[at + k] = sum
        out[k * d + j] = sum
      }
    }
  }

  #leave(x: Float64Array, a: Float64Array, out: Float64Array, precision: Float64Array): number {
    const n = this.#n
    const h = this.#h
    let cost = 0
    for (let i = 0; i < n; i++) out[i] = x[i]!
    for (let k = 0; k < this.#d; k++) {
      const ak = a[k]!
      cost += ak * ak
      for (let i = 0; i < n; i++) out[i]! -= h[k * n + i]! * ak
    }
    for (let i = 0; i < n; i++) cost += out[i]! * out[i]! * precision[i]!
    return cost
  }

  #fillNormalEquations(): void {
    const n = this.#n
    const d = this.#d
    const h = this.#h
    const weighed = this.#weighed
    const residual = this.#residual
    const b = this.#b
    for (let j = 0; j < d; j++) {
      const at = j * n
      let right = 0
      for (let i = 0; i < n; i++) right += weighed[at + i]! * residual[i]!
      this.#right[j] = right
      for (let k = 0; k <= j; k++) {
        let sum = k === j ? 1 : 0
        for (let i = 0; i < n; i++) sum += weighed[at + i]! * h[k * n + i]!
        b[j * d + k] = sum
      }
    }
  }

  #factor(): void {
    const d = this.#d
    const b = this.#b
    for (let j = 0; j < d; j++) {
      const row = j * d
      for (let k = 0; k < j; k++) {
        let sum = b[row + k]!
        for (let l = 0; l < k; l++) sum -= b[row + l]! * b[k * d + l]!
        b[row + k] = sum * b[k * d + k]!
      }
      let pivot = b[row + j]!
      for (let l = 0; l < j; l++) pivot -= b[row + l]! * b[row + l]!
      if (Number.isNaN(pivot)) throw new AssertionError('a state that is no numbers')
      // Below 1 only by rounding.
      b[row + j] = 1 / Math.sqrt(Math.max(1, pivot))
    }
  }

  #solveInPlace(x: Float64Array): void {
    const d = this.#d
    const b = this.#b
    for (let j = 0; j < d; j++) {
      let sum = x[j]!
      for (let k = 0; k < j; k++) sum -= b[j * d + k]! * x[k]!
      x[j] = sum * b[j * d + j]!
    }
    for (let j = d - 1; j >= 0; j--) {
      let sum = x[j]!
      for (let k = j + 1; k < d; k++) sum -= b[k * d + j]! * x[k]!
      x[j] = sum * b[j * d + j]!
    }
  }
}
