import { assert } from '@kwm/std'
import { choleskyFactor, choleskySolve } from '../linear-solve.ts'
import { LogisticProblem } from './logistic-problem.ts'

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
/** Of the step after this one, which need not be taken. */
const NEXT_DECREMENT = 1e-24
/** Of the coefficients: when classes separate the loss settles while they go on growing. */
const STEP_TOLERANCE = 1e-3

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
  assertRows(design, targets, weights, width)
  const problem = new LogisticProblem(design, targets, weights, ridge, width, hasIntercept)
  const d = problem.size
  let beta: Float64Array = startOf(design, targets, { ridge, hasIntercept }) ?? new Float64Array(d)
  let objective = problem.expand(beta)
  let converged = d === 0
  let iterations = 0
  let before = 1
  while (!converged && iterations < ITERATIONS_MAX) {
    iterations++
    const step = problem.gradient.slice()
    if (!choleskyFactor(problem.hessian, d)) break
    choleskySolve(problem.hessian, d, step)
    const decrement = step.reduce((sum, s, i) => sum + s * problem.gradient[i]!, 0)
    const share = decrement / (1 + Math.abs(objective))
    const isNear = share <= NEAR_DECREMENT
    // Close to the end the next is C times the square of this, C as seen in the step before.
    const next = (share / before) ** 2 * share
    before = share
    const moved = isNear
      ? beta.map((b, i) => b - step[i]!)
      : descend(problem, beta, step, objective)
    if (moved === null) break
    beta = moved
    if (share <= SETTLED_DECREMENT || (isNear && next <= NEXT_DECREMENT)) {
      converged = isSmall(step, beta, problem.scale)
      break
    }
    objective = isNear ? problem.expand(beta) : problem.objective
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

/** Every so many rows are fitted first where there are many: the rest then needs three passes. */
const START_ROWS = 20_000

/** Weights are left out: it is only a start. Null when rows are few or the sample has no fit. */
function startOf(
  design: ArrayLike<number>,
  targets: ArrayLike<number>,
  { ridge, hasIntercept }: { readonly ridge: number; readonly hasIntercept: boolean },
): Float64Array | null {
  const stride = Math.floor(targets.length / START_ROWS)
  const width = design.length / targets.length
  if (stride < 4 || width === 0) return null
  const rows = Math.floor(targets.length / stride)
  const sample = new Float64Array(rows * width)
  const labels = new Float64Array(rows)
  for (let r = 0; r < rows; r++) {
    labels[r] = targets[r * stride]!
    for (let k = 0; k < width; k++) sample[r * width + k] = design[r * stride * width + k]!
  }
  const fit = fitLogistic(sample, labels, { ridge: ridge / stride, hasIntercept })
  if (!fit.converged) return null
  return Float64Array.from([...fit.coefficients, ...(hasIntercept ? [fit.intercept] : [])])
}

function assertRows(
  design: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  width: number,
): void {
  for (let i = 0; i < design.length; i++) {
    // A message only where it is needed: a million of them cost more than the fit.
    if (!Number.isFinite(design[i]!))
      assert(false, `feature ${design[i]} of row ${Math.floor(i / width)}`)
  }
  for (let r = 0; r < targets.length; r++) {
    if (!(targets[r]! >= 0 && targets[r]! <= 1)) assert(false, `target ${targets[r]} of row ${r}`)
    if (weights && !(weights[r]! >= 0 && weights[r]! < Infinity))
      assert(false, `weight of row ${r}`)
  }
}
