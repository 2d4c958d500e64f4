import { z } from 'zod'
import { climateDayStartUs, addDays, secondsUs } from '../calendar.ts'
import type { ForecastFact, ObservationFact } from '../fact.ts'
import { readJson } from '../json-body.ts'
import { readingOf, readParts, refuse, type Reading } from '../reading.ts'
import type { WeatherStation } from '../station.ts'
import { isTemperatureF } from '../temperature.ts'

export const VISUAL_CROSSING = 'visual-crossing'

const number = z.number().nullish()
const row = z.looseObject({
  datetimeEpoch: z.int(),
  temp: number,
  dew: number,
  humidity: number,
  windspeed: number,
  stations: z.array(z.string()).max(64).nullish(),
  source: z.string().nullish(),
})
const hour = row.extend({ minutes: z.array(row).max(60).nullish() })
const timeline = z.looseObject({
  queryCost: number,
  latitude: z.number(),
  longitude: z.number(),
  days: z.array(z.looseObject({ hours: z.array(hour).max(400).nullish() })).max(400),
})

type Row = z.infer<typeof row>
type Timeline = z.infer<typeof timeline>

const APART_MAX = 0.5
const STATIONS_MAX = 16
const ROWS_MAX = 1_024

/**
 * Observed rows of a Timeline answer with `include=minutes` (or, in the form that retires, with
 * sub-hourly rows in place of hours). Times are `datetimeEpoch`, since the local ones repeat in
 * autumn. Filled and foreign rows are kept as they are: to tell them apart takes the rows around
 * them. `stationIds` are as the provider says.
 */
export function readTimelineMinutes(body: string, station: WeatherStation): Reading {
  return withTimeline(body, station, ({ days }) => {
    const facts: ObservationFact[] = []
    const faults: string[] = []
    const hours = days.flatMap((day) => day.hours ?? [])
    const rows = hours.flatMap((one): Row[] => (one.minutes ? [...one.minutes] : [one]))
    for (const one of rows) {
      if (!isObserved(one)) continue
      const read = observationOf(one, station)
      if (typeof read === 'string') faults.push(read)
      else facts.push(read)
    }
    return readParts(facts, faults)
  })
}

/** A row that does not say where it is from is observed when it names the stations. */
const isObserved = ({ source, stations }: Row): boolean =>
  source === 'obs' || ((source ?? null) === null && (stations?.length ?? 0) > 0)

function observationOf(one: Row, { icao }: WeatherStation): ObservationFact | string {
  const eventTimeUs = secondsUs(one.datetimeEpoch)
  if (eventTimeUs === undefined) return `no time: ${one.datetimeEpoch}`
  const [tempF, dewPointF] = [one.temp ?? null, one.dew ?? null]
  for (const value of [tempF, dewPointF]) {
    if (value !== null && !isTemperatureF(value)) return `${one.datetimeEpoch}: no °F: ${value}`
  }
  return {
    type: 'wx.observation.v1',
    eventTimeUs,
    data: {
      ...{ stationId: icao, source: VISUAL_CROSSING, kind: 'smooth', tempF, dewPointF },
      ...{ humidityPct: one.humidity ?? null, windMph: one.windspeed ?? null, windowStartUs: null },
      stationIds: (one.stations ?? []).slice(0, STATIONS_MAX),
    },
  }
}

/**
 * Forecast hours. A live answer is known since it was received. One of an earlier basis date tells
 * the day only: it counts as known from the midnight after it, in local standard time.
 */
export function readTimelineForecast(
  body: string,
  station: WeatherStation,
  basisDate: string | null,
  receivedTimeUs: number,
): Reading {
  return withTimeline(body, station, ({ days }) => {
    const temps = new Map<number, number>()
    const faults: string[] = []
    for (const one of days.flatMap((day) => day.hours ?? [])) {
      const isForecast = basisDate !== null || one.source === 'fcst' || one.source === 'comb'
      if (!isForecast || typeof one.temp !== 'number') continue
      const timeUs = secondsUs(one.datetimeEpoch)
      if (timeUs === undefined || !isTemperatureF(one.temp)) {
        faults.push(`${one.datetimeEpoch}: no °F: ${one.temp}`)
      } else temps.set(timeUs, one.temp)
    }
    const hours = [...temps].toSorted(([a], [b]) => a - b).slice(0, ROWS_MAX)
    if (hours.length === 0) return readParts([], faults)
    const issueTimeUs =
      basisDate === null
        ? receivedTimeUs
        : climateDayStartUs(addDays(basisDate, 1), station.stdOffsetMinutes)
    const fact: ForecastFact = {
      type: 'wx.forecast.v1',
      eventTimeUs: issueTimeUs,
      data: {
        ...{ stationId: station.icao, source: VISUAL_CROSSING, issueTimeUs, basisDate },
        validTimesUs: hours.map(([timeUs]) => timeUs),
        tempsF: hours.map(([, temp]) => temp),
      },
    }
    return readingOf([fact], faults)
  })
}

function withTimeline(
  body: string,
  station: WeatherStation,
  read: (given: Timeline) => Reading,
): Reading {
  const parsed = readJson(body, timeline)
  if (!parsed.isRead) return parsed.refusal
  const { latitude, longitude, queryCost } = parsed.value
  const isNear =
    Math.abs(latitude - station.latitude) <= APART_MAX &&
    Math.abs(longitude - station.longitude) <= APART_MAX
  if (!isNear) return refuse('station', `${latitude}, ${longitude} is not ${station.icao}`)
  const reading = read(parsed.value)
  return reading.isRead && typeof queryCost === 'number' ? { ...reading, cost: queryCost } : reading
}
