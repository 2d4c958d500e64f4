import { describe, expect, test } from 'vitest'
import type { SyntheticStation } from '../src/index.ts'
import {
  climateReportText,
  metarText,
  openMeteoBody,
  syntheticDay,
  visualCrossingBody,
} from '../src/index.ts'

const HOUR_US = 3_600_000_000
const seeds = Array.from({ length: 16 }, (_, k) => k)
const dayOf = (seed: number) => {
  const day = syntheticDay({ seed })
  return { day, station: day.station }
}

test('the climate day is that of local standard time', () => {
  const { station } = dayOf(1)
  expect(station).toMatchObject({
    date: { year: 2026, month: 11, day: 20 },
    stdOffsetMinutes: -300,
    midnightUs: Date.parse('2026-11-20T05:00:00Z') * 1_000,
  })
})

describe('nothing is told before its time', () => {
  test.each([0, 3.2, 11.86, 23.99, 25.9])('%s hours into the day', (hours) => {
    const { day, station } = dayOf(7)
    const knownUs = Math.round(station.midnightUs + hours * HOUR_US)
    const early = dayOf(7)
    // What comes after is another day altogether: nothing told now may differ.
    const minute = Math.floor(hours * 60)
    for (const path of [early.day.truth.path.tempF, early.day.truth.path.observationsF]) {
      const from = path.length === 288 ? Math.ceil(minute / 5) : minute + 1
      path.fill(120, Math.min(path.length, from))
    }
    for (const told of [
      (s: SyntheticStation) => s.fiveMinutes(knownUs),
      (s: SyntheticStation) => s.routineReports(knownUs),
      (s: SyntheticStation) => visualCrossingBody(s, knownUs),
      openMeteoBody,
      (s: SyntheticStation) => (hours < 24 ? s.extremes(knownUs) : undefined),
    ]) {
      expect(told(early.station)).toEqual(told(station))
    }
    expect(station.extremes(knownUs)?.maxF).toBe(hours < 24 ? undefined : day.result.officialHighF)
    expect(climateReportText(station, knownUs)).toBeUndefined()
  })
})

test('no reading is above the official high, and a six-hour maximum in time reaches it', () => {
  let reached = 0
  for (const seed of seeds) {
    const { day, station } = dayOf(seed)
    const { officialHighF } = day.result
    const endUs = station.midnightUs + 26 * HOUR_US
    for (const { wholeF, sixHourMaxF } of station.routineReports(endUs)) {
      expect(wholeF).toBeLessThanOrEqual(officialHighF)
      expect(sixHourMaxF ?? -Infinity).toBeLessThanOrEqual(officialHighF)
      if (sixHourMaxF === officialHighF) reached++
    }
    for (const { tempF } of station.fiveMinutes(endUs)) {
      expect(Math.floor(tempF + 0.5)).toBeLessThanOrEqual(officialHighF)
    }
  }
  expect(reached).toBeGreaterThan(seeds.length / 2)
})

test('the T group of a report is the whole °F it was made of', () => {
  const { station } = dayOf(3)
  for (let wholeF = -30; wholeF <= 115; wholeF++) {
    const text = metarText(station, { timeUs: station.midnightUs, wholeF, sixHourMaxF: wholeF })
    const [, sign, digits] = / T([01])(\d{3})\d{4} /.exec(text)!
    const tenthC = (sign === '1' ? -1 : 1) * Number(digits)
    expect(Math.floor(tenthC * 0.18 + 32.5)).toBe(wholeF)
    expect(text).toContain(` 1${sign}${digits}`)
  }
})

test('the climate report has the official high, two hours after the day', () => {
  const { day, station } = dayOf(5)
  const text = climateReportText(station, station.midnightUs + 26 * HOUR_US)!
  expect(/MAXIMUM\s+(-?\d+) /.exec(text)?.[1]).toBe(String(day.result.officialHighF))
  expect(text).toContain('SUMMARY FOR NOVEMBER 20 2026...')
})

test('members spread around the forecast as widely as the weather does', () => {
  const errors = seeds.flatMap((seed) => {
    const { day, station } = dayOf(seed)
    const forecast = station.hourlyForecast()
    const { weatherSdF } = day.truth.path.weather
    return station.ensemble().map((path) => (path[14]! - forecast[14]!.tempF) / weatherSdF)
  })
  const mean = errors.reduce((a, b) => a + b) / errors.length
  const sd = Math.sqrt(errors.reduce((a, b) => a + (b - mean) ** 2, 0) / errors.length)
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(errors.length))
  expect(Math.abs(sd - 1)).toBeLessThan(0.1)
})
