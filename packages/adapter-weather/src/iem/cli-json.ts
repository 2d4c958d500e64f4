import { z } from 'zod'
import type { DailyHighFact } from '../fact.ts'
import { readJson } from '../json-body.ts'
import { dateUs } from '../calendar.ts'
import { readParts, type Reading } from '../reading.ts'
import type { WeatherStation } from '../station.ts'
import { isTemperatureF } from '../temperature.ts'

/** `M` is missing, `T` a trace, which no temperature is. */
const degrees = z.union([z.number(), z.literal('M'), z.literal('T'), z.null()])
const answer = z.looseObject({
  results: z
    .array(
      z.looseObject({
        station: z.string(),
        valid: z.iso.date(),
        high: degrees,
        low: degrees,
        product: z.string().nullish(),
      }),
    )
    .max(2_000),
})

/** `/json/cli.py?station=KNYC&year=2026`: a row a day, made from the climate reports. */
export function readCliJson(body: string, station: WeatherStation): Reading {
  const parsed = readJson(body, answer)
  if (!parsed.isRead) return parsed.refusal
  const facts: DailyHighFact[] = []
  const faults: string[] = []
  for (const { station: icao, valid, high, low } of parsed.value.results) {
    const [maxTempF, minTempF] = [degreesOf(high), degreesOf(low)]
    const isSound = [maxTempF, minTempF].every((value) => value === null || isWhole(value))
    if (icao !== station.icao) faults.push(`a row of ${icao.slice(0, 8)}`)
    else if (!isSound) faults.push(`${valid}: no whole degrees: ${high} and ${low}`)
    else {
      facts.push({
        type: 'daily-high',
        eventTimeUs: dateUs(valid),
        data: { stationId: icao, climateDate: valid, source: 'iem', maxTempF, minTempF },
      })
    }
  }
  return readParts(facts, faults)
}

const degreesOf = (value: z.infer<typeof degrees>): number | null =>
  typeof value === 'number' ? value : null
const isWhole = (value: number): boolean => Number.isInteger(value) && isTemperatureF(value)
