import { AssertionError } from '@kwm/std'
import { choleskyFactor } from '../linear-solve.ts'
import { softmax } from '../special/log-sum-exp.ts'
import { helmertScales, ilrLogits } from './helmert.ts'
import { copyInto } from './small-matrix.ts'

/** Added to the diagonal, relative to its largest entry, when a covariance is singular to rounding. */
const JITTER = 1e-12

/**
 * A Gaussian of ILR coordinates as an affine image of a standard normal a: z = mean + L a with
 * covariance L L', so log p = logits + spread a up to a constant. The buffers are kept: nothing is
 * allocated after the constructor.
 */
export class WhitenedState {
  /** V mean, and its softmax. */
  readonly logits: Float64Array
  readonly pmf: Float64Array
  /** L, lower, row-major d x d. What is above the diagonal has no meaning. */
  readonly factor: Float64Array
  /**
   * V L by columns, n entries for each of the d coordinates of a, less what the first outcomes have in
   * common: up to entry k column k is 0.
   */
  readonly spread: Float64Array

  constructor(n: number) {
    this.logits = new Float64Array(n)
    this.pmf = new Float64Array(n)
    this.factor = new Float64Array((n - 1) * (n - 1))
    this.spread = new Float64Array((n - 1) * n)
  }

  refillPlace(mean: Float64Array): void {
    softmax(ilrLogits(mean, this.logits), this.pmf)
  }

  refillFactor(covariance: Float64Array): void {
    factorWithJitter(covariance, this.factor, this.pmf.length - 1)
  }

  /** From the factor. */
  refillSpread(): void {
    const { factor, spread } = this
    const d = this.pmf.length - 1
    for (let k = 0, at = 0; k < d; k++, at += d + 1) {
      // As in `ilrLogits`, of a column that begins at k.
      let tail = 0
      for (let i = d; i > k; i--) {
        const own = factor[(i - 1) * d + k]! * helmertScales[i]!
        spread[at + i] = tail - i * own
        tail += own
      }
      for (let i = k + 1; i <= d; i++) spread[at + i]! -= tail
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
