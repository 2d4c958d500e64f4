import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Prng } from '@kwm/std'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'

export type Side = 'yes' | 'no'
export type Fault = 'lost' | 'twice' | 'garbage' | 'negative' | 'off-grid' | 'unknown-field' | 'cut'
const FAULTS: readonly Fault[] = [
  ...(['lost', 'twice', 'garbage', 'negative', 'off-grid', 'unknown-field', 'cut'] as const),
]

const SERIES = 'KXHIGHNY'
const EVENT = 'KXHIGHNY-26NOV20'
const RULES =
  'If the maximum temperature recorded at New York City (CLINYC) for Nov 20, 2026, is between 48-49° fahrenheit according to The Weather Company, then the market resolves to Yes.'

type Subscription = { sid: number; seq: number; readonly tickers: Set<string> }

/**
 * A venue on a loopback port, REST and WebSocket, with books of its own. It does what the reference
 * says, and, by chance and seed, what lines do to frames.
 */
export class FakeExchange {
  static readonly series = SERIES
  readonly books = new Map<string, Map<string, number>>()
  readonly trades: string[] = []
  readonly #prints: Print[] = []
  readonly #heardOf = new Set<string>()
  /** The next so many prints are made and told over REST alone; the stream skips their number. */
  tradesToLose = 0
  /** How often a book frame meets a fault. */
  faultRate = 0
  statuses = new Map<string, string>()
  /** Commands as they came, and paths read over REST. */
  readonly commands: VenueCommand[] = []
  readonly reads: string[] = []
  /** Markets whose book REST gives wrong, as if the stream had missed something. */
  readonly wrongOverRest = new Set<string>()
  /** Snapshots of these are never sent to a `get_snapshot`. */
  readonly deafTo = new Set<string>()
  /** The batch read of books is answered with 401, as the documents say for want of a key. */
  isBatchForKeysOnly = true
  isRestDown = false
  openTimes = new Map<string, string>()
  closeTimes = new Map<string, string>()
  feeChanges: readonly object[] = []
  rulesOf: (ticker: string) => string = () => RULES
  framesSent = 0
  readonly #prng: Prng
  readonly #http: Server
  readonly #ws: WebSocketServer
  #socket: WebSocket | undefined
  #subscriptions = new Map<string, Subscription>()
  #lastSid = 0
  #timeMs = 1_795_194_000_000

  private constructor(seed: number) {
    this.#prng = new Prng(seed)
    this.#http = createServer((request, response) => this.#answer(request, response))
    this.#ws = new WebSocketServer({ server: this.#http, path: '/trade-api/ws/v2' })
    this.#ws.on('connection', (socket) => this.#welcome(socket))
  }

