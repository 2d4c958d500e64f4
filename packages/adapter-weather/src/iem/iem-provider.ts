import { addDays, dateOfUs } from '../calendar.ts'
import type { Fact } from '../fact.ts'
import { textProductFacts } from '../nws/text-product.ts'
import { addressOf, type Ask, type ProviderRequest, type WeatherProvider } from '../provider.ts'
import { readingOf, readParts, refuse, type Reading } from '../reading.ts'
import { reportCode, type WeatherStation } from '../station.ts'
import { readAsosCsv } from './asos-csv.ts'
import { readCliJson } from './cli-json.ts'

export type IemOptions = { readonly baseUrl?: string }

const ROOT = 'https://mesonet.agron.iastate.edu'
const SOURCE = 'iem'
const PRODUCTS_MAX = 400
/** `afos-cli` asks for `CLIMDW`, and so on. */
const AFOS_TYPE: Readonly<Record<string, string>> = {
  'afos-cli': 'CLI',
  'afos-dsm': 'DSM',
  'afos-cf6': 'CF6',
}

/** Iowa Environmental Mesonet: METARs of many stations at once, the texts of reports, CLI as JSON. */
export class IemProvider implements WeatherProvider {
  readonly name = SOURCE
  /** It throttles by address at one a second. */
  readonly limits = {
    ...{ minIntervalMs: 1_200, concurrencyMax: 1 },
    ...{ timeoutMs: 30_000, bodyBytesMax: 32_000_000 },
  }
  readonly feeds = [
    { feed: 'metar', everySeconds: 300, delaySeconds: 45 },
    { feed: 'afos-cli', everySeconds: 900, delaySeconds: 120 },
    { feed: 'afos-dsm', everySeconds: 900, delaySeconds: 180 },
    { feed: 'afos-cf6', everySeconds: 21_600, delaySeconds: 240 },
  ]
  readonly #root: string

  constructor({ baseUrl = ROOT }: IemOptions = {}) {
    this.#root = baseUrl.replace(/\/+$/, '')
  }

  requests(feed: string, ask: Ask): ProviderRequest[] {
    if (ask.stations.length === 0) return []
    if (feed === 'metar') return [this.#metarRequest(ask)]
    const type = AFOS_TYPE[feed]
    if (type !== undefined) {
      return ask.stations.map((station) => this.#afosRequest(feed, type, station, ask))
    }
    const years = new Set([ask.fromUs, ask.toUs].map((timeUs) => dateOfUs(timeUs).slice(0, 4)))
    return ask.stations.flatMap((station) =>
      [...years].map((year): ProviderRequest => {
        const url = addressOf(this.#root, '/json/cli.py', { station: station.icao, year })
        return { feed, url, stations: [station], expects: 'json' }
      }),
    )
  }

  read({ feed, stations }: ProviderRequest, body: string, receivedTimeUs: number): Reading {
    if (feed === 'metar') return readAsosCsv(body, stations, SOURCE)
    if (feed === 'cli-json') return readCliJson(body, stations[0]!)
    return readAfos(body, stations, receivedTimeUs)
  }

  #metarRequest({ stations, fromUs, toUs }: Ask): ProviderRequest {
    const url = addressOf(this.#root, '/cgi-bin/request/asos.py', {
      data: 'metar',
      station: stations.map(({ icao }) => icao.replace(/^K/, '')),
      ...{ sts: minuteOf(fromUs), ets: minuteOf(toUs), tz: 'UTC', format: 'onlycomma' },
      ...{ missing: 'M', trace: 'T', latlon: 'no', elev: 'no', report_type: ['1', '3', '4'] },
    })
    return { feed: 'metar', url, stations, expects: 'text' }
  }

  #afosRequest(
    feed: string,
    type: string,
    station: WeatherStation,
    { fromUs, toUs }: Ask,
  ): ProviderRequest {
    const url = addressOf(this.#root, '/cgi-bin/afos/retrieve.py', {
      ...{ pil: `${type}${reportCode(station)}`, fmt: 'text', limit: String(PRODUCTS_MAX) },
      ...{ sdate: dateOfUs(fromUs), edate: addDays(dateOfUs(toUs), 1), order: 'asc' },
    })
    return { feed, url, stations: [station], expects: 'text' }
  }
}

const minuteOf = (timeUs: number): string =>
  new Date(Math.floor(timeUs / 1_000)).toISOString().replace(/:\d\d\.\d+Z$/, ':00Z')

/** Products one behind the other, an ETX between them. No product at all is said in plain text. */
export function readAfos(
  body: string,
  stations: readonly WeatherStation[],
  receivedTimeUs: number,
): Reading {
  if (/^\s*ERROR: Could not [Ff]ind/.test(body)) return readingOf([])
  if (/^\s*ERROR/i.test(body)) return refuse('error-text', body)
  const facts: Fact[] = []
  const faults: string[] = []
  const products = body.split('\x03').filter((text) => text.replaceAll('\x01', '').trim() !== '')
  for (const product of products.slice(0, PRODUCTS_MAX)) {
    const read = textProductFacts(product.replaceAll('\x01', ''), stations, receivedTimeUs)
    facts.push(...read.facts)
    faults.push(...read.faults)
  }
  return readParts(facts, faults)
}
