import { AssertionError } from '@kwm/std'
import { choleskyFactor, choleskySolve } from '../linear-solve.ts'
import { factorWithJitter } from './whitened-state.ts'
import { ilrInverse } from './helmert.ts'
import { symmetrise } from './small-matrix.ts'

export type UnscentedResult = {
  readonly mean: Float64Array
  /** Row-major. */
  readonly covariance: Float64Array
  readonly predictedMeasurement: Float64Array
}

/** Weight of the centre in the covariance at alpha 1, beta 2, kappa 0; in the mean it has none. */
const CENTRE_WEIGHT = 2

/**
 * The unscented update (alpha = 1, beta = 2, kappa = 0) by y = softmax(V z) + noise of independent
 * variances: the cross-check of `IteratedUpdate`, which is the default (MODELS 6.4). It linearises
 * over the prior's spread instead of at the mode. Inputs are left alone; it allocates.
 */
export function unscentedUpdate(
  mean: Float64Array,
  covariance: Float64Array,
  y: ArrayLike<number>,
  variance: ArrayLike<number>,
): UnscentedResult {
  const n = y.length
  const d = n - 1
  if (mean.length !== d || d < 1) throw new AssertionError(`${mean.length} for ${n} outcomes`)
  const points = sigmaPoints(mean, covariance)
  const images = points.map((point) => ilrInverse(point, new Float64Array(n)))
  const centre = ilrInverse(mean, new Float64Array(n))
  const predicted = new Float64Array(n)
  for (const image of images) for (let i = 0; i < n; i++) predicted[i]! += image[i]! / (2 * d)

  const s = new Float64Array(n * n)
  const cross = new Float64Array(d * n)
  for (let i = 0; i < n; i++) {
    s[i * n + i] = variance[i]!
    const off = centre[i]! - predicted[i]!
    for (let j = 0; j < n; j++) s[i * n + j]! += CENTRE_WEIGHT * off * (centre[j]! - predicted[j]!)
  }
  for (const [index, image] of images.entries()) {
    for (let i = 0; i < n; i++) {
      const off = (image[i]! - predicted[i]!) / (2 * d)
      for (let j = 0; j < n; j++) s[i * n + j]! += off * (image[j]! - predicted[j]!)
      for (let k = 0; k < d; k++) cross[k * n + i]! += off * (points[index]![k]! - mean[k]!)
    }
  }
  const factor = Float64Array.from(s)
  if (!choleskyFactor(factor, n)) throw new AssertionError('observations without a covariance')
  return {
    ...correct(mean, covariance, y, predicted, factor, cross),
    predictedMeasurement: predicted,
  }
}

function sigmaPoints(mean: Float64Array, covariance: Float64Array): Float64Array[] {
  const d = mean.length
  const root = new Float64Array(d * d)
  factorWithJitter(covariance, root, d)
  const at = (column: number, radius: number): Float64Array =>
    mean.map((m, k) => m + (k < column ? 0 : radius * root[k * d + column]!))
  const columns = Array.from({ length: d }, (_, k) => k)
  return [-Math.sqrt(d), Math.sqrt(d)].flatMap((radius) => columns.map((k) => at(k, radius)))
}

/** z + K (y - predicted) and P - K S K' with K = cross S^-1. */
function correct(
  mean: Float64Array,
  covariance: Float64Array,
  y: ArrayLike<number>,
  predicted: Float64Array,
  factor: Float64Array,
  cross: Float64Array,
): { readonly mean: Float64Array; readonly covariance: Float64Array } {
  const n = y.length
  const d = mean.length
  const after = Float64Array.from(mean)
  const spread = Float64Array.from(covariance)
  for (let k = 0; k < d; k++) {
    const gain = cross.slice(k * n, k * n + n)
    choleskySolve(factor, n, gain)
    for (let i = 0; i < n; i++) after[k]! += gain[i]! * (y[i]! - predicted[i]!)
    for (let l = 0; l < d; l++) {
      for (let i = 0; i < n; i++) spread[k * d + l]! -= gain[i]! * cross[l * n + i]!
    }
  }
  symmetrise(spread, d)
  return { mean: after, covariance: spread }
}
