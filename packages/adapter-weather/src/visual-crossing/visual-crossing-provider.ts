import { addressOf, type Ask, type ProviderRequest, type WeatherProvider } from '../provider.ts'
import type { Reading } from '../reading.ts'
import { addDays, climateDateOf } from '../calendar.ts'
import type { WeatherStation } from '../station.ts'
import { readTimelineForecast, readTimelineMinutes, VISUAL_CROSSING } from './timeline.ts'

export type VisualCrossingOptions = {
  readonly apiKey: string
  readonly baseUrl?: string
  /** `aggregate`: the form that retires on 2026-12-31, should a plan not have the other. */
  readonly minutesForm?: 'timeline' | 'aggregate'
}

const ROOT = 'https://weather.visualcrossing.com'
const PATH = '/VisualCrossingWebServices/rest/services/timeline'
const MINUTE_ELEMENTS = 'datetimeEpoch,temp,dew,humidity,windspeed,stations,source'
const HOUR_ELEMENTS = 'datetimeEpoch,temp,source'
const BASIS = /[?&]forecastBasisDate=(\d{4}-\d{2}-\d{2})/
const FORECAST_DAYS = 2

/**
 * Visual Crossing's Timeline. One station and no blending: `stn:` with `maxStations=1`. `nonulls` is
 * never asked for, since it would hide the gaps.
 */
export class VisualCrossingProvider implements WeatherProvider {
  readonly name = VISUAL_CROSSING
  /** It refuses more than a few at once ("maximum concurrent jobs"). */
  readonly limits = {
    ...{ minIntervalMs: 250, concurrencyMax: 2 },
    ...{ timeoutMs: 30_000, bodyBytesMax: 32_000_000 },
  }
  readonly feeds = [
    { feed: 'minutes', everySeconds: 300, delaySeconds: 60 },
    { feed: 'forecast', everySeconds: 3_600, delaySeconds: 300 },
  ]
  readonly secretQuery: Readonly<Record<string, string>>
  readonly #root: string
  readonly #isAggregate: boolean

  constructor({ apiKey, baseUrl = ROOT, minutesForm = 'timeline' }: VisualCrossingOptions) {
    this.#root = baseUrl.replace(/\/+$/, '')
    this.#isAggregate = minutesForm === 'aggregate'
    this.secretQuery = { key: apiKey }
  }

  requests(feed: string, ask: Ask): ProviderRequest[] {
    return ask.stations.map((station) =>
      feed === 'minutes' ? this.#minutes(station, ask) : this.#forecast(feed, station, ask),
    )
  }

  /** The forecast as it was issued on a day: one request a station. Priced like history. */
  basisRequests(basisDate: string, ask: Ask): ProviderRequest[] {
    return ask.stations.map((station) => this.#forecast('basis', station, ask, basisDate))
  }

  read({ feed, url, stations }: ProviderRequest, body: string, receivedTimeUs: number): Reading {
    if (feed === 'minutes') return readTimelineMinutes(body, stations[0]!)
    const basisDate = BASIS.exec(url)?.[1] ?? null
    return readTimelineForecast(body, stations[0]!, basisDate, receivedTimeUs)
  }

  #minutes(station: WeatherStation, { fromUs, toUs }: Ask): ProviderRequest {
    const interval = this.#isAggregate
      ? { aggregateMinutes: '5', include: 'hours' }
      : { options: 'minuteinterval_5', include: 'minutes' }
    const span = `${Math.floor(fromUs / 1e6)}/${Math.ceil(toUs / 1e6)}`
    return this.#request('minutes', station, span, { ...interval, elements: MINUTE_ELEMENTS })
  }

  #forecast(
    feed: string,
    station: WeatherStation,
    { nowUs, fromUs, toUs }: Ask,
    basisDate?: string,
  ): ProviderRequest {
    const today = climateDateOf(nowUs, station.stdOffsetMinutes)
    const dates =
      basisDate === undefined
        ? [today, addDays(today, FORECAST_DAYS)]
        : [fromUs, toUs].map((timeUs) => climateDateOf(timeUs, station.stdOffsetMinutes))
    return this.#request(feed, station, dates.join('/'), {
      ...{ include: basisDate === undefined ? 'hours,fcst' : 'hours', elements: HOUR_ELEMENTS },
      ...(basisDate !== undefined && { forecastBasisDate: basisDate }),
    })
  }

  #request(
    feed: string,
    station: WeatherStation,
    span: string,
    query: Readonly<Record<string, string>>,
  ): ProviderRequest {
    const url = addressOf(this.#root, `${PATH}/stn:${station.icao}/${span}`, {
      ...{ unitGroup: 'us', contentType: 'json', maxStations: '1', maxDistance: '0' },
      ...query,
    })
    return { feed, url, stations: [station], expects: 'json' }
  }
}
