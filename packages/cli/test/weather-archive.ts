import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const OFFSET_MS = { KNYC: 5 * HOUR_MS, KMDW: 6 * HOUR_MS } as Readonly<Record<string, number>>
const MONTHS =
  'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'
const PLACES: Readonly<Record<string, readonly [number, number]>> = {
  KNYC: [40.779, -73.9693],
  KMDW: [41.7861, -87.7522],
}

/** Tenths of °C at an instant: the archive's own weather, the same whoever asks. */
export function tenthsC(icao: string, timeMs: number): number {
  const hour = ((timeMs - OFFSET_MS[icao]!) % DAY_MS) / HOUR_MS
  const day = Math.floor((timeMs - OFFSET_MS[icao]!) / DAY_MS)
  return Math.round(100 + 60 * Math.sin(((hour - 9) / 24) * 2 * Math.PI)) + (day % 7) * 3
}

/** The official high of a climate day, in whole °F. */
export const highOf = (icao: string, date: string): number =>
  50 + ((Date.parse(date) / DAY_MS) % 30) + (icao === 'KMDW' ? 2 : 0)

/**
 * The outside world of a backfill on one port: METARs and texts as the Mesonet has them, Timeline answers
 * of Visual Crossing, the settled markets of the venue. What it says depends on what is asked alone, but
 * now and then it says 503 first.
 */
