import { z } from 'zod'
import type { ObservationFact } from '../fact.ts'
import { readJson } from '../json-body.ts'
import { factsOfReports, parseMetar, type Metar } from '../metar/metar.ts'
import { readParts, type Reading } from '../reading.ts'
import type { WeatherStation } from '../station.ts'
import { isTemperatureF } from '../temperature.ts'

const value = z.looseObject({ value: z.number().nullable(), unitCode: z.string().optional() })
const observation = z.looseObject({
  timestamp: z.iso.datetime({ offset: true }),
  rawMessage: z.string().nullish(),
  temperature: value.nullish(),
  dewpoint: value.nullish(),
  relativeHumidity: value.nullish(),
  windSpeed: value.nullish(),
})
const answer = z.looseObject({
  features: z.array(z.looseObject({ properties: observation })).max(2_000),
})

type Observation = z.infer<typeof observation>

const KMH_MPH = 0.621_371_192

/**
 * `/stations/KNYC/observations`. Where the report itself is given it is read, for it has the tenths
 * and the maxima; rows without one are the 5-minute readings in whole °C.
 */
export function readObservations(body: string, station: WeatherStation, source: string): Reading {
  const parsed = readJson(body, answer)
  if (!parsed.isRead) return parsed.refusal
  const facts: ObservationFact[] = []
  const reports: Metar[] = []
  const faults: string[] = []
  for (const { properties } of parsed.value.features) {
    const read = readRow(properties, station, source)
    if (typeof read === 'string') faults.push(`${properties.timestamp}: ${read}`)
    else if ('type' in read) facts.push(read)
    else reports.push(read)
  }
  return readParts([...facts, ...factsOfReports(reports, source)], faults)
}

function readRow(
  row: Observation,
  { icao }: WeatherStation,
  source: string,
): ObservationFact | Metar | string {
  const timeUs = Date.parse(row.timestamp) * 1_000
  if (row.rawMessage) {
    const metar = parseMetar(row.rawMessage, timeUs)
    if (typeof metar === 'string') return metar
    return metar.icao === icao ? metar : `a report of ${metar.icao}`
  }
  const tempC = row.temperature?.value ?? null
  const unit = row.temperature?.unitCode
  if (tempC !== null && unit !== 'wmoUnit:degC') return `the temperature is in ${unit ?? 'no unit'}`
  const tempF = toF(tempC)
  if (tempF !== null && !isTemperatureF(tempF)) return `no temperature: ${tempC} °C`
  const dewPointF = row.dewpoint?.unitCode === 'wmoUnit:degC' ? toF(row.dewpoint.value) : null
  const wind = row.windSpeed?.unitCode === 'wmoUnit:km_h-1' ? row.windSpeed.value : null
  const isWhole = tempC === null || Number.isInteger(tempC)
  return {
    type: 'wx.observation.v1',
    eventTimeUs: timeUs,
    data: {
      ...{ stationId: icao, source, kind: isWhole ? 'whole-c' : 'tenth-f', tempF, dewPointF },
      humidityPct: row.relativeHumidity?.value ?? null,
      windMph: wind === null ? null : Math.round(wind * KMH_MPH * 100) / 100,
      ...{ windowStartUs: null, stationIds: [icao] },
    },
  }
}

/** Rounded where binary fractions end: 21.7 °C is 71.06 °F. */
const toF = (tempC: number | null): number | null =>
  tempC === null ? null : Math.round(tempC * 18_000 + 320_000) / 10_000
