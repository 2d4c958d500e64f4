import { assert } from '@kwm/std'
import type { Prng } from '@kwm/std'
import { profileAt } from './cyclic-profile.ts'
import { Excitation } from './excitation.ts'
import type { HawkesEvents } from './hawkes-events.ts'
import { assertHawkes } from './hawkes-parameters.ts'
import type { HawkesParameters } from './hawkes-parameters.ts'

export type HawkesSimulationOptions = {
  readonly duration: number
  readonly phaseS?: number
  /** Draws the mark of each event; all 1 when absent. */
  readonly mark?: (prng: Prng) => number
  /** More events than this mean that the process explodes. */
  readonly eventsMax?: number
}

/** Events on [0, duration] from an empty past, by thinning (Ogata 1981). */
export function simulateHawkes(
  parameters: HawkesParameters,
  prng: Prng,
  { duration, phaseS = 0, mark, eventsMax = 1_000_000 }: HawkesSimulationOptions,
): HawkesEvents {
  assertHawkes(parameters)
  assert(duration > 0 && duration < Infinity, `window of ${duration} s`)
  const { streams: d, baselines, profile } = parameters
  const excitation = new Excitation(parameters)
  const intensities = new Float64Array(d)
  const highest = Math.max(...profile.factors)
  const [times, streams, marks]: [number[], number[], number[]] = [[], [], []]
  let now = 0
  for (;;) {
    // Until the next event no intensity rises above its highest baseline and the excitation of an
    // instant from now, which has the last event in it.
    intensities.fill(0)
    excitation.addTo(intensities, Number.MIN_VALUE)
    let bound = 0
    for (let i = 0; i < d; i++) bound += intensities[i]! + baselines[i]! * highest
    const wait = prng.nextExponential(bound)
    if (!(now + wait <= duration)) break
    excitation.advance(wait)
    now += wait
    const factor = profileAt(profile, phaseS + now)
    intensities.fill(0)
    excitation.addTo(intensities, 0)
    let left = prng.nextFloat() * bound
    for (let i = 0; i < d; i++) {
      left -= intensities[i]! + baselines[i]! * factor
      if (left >= 0) continue
      assert(times.length < eventsMax, `more than ${eventsMax} events by ${now} s`)
      const size = mark ? mark(prng) : 1
      times.push(now)
      streams.push(i)
      marks.push(size)
      excitation.hit(i, size)
      break
    }
  }
  return {
    times: Float64Array.from(times),
    streams: Uint8Array.from(streams),
    ...(mark ? { marks: Float64Array.from(marks) } : {}),
    duration,
    phaseS,
  }
}
