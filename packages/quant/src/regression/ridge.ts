import { assert } from '@kwm/std'
import { choleskyFactor, choleskySolve } from '../linear-solve.ts'

export type RidgeOptions = {
  readonly ridge: number
  readonly weights?: ArrayLike<number>
}

/**
 * argmin sum w (y - x b)^2 + ridge |b|^2 over the rows of the row-major `design`; its width is
 * `design.length / targets.length`. Null when the normal equations are singular (ridge 0).
 */
export function fitRidge(
  design: ArrayLike<number>,
  targets: ArrayLike<number>,
  { ridge, weights }: RidgeOptions,
): Float64Array | null {
  const rows = targets.length
  const d = design.length / rows
  assert(rows > 0 && Number.isInteger(d) && d > 0, `design of ${design.length} for ${rows} rows`)
  assert(ridge >= 0 && ridge < Infinity, `ridge ${ridge}`)
  assert(weights === undefined || weights.length === rows, `${weights?.length} weights`)
  const gram = new Float64Array(d * d)
  const b = new Float64Array(d)
  for (let r = 0; r < rows; r++) {
    const weight = weights ? weights[r]! : 1
    for (let i = 0; i < d; i++) {
      const scaled = weight * design[r * d + i]!
      b[i]! += scaled * targets[r]!
      for (let j = 0; j <= i; j++) gram[i * d + j]! += scaled * design[r * d + j]!
    }
  }
  for (let i = 0; i < d; i++) gram[i * d + i]! += ridge
  assert(gram.every(Number.isFinite) && b.every(Number.isFinite), 'a regression with no numbers')
  if (!choleskyFactor(gram, d)) return null
  choleskySolve(gram, d, b)
  return b
}
