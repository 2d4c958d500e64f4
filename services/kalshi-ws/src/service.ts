import { encodeHostRecord, redact } from '@kwm/adapter-kalshi'
import type { ConnectionCallbacks, KalshiConnection, KalshiHistory } from '@kwm/adapter-kalshi'
import type { AnyEvent, HostRecord, RawFrame } from '@kwm/contracts'
import { HOST_CONNECTION_SUFFIX, isFresh, isOver, lacksBook, venueNowUs } from '@kwm/machines'
import type { FeedEffect, FeedStep } from '@kwm/machines'
import { BookAudit } from './book-audit.ts'
import type { AuditOptions } from './book-audit.ts'
import { Discovery } from './discovery.ts'
import { FeedJournal } from './journal.ts'
import type { JournalPorts } from './journal.ts'
import { KEYLESS_OPEN } from './keyless-socket.ts'
import { MarketLog } from './market-log.ts'
import { MissedTrades } from './missed-trades.ts'
import type { MissedTradesOptions } from './missed-trades.ts'
import { Subscriptions } from './subscriptions.ts'
import type { VenueReads } from './venue-reads.ts'
import type { Watch } from './watch.ts'

export type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>
export type Socket = Pick<KalshiConnection, 'run' | 'send' | 'pause' | 'resume'>

export type IngestPorts = JournalPorts & {
  readonly rest: VenueReads
  readonly history: Pick<KalshiHistory, 'trades'>
  readonly connect: (idPrefix: string, callbacks: ConnectionCallbacks) => Socket
  readonly log: Log
}

export type IngestOptions = {
  readonly watch: Watch
  /** `keyless`: `connect` gives a poller, not a socket. */
  readonly mode?: FeedMode
  /** Kept out of the log, whatever a frame says: of the key, its id. */
  readonly secrets?: readonly string[]
  /** CF Benchmarks indices to subscribe. */
  readonly indexIds?: readonly string[]
  readonly audit?: AuditOptions
  readonly missedTrades?: MissedTradesOptions
  readonly snapshotEveryRecords?: number
}

export type FeedMode = 'streaming' | 'keyless'

export const FEED = 'kalshi-ws'
/** Markets are subscribed this long before they open. */
const LEAD_US = 60_000_000
/** A venue time further from ours than this is another day's: a recording, a simulation. */
const SAME_DAY_US = 3_600_000_000

/**
 * The venue's market data, from the socket to RAW and the tape. The journal keeps and decides, the
 * subscriptions say what we want to hear, discovery says of which markets.
 */
export class KalshiIngest {
  readonly #ports: IngestPorts
  readonly #options: IngestOptions
  /** Series that queries find are added: lifecycle frames of theirs are then followed. */
  readonly #series: string[]
  readonly #audit: BookAudit
  readonly #missedTrades: MissedTrades
  readonly #marketLog: MarketLog
  readonly #journal: FeedJournal
  readonly #subscriptions: Subscriptions
  readonly #discovery: Discovery
  readonly #idPrefix: string
  readonly #socket: Socket
  #connectionId = ''
  #frameNo = 0
  #hostNo = 0
  #hasRecovered = false
  #areFirstBooksIn = false
  #isInspectionDue = false
  #lastFrameUs = 0

