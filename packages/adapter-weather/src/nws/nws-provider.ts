import { z } from 'zod'
import { readJson } from '../json-body.ts'
import { addressOf, type Ask, type ProviderRequest, type WeatherProvider } from '../provider.ts'
import { readingOf, readParts, refuse, type Reading } from '../reading.ts'
import { reportCode, type WeatherStation } from '../station.ts'
import { readGrid, readGridBox } from './nws-grid.ts'
import { readObservations } from './nws-observations.ts'
import { textProductFacts } from './text-product.ts'

export type NwsOptions = {
  readonly baseUrl?: string
  /** The service asks who we are: a name and a way to write to us. */
  readonly userAgent: string
}

const ROOT = 'https://api.weather.gov'
const SOURCE = 'nws'
const PRODUCTS_MAX = 6

const productList = z.looseObject({
  '@graph': z
    .array(
      z.looseObject({
        id: z.string().regex(/^[\w-]{8,64}$/),
        issuanceTime: z.iso.datetime({ offset: true }),
      }),
    )
    .max(2_000),
})
const product = z.looseObject({ productText: z.string().min(1) })

/**
 * api.weather.gov: observations; climate reports by way of the list of their products; the
 * forecasters' grid by way of the box a station is in.
 */
export class NwsProvider implements WeatherProvider {
  readonly name = SOURCE
  readonly limits = {
    ...{ minIntervalMs: 250, concurrencyMax: 2 },
    ...{ timeoutMs: 15_000, bodyBytesMax: 4_000_000 },
  }
  readonly feeds = [
    { feed: 'observations', everySeconds: 300, delaySeconds: 75 },
    { feed: 'cli-list', everySeconds: 300, delaySeconds: 30 },
    { feed: 'grid-box', everySeconds: 3_600, delaySeconds: 600 },
  ]
  readonly #root: string
  readonly #headers: Readonly<Record<string, string>>

  constructor({ baseUrl = ROOT, userAgent }: NwsOptions) {
    this.#root = baseUrl.replace(/\/+$/, '')
    this.#headers = { 'user-agent': userAgent, accept: 'application/geo+json, application/ld+json' }
  }

  requests(feed: string, ask: Ask): ProviderRequest[] {
    return ask.stations.map((station) =>
      this.#request(feed, this.#pathOf(feed, station, ask), [station]),
    )
  }

  read(request: ProviderRequest, body: string, receivedTimeUs: number): Reading {
    const { feed, stations } = request
    switch (feed) {
      case 'observations':
        return readObservations(body, stations[0]!, SOURCE)
      case 'cli-list':
        return this.#readList(request, body)
      case 'grid-box': {
        const box = readGridBox(body)
        return box.isRead ? readingOf([], [], [this.#request('grid', box.path, stations)]) : box
      }
      case 'grid':
        return readGrid(body, stations[0]!, SOURCE)
      default: {
        const parsed = readJson(body, product)
        if (!parsed.isRead) return parsed.refusal
        const read = textProductFacts(parsed.value.productText, stations, receivedTimeUs)
        return readParts(read.facts, read.faults)
      }
    }
  }

  #pathOf(feed: string, station: WeatherStation, { fromUs, toUs }: Ask): string {
    if (feed === 'cli-list') return `/products/types/CLI/locations/${reportCode(station)}`
    if (feed === 'grid-box') return `/points/${station.latitude},${station.longitude}`
    const query = { start: secondOf(fromUs), end: secondOf(toUs) }
    return addressOf('', `/stations/${station.icao}/observations`, query)
  }

  /** The newest few: an intermediate, a final and their corrections. */
  #readList({ stations }: ProviderRequest, body: string): Reading {
    const parsed = readJson(body, productList)
    if (!parsed.isRead) return parsed.refusal
    const newest = parsed.value['@graph']
      .toSorted((a, b) => Date.parse(b.issuanceTime) - Date.parse(a.issuanceTime))
      .slice(0, PRODUCTS_MAX)
      .toReversed()
    const next = newest.map(({ id }) => ({
      ...this.#request('cli', `/products/${id}`, stations),
      isImmutable: true,
    }))
    return stations.length === 1 ? readingOf([], [], next) : refuse('station', 'one at a time')
  }

  #request(feed: string, path: string, stations: ProviderRequest['stations']): ProviderRequest {
    const url = this.#root + path
    return { feed, url, stations, expects: 'json', headers: this.#headers }
  }
}

const secondOf = (timeUs: number): string =>
  new Date(Math.floor(timeUs / 1_000)).toISOString().replace(/\.\d+Z$/, 'Z')
