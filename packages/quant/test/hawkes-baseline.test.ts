import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import { HawkesIntensity, profileAt, simulateHawkes } from '../src/index.ts'

describe('baselines that follow', () => {
  const p = {
    streams: 2,
    baselines: [0.2, 0.4],
    decays: [1],
    branching: [0.4, 0.1, 0.1, 0.4],
    profile: { periodS: 600, factors: [0.5, 1.5] },
  }

  test('they come to the rate of the events, not to what the events bring', () => {
    const busy = { ...p, baselines: [0.6, 0.4] }
    const { times, streams } = simulateHawkes(busy, new Prng('level'), { duration: 60_000 })
    const online = new HawkesIntensity(p, { baselineHalfLifeUs: 1_800_000_000 })
    const out = new Float64Array(2)
    const sums = [0, 0]
    let count = 0
    for (let k = 0; k < times.length; k++) {
      const timeUs = Math.round(times[k]! * 1e6)
      online.add(timeUs, streams[k]!)
      if (times[k]! < 15_000) continue
      online.baselinesAt(timeUs, out)
      for (const i of [0, 1]) sums[i]! += out[i]! / profileAt(p.profile, times[k]!)
      count++
    }
    // A tenth of a full memory stays with the fitted level: 0.2 / 11 + 0.6 x 10 / 11.
    expect(Math.abs(sums[0]! / count - 0.5636)).toBeLessThan(0.05)
    expect(Math.abs(sums[1]! / count - 0.4)).toBeLessThan(0.05)
  })

  test('before any event they are the fitted ones, and silence lowers them to a tenth at most', () => {
    const online = new HawkesIntensity(p, { baselineHalfLifeUs: 60_000_000 })
    const out = new Float64Array(2)
    online.baselinesAt(0, out)
    expect(out[0]).toBeCloseTo(0.1, 14)
    expect(out[1]).toBeCloseTo(0.2, 14)
    online.add(0, 0)
    online.baselinesAt(6_000_000_000, out)
    expect(out[1]! / 0.2).toBeGreaterThan(0.05)
    expect(out[1]! / 0.2).toBeLessThan(0.2)
  })
})
