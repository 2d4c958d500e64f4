import { AssertionError, assert } from '@kwm/std'
import { profileAt } from './cyclic-profile.ts'
import { Excitation } from './excitation.ts'
import { assertHawkes } from './hawkes-parameters.ts'
import type { HawkesParameters } from './hawkes-parameters.ts'

export type HawkesIntensitySnapshot = {
  readonly v: 1
  readonly parameters: HawkesParameters
  readonly anchorUs: number
  readonly lastUs: number | null
  readonly eventCount: number
  readonly sums: readonly number[]
  readonly waiting: readonly number[]
}

const US_PER_S = 1e6

/**
 * The intensities of a Hawkes process as its events come in, in O(decays x streams) an event. A
 * query decays to its own time and changes nothing; at the very time of an event it is the left
 * limit, without that event's jump. An event before the newest counts as simultaneous with it.
 */
export class HawkesIntensity {
  readonly #parameters: HawkesParameters
  readonly #anchorUs: number
  readonly #excitation: Excitation
  #lastUs = -Infinity
  #eventCount = 0

  /** `anchorUs`: any time at which a period of the profile starts. */
  constructor(parameters: HawkesParameters, anchorUs = 0) {
    assertHawkes(parameters)
    assert(Number.isSafeInteger(anchorUs), `anchor: ${anchorUs} us`)
    this.#parameters = parameters
    this.#anchorUs = anchorUs
    this.#excitation = new Excitation(parameters)
  }

  static restore(saved: HawkesIntensitySnapshot): HawkesIntensity {
    const intensity = new HawkesIntensity(saved.parameters, saved.anchorUs)
    intensity.#lastUs = saved.lastUs ?? -Infinity
    intensity.#eventCount = saved.eventCount
    intensity.#excitation.sums.set(saved.sums)
    intensity.#excitation.waiting.set(saved.waiting)
    return intensity
  }

  /** Adds an event; its stream's intensity just before it, in events per second. */
  add(timeUs: number, stream: number, mark = 1): number {
    this.#assertStream(stream)
    if (!Number.isSafeInteger(timeUs) || !(mark > 0 && mark < Infinity)) {
      throw new AssertionError(`an event needs whole microseconds and a mark: ${timeUs}, ${mark}`)
    }
    if (timeUs > this.#lastUs) {
      this.#excitation.advance(this.#secondsTo(timeUs))
      this.#lastUs = timeUs
    }
    const before = this.#baseline(stream, this.#lastUs) + this.#excitation.of(stream, 0)
    this.#excitation.hit(stream, mark)
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
    const { streams, baselines, profile } = this.#parameters
    assert(out.length === streams, `${out.length} places for ${streams} streams`)
    if (!Number.isSafeInteger(timeUs)) throw new AssertionError(`time: ${timeUs} us`)
    const factor = profileAt(profile, (timeUs - this.#anchorUs) / US_PER_S)
    for (let i = 0; i < streams; i++) out[i] = baselines[i]! * factor
  }

  /** Events so far. */
  get eventCount(): number {
    return this.#eventCount
  }

  #baseline(stream: number, timeUs: number): number {
    if (!Number.isSafeInteger(timeUs)) throw new AssertionError(`time: ${timeUs} us`)
    const { baselines, profile } = this.#parameters
    return baselines[stream]! * profileAt(profile, (timeUs - this.#anchorUs) / US_PER_S)
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
      anchorUs: this.#anchorUs,
      lastUs: this.#eventCount === 0 ? null : this.#lastUs,
      eventCount: this.#eventCount,
      sums: Array.from(this.#excitation.sums),
      waiting: Array.from(this.#excitation.waiting),
    }
  }
}
