import { AssertionError, assert } from '@kwm/std'
import { profileAt } from './cyclic-profile.ts'
import { BaselineLevel } from './baseline-level.ts'
import type { BaselineLevelSnapshot } from './baseline-level.ts'
import { Excitation } from './excitation.ts'
import { assertHawkes } from './hawkes-parameters.ts'
import type { HawkesParameters } from './hawkes-parameters.ts'

export type HawkesIntensityOptions = {
  /** Any time at which a period of the profile starts. */
  readonly anchorUs?: number
  /** Let the baselines follow the events with this half-life; null keeps them as fitted. */
  readonly baselineHalfLifeUs?: number | null
}

export type HawkesIntensitySnapshot = {
  readonly v: 1
  readonly parameters: HawkesParameters
  readonly options: Required<HawkesIntensityOptions>
  readonly lastUs: number | null
  readonly eventCount: number
  readonly sums: readonly number[]
  readonly waiting: readonly number[]
  readonly level: BaselineLevelSnapshot | null
}

const US_PER_S = 1e6

/**
 * The intensities of a Hawkes process as its events come in, in O(decays x streams) an event. A
 * query decays to its own time and changes nothing; at the very time of an event it is the left
 * limit, without that event's jump. An event before the newest counts as simultaneous with it.
 */
export class HawkesIntensity {
  readonly #parameters: HawkesParameters
  readonly #options: Required<HawkesIntensityOptions>
  #level: BaselineLevel | null
  readonly #excitation: Excitation
  #lastUs = -Infinity
  #eventCount = 0

  constructor(parameters: HawkesParameters, options: HawkesIntensityOptions = {}) {
    assertHawkes(parameters)
    this.#options = { anchorUs: 0, baselineHalfLifeUs: null, ...options }
    const { anchorUs, baselineHalfLifeUs } = this.#options
    assert(Number.isSafeInteger(anchorUs), `anchor: ${anchorUs} us`)
    this.#parameters = parameters
    this.#level =
      baselineHalfLifeUs === null
        ? null
        : new BaselineLevel(parameters, baselineHalfLifeUs / US_PER_S)
    this.#excitation = new Excitation(parameters)
  }

  static restore(saved: HawkesIntensitySnapshot): HawkesIntensity {
    const intensity = new HawkesIntensity(saved.parameters, saved.options)
    intensity.#lastUs = saved.lastUs ?? -Infinity
    intensity.#eventCount = saved.eventCount
    intensity.#excitation.sums.set(saved.sums)
    intensity.#excitation.waiting.set(saved.waiting)
    if (saved.level) intensity.#level?.load(saved.level)
    return intensity
  }

  /** Adds an event; its stream's intensity just before it, in events per second. */
  add(timeUs: number, stream: number, mark = 1): number {
    this.#assertStream(stream)
    if (!Number.isSafeInteger(timeUs) || !(mark > 0 && mark < Infinity)) {
      throw new AssertionError(`an event needs whole microseconds and a mark: ${timeUs}, ${mark}`)
    }
    if (timeUs > this.#lastUs) {
      const seconds = this.#secondsTo(timeUs)
      this.#excitation.advance(seconds)
      this.#level?.advance(this.#phase(timeUs) - seconds, seconds)
      this.#lastUs = timeUs
    }
    const baseline = this.#baseline(stream, this.#lastUs)
    const before = baseline + this.#excitation.of(stream, 0)
    this.#excitation.hit(stream, mark)
    this.#level?.hit(stream, baseline / before)
    this.#eventCount++
    return before
  }

  /** The intensity of one stream at a time not before the newest event, in events per second. */
  at(timeUs: number, stream: number): number {
    this.#assertStream(stream)
    return this.#baseline(stream, timeUs) + this.#excitation.of(stream, this.#secondsTo(timeUs))
  }

  /** The intensities of all streams, written to `out`. */
  allAt(timeUs: number, out: Float64Array): void {
    this.baselinesAt(timeUs, out)
    this.#excitation.addTo(out, this.#secondsTo(timeUs))
  }

  /** The intensities without excitation, written to `out`. */
  baselinesAt(timeUs: number, out: Float64Array): void {
    const { streams } = this.#parameters
    assert(out.length === streams, `${out.length} places for ${streams} streams`)
    for (let i = 0; i < streams; i++) out[i] = this.#baseline(i, timeUs)
  }

  /** Events so far. */
  get eventCount(): number {
    return this.#eventCount
  }

  #baseline(stream: number, timeUs: number): number {
    if (!Number.isSafeInteger(timeUs)) throw new AssertionError(`time: ${timeUs} us`)
    const { baselines, profile } = this.#parameters
    const phase = this.#phase(timeUs)
    const seconds = this.#secondsTo(timeUs)
    const level = this.#level?.of(stream, phase - seconds, seconds) ?? baselines[stream]!
    return level * profileAt(profile, phase)
  }

  /** Seconds since the anchor. */
  #phase(timeUs: number): number {
    return (timeUs - this.#options.anchorUs) / US_PER_S
  }

  #secondsTo(timeUs: number): number {
    return this.#eventCount === 0 ? 0 : Math.max(0, timeUs - this.#lastUs) / US_PER_S
  }

  #assertStream(stream: number): void {
    if (!(stream >= 0 && stream < this.#parameters.streams && Number.isInteger(stream))) {
      throw new AssertionError(`stream ${stream} of ${this.#parameters.streams}`)
    }
  }

  snapshot(): HawkesIntensitySnapshot {
    const { streams, baselines, decays, branching, profile } = this.#parameters
    return {
      v: 1,
      parameters: {
        streams,
        baselines: [...baselines],
        decays: [...decays],
        branching: [...branching],
        profile: { periodS: profile.periodS, factors: [...profile.factors] },
      },
      options: { ...this.#options },
      lastUs: this.#eventCount === 0 ? null : this.#lastUs,
      eventCount: this.#eventCount,
      sums: Array.from(this.#excitation.sums),
      waiting: Array.from(this.#excitation.waiting),
      level: this.#level?.snapshot() ?? null,
    }
  }
}
