/**
 * A smooth function of n variables: the value at `x`, with its gradient written to `gradient`. It
 * must not keep or change `x`. NaN or Infinity says that `x` lies outside its domain: a line search
 * steps back from there.
 */
export type Objective = (x: Float64Array, gradient: Float64Array) => number

export type Minimum = {
  readonly x: Float64Array
  readonly value: number
  /** The largest absolute entry of the gradient at `x`. */
  readonly gradientNorm: number
  readonly iterations: number
  readonly evaluations: number
  /** True when the gradient fell below the tolerance, or rounding left nothing to gain. */
  readonly converged: boolean
}

export const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

export const maxNorm = (a: Float64Array): number => {
  let max = 0
  for (let i = 0; i < a.length; i++) max = Math.max(max, Math.abs(a[i]!))
  return max
}
