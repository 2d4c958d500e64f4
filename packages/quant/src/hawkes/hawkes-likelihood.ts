import { assert } from '@kwm/std'
import { profileAt, profileIntegral } from './cyclic-profile.ts'
import type { CyclicProfile } from './cyclic-profile.ts'
import { assertEvents } from './hawkes-events.ts'
import type { HawkesEvents } from './hawkes-events.ts'
import { assertTies } from './hawkes-ties.ts'
import type { HawkesTies } from './hawkes-ties.ts'

/**
 * The log likelihood of one set of events as a function of the baselines mu_i, the branching ratios
 * n_kg of every decay k and group g, and the decays beta_k, with its gradient, in one pass of
 * O(events x decays x streams) (Ozaki 1979; MODELS B.4). Nothing is allocated in a pass.
 */
export class HawkesLikelihood {
  readonly ties: HawkesTies
  readonly decayCount: number
  readonly eventCount: number
  /** Integral of the profile over the window: the exposure of every baseline, seconds. */
  readonly baselineExposure: number
  /** Of the last pass: the gradient, and the exposure of each ratio, d compensator / d n. */
  readonly baselineGradient: Float64Array
  readonly branchingGradient: Float64Array
  readonly decayGradient: Float64Array
  readonly exposures: Float64Array
  readonly #times: Float64Array
  readonly #streams: Uint8Array
  readonly #marks: Float64Array
  readonly #factors: Float64Array
  readonly #groups: Int32Array
  readonly #duration: number
  readonly #markSums: Float64Array
  readonly #sums: Float64Array
  /** The sums of (t - s) mark exp(-beta (t - s)): minus the derivatives of `#sums` by beta. */
  readonly #delays: Float64Array

  constructor(events: HawkesEvents, ties: HawkesTies, decayCount: number, profile: CyclicProfile) {
    assertTies(ties)
    assertEvents(events, ties.streams)
    const { times, streams, marks, duration, phaseS = 0 } = events
    const d = ties.streams
    this.ties = ties
    this.decayCount = decayCount
    this.eventCount = times.length
    this.baselineExposure = profileIntegral(profile, phaseS, phaseS + duration)
    this.baselineGradient = new Float64Array(d)
    this.branchingGradient = new Float64Array(decayCount * ties.groupCount)
    this.decayGradient = new Float64Array(decayCount)
    this.exposures = new Float64Array(decayCount * ties.groupCount)
    this.#times = Float64Array.from(times)
    this.#streams = Uint8Array.from(streams)
    this.#marks = marks ? Float64Array.from(marks) : new Float64Array(times.length).fill(1)
    this.#factors = Float64Array.from(this.#times, (time) => profileAt(profile, phaseS + time))
    this.#groups = Int32Array.from(ties.groups)
    this.#duration = duration
    this.#markSums = new Float64Array(d)
    for (let k = 0; k < times.length; k++) this.#markSums[this.#streams[k]!]! += this.#marks[k]!
    this.#sums = new Float64Array(decayCount * d)
    this.#delays = new Float64Array(decayCount * d)
  }

  /** Events of stream i. */
  count(i: number): number {
    return this.#streams.reduce((sum, stream) => sum + (stream === i ? 1 : 0), 0)
  }

  /** The mean mark of stream j's events; 1 without events. */
  meanMark(j: number): number {
    const count = this.count(j)
    return count > 0 ? this.#markSums[j]! / count : 1
  }

  /** The log likelihood; -Infinity where some event had an intensity of zero. */
  evaluate(baselines: Float64Array, branching: Float64Array, decays: Float64Array): number {
    const { baselineGradient, branchingGradient, decayGradient } = this
    assert(decays.length === this.decayCount, `${decays.length} decays`)
    assert(branching.length === branchingGradient.length, `${branching.length} branching ratios`)
    baselineGradient.fill(0)
    branchingGradient.fill(0)
    decayGradient.fill(0)
    this.#sums.fill(0)
    this.#delays.fill(0)
    let logLikelihood = 0
    let now = 0
    let next = 0
    for (let k = 0; k < this.#times.length; k++) {
      const time = this.#times[k]!
      if (time > now) {
        next = this.#excite(next, k)
        this.#advance(time - now, decays)
        now = time
      }
      const i = this.#streams[k]!
      const factor = this.#factors[k]!
      const intensity = baselines[i]! * factor + this.#excitation(i, branching, decays)
      logLikelihood += Math.log(intensity)
      baselineGradient[i]! += factor / intensity
      this.#addGradient(i, 1 / intensity, branching, decays)
    }
    this.#excite(next, this.#times.length)
    this.#advance(this.#duration - now, decays)
    return logLikelihood - this.#compensate(baselines, branching)
  }

  /** Events [from, to), all at the present time, join the sums. */
  #excite(from: number, to: number): number {
    const d = this.ties.streams
    for (let event = from; event < to; event++) {
      const j = this.#streams[event]!
      const mark = this.#marks[event]!
      for (let k = 0; k < this.decayCount; k++) this.#sums[k * d + j]! += mark
    }
    return to
  }

  #advance(seconds: number, decays: Float64Array): void {
    const d = this.ties.streams
    for (let k = 0; k < this.decayCount; k++) {
      const decay = Math.exp(-decays[k]! * seconds)
      for (let at = k * d; at < (k + 1) * d; at++) {
        this.#delays[at] = decay * (this.#delays[at]! + seconds * this.#sums[at]!)
        this.#sums[at]! *= decay
      }
    }
  }

  #excitation(i: number, branching: Float64Array, decays: Float64Array): number {
    const { streams: d, groupCount } = this.ties
    let total = 0
    for (let k = 0; k < this.decayCount; k++) {
      let sum = 0
      for (let j = 0; j < d; j++) {
        const group = this.#groups[i * d + j]!
        if (group >= 0) sum += branching[k * groupCount + group]! * this.#sums[k * d + j]!
      }
      total += decays[k]! * sum
    }
    return total
  }

  /** The gradient of ln intensity of stream i: with n beta sum, by n and by beta. */
  #addGradient(i: number, scale: number, branching: Float64Array, decays: Float64Array): void {
    const { streams: d, groupCount } = this.ties
    for (let k = 0; k < this.decayCount; k++) {
      const beta = decays[k]!
      for (let j = 0; j < d; j++) {
        const group = this.#groups[i * d + j]!
        if (group < 0) continue
        const at = k * groupCount + group
        const sum = this.#sums[k * d + j]!
        this.branchingGradient[at]! += scale * beta * sum
        this.decayGradient[k]! += scale * branching[at]! * (sum - beta * this.#delays[k * d + j]!)
      }
    }
  }

  /** The compensator of all streams; its gradient is subtracted. */
  #compensate(baselines: Float64Array, branching: Float64Array): number {
    const { streams: d, groupCount } = this.ties
    const { exposures } = this
    exposures.fill(0)
    let total = 0
    for (let i = 0; i < d; i++) {
      total += baselines[i]! * this.baselineExposure
      this.baselineGradient[i]! -= this.baselineExposure
      for (let k = 0; k < this.decayCount; k++) {
        for (let j = 0; j < d; j++) {
          const group = this.#groups[i * d + j]!
          if (group < 0) continue
          const at = k * groupCount + group
          exposures[at]! += this.#markSums[j]! - this.#sums[k * d + j]!
          this.decayGradient[k]! -= branching[at]! * this.#delays[k * d + j]!
        }
      }
    }
    for (let at = 0; at < exposures.length; at++) {
      total += branching[at]! * exposures[at]!
      this.branchingGradient[at]! -= exposures[at]!
    }
    return total
  }
}
