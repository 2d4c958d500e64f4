import { assert } from '@kwm/std'
import { sortOrder } from '../sort-order.ts'

export type IsotonicFit = {
  /** Distinct, ascending. */
  readonly x: Float64Array
  /** Never falls. */
  readonly fitted: Float64Array
}

/**
 * argmin sum w (y - f(x))^2 over non-decreasing f: equal x are pooled to their weighted mean first,
 * then adjacent violators (PAV). Linear after the sort. Rows of weight 0 are left out.
 */
export function fitIsotonic(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  weights?: ArrayLike<number>,
): IsotonicFit {
  const n = x.length
  assert(n > 0 && y.length === n, `${n} x, ${y.length} y`)
  assert(weights === undefined || weights.length === n, `${weights?.length} weights for ${n} rows`)
  for (let i = 0; i < n; i++) {
    // A message only where it is needed: a million of them cost more than the fit.
    if (!Number.isFinite(x[i]!) || !Number.isFinite(y[i]!)) {
      assert(false, `row ${i}: x ${x[i]}, y ${y[i]}`)
    }
    if (weights && !(weights[i]! >= 0 && weights[i]! < Infinity))
      assert(false, `weight of row ${i}`)
  }
  const order = sortOrder(x)
  const distinct = new Float64Array(n)
  const values = new Float64Array(n)
  const mass = new Float64Array(n)
  let m = 0
  for (let k = 0; k < n; k++) {
    const row = order[k]!
    const weight = weights ? weights[row]! : 1
    if (weight === 0) continue
    if (m === 0 || x[row]! !== distinct[m - 1]) distinct[m++] = x[row]!
    values[m - 1]! += weight * y[row]!
    mass[m - 1]! += weight
  }
  assert(m > 0, 'rows without weight')
  for (let k = 0; k < m; k++) values[k]! /= mass[k]!
  const fitted = poolAdjacentViolators(values.subarray(0, m), mass.subarray(0, m))
  return { x: distinct.slice(0, m), fitted }
}

/** The non-decreasing sequence nearest to `values` in weighted squares. Weights are positive. */
export function poolAdjacentViolators(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
): Float64Array {
  const n = values.length
  const means = new Float64Array(n)
  const mass = new Float64Array(n)
  const ends = new Uint32Array(n)
  let blocks = 0
  for (let k = 0; k < n; k++) {
    let mean = values[k]!
    let weight = weights[k]!
    while (blocks > 0 && means[blocks - 1]! >= mean) {
      blocks--
      const total = weight + mass[blocks]!
      mean = (mean * weight + means[blocks]! * mass[blocks]!) / total
      weight = total
    }
    means[blocks] = mean
    mass[blocks] = weight
    ends[blocks++] = k + 1
  }
  const fitted = new Float64Array(n)
  for (let b = 0, k = 0; b < blocks; b++) while (k < ends[b]!) fitted[k++] = means[b]!
  return fitted
}
