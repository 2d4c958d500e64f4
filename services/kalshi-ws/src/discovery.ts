import { mapMarket, mapStatus, toTimeUs } from '@kwm/adapter-kalshi'
import type { KalshiRest, VenueEvent, VenueMarket, VenueSeries } from '@kwm/adapter-kalshi'
import type { HostRecord } from '@kwm/contracts'
import { OperatingError } from '@kwm/runtime'
import type { Clock } from '@kwm/runtime'

export type Watch = {
  readonly series: readonly string[]
  readonly events: readonly string[]
  readonly markets: readonly string[]
}

export type DiscoveryPorts = {
  readonly rest: Pick<KalshiRest, 'series' | 'event' | 'events' | 'markets'>
  readonly clock: Clock
  /** What was found, as the machine takes it. */
  readonly onFound: (record: HostRecord) => void
  readonly onOutcome: (error?: OperatingError) => void
  /** Listed markets whose end is not known: those over, and those that await their strike. */
  readonly unsettled: () => {
    readonly over: readonly string[]
    readonly strikeless: readonly string[]
  }
}

/** How often all is read again; what changes in between comes by the socket. */
const FULL_EVERY_US = 60_000_000
const STRIKELESS_EVERY_US = 5_000_000
const SERIES_HOLD_US = 600_000_000
const EVENT_HOLD_US = 60_000_000
/** The venue's cache may answer as it was 15 s ago: what is told of is read at once and once more. */
const SECOND_READ_US = 16_000_000
const TICKERS_PER_READ = 100
const DUE_MAX = 10_000
const FIRST_RETRY_MS = 2_000

type Due = {
  readonly kind: 'market' | 'event'
  readonly atUs: number
  readonly isSecond: boolean
}
type Held<T> = { readonly value: T; readonly readUs: number }

/** Which markets there are, by REST: all at the start and every minute, single ones when asked. */
export class Discovery {
  readonly #ports: DiscoveryPorts
  readonly #watch: Watch
  readonly #series = new Map<string, Held<VenueSeries>>()
  readonly #events = new Map<string, Held<VenueEvent>>()
  /** Market and event tickers to read, and when. */
  readonly #due = new Map<string, Due>()
  #fullAtUs = 0
  #strikelessAtUs = 0
  #isDone = false

  constructor(ports: DiscoveryPorts, watch: Watch) {
    this.#ports = ports
    this.#watch = watch
  }

  /** True once everything watched was read. */
  get isDone(): boolean {
    return this.#isDone
  }

  wantMarket(ticker: string): void {
    this.#setDue('market', ticker, this.#ports.clock.nowUs())
  }

  wantEvent(ticker: string): void {
    this.#events.delete(ticker)
    this.#setDue('event', ticker, this.#ports.clock.nowUs())
  }

