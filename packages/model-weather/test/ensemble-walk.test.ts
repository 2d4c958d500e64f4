import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  dressingAt,
  HOUR_US,
  walkForward,
  type KnownEnsemble,
  type WalkInput,
} from '../src/index.ts'
import { made, OFFSET } from './made-weather.ts'

describe('a walk forward with ensembles', () => {
  const weather = made({ days: 64, biasF: 1, sdF: 2, phi: 0.97, seed: 'ensembles' })
  /** Issued six hours before each day, known an hour later; hourly members around a shifted truth. */
  const ensemblesOf = (offF: () => number): KnownEnsemble[] => {
    const prng = new Prng('members')
    return weather.days.map(({ day, points }) => {
      const issueTimeUs = day.startUs - 6 * HOUR_US
      const validTimesUs = Array.from({ length: 31 }, (_, k) => issueTimeUs + k * HOUR_US)
      const shift = offF()
      const hours = validTimesUs.map((timeUs) => {
        const own = points.find((point) => point.timeUs >= timeUs) ?? points.at(-1)!
        return own.tempF + shift
      })
      const membersF = Array.from({ length: 10 }, () => {
        const offset = prng.nextNormal()
        return hours.map((t) => t + offset)
      })
      return { issueTimeUs, knownTimeUs: issueTimeUs + HOUR_US, validTimesUs, membersF }
    })
  }
  const ensembles = ensemblesOf(() => -2)
  const input: WalkInput = {
    ...{ version: 'v', stdOffsetMinutes: OFFSET, kind: 'tenth-f', rowsPerReading: 1 },
    ...{ ...weather, ensembles, ensembleDefaults: { biasF: 0.5, weight: 0.5 } },
  }
  const walk = walkForward(input)

  test('finds their bias, and gives them the more weight the better they are', () => {
    expect(walk.dressing).toMatchObject({ provenance: 'fitted', days: 64 })
    // 64 days beside 20 of the default; the hours of the members miss some of the peak.
    const { biasF } = dressingAt(walk.dressing.dressing, 24)
    expect(biasF).toBeGreaterThan(1.5)
    expect(biasF).toBeLessThan(3.5)
    expect(walk.pool).toMatchObject({ provenance: 'fitted' })
    expect(walk.calibration).toMatchObject({ comparedDays: 0, calibration: { kind: 'none' } })
    const prng = new Prng('lost')
    const lost = walkForward({ ...input, ensembles: ensemblesOf(() => 8 * prng.nextNormal()) })
    expect(lost.pool.weight).toBeLessThan(walk.pool.weight - 0.1)
  })

  test('nothing after the hour, and no later day, is looked at', () => {
    const cutUs = weather.days[50]!.day.startUs + 12 * HOUR_US
    const changed = walkForward({
      ...input,
      days: weather.days.slice(0, 53).map(({ points, ...day }, at) => ({
        ...day,
        officialF: at >= 50 ? 40 : day.officialF,
        points: points.map((p) => (p.timeUs > cutUs ? { ...p, tempF: p.tempF + 25 } : p)),
      })),
      ensembles: ensembles.map((one) =>
        one.knownTimeUs > cutUs ? { ...one, membersF: [one.validTimesUs.map(() => 99)] } : one,
      ),
    })
    const pmfs = (one: typeof walk) =>
      one.scored
        .filter(({ date: d, hour }) => d < date50 || (d === date50 && hour <= 12))
        .map(({ pmf }) => pmf)
    const date50 = weather.days[50]!.day.date
    expect(pmfs(changed)).toEqual(pmfs(walk))
    expect(pmfs(walk).length).toBeGreaterThan(100)
  })

  test('without any forecast the ensemble alone is scored', () => {
    const { scored, pool } = walkForward({ ...input, forecasts: [], days: input.days.slice(0, 14) })
    expect(scored).toHaveLength(14 * 6)
    expect(pool).toMatchObject({ provenance: 'default', days: 0 })
  })
})
