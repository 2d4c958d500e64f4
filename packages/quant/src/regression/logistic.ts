import { assert } from '@kwm/std'
import { choleskyFactor, choleskySolve } from '../linear-solve.ts'

export type LogisticOptions = {
  /** Penalty ridge / 2 |coefficients|^2; the intercept is never penalised. */
  readonly ridge?: number
  readonly weights?: ArrayLike<number>
  readonly hasIntercept?: boolean
}

export type LogisticFit = {
  readonly coefficients: Float64Array
  readonly intercept: number
  /** Weighted, without the penalty. */
  readonly negLogLik: number
  readonly iterations: number
  /** False when the maximum is at infinity (separable classes, no ridge) or was not reached. */
  readonly converged: boolean
}

const ITERATIONS_MAX = 100
const HALVINGS_MAX = 40
/** Shares of the objective: below the first its own rounding would mislead a line search. */
const NEAR_DECREMENT = 1e-10
const SETTLED_DECREMENT = 1e-16
/** Of the coefficients: when classes separate the loss settles while they go on growing. */
const STEP_TOLERANCE = 1e-3

/** 1 / (1 + e^-x) without overflow. */
export const sigmoid = (x: number): number =>
  x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))

/**
 * Logistic regression by Newton's method with backtracking (IRLS). `design` is row-major without a
 * column of ones; its width is `design.length / targets.length`. Targets may be fractions in [0, 1].
 */
export function fitLogistic(
  design: ArrayLike<number>,
  targets: ArrayLike<number>,
  { ridge = 0, weights, hasIntercept = true }: LogisticOptions = {},
): LogisticFit {
  const rows = targets.length
  const width = design.length / rows
  assert(rows > 0 && Number.isInteger(width), `design of ${design.length} for ${rows} rows`)
  assert(ridge >= 0 && ridge < Infinity, `ridge ${ridge}`)
  assert(weights === undefined || weights.length === rows, `${weights?.length} weights`)
  const problem = new LogisticProblem(design, targets, weights, ridge, width, hasIntercept)
  const d = problem.size
  let beta: Float64Array = new Float64Array(d)
  let objective = problem.expand(beta)
  let converged = d === 0
  let iterations = 0
  while (!converged && iterations < ITERATIONS_MAX) {
    iterations++
    const step = problem.gradient.slice()
    if (!choleskyFactor(problem.hessian, d)) break
    choleskySolve(problem.hessian, d, step)
    const decrement = step.reduce((sum, s, i) => sum + s * problem.gradient[i]!, 0)
    const share = decrement / (1 + Math.abs(objective))
    const isNear = share <= NEAR_DECREMENT
    const moved = isNear
      ? beta.map((b, i) => b - step[i]!)
      : descend(problem, beta, step, objective)
    if (moved === null) break
    beta = moved
    objective = isNear ? problem.expand(beta) : problem.objective
    converged = share <= SETTLED_DECREMENT && isSmall(step, beta, problem.scale)
    if (share <= SETTLED_DECREMENT) break
  }
  return {
    coefficients: beta.slice(0, width),
    intercept: hasIntercept ? beta[width]! : 0,
    negLogLik: problem.negLogLik,
    iterations,
    converged,
  }
}

const isSmall = (step: Float64Array, beta: Float64Array, scale: number): boolean =>
  step.every((s, i) => Math.abs(s) * scale <= STEP_TOLERANCE * (1 + Math.abs(beta[i]!) * scale))

/** Halves the Newton step until the objective does not rise; null when no step helps. */
function descend(
  problem: LogisticProblem,
  beta: Float64Array,
  step: Float64Array,
  objective: number,
): Float64Array | null {
  for (let halving = 0; halving < HALVINGS_MAX; halving++) {
    const tried = beta.map((b, i) => b - step[i]! / 2 ** halving)
    if (problem.expand(tried) <= objective) return tried
  }
  return null
}

/** Objective, gradient and Hessian at a point, in one pass over the rows. */
class LogisticProblem {
  readonly size: number
  readonly gradient: Float64Array
  readonly hessian: Float64Array
  /** The largest entry of the design, at least 1. */
  readonly scale: number
  negLogLik = 0
  /** With the penalty, where it was last expanded. */
  objective = 0
  readonly #row: Float64Array

  readonly design: ArrayLike<number>
  readonly targets: ArrayLike<number>
  readonly weights: ArrayLike<number> | undefined
  readonly ridge: number
  readonly width: number

  constructor(
    design: ArrayLike<number>,
    targets: ArrayLike<number>,
    weights: ArrayLike<number> | undefined,
    ridge: number,
    width: number,
    hasIntercept: boolean,
  ) {
    this.design = design
    this.targets = targets
    this.weights = weights
    this.ridge = ridge
    this.width = width
    this.size = width + (hasIntercept ? 1 : 0)
    this.gradient = new Float64Array(this.size)
    this.hessian = new Float64Array(this.size * this.size)
    this.#row = new Float64Array(this.size).fill(1)
    let scale = 1
    for (let i = 0; i < design.length; i++) {
      assert(Number.isFinite(design[i]!), `feature ${design[i]} of row ${Math.floor(i / width)}`)
      scale = Math.max(scale, Math.abs(design[i]!))
    }
    for (let r = 0; r < targets.length; r++) {
      assert(targets[r]! >= 0 && targets[r]! <= 1, `target ${targets[r]} of row ${r}`)
      if (weights) assert(weights[r]! >= 0 && weights[r]! < Infinity, `weight of row ${r}`)
    }
    this.scale = scale
  }

  expand(beta: Float64Array): number {
    const { size: d, width, design, targets, weights, gradient, hessian } = this
    const row = this.#row
    gradient.fill(0)
    hessian.fill(0)
    let loss = 0
    for (let r = 0; r < targets.length; r++) {
      let z = d > width ? beta[width]! : 0
      for (let i = 0; i < width; i++) {
        const value = design[r * width + i]!
        row[i] = value
        z += beta[i]! * value
      }
      const weight = weights ? weights[r]! : 1
      const e = Math.exp(-Math.abs(z))
      const q = e / (1 + e)
      const y = targets[r]!
      // ln(1 + e^z) - y z, from the side that does not overflow.
      loss += weight * (Math.log1p(e) + (z >= 0 ? (1 - y) * z : -y * z))
      const slope = weight * (z >= 0 ? 1 - y - q : q - y)
      const curve = (weight * q) / (1 + e)
      for (let i = 0; i < d; i++) {
        const x = row[i]!
        gradient[i]! += slope * x
        const scaled = curve * x
        for (let j = 0; j <= i; j++) hessian[i * d + j]! += scaled * row[j]!
      }
    }
    this.negLogLik = loss
    let penalty = 0
    for (let i = 0; i < width; i++) {
      gradient[i]! += this.ridge * beta[i]!
      hessian[i * d + i]! += this.ridge
      penalty += beta[i]! * beta[i]!
    }
    this.objective = loss + (this.ridge / 2) * penalty
    return this.objective
  }
}
