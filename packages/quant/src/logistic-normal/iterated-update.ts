import { AssertionError } from '@kwm/std'
import { softmax } from '../special/log-sum-exp.ts'
import { Linearisation } from './linearisation.ts'
import { copyInto } from './small-matrix.ts'
import type { WhitenedState } from './whitened-state.ts'

export const ITERATIONS = 3
/** No step is longer than this in ILR coordinates: a linearisation holds for no more. */
const STEP_MAX = 1.5
/** Shortened steps come on top of the iterations asked for: a jump is followed to its end. */
const SHORTENED_MAX = 12
const HALVINGS_MAX = 6
/** Of the cost: rounding is not a step uphill. */
const UPHILL_TOLERANCE = 1e-9
/** Of a direction's prior variance: rounding is not an observation of it. */
const OBSERVED_MIN = 1e-12

/**
 * The iterated extended Kalman update of a logistic-normal state by observed probabilities
 * y = softmax(V z) + noise with independent variances (MODELS B.3), and its buffers: an update
 * allocates nothing. y need not sum to 1. A variance of Infinity says that nobody observed that
 * outcome: its row counts for nothing.
 *
 * Each iteration is a Gauss-Newton step on (y - p)'R^-1(y - p) + (z - z0)'P^-1(z - z0), taken in the
 * whitened coordinates z = z0 + L a, P = L L', where the second term is a'a. One that is very long or
 * climbs is shortened, and does not count: the plain recursion of B.3 overshoots into the flat tails
 * of the softmax when a book jumps by many deviations. The covariance is L B^-1 L' with
 * B = I + H'R^-1 H at the last linearisation: what Joseph's form gives, as positive and with less work.
 */
export class IteratedUpdate {
  readonly #n: number
  readonly #d: number
  /** Of the a gone to: spread a, and the PMF there. */
  readonly #moved: Float64Array
  readonly #p: Float64Array
  /** 1 / standard deviation, 0 for an outcome that was not observed. */
  readonly #precision: Float64Array
  readonly #a: Float64Array
  readonly #aOld: Float64Array
  readonly #step: Float64Array
  readonly #atPrior: Linearisation
  readonly #later: Linearisation
  /** Of the last observation: L of its prior, and the a of the first linear model. */
  readonly #priorFactor: Float64Array
  readonly #first: Float64Array
  readonly #along: Float64Array

  constructor(n: number) {
    const d = n - 1
    this.#n = n
    this.#d = d
    this.#moved = new Float64Array(n)
    this.#p = new Float64Array(n)
    this.#precision = new Float64Array(n)
    this.#a = new Float64Array(d)
    this.#aOld = new Float64Array(d)
    this.#step = new Float64Array(d)
    this.#atPrior = new Linearisation(n)
    this.#later = new Linearisation(n)
    this.#priorFactor = new Float64Array(d * d)
    this.#first = new Float64Array(d)
    this.#along = new Float64Array(d)
  }

