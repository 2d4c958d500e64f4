import { profileAt, profileIntegral } from './cyclic-profile.ts'
import { Excitation } from './excitation.ts'
import { assertEvents } from './hawkes-events.ts'
import type { HawkesEvents } from './hawkes-events.ts'
import { assertHawkes } from './hawkes-parameters.ts'
import type { HawkesParameters } from './hawkes-parameters.ts'

export type HawkesPath = {
  /** The intensity of each event's stream just before it. */
  readonly intensities: Float64Array
  /**
   * The compensator of each event's stream since that stream's previous event, or since the start of
   * the window: unit exponentials, independent, when the parameters are true (time rescaling).
   */
  readonly residuals: Float64Array
  /** The compensator of each stream over the window. */
  readonly compensators: Float64Array
  readonly logLikelihood: number
}

/** What these parameters say of these events, stream by stream. */
export function followHawkes(parameters: HawkesParameters, events: HawkesEvents): HawkesPath {
  assertHawkes(parameters)
  assertEvents(events, parameters.streams)
  const { streams: d, baselines, profile } = parameters
  const { times, streams, marks, duration, phaseS = 0 } = events
  const excitation = new Excitation(parameters)
  const compensators = new Float64Array(d)
  const atPrevious = new Float64Array(d)
  const intensities = new Float64Array(times.length)
  const residuals = new Float64Array(times.length)
  let now = 0
  let logLikelihood = 0
  const advance = (to: number): void => {
    if (!(to > now)) return
    const exposure = profileIntegral(profile, phaseS + now, phaseS + to)
    for (let i = 0; i < d; i++) {
      compensators[i]! += baselines[i]! * exposure + excitation.integral(i, to - now)
    }
    excitation.advance(to - now)
    now = to
  }
  for (let k = 0; k < times.length; k++) {
    const i = streams[k]!
    advance(times[k]!)
    intensities[k] = baselines[i]! * profileAt(profile, phaseS + now) + excitation.of(i, 0)
    logLikelihood += Math.log(intensities[k]!)
    residuals[k] = compensators[i]! - atPrevious[i]!
    atPrevious[i] = compensators[i]!
    excitation.hit(i, marks ? marks[k]! : 1)
  }
  advance(duration)
  for (const compensator of compensators) logLikelihood -= compensator
  return { intensities, residuals, compensators, logLikelihood }
}
