import { AssertionError, assert } from '@kwm/std'
import { choleskyFactor, choleskySolve } from './linear-solve.ts'

/** In the input's unit u: level u, velocity u/s, acceleration u/s^2, and their standard errors. */
export type LocalQuadraticEstimate = {
  readonly level: number
  readonly velocity: number
  readonly acceleration: number
  readonly seLevel: number
  readonly seVelocity: number
  readonly seAcceleration: number
  /** Kish's effective sample size, (sum w)^2 / sum w^2. */
  readonly nEff: number
  /** Residual variance in u^2, with three fitted parameters taken off. */
  readonly sigma2: number
}

export type LocalQuadraticConfig = {
  readonly halfLifeUs: number
  /** Below this effective sample size there is no estimate. More than 3. */
  readonly minNEff?: number
}

export type LocalQuadraticSnapshot = {
  readonly v: 1
  readonly halfLifeUs: number
  readonly minNEff: number
  readonly lastUs: number | null
  readonly origin: number
  readonly moments: readonly number[]
  readonly squaredMoments: readonly number[]
  readonly responses: readonly number[]
  readonly responseSquares: number
}

export const LOCAL_QUADRATIC_MIN_N_EFF = 6

const US_PER_S = 1e6
/** Pascal's triangle to the fourth row: moments move by the binomial theorem. */
const BINOMIAL = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1], [1, 4, 6, 4, 1]] as const
const ORDERS = 5
/** Points at fewer than three distinct times leave nothing but rounding in a pivot. */
const RELATIVE_PIVOT_MIN = 1e-11

/**
 * The exponentially weighted local quadratic of MODELS 2.1, causal and O(1) per point at any
 * spacing: least squares of x on 1, u, u^2 / 2 with weights 2^(-age / halfLife), u the time before
 * the newest point. Exact on parabolas. Standard errors are the sandwich with squared weights.
 *
 * Inside, u is in half-lives, which conditions the normal equations, and x is measured from a
 * recent value, so that a residual of 1e-4 survives beside a level of 1e5. A point older than the
 * newest enters with the weight of its age, as if it had come in time.
 */
export class LocalQuadratic {
  readonly #halfLifeUs: number
  readonly #minNEff: number
  #lastUs: number | null = null
  #origin = 0
  /** Sums of w u^k, of w^2 u^k, of w u^k x, and of w x^2. */
  readonly #m = new Float64Array(ORDERS)
  readonly #m2 = new Float64Array(ORDERS)
  readonly #b = new Float64Array(3)
  #c = 0
  readonly #gram = new Float64Array(9)
  readonly #beta = new Float64Array(3)
  readonly #column = new Float64Array(3)

  constructor(config: LocalQuadraticConfig) {
    const { halfLifeUs, minNEff = LOCAL_QUADRATIC_MIN_N_EFF } = config
    assert(Number.isSafeInteger(halfLifeUs) && halfLifeUs > 0, `half-life: ${halfLifeUs} us`)
    assert(minNEff > 3, `minNEff must leave a degree of freedom: ${minNEff}`)
    this.#halfLifeUs = halfLifeUs
    this.#minNEff = minNEff
  }

  static restore(saved: LocalQuadraticSnapshot): LocalQuadratic {
    const filter = new LocalQuadratic(saved)
    filter.#lastUs = saved.lastUs
    filter.#origin = saved.origin
    filter.#m.set(saved.moments)
    filter.#m2.set(saved.squaredMoments)
    filter.#b.set(saved.responses)
    filter.#c = saved.responseSquares
    return filter
  }

  /** The time of the newest point, null before the first. */
  get lastUs(): number | null {
    return this.#lastUs
  }

  /** Adds one point: time in whole microseconds, x finite in any unit. */
  add(timeUs: number, x: number): void {
    if (!Number.isSafeInteger(timeUs) || !Number.isFinite(x)) {
      throw new AssertionError(`a point needs whole microseconds and a finite x: ${timeUs}, ${x}`)
    }
    const age = this.#lastUs === null ? 0 : (this.#lastUs - timeUs) / this.#halfLifeUs
    if (age <= 0) {
      this.#advance(-age)
      this.#moveOrigin(x)
      this.#lastUs = timeUs
      this.#m[0]! += 1
      this.#m2[0]! += 1
      return
    }
    this.#addLate(-age, x - this.#origin)
  }

