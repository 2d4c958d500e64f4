import { z } from 'zod'
import { readJson } from '../json-body.ts'
import { addressOf, type Ask, type ProviderRequest, type WeatherProvider } from '../provider.ts'
import { readingOf, readParts, refuse, type Reading } from '../reading.ts'
import { reportCode } from '../station.ts'
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

/** api.weather.gov: observations, and climate reports by way of the list of their products. */
export class NwsProvider implements WeatherProvider {
  readonly name = SOURCE
  readonly limits = {
    ...{ minIntervalMs: 250, concurrencyMax: 2 },
    ...{ timeoutMs: 15_000, bodyBytesMax: 4_000_000 },
  }
  readonly feeds = [
    { feed: 'observations', everySeconds: 300, delaySeconds: 75 },
    { feed: 'cli-list', everySeconds: 300, delaySeconds: 30 },
  ]
  readonly #root: string
  readonly #headers: Readonly<Record<string, string>>

  constructor({ baseUrl = ROOT, userAgent }: NwsOptions) {
    this.#root = baseUrl.replace(/\/+$/, '')
    this.#headers = { 'user-agent': userAgent, accept: 'application/geo+json, application/ld+json' }
  }

  requests(feed: string, { stations, fromUs, toUs }: Ask): ProviderRequest[] {
    return stations.map((station) => {
      const isList = feed === 'cli-list'
      const path = isList
        ? `/products/types/CLI/locations/${reportCode(station)}`
        : `/stations/${station.icao}/observations`
      const query = isList ? {} : { start: secondOf(fromUs), end: secondOf(toUs) }
      return this.#request(feed, addressOf(this.#root, path, query), [station])
    })
  }

  read(request: ProviderRequest, body: string, receivedTimeUs: number): Reading {
    const { feed, stations } = request
    if (feed === 'observations') return readObservations(body, stations[0]!, SOURCE)
    if (feed === 'cli-list') return this.#readList(request, body)
    const parsed = readJson(body, product)
    if (!parsed.isRead) return parsed.refusal
    const { facts, faults } = textProductFacts(parsed.value.productText, stations, receivedTimeUs)
    return readParts(facts, faults)
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
      ...this.#request('cli', addressOf(this.#root, `/products/${id}`, {}), stations),
      isImmutable: true,
    }))
    return stations.length === 1 ? readingOf([], [], next) : refuse('station', 'one at a time')
  }

  #request(feed: string, url: string, stations: ProviderRequest['stations']): ProviderRequest {
    return { feed, url, stations, expects: 'json', headers: this.#headers }
  }
}

const secondOf = (timeUs: number): string =>
  new Date(Math.floor(timeUs / 1_000)).toISOString().replace(/\.\d+Z$/, 'Z')