  /**
   * Moves `z`, P (row-major) and its lower factor, which `state` has with all else of the prior, to the
   * posterior in place. Returns the normalised innovation squared at the prior, chi-square with as
   * many degrees of freedom as outcomes were observed.
   */
  run(
    z: Float64Array,
    P: Float64Array,
    state: WhitenedState,
    y: ArrayLike<number>,
    variance: ArrayLike<number>,
    iterations: number,
  ): number {
    this.#readVariances(y, variance)
    const d = this.#d
    const a = this.#a
    const { factor } = state
    for (let k = 0; k < d; k++) a[k] = 0
    for (let i = 0; i < this.#n; i++) {
      this.#moved[i] = 0
      this.#p[i] = state.pmf[i]!
    }
    copyInto(factor, this.#priorFactor)
    let last = this.#atPrior
    let cost = this.#misfit(y)
    let nis = 0
    let full = 0
    for (let i = 0; full < iterations && i < iterations + SHORTENED_MAX; i++) {
      last = i === 0 ? this.#atPrior : this.#later
      last.refill(state.spread, this.#p, this.#precision, y, this.#moved)
      copyInto(a, this.#aOld)
      last.solve(a)
      if (i === 0) {
        nis = last.cost(a)
        copyInto(a, this.#first)
      }
      const isWhole = this.#shortenLong(factor)
      const next = this.#descend(state, y, cost)
      if (next === cost) break
      if (isWhole) full++
      cost = next
    }
    for (let j = 0; j < d; j++) {
      for (let k = 0; k <= j; k++) z[j]! += factor[j * d + k]! * a[k]!
    }
    last.shrink(factor)
    squareFactor(factor, d, P)
    return nis
  }

  /**
   * What the last observation said of the state along `direction` g (ILR coordinates), before it was
   * taken in: (J g)'S^-1 v / sqrt((J g)'S^-1 J g) with the prior's innovation v. N(0, 1) while the
   * model holds; 0 where nothing was observed along it.
   *
   * With c = L^-1 g the numerator is c'a of the first linear model, and the variance c'(I - B^-1) c.
   */
  innovationAlong(direction: ArrayLike<number>): number {
    const d = this.#d
    const factor = this.#priorFactor
    const c = this.#along
    let score = 0
    let whole = 0
    for (let j = 0; j < d; j++) {
      let sum = direction[j]!
      for (let k = 0; k < j; k++) sum -= factor[j * d + k]! * c[k]!
      const x = sum / factor[j * d + j]!
      c[j] = x
      score += x * this.#first[j]!
      whole += x * x
    }
    const variance = whole - this.#atPrior.inverseForm(c, this.#step)
    return variance > OBSERVED_MIN * whole ? score / Math.sqrt(variance) : 0
  }

  #readVariances(y: ArrayLike<number>, variance: ArrayLike<number>): void {
    const precision = this.#precision
    if (y.length !== this.#n || variance.length !== this.#n) {
      throw new AssertionError(`${y.length} observations, ${variance.length} variances`)
    }
    for (let i = 0; i < precision.length; i++) {
      if (!(variance[i]! > 0) || !Number.isFinite(y[i]!)) {
        throw new AssertionError(`observation ${i}: ${y[i]} with variance ${variance[i]}`)
      }
      precision[i] = 1 / Math.sqrt(variance[i]!)
    }
  }

  /** No step beyond `STEP_MAX` in ILR coordinates. True when it is whole. */
  #shortenLong(factor: Float64Array): boolean {
    const d = this.#d
    const step = this.#step
    for (let k = 0; k < d; k++) step[k] = this.#a[k]! - this.#aOld[k]!
    let square = 0
    for (let j = 0; j < d; j++) {
      let moved = 0
      for (let k = 0; k <= j; k++) moved += factor[j * d + k]! * step[k]!
      square += moved * moved
    }
    if (square <= STEP_MAX * STEP_MAX) return true
    this.#shorten(STEP_MAX / Math.sqrt(square))
    return false
  }

  /** Goes to the proposal, halved while it climbs. The new cost; the old one when none descends. */
  #descend(state: WhitenedState, y: ArrayLike<number>, cost: number): number {
    const n = this.#n
    const d = this.#d
    const a = this.#a
    const moved = this.#moved
    const p = this.#p
    const { logits, spread } = state
    for (let halving = 0; halving <= HALVINGS_MAX; halving++) {
      let square = 0
      for (let i = 0; i < n; i++) moved[i] = 0
      for (let k = 0, at = 0; k < d; k++, at += n) {
        const ak = a[k]!
        square += ak * ak
        for (let i = k + 1; i < n; i++) moved[i]! += spread[at + i]! * ak
      }
      for (let i = 0; i < n; i++) p[i] = logits[i]! + moved[i]!
      softmax(p, p)
      const next = square + this.#misfit(y)
      if (next <= cost + UPHILL_TOLERANCE * (1 + cost)) return next
      this.#shorten(0.5)
    }
    this.#shorten(0)
    return cost
  }

  /** The proposal becomes this part of the way to it. */
  #shorten(part: number): void {
    for (let k = 0; k < this.#d; k++) {
      this.#a[k] = this.#aOld[k]! + part * (this.#a[k]! - this.#aOld[k]!)
    }
  }

  #misfit(y: ArrayLike<number>): number {
    const p = this.#p
    const precision = this.#precision
    let sum = 0
    for (let i = 0; i < p.length; i++) {
      const residual = (y[i]! - p[i]!) * precision[i]!
      sum += residual * residual
    }
    return sum
  }
}

/** P = L L' of a lower factor. */
function squareFactor(factor: Float64Array, d: number, P: Float64Array): void {
  for (let j = 0; j < d; j++) {
    for (let k = 0; k <= j; k++) {
      let sum = 0
      for (let l = 0; l <= k; l++) sum += factor[j * d + l]! * factor[k * d + l]!
      P[j * d + k] = sum
      P[k * d + j] = sum
    }
  }
}
