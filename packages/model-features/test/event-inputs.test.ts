import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import { ALARM_HOLD_US, blankRow, ChangeWatch, localHour, WeatherInput } from '../src/index.ts'
import { NO_DETAIL } from './random-tape.ts'

describe('the diurnal clock', () => {
  test('is the climate day of the station: standard time, also in summer', () => {
    const us = (text: string) => Date.parse(text) * 1_000
    expect(localHour(us('2026-11-20T17:30:00Z'), -300)).toBe(12.5)
    expect(localHour(us('2026-07-04T04:59:00Z'), -300)).toBeCloseTo(23.9833, 3)
    expect(localHour(us('2026-07-04T05:00:00Z'), -300)).toBe(0)
    expect(localHour(0, -480)).toBe(16)
    expect(localHour(0, null)).toBeNull()
  })
})

describe('weather', () => {
  const pmf = {
    ...{ eventTicker: 'E', stationId: 'KNYC', climateDate: '2026-11-20' },
    brackets: [{ marketTicker: 'a', p: 0.25 }],
    ...{ hardLowerF: 50, hazard15min: 0.1, hazard60min: 0.3, probabilityOfNewHigh: 0.8 },
    ...{ modelVersion: 'v1', ...NO_DETAIL },
  }
  const rowOf = (weather: WeatherInput, nowUs: number, lowest: number, highest: number) => {
    const row = blankRow('a')
    weather.fillRow(nowUs, row, { lowest, highest })
    return [row.weatherP, row.degreesToEnter, row.degreesToLeave, row.isDead]
  }

  test('how far the certain high is from a bracket, and when the bracket is dead', () => {
    const weather = new WeatherInput(60e6)
    weather.onPmf(0, pmf)
    expect(rowOf(weather, 1, 52, 53)).toEqual([0.25, 2, 4, false])
    expect(rowOf(weather, 1, 50, 51)).toEqual([0.25, 0, 2, false])
    expect(rowOf(weather, 1, 49, 50)).toEqual([0.25, -1, 1, false])
    expect(rowOf(weather, 1, 48, 49)).toEqual([0.25, -2, 0, true])
    expect(rowOf(weather, 1, -Infinity, 49)).toEqual([0.25, null, 0, true])
    expect(rowOf(weather, 1, 54, Infinity)).toEqual([0.25, 4, null, false])
  })

  test('old weather says nothing, and neither does none', () => {
    const weather = new WeatherInput(60e6)
    const nothing = [null, null, null, null]
    expect(rowOf(weather, 1, 50, 51)).toEqual(nothing)
    expect(weather.hazards(1).hazard15min).toBeNull()
    weather.onPmf(1_000_000, pmf)
    expect(weather.hazards(61_000_000)).toMatchObject({ hardLowerF: 50, weatherAgeMs: 60_000 })
    expect(rowOf(weather, 61_000_001, 50, 51)).toEqual(nothing)
    expect(weather.hazards(61_000_001).hardLowerF).toBeNull()
  })

  test('no certain high, no distances; a bracket the weather does not know has no probability', () => {
    const weather = new WeatherInput(60e6)
    weather.onPmf(0, { ...pmf, hardLowerF: null, brackets: [] })
    expect(rowOf(weather, 1, 50, 51)).toEqual([null, null, null, null])
    expect(weather.hazards(1).hazard60min).toBe(0.3)
  })
})

describe('change flags', () => {
  const noise = (seed: number, seconds: number) => {
    const prng = new Prng(seed)
    return Array.from({ length: seconds }, () => 0.05 * prng.nextNormal())
  }
  const play = (changes: readonly number[], watch = new ChangeWatch(0.02), from = 0) => {
    let x = 0
    for (const [n, change] of changes.entries())
      watch.onSecond((from + n) * 1_000_000, (x += change))
    return watch
  }

  test('quiet while nothing changes, silent while the usual is being learnt', () => {
    const at = 300_000_000
    expect(play(noise(1, 10)).cusum(at)).toBeNull()
    expect(play(noise(1, 10)).focusStatistic).toBeNull()
    const quiet = play(noise(1, 300))
    expect([quiet.cusum(at), quiet.focus(at)]).toEqual([0, 0])
  })

  test.each([1, -1] as const)(
    'a drift of two deviations in direction %i raises both, for 30 s',
    (sign) => {
      const changes = [...noise(2, 300), ...noise(3, 12).map((x) => x + sign * 0.1)]
      const watch = play(changes)
      const nowUs = changes.length * 1_000_000
      expect([watch.cusum(nowUs), watch.focus(nowUs)]).toEqual([sign, sign])
      expect(watch.cusum(nowUs + ALARM_HOLD_US)).toBe(0)
      expect(watch.focus(nowUs + ALARM_HOLD_US)).toBe(0)
    },
  )

  test('no change is counted across a gap', () => {
    const watch = play(noise(4, 100))
    const before = watch.snapshot().standardiser
    watch.onSecond(200_000_000, NaN)
    watch.onSecond(201_000_000, 50)
    expect(watch.snapshot().standardiser).toEqual(before)
    expect(watch.cusum(201_000_000)).toBe(0)
  })
})