  /** Until all was read once; with `isHasty` one attempt will do. */
  async first(signal: AbortSignal, isHasty: boolean): Promise<void> {
    while (!signal.aborted) {
      await this.#guard(() => this.#full(signal))
      if (this.#isDone || isHasty) return
      await this.#ports.clock.sleep(FIRST_RETRY_MS, signal)
    }
  }

  /** Once a second or so; reads what is due. */
  async tick(signal: AbortSignal): Promise<void> {
    const nowUs = this.#ports.clock.nowUs()
    if (nowUs >= this.#fullAtUs) await this.#guard(() => this.#full(signal))
    if (nowUs >= this.#strikelessAtUs) {
      this.#strikelessAtUs = nowUs + STRIKELESS_EVERY_US
      for (const ticker of this.#ports.unsettled().strikeless) {
        if (!this.#due.has(`market ${ticker}`)) this.#setDue('market', ticker, nowUs, true)
      }
    }
    const due = [...this.#due].filter(([, { atUs }]) => atUs <= nowUs)
    const tickersOf = (kind: 'market' | 'event'): string[] =>
      due.filter(([, entry]) => entry.kind === kind).map(([key]) => key.slice(kind.length + 1))
    for (const [key, { kind, isSecond }] of due) {
      this.#due.delete(key)
      const ticker = key.slice(kind.length + 1)
      if (!isSecond) this.#setDue(kind, ticker, nowUs + SECOND_READ_US, true)
    }
    for (const ticker of tickersOf('event'))
      await this.#guard(() => this.#readEvent(ticker, signal))
    const tickers = tickersOf('market')
    if (tickers.length > 0) await this.#guard(() => this.#readMarkets(tickers, signal))
  }

  #setDue(kind: Due['kind'], ticker: string, atUs: number, isSecond = false): void {
    if (this.#due.size < DUE_MAX) this.#due.set(`${kind} ${ticker}`, { kind, atUs, isSecond })
  }

  async #full(signal: AbortSignal): Promise<void> {
    this.#fullAtUs = this.#ports.clock.nowUs() + FULL_EVERY_US
    for (const ticker of this.#watch.series) {
      for (const status of ['open', 'unopened']) {
        const events = await this.#ports.rest.events(ticker, status, signal)
        for (const event of events) await this.#list(event, event.markets ?? [], signal)
      }
    }
    for (const ticker of this.#watch.events) await this.#readEvent(ticker, signal)
    await this.#readMarkets([...this.#watch.markets, ...this.#ports.unsettled().over], signal)
    this.#isDone = true
  }

  async #readEvent(ticker: string, signal: AbortSignal): Promise<void> {
    const event = await this.#ports.rest.event(ticker, signal)
    await this.#list(event, event.markets ?? [], signal)
  }

  async #readMarkets(tickers: readonly string[], signal: AbortSignal): Promise<void> {
    for (let from = 0; from < tickers.length; from += TICKERS_PER_READ) {
      const chunk = tickers.slice(from, from + TICKERS_PER_READ)
      const markets = await this.#ports.rest.markets({ tickers: chunk }, signal)
      for (const market of markets) {
        await this.#list(await this.#eventOf(market, signal), [market], signal)
      }
    }
  }

  async #list(
    event: VenueEvent,
    markets: readonly VenueMarket[],
    signal: AbortSignal,
  ): Promise<void> {
    const nowUs = this.#ports.clock.nowUs()
    const { markets: _markets, ...alone } = event
    this.#events.set(event.event_ticker, { value: alone, readUs: nowUs })
    const series = await this.#seriesOf(event.series_ticker, signal)
    for (const market of markets) {
      // When it was true; never later than now, and of the venue's own day in a simulated one.
      const changedUs = toTimeUs(market.updated_time ?? market.open_time)
      const eventTimeUs = Math.min(nowUs, changedUs)
      const data = mapMarket(market, event, series)
      this.#ports.onFound({ kind: 'market-listed', eventTimeUs, data })
      const status = mapStatus(market)
      if (status.result !== null) {
        this.#ports.onFound({ kind: 'market-status', eventTimeUs, data: status })
      }
    }
  }

  async #eventOf(market: VenueMarket, signal: AbortSignal): Promise<VenueEvent> {
    const held = this.#events.get(market.event_ticker)
    if (held && this.#ports.clock.nowUs() - held.readUs < EVENT_HOLD_US) return held.value
    return this.#ports.rest.event(market.event_ticker, signal)
  }

  async #seriesOf(ticker: string, signal: AbortSignal): Promise<VenueSeries> {
    const nowUs = this.#ports.clock.nowUs()
    const held = this.#series.get(ticker)
    if (held && nowUs - held.readUs < SERIES_HOLD_US) return held.value
    const value = await this.#ports.rest.series(ticker, signal)
    this.#series.set(ticker, { value, readUs: nowUs })
    return value
  }

  /** What the venue does to us is told and tried again; a bug of ours is not caught. */
  async #guard(read: () => Promise<void>): Promise<void> {
    try {
      await read()
      this.#ports.onOutcome()
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error
      this.#ports.onOutcome(error)
    }
  }
}