  constructor(ports: IngestPorts, options: IngestOptions) {
    const { clock, tape } = ports
    this.#ports = ports
    this.#options = options
    const { series, events, markets } = options.watch
    this.#series = [...series]
    this.#idPrefix = `${tape.shard}-${Math.floor(clock.nowUs()).toString(36)}`
    const { snapshotEveryRecords } = options
    this.#journal = new FeedJournal(ports, {
      feed: { feed: FEED, watch: { series: this.#series, events, markets } },
      onStep: (step) => this.#onStep(step),
      onPressure: (isHigh) => this.#onPressure(isHigh),
      ...(snapshotEveryRecords !== undefined && { snapshotEveryRecords }),
    })
    this.#discovery = this.#createDiscovery()
    this.#audit = this.#createAudit()
    this.#missedTrades = this.#createMissedTrades()
    this.#marketLog = new MarketLog({
      log: ports.log,
      onCounts: (counts) => {
        for (const [untradable, n] of counts) ports.metrics.marketsListed.set({ untradable }, n)
      },
    })
    ports.metrics.mode.set({ mode: options.mode ?? 'streaming' }, 1)
    this.#socket = ports.connect(this.#idPrefix, {
      onOpen: (connectionId, receivedTimeUs) => this.#onOpen(connectionId, receivedTimeUs),
      onFrame: (bytes, receivedTimeUs) => {
        this.#lastFrameUs = receivedTimeUs
        this.#ingest('frame', bytes, receivedTimeUs)
      },
      onClose: (reason, receivedTimeUs) => this.#onClose(reason, receivedTimeUs),
      onRetry: (reason, waitMs) => this.#onRetry(reason, waitMs),
    })
    this.#subscriptions = new Subscriptions({
      indexIds: options.indexIds ?? [],
      send: (command) => this.#socket.send(command),
      nowUs: () => clock.nowUs(),
      onFailure: (details) => ports.log.warn(details, 'the venue refused a command'),
    })
  }

  /** Or the reason why not. */
  get readiness(): true | string {
    if (!this.#hasRecovered) return 'recovering'
    if (!this.#discovery.isDone) return 'markets not discovered yet'
    if (this.#connectionId === '') return 'not connected'
    if (!this.#subscriptions.isLive) return 'not subscribed'
    return this.#areFirstBooksIn || 'first snapshots not in'
  }

  get journal(): FeedJournal {
    return this.#journal
  }

  /** Until the signal, or until something cannot go on. What was received is stored before it ends. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#ports
    const report = await this.#journal.recover()
    this.#ports.metrics.recoveredEventsTotal.inc(report.appended)
    this.#ports.metrics.orphanEventsTotal.inc(report.orphans)
    log.info({ ...report }, 'recovered')
    if (report.orphans > 0) log.error({ orphans: report.orphans }, 'events without a raw frame')
    this.#hasRecovered = true
    this.#host({ kind: 'start' })

    const stop = new AbortController()
    const ends = AbortSignal.any([signal, stop.signal, this.#journal.failed])
    // Markets known from before are followed at once, whether REST answers or not.
    const knowsMarkets = [...this.#journal.state.markets.values()].some(({ listing }) => listing)
    await this.#discovery.first(ends, knowsMarkets)
    const tasks = [
      this.#socket.run(ends),
      this.#everySecond(ends),
      this.#discover(ends),
      this.#audit.run(ends),
      this.#missedTrades.run(ends),
    ]
    try {
      await Promise.all(tasks)
    } finally {
      stop.abort()
      await Promise.allSettled(tasks)
    }
    await this.#journal.flush()
    await this.#journal.save()
  }

  #createDiscovery(): Discovery {
    const { rest, clock, metrics, log } = this.#ports
    return new Discovery(
      {
        rest,
        clock,
        onFound: (record) => this.#host(record),
        onSeries: (ticker) => {
          this.#series.push(ticker)
          log.info({ seriesTicker: ticker }, 'series found')
        },
        onOutcome: (error) => {
          metrics.discoveryTotal.inc({ outcome: error ? 'failed' : 'ok' })
          if (error) log.warn({ code: error.code, reason: error.message }, 'discovery failed')
        },
        unsettled: () => this.#unsettled(),
      },
      this.#options.watch,
    )
  }

  #createAudit(): BookAudit {
    const { rest, clock, metrics, log } = this.#ports
    // A polled book is REST's own: there is nothing to compare it with.
    const options =
      this.#options.mode === 'keyless' ? { everyMs: 0 } : (this.#options.audit ?? { everyMs: 0 })
    return new BookAudit(
      {
        rest,
        clock,
        markets: () => this.#journal.state.markets,
        onOutcome: (outcome, mismatchRate, marketTicker) => {
          metrics.auditsTotal.inc({ outcome })
          metrics.auditMismatchRatio.set(mismatchRate)
          if (outcome === 'mismatch') log.warn({ marketTicker }, 'the book is not that of REST')
        },
        onFailed: (marketTicker) => {
          log.error({ marketTicker }, 'the book failed its audit: stale until its snapshot')
          this.#host({ kind: 'audit-failed', marketTicker })
        },
      },
      options,
    )
  }

  #createMissedTrades(): MissedTrades {
    const { history, clock, metrics, log } = this.#ports
    return new MissedTrades(
      {
        ...{ history, clock },
        feed: () => this.#journal.state,
        onFound: (record) => this.#host(record),
        onRound: (outcome, late, reason) => {
          metrics.tradeRefetchesTotal.inc({ outcome })
          metrics.lateTradesTotal.inc(late)
          if (outcome === 'ok') log.info({ late }, 'missed trades read')
          else log.warn({ outcome, late, reason }, 'missed trades could not all be read')
        },
      },
      this.#options.missedTrades,
    )
  }

  #unsettled(): { over: string[]; strikeless: string[] } {
    const over: string[] = []
    const strikeless: string[] = []
    for (const market of this.#journal.state.markets.values()) {
      if (!market.listing) continue
      const { marketTicker, status, listing } = market
      if (isOver(market)) {
        if (status !== 'finalized' && status !== 'settled') over.push(marketTicker)
      } else if (
        status === 'active' &&
        listing.floorStrike === null &&
        listing.capStrike === null
      ) {
        strikeless.push(marketTicker)
      }
    }
    return { over, strikeless }
  }

  async #discover(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports
    while (!signal.aborted) {
      await this.#discovery.tick(signal)
      await clock.sleep(250, signal)
    }
  }

  async #everySecond(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports
    let second = Math.floor(clock.nowUs() / 1_000_000)
    while (!signal.aborted) {
      const nextUs = (second + 1) * 1_000_000
      await clock.sleep(Math.max(1, Math.ceil((nextUs - clock.nowUs()) / 1_000)), signal)
      const now = Math.floor(clock.nowUs() / 1_000_000)
      if (signal.aborted || now <= second) continue
      second = now
      this.#host({ kind: 'second' })
      if (this.#lastFrameUs > 0) {
        this.#ports.metrics.lastFrameAgeSeconds.set((clock.nowUs() - this.#lastFrameUs) / 1e6)
      }
      this.#subscriptions.tick(this.#inspectBooks())
    }
  }

  /** Which markets are wanted, and what the gauges say. Returns those that lack a good book. */
  #inspectBooks(): readonly string[] {
    const { state: feed } = this.#journal
    const { markets } = feed
    const opensBeforeUs = venueNowUs(feed, this.#ports.clock.nowUs()) + LEAD_US
    const wanted = new Set<string>()
    const lacking: string[] = []
    const counts = { fresh: 0, stale: 0, missing: 0 }
    for (const market of markets.values()) {
      if (!market.listing || isOver(market)) continue
      if (market.status === 'initialized' && market.listing.openTimeUs > opensBeforeUs) continue
      wanted.add(market.marketTicker)
      if (isFresh(market)) counts.fresh++
      else if (market.book) counts.stale++
      else if (market.status === 'active') counts.missing++
      if (lacksBook(market)) lacking.push(market.marketTicker)
    }
    for (const state of ['fresh', 'stale', 'missing'] as const) {
      this.#ports.metrics.books.set({ state }, counts[state])
    }
    this.#subscriptions.want(wanted)
    const isComplete = this.#subscriptions.isLive && wanted.size > 0 && lacking.length === 0
    if (isComplete) this.#areFirstBooksIn = true
    return lacking
  }

  #onOpen(connectionId: string, receivedTimeUs: number): void {
    this.#ports.metrics.connectsTotal.inc()
    this.#ports.log.info({ connectionId }, 'connected')
    this.#connectionId = connectionId
    this.#frameNo = 0
    this.#areFirstBooksIn = false
    const isKeyless = this.#options.mode === 'keyless'
    const how = isKeyless ? KEYLESS_OPEN : 'kalshi websocket'
    this.#ingest('open', Buffer.from(how), receivedTimeUs)
    this.#subscriptions.onOpen()
    this.#inspectBooks()
  }

  #onClose(reason: string, receivedTimeUs: number): void {
    this.#ingest('close', Buffer.from(reason), receivedTimeUs)
    this.#connectionId = ''
    this.#subscriptions.onClose()
  }

  #onRetry(reason: string, waitMs: number): void {
    this.#ports.metrics.connectFailuresTotal.inc()
    this.#ports.log.warn({ reason, waitMs }, 'no connection to the venue; trying again')
  }

  #onStep(step: FeedStep): void {
    for (const event of step.events) this.#onEvent(event)
    for (const effect of step.effects) this.#carryOut(effect)
    if (this.#isInspectionDue || !step.events.some(({ type }) => this.#isNews(type))) return
    // A listing brings many records at once: they are looked at together.
    this.#isInspectionDue = true
    queueMicrotask(() => {
      this.#isInspectionDue = false
      this.#inspectBooks()
    })
  }

  #onEvent(event: AnyEvent): void {
    this.#marketLog.onEvent(event)
    const { type, data, eventTimeUs, ingestTimeUs } = event
    switch (type) {
      case 'md.book-delta.v1': {
        const ageUs = ingestTimeUs - eventTimeUs
        if (Math.abs(ageUs) < SAME_DAY_US) {
          this.#ports.metrics.messageAgeSeconds.observe(Math.max(0, ageUs) / 1e6)
        }
        return this.#audit.onBookEvent(data.marketTicker)
      }
      case 'md.book-snapshot.v1':
      case 'md.book-stale.v1':
        return this.#audit.onBookEvent(data.marketTicker)
      case 'md.market-status.v1': {
        const market = this.#journal.state.markets.get(data.marketTicker)
        if (market?.listing && isOver(market)) this.#discovery.hasten(market.listing.seriesTicker)
        return
      }
      default:
        return
    }
  }

  #isNews(type: string): boolean {
    if (type === 'md.book-snapshot.v1') return !this.#areFirstBooksIn
    return type === 'md.market-listed.v1' || type === 'md.market-status.v1'
  }

  #carryOut(effect: FeedEffect): void {
    const { metrics, log } = this.#ports
    switch (effect.kind) {
      case 'discover-market':
        return this.#discovery.wantMarket(effect.marketTicker)
      case 'discover-event':
        return this.#discovery.wantEvent(effect.eventTicker)
      case 'command-failed': {
        metrics.commandErrorsTotal.inc({ code: String(effect.code) })
        const reason = redact(effect.message, this.#options.secrets ?? [])
        log.warn({ venueCode: effect.code, reason }, 'error frame')
        return this.#subscriptions.onEffect(effect)
      }
      default:
        return this.#subscriptions.onEffect(effect)
    }
  }

  #onPressure(isHigh: boolean): void {
    if (isHigh) this.#socket.pause()
    else this.#socket.resume()
    this.#ports.log.warn({ isHigh }, isHigh ? 'the broker is slow: not reading' : 'reading again')
  }

  #ingest(kind: RawFrame['kind'], bytes: Uint8Array, receivedTimeUs: number): void {
    const frameNo = this.#frameNo++
    const connectionId = this.#connectionId
    this.#journal.ingest({ kind, connectionId, frameNo, receivedTimeUs, bytes })
  }

  #host(record: HostRecord): void {
    this.#journal.ingest({
      kind: 'frame',
      connectionId: this.#idPrefix + HOST_CONNECTION_SUFFIX,
      frameNo: this.#hostNo++,
      receivedTimeUs: this.#ports.clock.nowUs(),
      bytes: encodeHostRecord(record),
    })
  }
}
