import { z } from 'zod'
import type { ForecastFact } from '../fact.ts'
import { readJson } from '../json-body.ts'
import { readingOf, refuse, type Reading } from '../reading.ts'
import type { WeatherStation } from '../station.ts'
import { isTemperatureF } from '../temperature.ts'

/** The grid box of a place: `OKX` 33, 37. */
const points = z.looseObject({
  properties: z.looseObject({
    gridId: z.string().regex(/^[A-Z]{3}$/),
    gridX: z.int().min(0).max(1_000),
    gridY: z.int().min(0).max(1_000),
  }),
})
const grid = z.looseObject({
  properties: z.looseObject({
    updateTime: z.iso.datetime({ offset: true }),
    temperature: z.looseObject({
      uom: z.string(),
      values: z
        .array(z.looseObject({ validTime: z.string(), value: z.number().nullable() }))
        .max(1_000),
    }),
  }),
})

/** `2026-07-09T13:00:00+00:00/PT2H`, `…/P1DT6H` */
const INTERVAL = /^(\S+)\/P(?:(\d{1,2})D)?(?:T(\d{1,3})H)?$/
const HOUR_US = 3_600_000_000
const HOURS_MAX = 1_024

/** The path of the grid box, or why there is none. */
export function readGridBox(
  body: string,
): { readonly isRead: true; readonly path: string } | Extract<Reading, { isRead: false }> {
  const parsed = readJson(body, points)
  if (!parsed.isRead) return parsed.refusal as Extract<Reading, { isRead: false }>
  const { gridId, gridX, gridY } = parsed.value.properties
  return { isRead: true, path: `/gridpoints/${gridId}/${gridX},${gridY}` }
}

/**
 * The forecasters' grid: one temperature for each hour, in °C as converted from whole °F. A value
 * of several hours holds for each of them.
 */
export function readGrid(body: string, { icao }: WeatherStation, source: string): Reading {
  const parsed = readJson(body, grid)
  if (!parsed.isRead) return parsed.refusal
  const { updateTime, temperature } = parsed.value.properties
  if (temperature.uom !== 'wmoUnit:degC') return refuse('unit', temperature.uom)
  const temps = new Map<number, number>()
  const faults: string[] = []
  for (const { validTime, value } of temperature.values) {
    const hours = hoursOf(validTime)
    const tempF = value === null ? null : Math.round(value * 18_000 + 320_000) / 10_000
    if (hours === undefined) faults.push(`no interval: ${validTime.slice(0, 40)}`)
    else if (tempF !== null && !isTemperatureF(tempF)) faults.push(`${validTime}: ${value} °C`)
    else if (tempF !== null) for (const hourUs of hours) temps.set(hourUs, tempF)
  }
  const sorted = [...temps].toSorted(([a], [b]) => a - b).slice(0, HOURS_MAX)
  if (sorted.length === 0) return refuse('shape', faults[0] ?? 'no temperature in the grid')
  const issueTimeUs = Date.parse(updateTime) * 1_000
  const fact: ForecastFact = {
    type: 'wx.forecast.v1',
    eventTimeUs: issueTimeUs,
    data: {
      ...{ stationId: icao, source, issueTimeUs, basisDate: null },
      validTimesUs: sorted.map(([hourUs]) => hourUs),
      tempsF: sorted.map(([, tempF]) => tempF),
    },
  }
  return readingOf([fact], faults)
}

/** The beginning of every hour in it; undefined for what is no interval. */
function hoursOf(validTime: string): number[] | undefined {
  const match = INTERVAL.exec(validTime)
  if (!match) return undefined
  const startUs = Date.parse(match[1]!) * 1_000
  const count = Number(match[2] ?? 0) * 24 + Number(match[3] ?? 0)
  const isInterval = Number.isSafeInteger(startUs) && startUs >= 0 && count > 0 && count <= 400
  return isInterval
    ? Array.from({ length: count }, (_, hour) => startUs + hour * HOUR_US)
    : undefined
}
