import { z } from 'zod'
import { dateOfUs, dateUs } from '../calendar.ts'
import type { DailyHighFact } from '../fact.ts'
import { readJson } from '../json-body.ts'
import { addressOf, type Ask, type ProviderRequest, type WeatherProvider } from '../provider.ts'
import { readParts, type Reading } from '../reading.ts'
import type { WeatherStation } from '../station.ts'
import { isTemperatureF } from '../temperature.ts'

export type NceiOptions = { readonly baseUrl?: string }

const ROOT = 'https://www.ncei.noaa.gov'

/** All values are texts; a missing one is left out. */
const degrees = z
  .string()
  .regex(/^\s*-?\d{1,3}(?:\.0*)?\s*$/, 'no whole degrees')
  .transform(Number)
const answer = z
  .array(
    z.looseObject({
      DATE: z.iso.date(),
      STATION: z.string(),
      TMAX: degrees.nullish(),
      TMIN: degrees.nullish(),
    }),
  )
  .max(40_000)

/** NCEI daily summaries: days to weeks late and revised, for a late audit alone. */
export class NceiProvider implements WeatherProvider {
  readonly name = 'ncei'
  readonly limits = {
    ...{ minIntervalMs: 1_000, concurrencyMax: 1 },
    ...{ timeoutMs: 60_000, bodyBytesMax: 16_000_000 },
  }
  readonly feeds = [{ feed: 'daily', everySeconds: 86_400, delaySeconds: 54_000 }]
  readonly #root: string

  constructor({ baseUrl = ROOT }: NceiOptions = {}) {
    this.#root = baseUrl.replace(/\/+$/, '')
  }

  requests(feed: string, { stations, fromUs, toUs }: Ask): ProviderRequest[] {
    return stations.flatMap((station): ProviderRequest[] => {
      if (station.ghcnId === null) return []
      const url = addressOf(this.#root, '/access/services/data/v1', {
        ...{ dataset: 'daily-summaries', stations: station.ghcnId, dataTypes: 'TMAX,TMIN' },
        ...{ startDate: dateOfUs(fromUs), endDate: dateOfUs(toUs) },
        ...{ format: 'json', units: 'standard', includeAttributes: 'true' },
      })
      return [{ feed, url, stations: [station], expects: 'json' }]
    })
  }

  read({ stations }: ProviderRequest, body: string): Reading {
    return readNceiDaily(body, stations[0]!)
  }
}

export function readNceiDaily(body: string, station: WeatherStation): Reading {
  const parsed = readJson(body, answer)
  if (!parsed.isRead) return parsed.refusal
  const facts: DailyHighFact[] = []
  const faults: string[] = []
  for (const { DATE: climateDate, STATION, TMAX, TMIN } of parsed.value) {
    const [maxTempF, minTempF] = [TMAX ?? null, TMIN ?? null]
    const isSound = [maxTempF, minTempF].every((value) => value === null || isTemperatureF(value))
    if (STATION !== station.ghcnId) faults.push(`a row of ${STATION.slice(0, 16)}`)
    else if (!isSound) faults.push(`${climateDate}: no temperature: ${maxTempF} and ${minTempF}`)
    else {
      facts.push({
        type: 'daily-high',
        eventTimeUs: dateUs(climateDate),
        data: { stationId: station.icao, climateDate, source: 'ncei', maxTempF, minTempF },
      })
    }
  }
  return readParts(facts, faults)
}
