import { AssertionError, assert } from '@kwm/std'

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

export type LocalQuadraticMotion = Pick<
  LocalQuadraticEstimate,
  'velocity' | 'acceleration' | 'seVelocity' | 'seAcceleration'
>

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
  /** The Cholesky factor of the normal equations, row by row. */
  readonly #factor = new Float64Array(6)
  readonly #beta = new Float64Array(3)
  readonly #column = new Float64Array(3)
  /** Of the last fit. */
  #sigma2 = 0

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
    const motion = this.motion()
    if (motion === null) return null
    const m = this.#m
    return {
      level: this.#origin + this.#beta[0]!,
      velocity: motion.velocity,
      acceleration: motion.acceleration,
      seLevel: Math.sqrt(this.#sigma2 * this.#levelSandwich()),
      seVelocity: motion.seVelocity,
      seAcceleration: motion.seAcceleration,
      nEff: (m[0]! * m[0]!) / this.#m2[0]!,
      sigma2: this.#sigma2,
    }
  }

  /** The same without what is said of the level, which is a third of the work. */
  motion(): LocalQuadraticMotion | null {
    const m = this.#m
    const nEff = (m[0]! * m[0]!) / this.#m2[0]!
    // Also false before the first point, when nEff is not a number.
    if (!(nEff >= this.#minNEff)) return null
    const factor = this.#factor
    if (!factorGram(m, factor)) return null
    const beta = this.#beta
    beta[0] = this.#b[0]!
    beta[1] = this.#b[1]!
    beta[2] = this.#b[2]! / 2
    solveFactored(factor, beta)
    const sigma2 = (this.#residualSquares(beta) / m[0]!) * (nEff / (nEff - 3))
    this.#sigma2 = sigma2
    const seconds = this.#halfLifeUs / US_PER_S
    return {
      velocity: beta[1] / seconds + 0,
      acceleration: beta[2] / (seconds * seconds) + 0,
      seVelocity: Math.sqrt(sigma2 * this.#velocitySandwich()) / seconds,
      seAcceleration: Math.sqrt(sigma2 * this.#accelerationSandwich()) / (seconds * seconds),
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

  /** The first diagonal entry of G^-1 (X'W^2X) G^-1, from the factor of G. */
  #levelSandwich(): number {
    const column = this.#column
    column[0] = 1
    column[1] = 0
    column[2] = 0
    solveFactored(this.#factor, column)
    return sandwich(this.#m2, column[0], column[1], column[2])
  }

  /** The second: its column of G^-1 starts below a zero. */
  #velocitySandwich(): number {
    const factor = this.#factor
    const l11 = factor[2]!
    const l22 = factor[5]!
    const y1 = 1 / l11
    const x2 = (0 - factor[4]! * y1) / l22 / l22
    const x1 = (y1 - factor[4]! * x2) / l11
    return sandwich(this.#m2, (0 - factor[1]! * x1 - factor[3]! * x2) / factor[0]!, x1, x2)
  }

  /** The third: its column of G^-1 starts below two. */
  #accelerationSandwich(): number {
    const factor = this.#factor
    const l22 = factor[5]!
    const x2 = 1 / l22 / l22
    const x1 = (0 - factor[4]! * x2) / factor[2]!
    return sandwich(this.#m2, (0 - factor[1]! * x1 - factor[3]! * x2) / factor[0]!, x1, x2)
  }
}

/** x' (X'W^2X) x, from the moments with squared weights. */
function sandwich(m2: Float64Array, v0: number, v1: number, x2: number): number {
  const v2 = x2 / 2
  const constant = v0 * (v0 * m2[0]! + 2 * v1 * m2[1]! + 2 * v2 * m2[2]!)
  return Math.max(0, constant + v1 * (v1 * m2[2]! + 2 * v2 * m2[3]!) + v2 * v2 * m2[4]!)
}

/** Sums of w u^k after every u has moved by `shift` and every w has been scaled by `decay`. */
function shiftMoments(moments: Float64Array, shift: number, decay: number): void {
  const m0 = moments[0]!
  const m1 = moments[1]!
  const m2 = moments[2]!
  if (moments.length > 3) {
    const m3 = moments[3]!
    moments[4] =
      decay * ((((m0 * shift + 4 * m1) * shift + 6 * m2) * shift + 4 * m3) * shift + moments[4]!)
    moments[3] = decay * (((m0 * shift + 3 * m1) * shift + 3 * m2) * shift + m3)
  }
  moments[2] = decay * ((m0 * shift + 2 * m1) * shift + m2)
  moments[1] = decay * (m0 * shift + m1)
  moments[0] = decay * m0
}

/**
 * The Cholesky factor of the normal equations of 1, u, u^2 / 2; false when a pivot is lost. Written
 * out, like the solution below: a loop over three costs as much as the arithmetic in it.
 */
function factorGram(m: Float64Array, factor: Float64Array): boolean {
  const g00 = m[0]!
  const g10 = m[1]!
  const g20 = m[2]! / 2
  const g11 = m[2]!
  const g21 = m[3]! / 2
  const g22 = m[4]! / 4
  if (!(g00 > RELATIVE_PIVOT_MIN * g00)) return false
  const l00 = Math.sqrt(g00)
  const l10 = g10 / l00
  const l20 = g20 / l00
  const pivot1 = g11 - l10 * l10
  if (!(pivot1 > RELATIVE_PIVOT_MIN * g11)) return false
  const l11 = Math.sqrt(pivot1)
  const l21 = (g21 - l20 * l10) / l11
  const pivot2 = g22 - l20 * l20 - l21 * l21
  if (!(pivot2 > RELATIVE_PIVOT_MIN * g22)) return false
  factor[0] = l00
  factor[1] = l10
  factor[2] = l11
  factor[3] = l20
  factor[4] = l21
  factor[5] = Math.sqrt(pivot2)
  return true
}

/** Solves G x = b in place of `b`. */
function solveFactored(factor: Float64Array, b: Float64Array): void {
  const l00 = factor[0]!
  const l10 = factor[1]!
  const l11 = factor[2]!
  const l20 = factor[3]!
  const l21 = factor[4]!
  const l22 = factor[5]!
  const y0 = b[0]! / l00
  const y1 = (b[1]! - l10 * y0) / l11
  const x2 = (b[2]! - l20 * y0 - l21 * y1) / l22 / l22
  const x1 = (y1 - l21 * x2) / l11
  b[0] = (y0 - l10 * x1 - l20 * x2) / l00
  b[1] = x1
  b[2] = x2
}

/** JSON has no -0. */
const positiveZeros = (values: Float64Array): number[] => Array.from(values, (value) => value + 0)
