import { AssertionError } from '@kwm/std'
import { choleskyFactor, choleskySolve } from '../linear-solve.ts'
import { ilrInverse, ilrJacobian } from './helmert.ts'
import { multiply, multiplyTransposed, symmetrise } from './small-matrix.ts'

export const ITERATIONS = 3
/** No step is longer than this in ILR coordinates: a linearisation holds for no more. */
const STEP_MAX = 1.5
/** Shortened steps come on top of the iterations asked for: a jump is followed to its end. */
const SHORTENED_MAX = 12
const HALVINGS_MAX = 6
/** Of the cost: rounding is not a step uphill. */
const UPHILL_TOLERANCE = 1e-9

/**
 * The iterated extended Kalman update of a logistic-normal state by observed probabilities
 * y = softmax(V z) + noise with independent variances (MODELS B.3), and its buffers: an update
 * allocates nothing. y need not sum to 1. A variance of Infinity says that nobody observed that
 * outcome: its row counts for nothing.
 *
 * Each iteration is a Gauss-Newton step on (y - p)'R^-1(y - p) + (z - z0)'P^-1(z - z0). One that
 * is very long or climbs is shortened, and does not count: the plain recursion of B.3 overshoots into
 * the flat tails of the softmax when a book jumps by many deviations. The covariance is Joseph's form
 * at the last linearisation.
 */
export class IteratedUpdate {
  readonly #n: number
  readonly #d: number
  readonly #basis: Float64Array
  readonly #p: Float64Array
  readonly #zi: Float64Array
  readonly #jacobian: Float64Array
  /** J P, then row i of the gain's transpose. */
  readonly #jp: Float64Array
  readonly #s: Float64Array
  readonly #r: Float64Array
  readonly #residual: Float64Array
  readonly #w: Float64Array
  /** z_i - z0 is always P u: the prior's part of the cost is u (z_i - z0), without an inverse. */
  readonly #u: Float64Array
  readonly #uOld: Float64Array
  readonly #delta: Float64Array
  readonly #deltaOld: Float64Array
  readonly #gain: Float64Array
  readonly #left: Float64Array
  readonly #scratch: Float64Array
  readonly #priorFactor: Float64Array
  readonly #priorJacobian: Float64Array
  /** S^-1 times the prior's innovation. */
  readonly #weighted: Float64Array

  constructor(basis: Float64Array, n: number) {
    const d = n - 1
    this.#n = n
    this.#d = d
    this.#basis = basis
    const vector = (size: number): Float64Array => new Float64Array(size)
    this.#p = vector(n)
    this.#zi = vector(d)
    this.#jacobian = vector(n * d)
    this.#jp = vector(n * d)
    this.#s = vector(n * n)
    this.#r = vector(n)
    this.#residual = vector(n)
    this.#w = vector(n)
    this.#u = vector(d)
    this.#uOld = vector(d)
    this.#delta = vector(d)
    this.#deltaOld = vector(d)
    this.#gain = vector(n * d)
    this.#left = vector(d * d)
    this.#scratch = vector(d * d)
    this.#priorFactor = vector(n * n)
    this.#priorJacobian = vector(n * d)
    this.#weighted = vector(n)
  }

