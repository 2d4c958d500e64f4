import { assert } from '@kwm/std'
import { helmert } from './helmert.ts'

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
 * rather than to anywhere. `centres` are the outcomes' places b in any unit. About which mu does not
 * matter, as V'1 = 0 and another mu adds a multiple of g_s: Q is the same for every PMF. A direction
 * that vanishes (all centres equal, two outcomes) adds nothing.
 */
export class ProcessNoise {
  readonly shiftDirection: Float64Array
  readonly spreadDirection: Float64Array
  /** Row-major (n - 1) x (n - 1). */
  readonly covariance: Float64Array

  constructor(centres: ArrayLike<number>, config: ProcessNoiseConfig) {
    const n = centres.length
    const basis = helmert(n)
    const d = n - 1
    this.shiftDirection = new Float64Array(d)
    this.spreadDirection = new Float64Array(d)
    this.covariance = new Float64Array(d * d)
    let mean = 0
    for (let i = 0; i < n; i++) mean += centres[i]! / n
    assert(Number.isFinite(mean), `centres with a mean of ${mean}`)
    for (let k = 0; k < d; k++) {
      for (let i = 0; i < n; i++) {
        const b = centres[i]! - mean
        this.shiftDirection[k]! += basis[i * d + k]! * b
        this.spreadDirection[k]! += basis[i * d + k]! * b * b
      }
    }
    normalise(this.shiftDirection)
    this.#straightenSpread()
    this.#fillCovariance(config)
  }

  #straightenSpread(): void {
    const shift = this.shiftDirection
    const spread = this.spreadDirection
    let overlap = 0
    let before = 0
    for (let k = 0; k < shift.length; k++) {
      overlap += shift[k]! * spread[k]!
      before += spread[k]! * spread[k]!
    }
    let left = 0
    for (let k = 0; k < shift.length; k++) {
      spread[k]! -= overlap * shift[k]!
      left += spread[k]! * spread[k]!
    }
    // What rounding leaves of a direction that lies along the shift is no direction.
    if (left <= 1e-20 * before) spread.fill(0)
    normalise(spread)
  }

  #fillCovariance(config: ProcessNoiseConfig): void {
    const shift = this.shiftDirection
    const spread = this.spreadDirection
    const d = shift.length
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