  static async open(seed: number, tickers: readonly string[]): Promise<FakeExchange> {
    const exchange = new FakeExchange(seed)
    for (const ticker of tickers) exchange.list(ticker)
    await new Promise<void>((resolve) => exchange.#http.listen(0, '127.0.0.1', resolve))
    return exchange
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port
  }
  get wsUrl(): string {
    return `ws://127.0.0.1:${this.port}/trade-api/ws/v2`
  }
  get restUrl(): string {
    return `http://127.0.0.1:${this.port}/trade-api/v2`
  }

  async close(): Promise<void> {
    for (const client of this.#ws.clients) client.terminate()
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }

  list(ticker: string): void {
    this.books.set(ticker, new Map([['yes4000', 10_000]]))
    this.statuses.set(ticker, 'active')
  }

  /** A change of a book at random, told to whoever listens. */
  change(): void {
    const tickers = [...this.books.keys()]
    const ticker = tickers[this.#prng.nextInt(tickers.length)]!
    const book = this.books.get(ticker)!
    const side: Side = this.#prng.nextInt(2) === 0 ? 'yes' : 'no'
    const priceBps = 100 * (1 + this.#prng.nextInt(8))
    const key = `${side}${priceBps}`
    const next = [0, 100, 250][this.#prng.nextInt(3)]!
    const deltaCenti = next - (book.get(key) ?? 0)
    if (deltaCenti === 0) return
    if (next === 0) book.delete(key)
    else book.set(key, next)
    this.#sendDelta(ticker, side, priceBps, deltaCenti)
    if (this.#prng.nextInt(10) === 0) this.trade(ticker, priceBps)
  }

  /** Time passes at the venue: the next frame says so. */
  advance(seconds: number): void {
    this.#timeMs += seconds * 1_000
  }

  trade(ticker: string, priceBps: number): void {
    const subscription = this.#subscriptions.get('trade')
    const isHeard = subscription?.tickers.has(ticker) === true
    if (isHeard) this.#heardOf.add(ticker)
    if (!this.#heardOf.has(ticker)) return
    const tradeId = `t${this.trades.length}`
    this.trades.push(tradeId)
    const taker = { taker_side: 'yes', taker_outcome_side: 'yes', taker_book_side: 'bid' }
    const price = { yes_price_dollars: bps(priceBps), no_price_dollars: bps(10_000 - priceBps) }
    const msg = { trade_id: tradeId, market_ticker: ticker, ...price, count_fp: '1.00', ...taker }
    const time = this.#time()
    this.#prints.push({ ...msg, ticker, timeMs: time.ts_ms })
    if (!isHeard) return // It happens all the same.
    const frame = { type: 'trade', ...this.#next(subscription), msg: { ...msg, ...time } }
    if (this.tradesToLose > 0) this.tradesToLose--
    else this.#send(frame)
  }

  lifecycle(ticker: string, msg: object): void {
    const subscription = this.#subscriptions.get('market_lifecycle_v2')
    if (!subscription) return
    const type = 'market_lifecycle_v2'
    this.#send({ type, ...this.#next(subscription), msg: { market_ticker: ticker, ...msg } })
  }

  hangUp(): void {
    this.#socket?.terminate()
  }

  sendText(text: string): void {
    this.framesSent++
    this.#socket?.send(text)
  }

  #welcome(socket: WebSocket): void {
    this.#socket = socket
    this.#subscriptions = new Map()
    this.#lastSid = 0
    socket.on('message', (data) =>
      this.#obey(JSON.parse((data as Buffer).toString()) as VenueCommand),
    )
  }

  #obey(command: VenueCommand): void {
    const { id, cmd, params } = command
    this.commands.push(command)
    const tickers = params.market_tickers ?? []
    if (cmd === 'subscribe') {
      const [channel] = params.channels!
      const subscription = { sid: ++this.#lastSid, seq: 0, tickers: new Set(tickers) }
      this.#subscriptions.set(channel!, subscription)
      const { sid } = subscription
      this.#send({ id, type: 'subscribed', msg: { channel, sid } })
      if (channel === 'orderbook_delta') for (const ticker of tickers) this.#sendSnapshot(ticker)
      return
    }
    const found = [...this.#subscriptions].find(([, { sid }]) => sid === params.sids?.[0])
    if (!found) return this.#send({ id, type: 'error', msg: { code: 7, msg: 'unknown sid' } })
    const [channel, subscription] = found
    if (cmd === 'unsubscribe') {
      this.#subscriptions.delete(channel)
      return this.#send({ id, ...this.#next(subscription), type: 'unsubscribed' })
    }
    if (params.action === 'get_snapshot') {
      for (const ticker of tickers) if (!this.deafTo.has(ticker)) this.#sendSnapshot(ticker)
      return
    }
    for (const ticker of tickers) {
      if (params.action === 'add_markets') subscription.tickers.add(ticker)
      else subscription.tickers.delete(ticker)
    }
    const market_tickers = [...subscription.tickers]
    this.#send({ id, ...this.#next(subscription), type: 'ok', msg: { market_tickers } })
    if (params.action === 'add_markets' && channel === 'orderbook_delta') {
      for (const ticker of tickers) this.#sendSnapshot(ticker)
    }
  }

  #sendSnapshot(ticker: string): void {
    const subscription = this.#subscriptions.get('orderbook_delta')!
    if (!this.books.has(ticker)) return
    const sides = {
      yes_dollars_fp: this.#levels(ticker, 'yes'),
      no_dollars_fp: this.#levels(ticker, 'no'),
    }
    const msg = { market_ticker: ticker, market_id: 'm', ...sides }
    this.#send({ type: 'orderbook_snapshot', ...this.#next(subscription), msg })
  }

  #levels(ticker: string, side: Side): [string, string][] {
    return [...(this.books.get(ticker) ?? [])]
      .filter(([key]) => key.startsWith(side))
      .map(([key, centi]) => [bps(Number(key.slice(side.length))), (centi / 100).toFixed(2)])
  }

  #sendDelta(ticker: string, side: Side, priceBps: number, deltaCenti: number): void {
    const subscription = this.#subscriptions.get('orderbook_delta')
    if (!subscription?.tickers.has(ticker)) return
    const market = { market_ticker: ticker, market_id: 'm', side }
    const change = { price_dollars: bps(priceBps), delta_fp: (deltaCenti / 100).toFixed(2) }
    const msg = { ...market, ...change, ...this.#time() }
    const frame = { type: 'orderbook_delta', ...this.#next(subscription), msg }
    if (this.#prng.nextFloat() >= this.faultRate) return this.#send(frame)
    switch (FAULTS[this.#prng.nextInt(FAULTS.length)]!) {
      case 'lost':
        return
      case 'twice':
        this.#send(frame)
        return this.#send(frame)
      case 'garbage':
        return this.sendText(JSON.stringify(frame).slice(0, -7))
      case 'unknown-field':
        return this.#send({ ...frame, msg: { ...msg, surprise: true } })
      case 'negative':
        this.#send(frame)
        return this.#send({
          ...frame,
          ...this.#next(subscription),
          msg: { ...msg, delta_fp: '-999999.00' },
        })
      case 'off-grid':
        this.#send(frame)
        return this.#send({
          ...frame,
          ...this.#next(subscription),
          msg: { ...msg, price_dollars: '0.0105' },
        })
      case 'cut':
        return this.hangUp()
    }
  }

  #next(subscription: Subscription): { sid: number; seq: number } {
    return { sid: subscription.sid, seq: ++subscription.seq }
  }

  #time(): { ts: number; ts_ms: number } {
    this.#timeMs += 7
    return { ts: Math.floor(this.#timeMs / 1_000), ts_ms: this.#timeMs }
  }

  #send(frame: object): void {
    this.sendText(JSON.stringify(frame))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://venue')
    const path = url.pathname.replace('/trade-api/v2', '')
    this.reads.push(path)
    const [status, body] = this.#read(path, url.searchParams)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }

  #read(path: string, query: URLSearchParams): readonly [status: number, body: object] {
    if (this.isRestDown) return [503, { error: { code: 'down', message: 'down' } }]
    if (path === '/markets/orderbooks') {
      if (this.isBatchForKeysOnly) return [401, { error: { code: 'auth', message: 'no key' } }]
      const orderbooks = query.getAll('tickers').map((ticker) => this.#restBook(ticker))
      return [200, { orderbooks }]
    }
    const body = this.#body(path, query)
    return body ? [200, body] : [404, { error: { code: 'not_found', message: 'no' } }]
  }

  #body(path: string, query: URLSearchParams): object | undefined {
    const markets = [...this.books.keys()].map((ticker) => this.#market(ticker))
    const event = { event_ticker: EVENT, series_ticker: SERIES }
    const series = { ticker: SERIES, fee_type: 'quadratic', fee_multiplier: 1 }
    if (path === `/series/${SERIES}`) return { series }
    if (path === '/series') return { series: [series, { ...series, ticker: 'KXOTHER' }] }
    if (path === '/series/fee_changes') return { series_fee_change_arr: this.feeChanges }
    if (path === '/events') {
      const isOurs = query.get('series_ticker') === SERIES && query.get('status') === 'open'
      return { events: isOurs ? [{ ...event, markets }] : [], cursor: '' }
    }
    if (path === `/events/${EVENT}`) return { event: { ...event, markets } }
    const book = /^\/markets\/(.+)\/orderbook$/.exec(path)?.[1]
    if (book !== undefined && this.books.has(book)) return this.#restBook(book)
    if (path === '/markets/trades') return this.#printsOf(query)
    if (path !== '/markets') return undefined
    const wanted = new Set((query.get('tickers') ?? '').split(','))
    return { markets: markets.filter(({ ticker }) => wanted.has(ticker)), cursor: '' }
  }

  /** Newest first, in pages. */
  #printsOf(query: URLSearchParams): object {
    const [from, to] = [Number(query.get('min_ts')), Number(query.get('max_ts'))]
    const mine = this.#prints
      .filter((print) => print.ticker === query.get('ticker'))
      .filter(({ timeMs }) => timeMs >= from * 1_000 && timeMs <= to * 1_000)
      .toReversed()
    const start = Number(query.get('cursor') ?? 0)
    const items = mine.slice(start, start + PRINTS_PAGE)
    const trades = items.map(({ timeMs, ...print }) => ({
      ...print,
      created_time: new Date(timeMs).toISOString(),
    }))
    return { trades, cursor: start + PRINTS_PAGE < mine.length ? `${start + PRINTS_PAGE}` : '' }
  }

  #restBook(ticker: string): object {
    const yes_dollars = this.#levels(ticker, 'yes')
    if (this.wrongOverRest.has(ticker)) yes_dollars.push(['0.0100', '77.00'])
    return { ticker, orderbook_fp: { yes_dollars, no_dollars: this.#levels(ticker, 'no') } }
  }

  #market(ticker: string) {
    return {
      ticker,
      event_ticker: EVENT,
      status: this.statuses.get(ticker)!,
      title: ticker,
      open_time: this.openTimes.get(ticker) ?? '2026-11-19T15:00:00Z',
      close_time: this.closeTimes.get(ticker) ?? '2026-11-21T05:00:00Z',
      updated_time: '2026-11-20T17:00:00Z',
      strike_type: 'between',
      floor_strike: 48,
      cap_strike: 49,
      rules_primary: this.rulesOf(ticker),
      price_ranges: [{ start: '0.0000', end: '1.0000', step: '0.0100' }],
      exchange_index: 0,
      is_synthetic: true,
    }
  }
}

type Print = {
  readonly trade_id: string
  readonly ticker: string
  readonly timeMs: number
}
const PRINTS_PAGE = 3

type VenueCommand = {
  readonly id: number
  readonly cmd: string
  readonly params: {
    readonly channels?: readonly string[]
    readonly market_tickers?: readonly string[]
    readonly sids?: readonly number[]
    readonly action?: string
  }
}

const bps = (priceBps: number): string => (priceBps / 10_000).toFixed(4)
