import { describe, expect, test } from 'vitest'
import type { TemperaturePath } from '../src/weather/temperature-path.ts'
import { SyntheticStation } from '../src/weather/synthetic-station.ts'

const MINUTE_US = 60_000_000
const HOUR_US = 3_600_000_000
const MIDNIGHT_US = Date.parse('2026-11-20T05:00:00Z') * 1_000
const FORECAST_HIGH_F = 58

/** A day whose every minute tells its own number: what a report was made of can be read off it. */
const tempF = Float64Array.from({ length: 1_440 }, (_, minute) => 20.06 + minute / 4)
const path: TemperaturePath = {
  weather: {
    ...{ lowF: 40, highF: 55, lowMinute: 360, highMinute: 870 },
    ...{ weatherSdF: 2, weatherTauMinutes: 480, turbulenceNightSdF: 0.15, turbulenceDaySdF: 0.4 },
  },
  ...{ curveF: tempF, residualF: tempF, tempF, runningMaxF: tempF },
  observationsF: Float64Array.from({ length: 288 }, (_, k) => 20.06 + (5 * k + 2) / 4),
  officialHighF: 56,
}
const station = new SyntheticStation({ path, midnightUs: MIDNIGHT_US }, FORECAST_HIGH_F, 'made')
const endUs = MIDNIGHT_US + 26 * HOUR_US
const minuteUs = (minute: number): number => MIDNIGHT_US + minute * MINUTE_US

describe('what is told at an instant', () => {
  test('a five-minute mean from the microsecond its minutes are over, to the nearest tenth', () => {
    expect(station.fiveMinutes(minuteUs(5) - 1)).toEqual([])
    expect(station.fiveMinutes(minuteUs(5))).toEqual([{ timeUs: minuteUs(5), tempF: 20.6 }])
    const all = station.fiveMinutes(endUs)
    expect(all).toHaveLength(288)
    for (const [k, { timeUs, tempF: told }] of all.entries()) {
      expect(timeUs).toBe(minuteUs(5 * (k + 1)))
      expect(Math.abs(told - path.observationsF[k]!)).toBeLessThanOrEqual(0.05 + 1e-9)
    }
  })

  test('a routine report at nine minutes to, of the last five minutes that are over by then', () => {
    expect(station.routineReports(minuteUs(51) - 1)).toEqual([])
    const all = station.routineReports(endUs)
    expect(all).toHaveLength(24)
    for (const [hour, { timeUs, wholeF }] of all.entries()) {
      expect(timeUs).toBe(minuteUs(60 * hour + 51))
      // Minutes 45 to 49 of the hour: 50 to 54 go on.
      const mean = tempF.slice(60 * hour + 45, 60 * hour + 50).reduce((a, b) => a + b) / 5
      expect(wholeF).toBe(Math.round(mean))
    }
  })

  test('six-hour maxima with 23:51, 05:51, 11:51 and 17:51 UTC, of six hours of this day', () => {
    const withMax = station.routineReports(endUs).filter(({ sixHourMaxF }) => sixHourMaxF !== null)
    const utc = withMax.map(({ timeUs }) => new Date(timeUs / 1_000).toISOString().slice(11, 16))
    // 05:51 UTC is 00:51 of the day: its six hours began yesterday.
    expect(utc).toEqual(['11:51', '17:51', '23:51'])
    for (const { timeUs, sixHourMaxF } of withMax) {
      // It rises all day: the maximum is the last minute's.
      const minute = (timeUs - MIDNIGHT_US) / MINUTE_US
      expect(sixHourMaxF).toBe(Math.round(tempF[minute]!))
    }
    const falling = tempF.toReversed()
    const cooling = { path: { ...path, tempF: falling }, midnightUs: MIDNIGHT_US }
    const reports = new SyntheticStation(cooling, FORECAST_HIGH_F, 'made').routineReports(endUs)
    for (const { timeUs, sixHourMaxF } of reports.filter((r) => r.sixHourMaxF !== null)) {
      // It falls all day: the maximum is the first minute's of the six hours.
      const minute = (timeUs - MIDNIGHT_US) / MINUTE_US
      expect(sixHourMaxF).toBe(Math.round(falling[minute - 359]!))
    }
  })

  test('the extremes when the day is over, halves up', () => {
    expect(station.extremes(minuteUs(1_440) - 1)).toBeUndefined()
    expect(station.extremes(minuteUs(1_440))).toEqual({ maxF: 56, minF: 20 })
  })
})

