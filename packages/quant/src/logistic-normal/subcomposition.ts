import { assert } from '@kwm/std'
import { helmert } from './helmert.ts'

export type Subcomposition = {
  readonly mean: Float64Array
  /** Row-major. */
  readonly covariance: Float64Array
}

/**
 * The matrix A = V_m' S V that takes the ILR coordinates of n outcomes to those of the m in `alive`
 * (ascending indices): row-major (m - 1) x (n - 1). Ratios between live outcomes do not change, so
 * conditioning on the others being impossible is this linear map, exactly (MODELS 6.4).
 */
export function subcompositionMap(n: number, alive: readonly number[]): Float64Array {
  const m = alive.length
  assert(m >= 1, 'no outcome is alive')
  for (const [i, index] of alive.entries()) {
    assert(Number.isSafeInteger(index) && index < n, `outcome ${index} of ${n}`)
    assert(index > (i === 0 ? -1 : alive[i - 1]!), 'live outcomes must rise')
  }
  const whole = helmert(n)
  const part = helmert(m)
  const map = new Float64Array((m - 1) * (n - 1))
  for (let r = 0; r < m - 1; r++) {
    for (let c = 0; c < n - 1; c++) {
      let sum = 0
      for (let i = 0; i < m; i++) sum += part[i * (m - 1) + r]! * whole[alive[i]! * (n - 1) + c]!
      map[r * (n - 1) + c] = sum
    }
  }
  return map
}

/** A logistic-normal given that only the outcomes of `alive` are possible. */
export function subcomposition(
  mean: Float64Array,
  covariance: Float64Array,
  alive: readonly number[],
): Subcomposition {
  const d = mean.length
  const map = subcompositionMap(d + 1, alive)
  const m = alive.length - 1
  const after = new Float64Array(m)
  const half = new Float64Array(m * d)
  const spread = new Float64Array(m * m)
  for (let r = 0; r < m; r++) {
    for (let k = 0; k < d; k++) {
      after[r]! += map[r * d + k]! * mean[k]!
      for (let l = 0; l < d; l++) half[r * d + l]! += map[r * d + k]! * covariance[k * d + l]!
    }
  }
  for (let r = 0; r < m; r++) {
    for (let c = 0; c <= r; c++) {
      let sum = 0
      for (let l = 0; l < d; l++) sum += half[r * d + l]! * map[c * d + l]!
      spread[r * m + c] = sum
      spread[c * m + r] = sum
    }
  }
  return { mean: after, covariance: spread }
}
