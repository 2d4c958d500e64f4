import { AssertionError, assert } from '@kwm/std'

export type EwmDerivativeEstimate = {
  /** Units of x per second; null until two points at two times. */
  readonly velocity: number | null
  /** Units of x per second squared; null until two velocities. */
  readonly acceleration: number | null
}

export type EwmDerivativeSnapshot = {
  readonly v: 1
  readonly halfLifeUs: number
  readonly lastUs: number | null
  readonly lastX: number
  readonly lastVelocity: number | null
  readonly sums: readonly [number, number, number, number]
}

const US_PER_S = 1e6

/**
 * The ratio derivative of MODELS 2.2: N <- gN + dx, D <- gD + dt, velocity N / D, and the same again
 * on the velocity, with g = 2^(-dt / halfLife). Exact on straight lines at any spacing. A point not
 * later than the newest counts as simultaneous with it.
 */
export class EwmDerivative {
  readonly #halfLifeUs: number
  #lastUs: number | null = null
  #lastX = 0
  #lastVelocity: number | null = null
  #dx = 0
  #dxTime = 0
  #dv = 0
  #dvTime = 0

  constructor(halfLifeUs: number) {
    assert(Number.isSafeInteger(halfLifeUs) && halfLifeUs > 0, `half-life: ${halfLifeUs} us`)
    this.#halfLifeUs = halfLifeUs
  }

  static restore(saved: EwmDerivativeSnapshot): EwmDerivative {
    const filter = new EwmDerivative(saved.halfLifeUs)
    filter.#lastUs = saved.lastUs
    filter.#lastX = saved.lastX
    filter.#lastVelocity = saved.lastVelocity
    ;[filter.#dx, filter.#dxTime, filter.#dv, filter.#dvTime] = saved.sums
    return filter
  }

  /** Adds one point: time in whole microseconds, x finite. */
  add(timeUs: number, x: number): void {
    if (!Number.isSafeInteger(timeUs) || !Number.isFinite(x)) {
      throw new AssertionError(`a point needs whole microseconds and a finite x: ${timeUs}, ${x}`)
    }
    if (this.#lastUs === null) {
      this.#lastUs = timeUs
      this.#lastX = x
      return
    }
    const elapsedUs = Math.max(0, timeUs - this.#lastUs)
    const elapsed = elapsedUs / US_PER_S
    const decay = 2 ** (-elapsedUs / this.#halfLifeUs)
    this.#dx = decay * this.#dx + (x - this.#lastX)
    this.#dxTime = decay * this.#dxTime + elapsed
    this.#lastUs += elapsedUs
    this.#lastX = x
    if (this.#dxTime === 0) return
    const velocity = this.#dx / this.#dxTime
    if (this.#lastVelocity !== null) {
      this.#dv = decay * this.#dv + (velocity - this.#lastVelocity)
      this.#dvTime = decay * this.#dvTime + elapsed
    }
    this.#lastVelocity = velocity
  }

  estimate(): EwmDerivativeEstimate {
    const acceleration = this.#dvTime > 0 ? this.#dv / this.#dvTime : null
    return { velocity: this.#lastVelocity, acceleration }
  }

  snapshot(): EwmDerivativeSnapshot {
    return {
      v: 1,
      halfLifeUs: this.#halfLifeUs,
      lastUs: this.#lastUs,
      lastX: this.#lastX + 0,
      lastVelocity: this.#lastVelocity === null ? null : this.#lastVelocity + 0,
      sums: [this.#dx + 0, this.#dxTime + 0, this.#dv + 0, this.#dvTime + 0],
    }
  }
}
