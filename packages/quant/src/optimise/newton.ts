import { assert } from '@kwm/std'
import { choleskyFactor, choleskySolve } from '../linear-solve.ts'
import { dot, maxNorm } from './objective.ts'
import type { Minimum } from './objective.ts'

/** As `Objective`, and the row-major n x n Hessian written to `hessian` (its lower triangle counts). */
export type CurvedObjective = (
  x: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
) => number

export type NewtonOptions = {
  /** Stop when every entry of the gradient is at most this, relative to max(1, |value|). */
  readonly gradientTolerance?: number
  readonly iterationsMax?: number
}

const SUFFICIENT_DECREASE = 1e-4
const HALVINGS_MAX = 50
const SHIFTS_MAX = 40
const SHIFT_SHARE_MIN = 1e-3

/**
 * The minimum near `start` by Newton's method with backtracking (Armijo). Where the Hessian is not
 * positive definite, a growing multiple of the identity is added until it is.
 */
export function minimiseNewton(
  objective: CurvedObjective,
  start: ArrayLike<number>,
  { gradientTolerance = 1e-10, iterationsMax = 100 }: NewtonOptions = {},
): Minimum {
  const n = start.length
  let x = Float64Array.from(start)
  let tried = new Float64Array(n)
  const gradient = new Float64Array(n)
  const hessian = new Float64Array(n * n)
  const direction = new Float64Array(n)
  let value = objective(x, gradient, hessian)
  assert(Number.isFinite(value), `the objective at the start is ${value}`)
  assert(gradient.every(Number.isFinite), 'the gradient at the start is not finite')
  let evaluations = 1
  let iterations = 0
  const isFlat = () => maxNorm(gradient) <= gradientTolerance * Math.max(1, Math.abs(value))
  let converged = isFlat()
  while (!converged && iterations < iterationsMax) {
    iterations++
    newtonStep(hessian, gradient, direction)
    const slope = dot(gradient, direction)
    const noise = 4 * Number.EPSILON * Math.max(1, Math.abs(value))
    let step = 1
    let moved = Infinity
    for (let halving = 0; halving < HALVINGS_MAX; halving++, step /= 2) {
      for (let i = 0; i < n; i++) tried[i] = x[i]! + step * direction[i]!
      moved = objective(tried, gradient, hessian)
      evaluations++
      if (moved <= value + SUFFICIENT_DECREASE * step * slope + noise) break
      moved = Infinity
    }
    if (moved === Infinity) {
      value = objective(x, gradient, hessian)
      evaluations++
      break
    }
    ;[x, tried] = [tried, x]
    value = moved
    converged = isFlat()
  }
  return { x, value, gradientNorm: maxNorm(gradient), iterations, evaluations, converged }
}

/** Nocedal and Wright, algorithm 3.3: the identity is added until Cholesky goes through. */
function newtonStep(hessian: Float64Array, gradient: Float64Array, direction: Float64Array): void {
  const n = gradient.length
  const shiftMin = Math.max(Number.MIN_VALUE, SHIFT_SHARE_MIN * maxNorm(hessian))
  let lowest = Infinity
  for (let i = 0; i < n; i++) lowest = Math.min(lowest, hessian[i * n + i]!)
  let shift = lowest > 0 ? 0 : shiftMin - lowest
  for (let attempt = 0; attempt < SHIFTS_MAX; attempt++) {
    const factor = hessian.slice()
    for (let i = 0; i < n; i++) factor[i * n + i]! += shift
    if (choleskyFactor(factor, n)) {
      for (let i = 0; i < n; i++) direction[i] = -gradient[i]!
      choleskySolve(factor, n, direction)
      return
    }
    shift = Math.max(2 * shift, shiftMin)
  }
  assert(false, 'the Hessian is not finite')
}