  /** The fit at the newest point; null while nEff is too small or the times are too few. */
  estimate(): LocalQuadraticEstimate | null {
    const m = this.#m
    const m2 = this.#m2
    const nEff = (m[0]! * m[0]!) / m2[0]!
    // Also false before the first point, when nEff is not a number.
    if (!(nEff >= this.#minNEff)) return null
    const gram = this.#gram
    fillGram(gram, m)
    if (!choleskyFactor(gram, 3, RELATIVE_PIVOT_MIN)) return null
    const beta = this.#beta
    beta[0] = this.#b[0]!
    beta[1] = this.#b[1]!
    beta[2] = this.#b[2]! / 2
    choleskySolve(gram, 3, beta)
    const sigma2 = (this.#residualSquares(beta) / m[0]!) * (nEff / (nEff - 3))
    const seconds = this.#halfLifeUs / US_PER_S
    return {
      level: this.#origin + beta[0],
      velocity: beta[1] / seconds + 0,
      acceleration: beta[2] / (seconds * seconds) + 0,
      seLevel: Math.sqrt(sigma2 * this.#sandwich(0)),
      seVelocity: Math.sqrt(sigma2 * this.#sandwich(1)) / seconds,
      seAcceleration: Math.sqrt(sigma2 * this.#sandwich(2)) / (seconds * seconds),
      nEff,
      sigma2,
    }
  }

  /** Plain data; a filter restored from it, or from its JSON, continues bit for bit. */
  snapshot(): LocalQuadraticSnapshot {
    return {
      v: 1,
      halfLifeUs: this.#halfLifeUs,
      minNEff: this.#minNEff,
      lastUs: this.#lastUs,
      origin: this.#origin,
      moments: positiveZeros(this.#m),
      squaredMoments: positiveZeros(this.#m2),
      responses: positiveZeros(this.#b),
      responseSquares: this.#c + 0,
    }
  }

  #advance(halfLives: number): void {
    if (halfLives === 0) return
    const decay = 2 ** -halfLives
    shiftMoments(this.#m, -halfLives, decay)
    shiftMoments(this.#m2, -halfLives, decay * decay)
    shiftMoments(this.#b, -halfLives, decay)
    this.#c *= decay
  }

  /** Re-measures every x from `x`, which then itself adds nothing to the sums with x in them. */
  #moveOrigin(x: number): void {
    const step = x - this.#origin
    this.#origin = x
    if (step === 0) return
    const m = this.#m
    const b = this.#b
    this.#c += step * (step * m[0]! - 2 * b[0]!)
    for (let k = 0; k < 3; k++) b[k]! -= step * m[k]!
  }

  #addLate(u: number, x: number): void {
    const weight = 2 ** u
    let power = 1
    for (let k = 0; k < ORDERS; k++) {
      this.#m[k]! += weight * power
      this.#m2[k]! += weight * weight * power
      if (k < 3) this.#b[k]! += weight * power * x
      power *= u
    }
    this.#c += weight * x * x
  }

  /** sum w r^2 as the full quadratic form, where an error in beta enters only squared. */
  #residualSquares(beta: Float64Array): number {
    const m = this.#m
    const b = this.#b
    const [b0, b1, b2] = [beta[0]!, beta[1]!, beta[2]! / 2]
    const cross = b0 * b[0]! + b1 * b[1]! + b2 * b[2]!
    const constant = b0 * (b0 * m[0]! + 2 * b1 * m[1]! + 2 * b2 * m[2]!)
    const rest = b1 * (b1 * m[2]! + 2 * b2 * m[3]!) + b2 * b2 * m[4]!
    return Math.max(0, this.#c - 2 * cross + constant + rest)
  }

  /** The i-th diagonal entry of G^-1 (X'W^2X) G^-1, from the factor of G in the scratch. */
  #sandwich(i: number): number {
    const v = this.#column.fill(0)
    v[i] = 1
    choleskySolve(this.#gram, 3, v)
    const m2 = this.#m2
    const [v0, v1, v2] = [v[0]!, v[1]!, v[2]! / 2]
    const constant = v0 * (v0 * m2[0]! + 2 * v1 * m2[1]! + 2 * v2 * m2[2]!)
    return Math.max(0, constant + v1 * (v1 * m2[2]! + 2 * v2 * m2[3]!) + v2 * v2 * m2[4]!)
  }
}

/** Sums of w u^k after every u has moved by `shift` and every w has been scaled by `decay`. */
function shiftMoments(moments: Float64Array, shift: number, decay: number): void {
  for (let k = moments.length - 1; k >= 0; k--) {
    const row = BINOMIAL[k]!
    let sum = moments[0]!
    for (let j = 1; j <= k; j++) sum = sum * shift + row[j]! * moments[j]!
    moments[k] = decay * sum
  }
}

function fillGram(gram: Float64Array, m: Float64Array): void {
  gram[0] = m[0]!
  gram[1] = gram[3] = m[1]!
  gram[2] = gram[6] = m[2]! / 2
  gram[4] = m[2]!
  gram[5] = gram[7] = m[3]! / 2
  gram[8] = m[4]! / 4
}

/** JSON has no -0. */
const positiveZeros = (values: Float64Array): number[] => Array.from(values, (value) => value + 0)