describe('the forecast', () => {
  test('is issued six hours before the day and reaches 31 hours into it', () => {
    expect(station.forecastIssueUs).toBe(MIDNIGHT_US - 6 * HOUR_US)
    const times = station.hourlyForecast().map(({ timeUs }) => timeUs)
    expect(times).toEqual(Array.from({ length: 31 }, (_, hour) => MIDNIGHT_US + hour * HOUR_US))
  })

  test('peaks at the public high less what turbulence adds, at the hour of the curve', () => {
    const hourly = station.hourlyForecast()
    const high = hourly.reduce((a, b) => (b.tempF > a.tempF ? b : a))
    // 14:30: the two hours beside it are as high.
    expect([14, 15]).toContain((high.timeUs - MIDNIGHT_US) / HOUR_US)
    expect(high.tempF).toBeGreaterThan(FORECAST_HIGH_F - 0.7 - 0.3)
    expect(high.tempF).toBeLessThanOrEqual(FORECAST_HIGH_F - 0.7)
    const low = hourly.slice(0, 24).reduce((a, b) => (b.tempF < a.tempF ? b : a))
    expect((low.timeUs - MIDNIGHT_US) / HOUR_US).toBe(6)
    expect(low.tempF).toBeCloseTo(path.weather.lowF, 1)
  })

  test('knows nothing of what happened', () => {
    const other = { ...path, tempF: tempF.map(() => 99), observationsF: tempF.map(() => 99) }
    const blind = new SyntheticStation(
      { path: { ...other, weather: { ...path.weather, highF: 99 } }, midnightUs: MIDNIGHT_US },
      ...([FORECAST_HIGH_F, 'made'] as const),
    )
    expect(blind.hourlyForecast()).toEqual(station.hourlyForecast())
    expect(blind.ensemble()).toEqual(station.ensemble())
  })
})

describe('an ensemble', () => {
  const forecast = station.hourlyForecast()
  const errors = Array.from({ length: 40 }, (_, s) =>
    new SyntheticStation({ path, midnightUs: MIDNIGHT_US }, FORECAST_HIGH_F, `seed ${s}`)
      .ensemble()
      .map((member) => member.map((t, hour) => (t - forecast[hour]!.tempF) / 2)),
  ).flat()
  const correlation = (a: number, b: number): number =>
    errors.reduce((sum, error) => sum + error[a]! * error[b]!, 0) / errors.length

  test('has 31 members, all different, as far as the forecast', () => {
    const members = station.ensemble()
    expect(members).toHaveLength(31)
    expect(new Set(members.map((member) => member.join())).size).toBe(31)
    for (const member of members) expect(member).toHaveLength(31)
    const again = new SyntheticStation({ path, midnightUs: MIDNIGHT_US }, FORECAST_HIGH_F, 'made')
    expect(again.ensemble()).toEqual(members)
  })

  test('errs as widely in every hour, and forgets by 1/e in nine hours', () => {
    // 1,240 members: a standard error of a variance is 0.04, of a correlation 0.03.
    for (const hour of [0, 12, 30]) expect(Math.abs(correlation(hour, hour) - 1)).toBeLessThan(0.16)
    for (const hours of [1, 9, 18]) {
      expect(Math.abs(correlation(5, 5 + hours) - Math.exp(-hours / 9))).toBeLessThan(0.13)
    }
  })
})
