import { mapMarket, mapStatus, toTimeUs } from '@kwm/adapter-kalshi'
import type { SeriesFeeChange, VenueEvent, VenueMarket, VenueSeries } from '@kwm/adapter-kalshi'
import type { HostRecord } from '@kwm/contracts'
import { OperatingError } from '@kwm/runtime'
import type { Clock } from '@kwm/runtime'
import { ReadSchedule } from './read-schedule.ts'
import type { ReadOutcome } from './read-schedule.ts'
import { SeriesFinder } from './series-finder.ts'
import type { VenueReads } from './venue-reads.ts'
import { WantedReads } from './wanted-reads.ts'
import type { Watch } from './watch.ts'

export type DiscoveryPorts = {
  readonly rest: VenueReads
  readonly clock: Clock
  /** What was found, as the machine takes it. */
  readonly onFound: (record: HostRecord) => void
  readonly onOutcome: (error?: OperatingError) => void
  /** A series that a query found. */
  readonly onSeries: (ticker: string) => void
  /** Listed markets whose end is not known: those over, and those that await their strike. */
  readonly unsettled: () => {
    readonly over: readonly string[]
    readonly strikeless: readonly string[]
  }
}

/** How often each series is read again; what changes in between comes by the socket. */
const SERIES_EVERY_US = 60_000_000
const OVER_EVERY_US = 60_000_000
const STRIKELESS_EVERY_US = 5_000_000
const FEES_EVERY_US = 600_000_000
const SERIES_HOLD_US = 600_000_000
const EVENT_HOLD_US = 60_000_000
const TICKERS_PER_READ = 100
/** A series is two reads; a Basic key has 20 a second, and half are for polling. */
const PACE_MS = 200
const FIRST_RETRY_MS = 500

type Held<T> = { readonly value: T; readonly readUs: number }

/** Which markets there are, by REST: every series in its own time, single ones when asked. */
export class Discovery {
  readonly #ports: DiscoveryPorts
  readonly #watch: Watch
  readonly #finder: SeriesFinder
  readonly #schedule = new ReadSchedule()
  readonly #wanted = new WantedReads()
  readonly #series = new Map<string, Held<VenueSeries>>()
  readonly #events = new Map<string, Held<VenueEvent>>()
  readonly #attempted = new Set<string>()
  readonly #succeeded = new Set<string>()
  #feeChanges: readonly SeriesFeeChange[] = []
  #unsettledBefore = ''
  #isDone = false

  constructor(ports: DiscoveryPorts, watch: Watch) {
    this.#ports = ports
    this.#watch = watch
    this.#finder = new SeriesFinder(ports, watch)
  }

  /** True once everything watched was tried and something was read. The rest is tried on. */
  get isDone(): boolean {
    return this.#isDone
  }

  wantMarket(ticker: string): void {
    this.#wanted.want('market', ticker, this.#ports.clock.nowUs())
  }

  wantEvent(ticker: string): void {
    this.#events.delete(ticker)
    this.#wanted.want('event', ticker, this.#ports.clock.nowUs())
  }

  /** An event of the series ended: the next one is looked for. */
  hasten(seriesTicker: string): void {
    this.#schedule.hasten(`series ${seriesTicker}`, this.#ports.clock.nowUs())
  }