  /**
   * Moves `z` and `P` (row-major, in place) to the posterior. Returns the normalised innovation
   * squared at the prior, chi-square with as many degrees of freedom as outcomes were observed.
   */
  run(
    z: Float64Array,
    P: Float64Array,
    y: ArrayLike<number>,
    variance: ArrayLike<number>,
    iterations: number,
  ): number {
    this.#readVariances(y, variance)
    this.#u.fill(0)
    this.#delta.fill(0)
    ilrInverse(z, this.#p)
    let cost = this.#misfit(y, variance)
    let nis = 0
    let full = 0
    for (let i = 0; full < iterations && i < iterations + SHORTENED_MAX; i++) {
      this.#linearise(P, y, variance)
      this.#w.set(this.#residual)
      choleskySolve(this.#s, this.#n, this.#w)
      if (i === 0) nis = this.#keepInnovation()
      const isWhole = this.#propose()
      const next = this.#descend(z, y, variance, cost)
      if (next === cost) break
      if (isWhole) full++
      cost = next
    }
    this.#joseph(P)
    for (let k = 0; k < this.#d; k++) z[k]! += this.#delta[k]!
    return nis
  }

  /**
   * What the last observation said of the state along `direction` (ILR coordinates), before it was
   * taken in: (J g)'S^-1 v / sqrt((J g)'S^-1 J g) with the prior's innovation v. N(0, 1) while the
   * model holds; 0 where nothing was observed along it.
   */
  innovationAlong(direction: ArrayLike<number>): number {
    const n = this.#n
    const d = this.#d
    const image = this.#residual
    let along = 0
    for (let i = 0; i < n; i++) {
      let sum = 0
      for (let k = 0; k < d; k++) sum += this.#priorJacobian[i * d + k]! * direction[k]!
      image[i] = sum
      along += sum * this.#weighted[i]!
    }
    this.#w.set(image)
    choleskySolve(this.#priorFactor, n, this.#w)
    let variance = 0
    for (let i = 0; i < n; i++) variance += image[i]! * this.#w[i]!
    return variance > 0 ? along / Math.sqrt(variance) : 0
  }

  /** R, with 0 for an outcome that was not observed. */
  #readVariances(y: ArrayLike<number>, variance: ArrayLike<number>): void {
    if (y.length !== this.#n || variance.length !== this.#n) {
      throw new AssertionError(`${y.length} observations, ${variance.length} variances`)
    }
    for (let i = 0; i < this.#n; i++) {
      if (!(variance[i]! > 0) || !Number.isFinite(y[i]!)) {
        throw new AssertionError(`observation ${i}: ${y[i]} with variance ${variance[i]}`)
      }
      this.#r[i] = variance[i] === Infinity ? 0 : variance[i]!
    }
  }

  /** J, J P, the factor of S = J P J' + R, and y - p - J (z0 - z_i), all at the current z_i. */
  #linearise(P: Float64Array, y: ArrayLike<number>, variance: ArrayLike<number>): void {
    const n = this.#n
    const d = this.#d
    const jacobian = ilrJacobian(this.#p, this.#basis, this.#jacobian)
    for (let i = 0; i < n; i++) {
      if (this.#r[i] === 0) jacobian.fill(0, i * d, i * d + d)
    }
    multiply(jacobian, P, this.#jp, n, d, d)
    for (let i = 0; i < n; i++) {
      // The factor reads the lower triangle alone.
      for (let j = 0; j <= i; j++) {
        let sum = 0
        for (let k = 0; k < d; k++) sum += this.#jp[i * d + k]! * jacobian[j * d + k]!
        this.#s[i * n + j] = sum
      }
      const isSeen = this.#r[i] !== 0
      this.#s[i * n + i]! += isSeen ? variance[i]! : 1
      let residual = isSeen ? y[i]! - this.#p[i]! : 0
      for (let k = 0; k < d; k++) residual += jacobian[i * d + k]! * this.#delta[k]!
      this.#residual[i] = residual
    }
    if (!choleskyFactor(this.#s, n)) throw new AssertionError('a state without a covariance')
  }

  #keepInnovation(): number {
    this.#priorFactor.set(this.#s)
    this.#priorJacobian.set(this.#jacobian)
    this.#weighted.set(this.#w)
    let nis = 0
    for (let i = 0; i < this.#n; i++) nis += this.#residual[i]! * this.#w[i]!
    return nis
  }

  /** The Gauss-Newton step from S^-1 times the residual, not beyond `STEP_MAX`. True when whole. */
  #propose(): boolean {
    const d = this.#d
    this.#uOld.set(this.#u)
    this.#deltaOld.set(this.#delta)
    let square = 0
    for (let k = 0; k < d; k++) {
      let along = 0
      let move = 0
      for (let i = 0; i < this.#n; i++) {
        along += this.#jacobian[i * d + k]! * this.#w[i]!
        move += this.#jp[i * d + k]! * this.#w[i]!
      }
      this.#u[k] = along
      this.#delta[k] = move
      square += (move - this.#deltaOld[k]!) ** 2
    }
    if (square <= STEP_MAX * STEP_MAX) return true
    this.#shorten(STEP_MAX / Math.sqrt(square))
    return false
  }

  /** Goes to the proposal, halved while it climbs. The new cost; the old one when none descends. */
  #descend(
    z: Float64Array,
    y: ArrayLike<number>,
    variance: ArrayLike<number>,
    cost: number,
  ): number {
    for (let halving = 0; halving <= HALVINGS_MAX; halving++) {
      let prior = 0
      for (let k = 0; k < this.#d; k++) {
        prior += this.#u[k]! * this.#delta[k]!
        this.#zi[k] = z[k]! + this.#delta[k]!
      }
      ilrInverse(this.#zi, this.#p)
      const next = prior + this.#misfit(y, variance)
      if (next <= cost + UPHILL_TOLERANCE * (1 + cost)) return next
      this.#shorten(0.5)
    }
    this.#shorten(0)
    return cost
  }

  /** The proposal becomes this part of the way to it. */
  #shorten(part: number): void {
    for (let k = 0; k < this.#d; k++) {
      this.#u[k] = this.#uOld[k]! + part * (this.#u[k]! - this.#uOld[k]!)
      this.#delta[k] = this.#deltaOld[k]! + part * (this.#delta[k]! - this.#deltaOld[k]!)
    }
  }

  #misfit(y: ArrayLike<number>, variance: ArrayLike<number>): number {
    let sum = 0
    for (let i = 0; i < this.#n; i++) {
      const residual = y[i]! - this.#p[i]!
      if (this.#r[i] !== 0) sum += (residual * residual) / variance[i]!
    }
    return sum
  }

  /** P = (I - K J) P (I - K J)' + K R K' with K' = S^-1 J P. */
  #joseph(P: Float64Array): void {
    const n = this.#n
    const d = this.#d
    const gain = this.#gain
    const left = this.#left
    for (let k = 0; k < d; k++) {
      for (let i = 0; i < n; i++) this.#w[i] = this.#jp[i * d + k]!
      choleskySolve(this.#s, n, this.#w)
      for (let i = 0; i < n; i++) gain[k * n + i] = this.#w[i]!
    }
    multiply(gain, this.#jacobian, left, d, n, d)
    for (let k = 0; k < d * d; k++) left[k] = -left[k]!
    for (let k = 0; k < d; k++) left[k * d + k]! += 1
    multiply(left, P, this.#scratch, d, d, d)
    multiplyTransposed(this.#scratch, left, P, d, d, d)
    for (let j = 0; j < d; j++) {
      for (let k = 0; k < d; k++) {
        let sum = 0
        for (let i = 0; i < n; i++) sum += gain[j * n + i]! * this.#r[i]! * gain[k * n + i]!
        P[j * d + k]! += sum
      }
    }
    symmetrise(P, d)
  }
}
