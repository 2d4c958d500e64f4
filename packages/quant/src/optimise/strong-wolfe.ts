import { dot } from './objective.ts'
import type { Objective } from './objective.ts'

const SUFFICIENT_DECREASE = 1e-4
const CURVATURE = 0.9
const TRIALS_MAX = 40
const GROWTH = 4
/** Values this close, relative to the first, are equal: the sums behind them are rounded. */
const VALUE_NOISE = 1e-12

/** One point of the line: step length, value and slope there. */
type Trial = { readonly step: number; readonly value: number; readonly slope: number }

/**
 * A line search for a step that meets the strong Wolfe conditions (Nocedal and Wright, Numerical
 * Optimization, algorithms 3.5 and 3.6, with safeguarded cubic interpolation). Near a minimum values
 * differ by rounding alone long before slopes do: there the slopes decide (the approximate conditions
 * of Hager and Zhang 2005). After `search`, `x` and `gradient` belong to the step that was taken.
 */
export class StrongWolfeSearch {
  readonly x: Float64Array
  readonly gradient: Float64Array
  value = 0
  evaluations = 0
  readonly #objective: Objective
  #origin!: Float64Array
  #direction!: Float64Array
  #start!: Trial
  #noise = 0

  constructor(objective: Objective, size: number) {
    this.#objective = objective
    this.x = new Float64Array(size)
    this.gradient = new Float64Array(size)
  }

  /**
   * Searches from `origin`, where the objective is `value` with slope `slope` < 0 along `direction`,
   * trying `firstStep` first. False when no step lowers the value: rounding, or a wrong gradient.
   */
  search(
    origin: Float64Array,
    direction: Float64Array,
    value: number,
    slope: number,
    firstStep: number,
  ): boolean {
    this.#origin = origin
    this.#direction = direction
    this.#start = { step: 0, value, slope }
    this.#noise = VALUE_NOISE * Math.max(1, Math.abs(value))
    let before = this.#start
    let step = firstStep
    for (let trial = 0; trial < TRIALS_MAX; trial++) {
      const here = this.#try(step)
      if (this.#isTooHigh(here) || (trial > 0 && this.#isAbove(here, before))) {
        return this.#zoom(before, here)
      }
      if (this.#isFlatEnough(here)) return true
      if (here.slope >= 0) return this.#zoom(here, before)
      before = here
      step *= GROWTH
    }
    return before.value < value
  }

  /** Narrows the bracket; `low` is its end with the lower value. */
  #zoom(low: Trial, high: Trial): boolean {
    for (let trial = 0; trial < TRIALS_MAX; trial++) {
      const here = this.#try(interpolate(low, high))
      if (this.#isTooHigh(here) || this.#isAbove(here, low)) high = here
      else {
        if (this.#isFlatEnough(here)) return true
        if (here.slope * (high.step - low.step) >= 0) high = low
        low = here
      }
      if (Math.abs(high.step - low.step) <= 1e-14 * Math.max(low.step, high.step)) break
    }
    if (low.step === 0) return false
    this.#try(low.step)
    return true
  }

  #try(step: number): Trial {
    for (let i = 0; i < this.x.length; i++) {
      this.x[i] = this.#origin[i]! + step * this.#direction[i]!
    }
    const value = this.#objective(this.x, this.gradient)
    const slope = dot(this.gradient, this.#direction)
    this.evaluations++
    const isDefined = Number.isFinite(value) && Number.isFinite(slope)
    this.value = isDefined ? value : Infinity
    return { step, value: this.value, slope: isDefined ? slope : NaN }
  }

  #isTooHigh({ step, value }: Trial): boolean {
    const wanted = this.#start.value + SUFFICIENT_DECREASE * step * this.#start.slope
    return !(value <= wanted + this.#noise)
  }

  #isAbove(one: Trial, other: Trial): boolean {
    return one.value > other.value + this.#noise
  }

  #isFlatEnough({ slope }: Trial): boolean {
    return Math.abs(slope) <= -CURVATURE * this.#start.slope
  }
}

/** The minimum of the cubic through both ends, held a tenth of the way from either; or the middle. */
function interpolate(low: Trial, high: Trial): number {
  const width = high.step - low.step
  const middle = low.step + width / 2
  if (!Number.isFinite(high.value) || Number.isNaN(high.slope)) return low.step + width / 10
  const d1 = low.slope + high.slope - (3 * (high.value - low.value)) / width
  const square = d1 * d1 - low.slope * high.slope
  if (!(square >= 0)) return middle
  const d2 = Math.sign(width) * Math.sqrt(square)
  const step = high.step - (width * (high.slope + d2 - d1)) / (high.slope - low.slope + 2 * d2)
  const share = (step - low.step) / width
  if (!Number.isFinite(share)) return middle
  return low.step + width * Math.min(0.9, Math.max(0.1, share))
}
