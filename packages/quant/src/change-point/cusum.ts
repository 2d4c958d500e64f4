import { AssertionError, assert } from '@kwm/std'

/** 1: the mean rose. -1: it fell. 0: no alarm. */
export type AlarmSign = -1 | 0 | 1

export type CusumOptions = {
  /** k: half of the shift to find, in standard deviations. */
  readonly drift?: number
  /** h: an alarm when a sum is above it. */
  readonly threshold?: number
  /** After an alarm, points up to this long after it are ignored. */
  readonly holdOffUs?: number
}

export type CusumSnapshot = {
  readonly v: 1
  readonly options: Required<CusumOptions>
  readonly up: number
  readonly down: number
  readonly upSinceUs: number
  readonly downSinceUs: number
  readonly alarm: AlarmSign
  readonly quietUntilUs: number | null
}

/**
 * Page's two-sided cumulative sum (1954) of standardised innovations: g+ = max(0, g+ + z - k) and
 * g- = max(0, g- - z - k), an alarm when either is above h, after which both start again from zero.
 */
export class Cusum {
  readonly #options: Required<CusumOptions>
  #up = 0
  #down = 0
  #upSinceUs = 0
  #downSinceUs = 0
  #alarm: AlarmSign = 0
  #quietUntilUs = -Infinity

  constructor(options: CusumOptions = {}) {
    this.#options = { drift: 0.5, threshold: 8, holdOffUs: 10_000_000, ...options }
    const { drift, threshold, holdOffUs } = this.#options
    assert(drift >= 0 && drift < Infinity, `drift ${drift}`)
    assert(threshold > 0 && threshold < Infinity, `threshold ${threshold}`)
    assert(Number.isSafeInteger(holdOffUs) && holdOffUs >= 0, `hold-off: ${holdOffUs} us`)
  }

  static restore(saved: CusumSnapshot): Cusum {
    const cusum = new Cusum(saved.options)
    cusum.#up = saved.up
    cusum.#down = saved.down
    cusum.#upSinceUs = saved.upSinceUs
    cusum.#downSinceUs = saved.downSinceUs
    cusum.#alarm = saved.alarm
    cusum.#quietUntilUs = saved.quietUntilUs ?? -Infinity
    return cusum
  }

  /** Adds one finite score at a time in whole microseconds. */
  add(timeUs: number, z: number): AlarmSign {
    if (!Number.isSafeInteger(timeUs) || !Number.isFinite(z)) {
      throw new AssertionError(`a score needs whole microseconds and a finite z: ${timeUs}, ${z}`)
    }
    const { drift, threshold, holdOffUs } = this.#options
    if (this.#alarm !== 0) this.#restart()
    if (timeUs <= this.#quietUntilUs) return 0
    this.#quietUntilUs = -Infinity
    const up = this.#up + z - drift
    const down = this.#down - z - drift
    if (this.#up === 0) this.#upSinceUs = timeUs
    if (this.#down === 0) this.#downSinceUs = timeUs
    this.#up = Math.max(0, up)
    this.#down = Math.max(0, down)
    if (this.#up > threshold) this.#alarm = 1
    else if (this.#down > threshold) this.#alarm = -1
    if (this.#alarm !== 0 && holdOffUs > 0) this.#quietUntilUs = timeUs + holdOffUs
    return this.#alarm
  }

  /** g+; at an alarm, the sum that raised it, until the next point. */
  get up(): number {
    return this.#up
  }

  /** g-, likewise. */
  get down(): number {
    return this.#down
  }

  /**
   * The time of the first point since the larger sum left zero: the likeliest first point after a
   * change. Null when both sums are zero.
   */
  get changeTimeUs(): number | null {
    if (this.#up === 0 && this.#down === 0) return null
    return this.#up >= this.#down ? this.#upSinceUs : this.#downSinceUs
  }

  #restart(): void {
    this.#alarm = 0
    this.#up = 0
    this.#down = 0
  }

  snapshot(): CusumSnapshot {
    return {
      v: 1,
      options: { ...this.#options },
      up: this.#up,
      down: this.#down,
      upSinceUs: this.#upSinceUs,
      downSinceUs: this.#downSinceUs,
      alarm: this.#alarm,
      quietUntilUs: this.#quietUntilUs === -Infinity ? null : this.#quietUntilUs,
    }
  }
}
