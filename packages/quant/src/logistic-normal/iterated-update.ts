import { AssertionError } from '@kwm/std'
import { choleskyFactor, choleskySolve } from '../linear-solve.ts'
import { ilrInverse, ilrJacobian } from './helmert.ts'
import { copyInto, multiply, multiplyTransposed } from './small-matrix.ts'

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
  readonly #linearisedAt: Float64Array
  readonly #zi: Float64Array
  readonly #jacobian: Float64Array
  /** V P V': the covariance of log p, up to a constant, at the prior. */
  readonly #logs: Float64Array
  readonly #image: Float64Array
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
    this.#linearisedAt = vector(n)
    this.#zi = vector(d)
    this.#jacobian = vector(n * d)
    this.#logs = vector(n * n)
    this.#image = vector(n)
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
    multiply(this.#basis, P, this.#jp, this.#n, this.#d, this.#d)
    multiplyTransposed(this.#jp, this.#basis, this.#logs, this.#n, this.#d, this.#n)
    for (let k = 0; k < this.#d; k++) this.#u[k] = this.#delta[k] = 0
    ilrInverse(z, this.#p)
    let cost = this.#misfit(y, variance)
    let nis = 0
    let full = 0
    for (let i = 0; full < iterations && i < iterations + SHORTENED_MAX; i++) {
      this.#linearise(y)
      copyInto(this.#residual, this.#w)
      choleskySolve(this.#s, this.#n, this.#w)
      if (i === 0) nis = this.#keepInnovation()
      const isWhole = this.#propose(P)
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
    copyInto(image, this.#w)
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

  /**
   * The factor of S = J P J' + R, and y - p - J (z0 - z_i), all at the current z_i. With J = D V and
   * D = diag p - p p', S is D (V P V') D + R, and no iteration multiplies matrices.
   */
  #linearise(y: ArrayLike<number>): void {
    const n = this.#n
    const p = this.#p
    const r = this.#r
    const s = this.#s
    const logs = this.#logs
    const row = this.#w
    const image = this.#image
    copyInto(p, this.#linearisedAt)
    multiply(this.#basis, this.#delta, image, n, this.#d, 1)
    let mean = 0
    let moved = 0
    for (let i = 0; i < n; i++) {
      let sum = 0
      for (let j = 0; j < n; j++) sum += logs[i * n + j]! * p[j]!
      row[i] = sum
      mean += p[i]! * sum
      moved += p[i]! * image[i]!
    }
    for (let i = 0; i < n; i++) {
      if (r[i] === 0) {
        for (let j = 0; j < i; j++) s[i * n + j] = 0
        s[i * n + i] = 1
        this.#residual[i] = 0
        continue
      }
      // The factor reads the lower triangle alone.
      const off = mean - row[i]!
      for (let j = 0; j <= i; j++) {
        const seen = r[j] === 0 ? 0 : p[i]! * p[j]!
        s[i * n + j] = seen * (logs[i * n + j]! - row[j]! + off)
      }
      s[i * n + i]! += r[i]!
      this.#residual[i] = y[i]! - p[i]! + p[i]! * (image[i]! - moved)
    }
    if (!choleskyFactor(s, n)) throw new AssertionError('a state without a covariance')
  }

  /** J at the last linearisation, with no row for an outcome that was not observed. */
  #fillJacobian(): Float64Array {
    const d = this.#d
    const jacobian = ilrJacobian(this.#linearisedAt, this.#basis, this.#jacobian)
    for (let i = 0; i < this.#n; i++) {
      if (this.#r[i] === 0) jacobian.fill(0, i * d, i * d + d)
    }
    return jacobian
  }

  #keepInnovation(): number {
    copyInto(this.#s, this.#priorFactor)
    copyInto(this.#fillJacobian(), this.#priorJacobian)
    copyInto(this.#w, this.#weighted)
    let nis = 0
    for (let i = 0; i < this.#n; i++) nis += this.#residual[i]! * this.#w[i]!
    return nis
  }

  /** The Gauss-Newton step from S^-1 times the residual, not beyond `STEP_MAX`. True when whole. */
  #propose(P: Float64Array): boolean {
    const n = this.#n
    const d = this.#d
    const u = this.#u
    const delta = this.#delta
    const w = this.#w
    const p = this.#p
    copyInto(u, this.#uOld)
    copyInto(delta, this.#deltaOld)
    let mean = 0
    for (let i = 0; i < n; i++) mean += p[i]! * w[i]!
    for (let i = 0; i < n; i++) w[i] = p[i]! * (w[i]! - mean)
    for (let k = 0; k < d; k++) {
      let along = 0
      for (let i = 0; i < n; i++) along += this.#basis[i * d + k]! * w[i]!
      u[k] = along
    }
    multiply(P, u, delta, d, d, 1)
    let square = 0
    for (let k = 0; k < d; k++) square += (delta[k]! - this.#deltaOld[k]!) ** 2
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
    const d = this.#d
    const u = this.#u
    const delta = this.#delta
    const zi = this.#zi
    for (let halving = 0; halving <= HALVINGS_MAX; halving++) {
      let prior = 0
      for (let k = 0; k < d; k++) {
        prior += u[k]! * delta[k]!
        zi[k] = z[k]! + delta[k]!
      }
      ilrInverse(zi, this.#p)
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
    const p = this.#p
    const r = this.#r
    let sum = 0
    for (let i = 0; i < p.length; i++) {
      const residual = y[i]! - p[i]!
      if (r[i] !== 0) sum += (residual * residual) / variance[i]!
    }
    return sum
  }

  /** P = (I - K J) P (I - K J)' + K R K' with K' = S^-1 J P. */
  #joseph(P: Float64Array): void {
    const n = this.#n
    const d = this.#d
    const r = this.#r
    const w = this.#w
    const jp = this.#jp
    const gain = this.#gain
    const left = this.#left
    const scratch = this.#scratch
    const jacobian = this.#fillJacobian()
    multiply(jacobian, P, jp, n, d, d)
    for (let k = 0; k < d; k++) {
      for (let i = 0; i < n; i++) w[i] = jp[i * d + k]!
      choleskySolve(this.#s, n, w)
      for (let i = 0; i < n; i++) gain[k * n + i] = w[i]!
    }
    multiply(gain, jacobian, left, d, n, d)
    for (let k = 0; k < d * d; k++) left[k] = -left[k]!
    for (let k = 0; k < d; k++) left[k * d + k]! += 1
    multiply(left, P, scratch, d, d, d)
    for (let j = 0; j < d; j++) {
      for (let k = 0; k <= j; k++) {
        let sum = 0
        for (let l = 0; l < d; l++) sum += scratch[j * d + l]! * left[k * d + l]!
        for (let i = 0; i < n; i++) sum += gain[j * n + i]! * r[i]! * gain[k * n + i]!
        P[j * d + k] = sum
        P[k * d + j] = sum
      }
    }
  }
}
