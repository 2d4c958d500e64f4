import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatFixed, Prng } from '@kwm/std'

const DAY_S = 86_400
const MARKETS_A_DAY = 6
const PAGE = 40
/** The answer about an event is cut short behind so many candles. */
const EVENT_CANDLES_MAX = 90

type Market = {
  readonly ticker: string
  readonly event: string
  readonly openTs: number
  readonly closeTs: number
}
type Trade = {
  readonly id: string
  readonly ticker: string
  readonly ts: number
  readonly bps: number
}

export type HistoryVenueOptions = {
  readonly days: number
  /** Unix seconds of the last close. */
  readonly endTs: number
  /** So many days before the end lies the cutoff. */
  readonly liveDays: number
  /** One request in so many is refused with 429, one in as many again with 503. */
  readonly troubleOneIn: number
  /** Tokens a second, 10 a request; a request that finds none is refused. */
  readonly tokensPerSecond: number
  /** Milliseconds of any start, that its bucket fills by. */
  readonly nowMs?: () => number
}

/**
 * A venue with a past, made of a seed: six brackets a day, live behind the cutoff and in `/historical`
 * before it, in pages, with refusals now and then, as the reference says the real one has them.
 */
export class HistoryVenue {
  readonly markets: readonly Market[]
  readonly trades: Trade[]
  readonly cutoffTs: number
  requests = 0
  refused = 0
  #tokens: number
  #atMs: number
  readonly #options: HistoryVenueOptions
  readonly #nowMs: () => number
  readonly #prng = new Prng('history-venue')
  readonly #server: Server

