import { AssertionError } from '@kwm/std'

/** Variance per second of ILR coordinates along each direction (MODELS 6.4). */
export type ProcessNoiseConfig = {
  /** Of the whole distribution moving along the axis. */
  readonly shift: number
  /** Of its growing wider or narrower. */
  readonly spread: number
  /** Of every coordinate alike. */
  readonly isotropic: number
}

/** MODELS 12. */
export const PROCESS_NOISE: ProcessNoiseConfig = { shift: 4e-5, spread: 1e-5, isotropic: 2e-6 }

/**
 * Q = shift g_s g_s' + spread g_w g_w' + isotropic I per second, with g_s along V'(b - mean b) and g_w
 * along V'((b - mu)^2) made orthogonal to it, both of unit length: mass moves between neighbours
 * rather than to anywhere. `centres` are the outcomes' places b in any unit, mu = sum p b. A direction
 * that vanishes (all centres equal, two outcomes) adds nothing.
 *
 * The buffers are kept: `refill` allocates nothing.
 */
export class ProcessNoise {
  readonly shiftDirection: Float64Array
  readonly spreadDirection: Float64Array
  readonly covariance: Float64Array
  readonly #basis: Float64Array
  readonly #n: number

  /** `basis` is the Helmert basis of n outcomes. */
  constructor(basis: Float64Array, n: number) {
    this.#basis = basis
    this.#n = n
    this.shiftDirection = new Float64Array(n - 1)
    this.spreadDirection = new Float64Array(n - 1)
    this.covariance = new Float64Array((n - 1) * (n - 1))
  }

  /** Refills the directions and the covariance, row-major (n - 1) x (n - 1). */
  refill(
    centres: ArrayLike<number>,
    pmf: ArrayLike<number>,
    config: ProcessNoiseConfig,
  ): Float64Array {
    const n = this.#n
    const d = n - 1
    if (centres.length !== n || pmf.length !== n) {
      throw new AssertionError(`${centres.length} centres, ${pmf.length} outcomes, not ${n}`)
    }
    const shift = this.shiftDirection
    const spread = this.spreadDirection
    let mu = 0
    for (let i = 0; i < n; i++) mu += pmf[i]! * centres[i]!
    if (!Number.isFinite(mu)) throw new AssertionError(`centre of mass ${mu}`)
    for (let k = 0; k < d; k++) {
      let along = 0
      let across = 0
      for (let i = 0; i < n; i++) {
        const b = centres[i]! - mu
        along += this.#basis[i * d + k]! * b
        across += this.#basis[i * d + k]! * b * b
      }
      shift[k] = along
      spread[k] = across
    }
    normalise(shift)
    let overlap = 0
    let before = 0
    for (let k = 0; k < d; k++) {
      overlap += shift[k]! * spread[k]!
      before += spread[k]! * spread[k]!
    }
    let left = 0
    for (let k = 0; k < d; k++) {
      spread[k]! -= overlap * shift[k]!
      left += spread[k]! * spread[k]!
    }
    // What rounding leaves of a direction that lies along the shift is no direction.
    if (left <= 1e-20 * before) spread.fill(0)
    normalise(spread)
    this.#fillCovariance(config)
    return this.covariance
  }

  #fillCovariance(config: ProcessNoiseConfig): void {
    const d = this.#n - 1
    const shift = this.shiftDirection
    const spread = this.spreadDirection
    for (let j = 0; j < d; j++) {
      for (let k = 0; k < d; k++) {
        const structured =
          config.shift * shift[j]! * shift[k]! + config.spread * spread[j]! * spread[k]!
        this.covariance[j * d + k] = structured + (j === k ? config.isotropic : 0)
      }
    }
  }
}

function normalise(vector: Float64Array): void {
  let square = 0
  for (let k = 0; k < vector.length; k++) square += vector[k]! * vector[k]!
  if (square === 0) return
  const scale = 1 / Math.sqrt(square)
  for (let k = 0; k < vector.length; k++) vector[k]! *= scale
}
