import { addressOf, type Ask, type ProviderRequest, type WeatherProvider } from '../provider.ts'
import type { Reading } from '../reading.ts'
import { readEnsemble } from './ensemble.ts'

export type OpenMeteoOptions = {
  /** Without a key the free host, for non-commercial use. */
  readonly baseUrl?: string
  readonly apiKey?: string
  readonly models?: readonly string[]
  readonly forecastDays?: number
}

const FREE_ROOT = 'https://ensemble-api.open-meteo.com'
const CUSTOMER_ROOT = 'https://customer-ensemble-api.open-meteo.com'
const MODELS = ['ncep_gefs_seamless', 'ecmwf_ifs025_ensemble']
const FORECAST_DAYS = 3
/** Of one request: each place counts as a call, and more of them as a long answer. */
const PLACES_MAX = 8

/** Open-Meteo's ensembles: hourly temperatures of every member, in °F and unix time. */
export class OpenMeteoProvider implements WeatherProvider {
  readonly name = 'open-meteo'
  /** Below 600 a minute and 10,000 a day: 24 places and 2 models twice an hour are some 2,300 calls. */
  readonly limits = {
    ...{ minIntervalMs: 500, concurrencyMax: 1 },
    ...{ timeoutMs: 30_000, bodyBytesMax: 16_000_000 },
  }
  readonly feeds = [{ feed: 'ensemble', everySeconds: 1_800, delaySeconds: 150 }]
  readonly secretQuery?: Readonly<Record<string, string>>
  readonly #root: string
  readonly #models: readonly string[]
  readonly #forecastDays: number

  constructor(options: OpenMeteoOptions = {}) {
    const { apiKey, models = MODELS, forecastDays = FORECAST_DAYS } = options
    const root = options.baseUrl ?? (apiKey === undefined ? FREE_ROOT : CUSTOMER_ROOT)
    this.#root = root.replace(/\/+$/, '')
    this.#models = models
    this.#forecastDays = forecastDays
    if (apiKey !== undefined) this.secretQuery = { apikey: apiKey }
  }

  requests(feed: string, { stations }: Ask): ProviderRequest[] {
    const requests: ProviderRequest[] = []
    for (let from = 0; from < stations.length; from += PLACES_MAX) {
      const asked = stations.slice(from, from + PLACES_MAX)
      const url = addressOf(this.#root, '/v1/ensemble', {
        latitude: asked.map(({ latitude }) => latitude).join(','),
        longitude: asked.map(({ longitude }) => longitude).join(','),
        ...{ hourly: 'temperature_2m', models: this.#models.join(',') },
        ...{ temperature_unit: 'fahrenheit', timeformat: 'unixtime', timezone: 'GMT' },
        forecast_days: String(this.#forecastDays),
      })
      requests.push({ feed, url, stations: asked, expects: 'json' })
    }
    return requests
  }

  read({ stations }: ProviderRequest, body: string, receivedTimeUs: number): Reading {
    return readEnsemble(body, stations, this.#models, receivedTimeUs)
  }
}
