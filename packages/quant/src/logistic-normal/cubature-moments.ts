import { AssertionError } from '@kwm/std'
import { choleskyFactor } from '../linear-solve.ts'
import { ilrInverse } from './helmert.ts'
import { copyInto } from './small-matrix.ts'

/** Added to the diagonal, relative to its largest entry, when a covariance is singular to rounding. */
const JITTER = 1e-12

/**
 * Mean and standard deviation of softmax(V z) for z ~ N(mean, covariance), by the 2 (n - 1) points of
 * the third-degree spherical cubature (MODELS 6.4). Not softmax(V mean): that forgets the curvature.
 * The mean sums to 1. Buffers are kept: `refill` allocates nothing.
 */
export class CubatureMoments {
  readonly mean: Float64Array
  readonly sd: Float64Array
  readonly #factor: Float64Array
  readonly #point: Float64Array
  readonly #p: Float64Array

  constructor(n: number) {
    this.mean = new Float64Array(n)
    this.sd = new Float64Array(n)
    this.#factor = new Float64Array((n - 1) * (n - 1))
    this.#point = new Float64Array(n - 1)
    this.#p = new Float64Array(n)
  }

  refill(z: Float64Array, covariance: Float64Array): void {
    const d = z.length
    const n = d + 1
    const { mean, sd } = this
    for (let i = 0; i < n; i++) mean[i] = sd[i] = 0
    if (d === 0) {
      mean[0] = 1
      return
    }
    const factor = this.#factor
    const point = this.#point
    const image = this.#p
    factorWithJitter(covariance, factor, d)
    const radius = Math.sqrt(d)
    for (let column = 0; column < d; column++) {
      for (let sign = -1; sign <= 1; sign += 2) {
        for (let k = 0; k < d; k++) {
          const offset = k < column ? 0 : factor[k * d + column]!
          point[k] = z[k]! + sign * radius * offset
        }
        ilrInverse(point, image)
        for (let i = 0; i < n; i++) {
          const p = image[i]!
          mean[i]! += p
          sd[i]! += p * p
        }
      }
    }
    for (let i = 0; i < n; i++) {
      const m = mean[i]! / (2 * d)
      mean[i] = m
      sd[i] = Math.sqrt(Math.max(0, sd[i]! / (2 * d) - m * m))
    }
  }
}

/** The lower Cholesky factor of a positive semi-definite matrix in the lower triangle of `out`. */
export function factorWithJitter(a: Float64Array, out: Float64Array, n: number): void {
  copyInto(a, out)
  if (choleskyFactor(out, n)) return
  let largest = 0
  for (let k = 0; k < n; k++) largest = Math.max(largest, a[k * n + k]!)
  copyInto(a, out)
  for (let k = 0; k < n; k++) out[k * n + k]! += JITTER * Math.max(1, largest)
  if (!choleskyFactor(out, n)) throw new AssertionError('a covariance that is not one')
}
