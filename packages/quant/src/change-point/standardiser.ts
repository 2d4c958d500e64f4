import { AssertionError, assert } from '@kwm/std'

export type StandardiserOptions = {
  /** Half-life of the mean and of the variance. */
  readonly halfLifeUs?: number
  /** The variance is never taken below this: (half a tick)^2 for a price. */
  readonly varianceFloor: number
  /** Scores are held to [-clip, clip]. */
  readonly clip?: number
  /** Innovations before the first score. */
  readonly warmUpCount?: number
}

export type StandardiserSnapshot = {
  readonly v: 1
  readonly options: Required<StandardiserOptions>
  readonly lastUs: number
  readonly count: number
  readonly weight: number
  readonly mean: number
  readonly innovationCount: number
  readonly innovationWeight: number
  readonly variance: number
}

/**
 * Turns a series into innovations near N(0, 1) while nothing changes (MODELS 3): z = (x - forecast)
 * / sigma, with sigma^2 the exponentially weighted mean of earlier squared innovations. Weights are
 * per point and halve every `halfLifeUs`, so that points at one time count alike; a point not later
 * than the newest counts as simultaneous with it.
 */
export class Standardiser {
  readonly #options: Required<StandardiserOptions>
  #lastUs = 0
  #count = 0
  #weight = 0
  #mean = 0
  #innovationCount = 0
  #innovationWeight = 0
  #variance = 0

  constructor(options: StandardiserOptions) {
    this.#options = { halfLifeUs: 600_000_000, clip: 4, warmUpCount: 20, ...options }
    const { halfLifeUs, varianceFloor, clip, warmUpCount } = this.#options
    assert(Number.isSafeInteger(halfLifeUs) && halfLifeUs > 0, `half-life: ${halfLifeUs} us`)
    assert(varianceFloor > 0 && varianceFloor < Infinity, `variance floor ${varianceFloor}`)
    assert(clip > 0 && clip < Infinity, `clip ${clip}`)
    assert(Number.isSafeInteger(warmUpCount) && warmUpCount > 0, `warm-up of ${warmUpCount}`)
  }

  static restore(saved: StandardiserSnapshot): Standardiser {
    const standardiser = new Standardiser(saved.options)
    standardiser.#lastUs = saved.lastUs
    standardiser.#count = saved.count
    standardiser.#weight = saved.weight
    standardiser.#mean = saved.mean
    standardiser.#innovationCount = saved.innovationCount
    standardiser.#innovationWeight = saved.innovationWeight
    standardiser.#variance = saved.variance
    return standardiser
  }

  /**
   * Scores x against what was known before it, then learns it. The forecast is the caller's for this
   * very point, made before it; without one it is the weighted mean of earlier points. Null until
   * `warmUpCount` innovations are known.
   */
  add(timeUs: number, x: number, forecast?: number): number | null {
    if (!Number.isSafeInteger(timeUs) || !Number.isFinite(x)) {
      throw new AssertionError(`a point needs whole microseconds and a finite x: ${timeUs}, ${x}`)
    }
    const decay = this.#advance(timeUs)
    const hasForecast = forecast !== undefined || this.#count > 0
    const innovation = x - (forecast ?? this.#mean)
    if (!Number.isFinite(innovation)) throw new AssertionError(`forecast ${forecast} for ${x}`)
    this.#count++
    this.#weight = decay * this.#weight + 1
    this.#mean += (x - this.#mean) / this.#weight
    return hasForecast ? this.#score(innovation, decay) : null
  }

  /** The standard deviation the next score divides by; null while warming up. */
  get deviation(): number | null {
    const { warmUpCount, varianceFloor } = this.#options
    if (this.#innovationCount < warmUpCount) return null
    return Math.sqrt(Math.max(varianceFloor, this.#variance))
  }

  #advance(timeUs: number): number {
    if (this.#count === 0) this.#lastUs = timeUs
    const elapsedUs = Math.max(0, timeUs - this.#lastUs)
    this.#lastUs += elapsedUs
    return 2 ** (-elapsedUs / this.#options.halfLifeUs)
  }

  #score(innovation: number, decay: number): number | null {
    const { clip } = this.#options
    const deviation = this.deviation
    this.#innovationCount++
    this.#innovationWeight = decay * this.#innovationWeight + 1
    this.#variance += (innovation * innovation - this.#variance) / this.#innovationWeight
    if (deviation === null) return null
    return Math.min(clip, Math.max(-clip, innovation / deviation))
  }

  snapshot(): StandardiserSnapshot {
    return {
      v: 1,
      options: { ...this.#options },
      lastUs: this.#lastUs,
      count: this.#count,
      weight: this.#weight,
      mean: this.#mean + 0,
      innovationCount: this.#innovationCount,
      innovationWeight: this.#innovationWeight,
      variance: this.#variance,
    }
  }
}