export class WeatherArchive {
  requests = 0
  readonly seen: string[] = []
  /** What the address contains, and what is said instead. */
  trouble: { readonly match: RegExp; readonly status: number; readonly body: string } | undefined
  /** Its METARs are of so much later than asked. */
  clockAheadMs = 0
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      this.requests++
      this.seen.push(request.url ?? '')
      const url = new URL(request.url ?? '/', 'http://archive')
      const isTrouble = this.trouble?.match.test(url.href) ?? false
      const isBusy = this.requests % 23 === 0
      const [status, type, body] = isTrouble
        ? [this.trouble!.status, 'text/html', this.trouble!.body]
        : isBusy
          ? [503, 'text/plain', 'busy']
          : route(url, this.clockAheadMs)
      response.writeHead(status, { 'content-type': type })
      response.end(body)
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

type Answer = [status: number, contentType: string, body: string]

function route(url: URL, aheadMs: number): Answer {
  const { pathname: path, searchParams: query } = url
  if (path.endsWith('/asos.py')) return [200, 'text/plain', metarCsv(query, aheadMs)]
  if (path.endsWith('/retrieve.py')) return [200, 'text/plain', texts(query)]
  if (path.includes('/timeline/')) return [200, 'application/json', timeline(url)]
  const venue = venueAnswer(path, query)
  return venue
    ? [200, 'application/json', JSON.stringify(venue)]
    : [404, 'application/json', '{"error":{"code":"not_found"}}']
}

/** Minutes after the hour at which a station reports. */
export const REPORT_MINUTE = 51

function metarCsv(query: URLSearchParams, aheadMs: number): string {
  const [from, to] = ['sts', 'ets'].map((name) => Date.parse(query.get(name)!) + aheadMs) as [
    number,
    number,
  ]
  const lines = ['station,valid,metar']
  for (const code of query.getAll('station')) {
    for (let at = from + REPORT_MINUTE * 60_000; at < to; at += HOUR_MS) {
      const iso = new Date(at).toISOString()
      const [day, hhmm] = [iso.slice(8, 10), iso.slice(11, 16).replace(':', '')]
      const tenths = tenthsC(`K${code}`, at)
      const group = `T${tenths < 0 ? 1 : 0}${String(Math.abs(tenths)).padStart(3, '0')}0010`
      const body = `${String(Math.round(tenths / 10)).padStart(2, '0')}/00`
      const report = `K${code} ${day}${hhmm}Z AUTO 27008KT 10SM CLR ${body} A3001 RMK AO2 ${group}`
      lines.push(`${code},${iso.slice(0, 10)} ${iso.slice(11, 16)},${report}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function texts(query: URLSearchParams): string {
  const pil = query.get('pil')!
  const [from, to] = [Date.parse(query.get('sdate')!), Date.parse(query.get('edate')!)]
  const products: string[] = []
  for (let at = from; at < to; at += DAY_MS) products.push(...productsOf(pil, at))
  return products.length > 0 ? products.join('\x03') : `ERROR: Could not Find: ${pil}`
}

/** Of the day before `dayMs`, issued in the night after it. */
function productsOf(pil: string, dayMs: number): string[] {
  const code = pil.slice(3)
  const date = new Date(dayMs - DAY_MS).toISOString().slice(0, 10)
  const issued = new Date(dayMs).toISOString()
  const high = highOf(`K${code}`, date)
  const dayTime = `${issued.slice(8, 10)}0740`
  if (pil.startsWith('DSM')) {
    const [, month, day] = date.split('-')
    return [
      `000 \nCDUS27 KNYC ${dayTime}\nDSM${code}\nK${code} DS ${day}/${month} ${high}1546/ 302359// ${high}/ 30//=\n`,
    ]
  }
  if (!pil.startsWith('CLI')) return []
  const [year, month, day] = date.split('-')
  const name = MONTHS.split(' ')[Number(month) - 1]!
  const night = new Date(issued)
  const dateLine = `${night.toUTCString().slice(0, 3).toUpperCase()} ${MONTHS.split(' ')[night.getUTCMonth()]!.slice(0, 3)} ${night.getUTCDate()} ${night.getUTCFullYear()}`
  return [
    [
      ...[
        '',
        '000 ',
        `CDUS41 KOKX ${dayTime}`,
        pil,
        '',
        'CLIMATE REPORT ',
        'NATIONAL WEATHER SERVICE',
      ],
      ...[`340 AM EDT ${dateLine}`, '', '...................................', ''],
      `...THE CENTRAL PARK NY CLIMATE SUMMARY FOR ${name} ${Number(day)} ${year}...`,
      ...['', 'CLIMATE NORMAL PERIOD: 1991 TO 2020', '', ''],
      'WEATHER ITEM   OBSERVED TIME   RECORD YEAR NORMAL DEPARTURE LAST',
      '                VALUE   (LST)  VALUE       VALUE  FROM      YEAR',
      '...................................................................',
      ...['TEMPERATURE (F)', ' YESTERDAY'],
      `  MAXIMUM         ${high}   2:56 PM 106    1936  85      6       85`,
      '  MINIMUM         30   4:31 AM  29    1934  67      3       70',
      ...['  AVERAGE         50', '', 'PRECIPITATION (IN)', '  YESTERDAY        0.00', ''],
      ...['', '&&', '', '$$', ''],
    ].join('\n'),
  ]
}

function timeline(url: URL): string {
  const [, icao, first, last] = /stn:(\w+)\/([^/]+)\/([^/?]+)/.exec(url.pathname)!
  const basis = url.searchParams.get('forecastBasisDate')
  const offset = OFFSET_MS[icao!]!
  const [latitude, longitude] = PLACES[icao!]!
  const isMinutes = !first!.includes('-')
  const from = isMinutes ? Number(first) * 1_000 : Date.parse(first!) + offset
  const to = isMinutes ? Number(last) * 1_000 : Date.parse(last!) + DAY_MS + offset
  const row = (at: number, source: string) => ({
    ...{ datetimeEpoch: at / 1_000, temp: Math.round(tenthsC(icao!, at) * 1.8 + 320) / 10 },
    ...{ dew: 40, humidity: 50 + ((at / 300_000) % 2), windspeed: 5, stations: [icao], source },
  })
  const hours = []
  for (let at = from; at < to; at += HOUR_MS) {
    const minutes = Array.from({ length: 12 }, (_, i) => row(at + i * 300_000, 'obs'))
    hours.push(isMinutes ? { ...row(at, 'obs'), minutes } : row(at, 'fcst'))
  }
  return JSON.stringify({ queryCost: basis ? 48 : 288, latitude, longitude, days: [{ hours }] })
}

/** A settled event of two brackets a day for every day that is asked about, at 12:00Z the next day. */
function venueAnswer(path: string, query: URLSearchParams): unknown {
  if (path.endsWith('/historical/cutoff')) {
    const cutoff = '2020-01-01T00:00:00Z'
    return { market_settled_ts: cutoff, trades_created_ts: cutoff, orders_updated_ts: cutoff }
  }
  if (!path.endsWith('/markets')) return undefined
  const series = query.get('series_ticker')!
  const [icao, report] = series === 'KXHIGHNY' ? ['KNYC', 'CLINYC'] : ['KMDW', 'CLIMDW']
  const [from, to] = [Number(query.get('min_close_ts')), Number(query.get('max_close_ts'))]
  const markets = []
  for (let day = Math.floor((from * 1_000) / DAY_MS) * DAY_MS; day <= to * 1_000; day += DAY_MS) {
    const date = new Date(day - DAY_MS).toISOString().slice(0, 10)
    const [year, month, dayOfMonth] = date.split('-')
    const name = MONTHS.split(' ')[Number(month) - 1]!.slice(0, 3)
    const event = `${series}-${year!.slice(2)}${name}${dayOfMonth}`
    for (const bracket of ['T50', 'B50.5']) {
      markets.push({
        ...{
          ticker: `${event}-${bracket}`,
          event_ticker: event,
          status: 'finalized',
          result: 'no',
        },
        ...{ open_time: new Date(day - DAY_MS).toISOString(), settlement_value_dollars: '0.0000' },
        close_time: new Date(day + OFFSET_MS[icao]!).toISOString(),
        settlement_ts: new Date(day + 12 * HOUR_MS).toISOString(),
        expiration_value: `${highOf(icao, date)}.00`,
        rules_primary: `the maximum temperature recorded at the place (${report}) for the day`,
      })
    }
  }
  return { markets, cursor: '' }
}