  /** Until all was read once; with `isHasty` one attempt will do. */
  async first(signal: AbortSignal, isHasty: boolean): Promise<void> {
    while (!signal.aborted) {
      await this.tick(signal)
      if (this.#isDone || isHasty) return
      await this.#ports.clock.sleep(FIRST_RETRY_MS, signal)
    }
  }

  /** A few times a second; reads what is due. */
  async tick(signal: AbortSignal): Promise<void> {
    await this.#once('fees', FEES_EVERY_US, () => this.#readFees(signal))
    const keys: string[] = []
    if (this.#finder.hasQueries) {
      keys.push('queries')
      await this.#once('queries', SERIES_HOLD_US, () => this.#finder.read(signal))
    }
    for (const ticker of this.#finder.series) {
      keys.push(`series ${ticker}`)
      const read = (): Promise<ReadOutcome> => this.#readSeries(ticker, signal)
      const wasRead = await this.#once(`series ${ticker}`, SERIES_EVERY_US, read)
      if (wasRead) await this.#ports.clock.sleep(PACE_MS, signal)
    }
    for (const ticker of this.#watch.events) {
      keys.push(`event ${ticker}`)
      await this.#once(`event ${ticker}`, SERIES_EVERY_US, () => this.#readEvent(ticker, signal))
    }
    if (this.#watch.markets.length > 0) {
      keys.push('markets')
      const { markets } = this.#watch
      await this.#once('markets', SERIES_EVERY_US, () => this.#readMarkets(markets, signal))
    }
    await this.#readUnsettled(signal)
    await this.#readWanted(signal)
    this.#isDone ||=
      keys.every((key) => this.#attempted.has(key)) && keys.some((key) => this.#succeeded.has(key))
  }

  async #readUnsettled(signal: AbortSignal): Promise<void> {
    const { over, strikeless } = this.#ports.unsettled()
    // What has just ended or opened is news: its read is due at once.
    const unsettled = [...over, '|', ...strikeless].join()
    if (unsettled !== this.#unsettledBefore) {
      for (const key of ['over', 'strikeless']) {
        this.#schedule.hasten(key, this.#ports.clock.nowUs())
      }
      this.#unsettledBefore = unsettled
    }
    if (over.length > 0) {
      await this.#once('over', OVER_EVERY_US, async () => {
        await this.#readMarkets(over, signal)
        return this.#ports.unsettled().over.length < over.length ? 'fruitful' : 'fruitless'
      })
    }
    if (strikeless.length > 0) {
      await this.#once('strikeless', STRIKELESS_EVERY_US, async () => {
        await this.#readMarkets(strikeless, signal)
        const { strikeless: left } = this.#ports.unsettled()
        return left.length < strikeless.length ? 'fruitful' : 'fruitless'
      })
    }
  }

  async #readWanted(signal: AbortSignal): Promise<void> {
    const { market, event } = this.#wanted.take(this.#ports.clock.nowUs())
    for (const ticker of event) await this.#guard(() => this.#readEvent(ticker, signal))
    if (market.length > 0) await this.#guard(() => this.#readMarkets(market, signal))
  }

  async #readFees(signal: AbortSignal): Promise<ReadOutcome> {
    this.#feeChanges = await this.#ports.rest.feeChanges(signal)
    return 'fruitful'
  }

  async #readSeries(ticker: string, signal: AbortSignal): Promise<ReadOutcome> {
    let found = 0
    for (const status of ['open', 'unopened']) {
      const events = await this.#ports.rest.events(ticker, status, signal)
      for (const event of events) {
        found += event.markets?.length ?? 0
        await this.#list(event, event.markets ?? [], signal)
      }
    }
    return found > 0 ? 'fruitful' : 'fruitless'
  }

  async #readEvent(ticker: string, signal: AbortSignal): Promise<ReadOutcome> {
    const event = await this.#ports.rest.event(ticker, signal)
    await this.#list(event, event.markets ?? [], signal)
    return (event.markets?.length ?? 0) > 0 ? 'fruitful' : 'fruitless'
  }

  async #readMarkets(tickers: readonly string[], signal: AbortSignal): Promise<ReadOutcome> {
    let found = 0
    for (let from = 0; from < tickers.length; from += TICKERS_PER_READ) {
      const chunk = tickers.slice(from, from + TICKERS_PER_READ)
      const markets = await this.#ports.rest.markets({ tickers: chunk }, signal)
      found += markets.length
      for (const market of markets) {
        await this.#list(await this.#eventOf(market, signal), [market], signal)
      }
    }
    return found > 0 ? 'fruitful' : 'fruitless'
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
    // What came into force before the series was read is in the series already.
    const changes = this.#feeChanges
      .filter((change) => change.seriesTicker === event.series_ticker)
      .filter(({ effectiveTimeUs }) => effectiveTimeUs > series.readUs)
      .map(({ seriesTicker: _series, ...change }) => change)
    for (const market of markets) {
      // When it was true; never later than now, and of the venue's own day in a simulated one.
      const changedUs = toTimeUs(market.updated_time ?? market.open_time)
      const eventTimeUs = Math.min(nowUs, changedUs)
      const data = mapMarket(market, event, series.value, changes)
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

  async #seriesOf(ticker: string, signal: AbortSignal): Promise<Held<VenueSeries>> {
    const nowUs = this.#ports.clock.nowUs()
    const held = this.#series.get(ticker)
    if (held && nowUs - held.readUs < SERIES_HOLD_US) return held
    const read = { value: await this.#ports.rest.series(ticker, signal), readUs: nowUs }
    this.#series.set(ticker, read)
    return read
  }

  /** Read it if it is due, and settle when it is due again. */
  async #once(key: string, everyUs: number, read: () => Promise<ReadOutcome>): Promise<boolean> {
    const { clock } = this.#ports
    if (!this.#schedule.isDue(key, clock.nowUs())) return false
    let outcome: ReadOutcome = 'failed'
    this.#attempted.add(key)
    await this.#guard(async () => {
      outcome = await read()
      this.#succeeded.add(key)
    })
    this.#schedule.done(key, clock.nowUs(), everyUs, outcome)
    return true
  }

  /** What the venue does to us is told and tried again; a bug of ours is not caught. */
  async #guard(read: () => Promise<unknown>): Promise<void> {
    try {
      await read()
      this.#ports.onOutcome()
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error
      this.#ports.onOutcome(error)
    }
  }
}