  constructor(options: HistoryVenueOptions) {
    this.#options = options
    this.#tokens = options.tokensPerSecond
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#atMs = this.#nowMs()
    this.cutoffTs = options.endTs - options.liveDays * DAY_S
    this.markets = Array.from({ length: options.days }, (_, day) =>
      marketsOf(options.endTs - day * DAY_S),
    ).flat()
    this.trades = this.markets.flatMap((market) => tradesOf(market, this.#prng))
    this.#server = createServer((request, response) => {
      const { status, body } = this.answer(new URL(request.url ?? '/', 'http://venue'))
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/trade-api/v2`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** A candle every ten minutes of a market's life. */
  candleEnds({ openTs, closeTs }: Market): number[] {
    const ends: number[] = []
    for (let ts = openTs + 600; ts <= closeTs; ts += 600) ends.push(ts)
    return ends
  }

  answer(url: URL): { readonly status: number; readonly body: unknown } {
    this.requests++
    const { troubleOneIn, tokensPerSecond } = this.#options
    const nowMs = this.#nowMs()
    const refilled = this.#tokens + ((nowMs - this.#atMs) / 1_000) * tokensPerSecond
    // Half a bucket of slack: what was on its way while the machine paused comes all at once.
    this.#tokens = Math.min(1.5 * tokensPerSecond, refilled)
    this.#atMs = nowMs
    const isRefused = this.#tokens < 10
    if (isRefused) this.refused++
    if (isRefused || this.requests % troubleOneIn === 0) {
      return { status: 429, body: { error: 'too many requests' } }
    }
    this.#tokens -= 10
    if (this.requests % troubleOneIn === troubleOneIn >> 1) {
      return { status: 503, body: { error: { code: 'x', message: 'y' } } }
    }
    const body = this.#route(url.pathname.replace('/trade-api/v2', ''), url.searchParams)
    return body ? { status: 200, body } : { status: 404, body: { error: { code: 'not_found' } } }
  }

  #route(path: string, query: URLSearchParams): unknown {
    const isHistorical = path.startsWith('/historical')
    const iso = (ts: number): string => new Date(ts * 1_000).toISOString()
    if (path === '/historical/cutoff') {
      const cutoff = iso(this.cutoffTs)
      return { market_settled_ts: cutoff, trades_created_ts: cutoff, orders_updated_ts: cutoff }
    }
    if (path === '/series/KXTEST') return { series: { ticker: 'KXTEST', fee_type: 'quadratic' } }
    if (path.endsWith('/markets')) {
      const side = this.markets.filter(({ closeTs }) => closeTs < this.cutoffTs === isHistorical)
      const { items, cursor } = paged(side, query)
      return { markets: items.map(marketJson), cursor }
    }
    if (path.endsWith('/trades')) {
      const [from, to] = [Number(query.get('min_ts')), Number(query.get('max_ts'))]
      const mine = this.trades
        .filter(({ ticker, ts }) => ticker === query.get('ticker') && ts >= from && ts <= to)
        .filter(({ ts }) => ts < this.cutoffTs === isHistorical)
        .toReversed()
      const { items, cursor } = paged(mine, query)
      return { trades: items.map(tradeJson), cursor }
    }
    const [, ofMarket] = /^\/historical\/markets\/([^/]+)\/candlesticks$/.exec(path) ?? []
    const [, ofEvent] = /^\/series\/KXTEST\/events\/([^/]+)\/candlesticks$/.exec(path) ?? []
    const range = [Number(query.get('start_ts')), Number(query.get('end_ts'))] as const
    if (ofMarket) return this.#historicalCandles(ofMarket, range)
    return ofEvent ? this.#eventCandles(ofEvent, range) : undefined
  }

  #historicalCandles(ticker: string, [from, to]: readonly [number, number]): unknown {
    const market = this.markets.find((one) => one.ticker === ticker)
    if (!market || market.closeTs >= this.cutoffTs) return undefined
    const ends = this.candleEnds(market).filter((end) => end >= from && end <= to)
    const names = ({ volume_fp, open_interest_fp, ...rest }: ReturnType<typeof candleJson>) => ({
      ...rest,
      ...{ volume: volume_fp, open_interest: open_interest_fp },
    })
    return { ticker, candlesticks: ends.map((end) => names(candleJson(end))) }
  }

  #eventCandles(event: string, [from, to]: readonly [number, number]): unknown {
    const markets = this.markets.filter(
      (one) => one.event === event && one.closeTs >= this.cutoffTs,
    )
    if (markets.length === 0) return undefined
    const ends = this.candleEnds(markets[0]!).filter((end) => end >= from && end <= to)
    const kept = ends.slice(0, Math.floor(EVENT_CANDLES_MAX / markets.length))
    return {
      market_tickers: markets.map(({ ticker }) => ticker),
      market_candlesticks: markets.map(() => kept.map(candleJson)),
      adjusted_end_ts: kept.length < ends.length ? kept.at(-1)! : to,
    }
  }
}

function marketsOf(closeTs: number): Market[] {
  const event = `KXTEST-${closeTs}`
  return Array.from({ length: MARKETS_A_DAY }, (_, bracket) => ({
    ...{ ticker: `${event}-B${bracket}.5`, event, openTs: closeTs - 36_000, closeTs },
  }))
}

function tradesOf({ ticker, openTs, closeTs }: Market, prng: Prng): Trade[] {
  const trades: Trade[] = []
  for (let ts = openTs + prng.nextInt(2_000); ts < closeTs; ts += 1 + prng.nextInt(1_500)) {
    trades.push({ id: `${ticker}-${ts}`, ticker, ts, bps: 100 + prng.nextInt(9_800) })
  }
  return trades
}

function paged<T>(all: readonly T[], query: URLSearchParams) {
  const from = Number(query.get('cursor') ?? 0)
  const items = all.slice(from, from + PAGE)
  return { items, cursor: from + PAGE < all.length ? String(from + PAGE) : '' }
}

const iso = (ts: number): string => new Date(ts * 1_000).toISOString()

const marketJson = ({ ticker, event, openTs, closeTs }: Market) => ({
  ...{ ticker, event_ticker: event, status: 'finalized', result: 'no' },
  ...{ open_time: iso(openTs), close_time: iso(closeTs), settlement_ts: iso(closeTs) },
  settlement_value_dollars: '0.0000',
})

const tradeJson = ({ id, ticker, ts, bps }: Trade) => ({
  ...{ trade_id: id, ticker, count_fp: '2.50', yes_price_dollars: formatFixed(bps, 4) },
  ...{ taker_outcome_side: 'yes', created_time: iso(ts), is_block_trade: false },
})

function candleJson(end: number) {
  const quote = { open: '0.4000', high: '0.4100', low: '0.3900', close: '0.4050' }
  const dollars = Object.fromEntries(
    Object.entries(quote).map(([name, value]) => [`${name}_dollars`, value]),
  )
  const both = { ...quote, ...dollars }
  return {
    ...{ end_period_ts: end, yes_bid: both, yes_ask: both, price: both },
    ...{ volume_fp: formatFixed(end % 1_000, 2), open_interest_fp: '7.00' },
  }
}
