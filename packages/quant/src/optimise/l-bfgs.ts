import { assert } from '@kwm/std'
import { dot, maxNorm } from './objective.ts'
import type { Minimum, Objective } from './objective.ts'
import { StrongWolfeSearch } from './strong-wolfe.ts'

export type LbfgsOptions = {
  /** Stop when every entry of the gradient is at most this, relative to max(1, |value|). */
  readonly gradientTolerance?: number
  readonly iterationsMax?: number
}

const PAIRS = 7

/**
 * The minimum near `start` by limited-memory BFGS: the last 7 steps shape the direction (Nocedal and
 * Wright, algorithm 7.4), the strong Wolfe conditions its length. The start must lie in the domain.
 */
export function minimiseLbfgs(
  objective: Objective,
  start: ArrayLike<number>,
  { gradientTolerance = 1e-9, iterationsMax = 500 }: LbfgsOptions = {},
): Minimum {
  const n = start.length
  const x = Float64Array.from(start)
  const gradient = new Float64Array(n)
  let value = objective(x, gradient)
  assert(Number.isFinite(value), `the objective at the start is ${value}`)
  assert(gradient.every(Number.isFinite), 'the gradient at the start is not finite')
  const search = new StrongWolfeSearch(objective, n)
  const memory = new CurvatureMemory(n)
  const direction = new Float64Array(n)
  let iterations = 0
  const isFlat = () => maxNorm(gradient) <= gradientTolerance * Math.max(1, Math.abs(value))
  let converged = isFlat()
  while (!converged && iterations < iterationsMax) {
    iterations++
    memory.descend(gradient, direction)
    // The first direction has no scale of its own: a step of length 1 at most.
    const firstStep = memory.isEmpty ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1
    if (!search.search(x, direction, value, dot(gradient, direction), firstStep)) {
      if (memory.isEmpty) {
        converged = maxNorm(gradient) <= Math.sqrt(gradientTolerance) * Math.max(1, Math.abs(value))
        break
      }
      memory.forget()
      continue
    }
    memory.learn(x, gradient, search.x, search.gradient)
    x.set(search.x)
    gradient.set(search.gradient)
    value = search.value
    converged = isFlat()
  }
  const evaluations = search.evaluations + 1
  return { x, value, gradientNorm: maxNorm(gradient), iterations, evaluations, converged }
}

/** The last steps and what they changed in the gradient, oldest overwritten first. */
class CurvatureMemory {
  readonly #steps: Float64Array[]
  readonly #changes: Float64Array[]
  readonly #inverseProducts = new Float64Array(PAIRS)
  readonly #weights = new Float64Array(PAIRS)
  #count = 0
  #next = 0

  constructor(size: number) {
    this.#steps = Array.from({ length: PAIRS }, () => new Float64Array(size))
    this.#changes = Array.from({ length: PAIRS }, () => new Float64Array(size))
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  forget(): void {
    this.#count = 0
  }

  learn(x: Float64Array, g: Float64Array, newX: Float64Array, newG: Float64Array): void {
    const step = this.#steps[this.#next]!
    const change = this.#changes[this.#next]!
    for (let i = 0; i < step.length; i++) {
      step[i] = newX[i]! - x[i]!
      change[i] = newG[i]! - g[i]!
    }
    const product = dot(step, change)
    // The Wolfe conditions make it positive; rounding near the minimum may not.
    if (!(product > Number.EPSILON * dot(change, change))) return
    this.#inverseProducts[this.#next] = 1 / product
    this.#next = (this.#next + 1) % PAIRS
    this.#count = Math.min(PAIRS, this.#count + 1)
  }

  /** Minus the approximate inverse Hessian times the gradient, by the two loops. */
  descend(gradient: Float64Array, direction: Float64Array): void {
    for (let i = 0; i < direction.length; i++) direction[i] = -gradient[i]!
    for (let back = 1; back <= this.#count; back++) {
      const slot = (this.#next - back + PAIRS) % PAIRS
      const weight = this.#inverseProducts[slot]! * dot(this.#steps[slot]!, direction)
      this.#weights[slot] = weight
      addScaled(direction, this.#changes[slot]!, -weight)
    }
    if (this.#count > 0) {
      const newest = (this.#next - 1 + PAIRS) % PAIRS
      const change = this.#changes[newest]!
      const scale = 1 / (this.#inverseProducts[newest]! * dot(change, change))
      for (let i = 0; i < direction.length; i++) direction[i]! *= scale
    }
    for (let back = this.#count; back >= 1; back--) {
      const slot = (this.#next - back + PAIRS) % PAIRS
      const weight = this.#inverseProducts[slot]! * dot(this.#changes[slot]!, direction)
      addScaled(direction, this.#steps[slot]!, this.#weights[slot]! - weight)
    }
  }
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += scale * source[i]!
}
