import { encodeHostRecord } from '@kwm/adapter-kalshi'
import type { ConnectionCallbacks, KalshiConnection, KalshiRest } from '@kwm/adapter-kalshi'
import type { HostRecord, RawFrame } from '@kwm/contracts'
import { HOST_CONNECTION_SUFFIX, isFresh, isOver, lacksBook } from '@kwm/machines'
import type { FeedEffect, FeedStep } from '@kwm/machines'
import { Discovery } from './discovery.ts'
import type { Watch } from './discovery.ts'
import { FeedJournal } from './journal.ts'
import type { JournalPorts } from './journal.ts'
import { Subscriptions } from './subscriptions.ts'

export type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>
export type Socket = Pick<KalshiConnection, 'run' | 'send' | 'pause' | 'resume'>

export type IngestPorts = JournalPorts & {
  readonly rest: Pick<KalshiRest, 'series' | 'event' | 'events' | 'markets'>
  readonly connect: (idPrefix: string, callbacks: ConnectionCallbacks) => Socket
  readonly log: Log
}

export type IngestOptions = {
  readonly watch: Watch
  readonly snapshotEveryRecords?: number
}

export const FEED = 'kalshi-ws'

/**
 * The venue's market data, from the socket to RAW and the tape. The journal keeps and decides, the
 * subscriptions say what we want to hear, discovery says of which markets.
 */
export class KalshiIngest {
  readonly #ports: IngestPorts
  readonly #watch: Watch
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

  constructor(ports: IngestPorts, options: IngestOptions) {
    const { clock, tape } = ports
    this.#ports = ports
    this.#watch = options.watch
    this.#idPrefix = `${tape.shard}-${Math.floor(clock.nowUs()).toString(36)}`
    const { snapshotEveryRecords } = options
    this.#journal = new FeedJournal(ports, {
      feed: { feed: FEED, watch: options.watch },
      onStep: (step) => this.#onStep(step),
      onPressure: (isHigh) => this.#onPressure(isHigh),
      ...(snapshotEveryRecords !== undefined && { snapshotEveryRecords }),
    })
    this.#discovery = this.#createDiscovery()
    this.#socket = ports.connect(this.#idPrefix, {
      onOpen: (connectionId, receivedTimeUs) => this.#onOpen(connectionId, receivedTimeUs),
      onFrame: (bytes, receivedTimeUs) => this.#ingest('frame', bytes, receivedTimeUs),
      onClose: (reason, receivedTimeUs) => this.#onClose(reason, receivedTimeUs),
      onRetry: (reason, waitMs) => this.#onRetry(reason, waitMs),
    })
    this.#subscriptions = new Subscriptions({
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
    const tasks = [this.#socket.run(ends), this.#everySecond(ends), this.#discover(ends)]
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
        onOutcome: (error) => {
          metrics.discoveryTotal.inc({ outcome: error ? 'failed' : 'ok' })
          if (error) log.warn({ code: error.code, reason: error.message }, 'discovery failed')
        },
        unsettled: () => this.#unsettled(),
      },
      this.#watch,
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
      this.#subscriptions.tick(this.#inspectBooks())
    }
  }

  /** Which markets are wanted, and what the gauges say. Returns those that lack a good book. */
  #inspectBooks(): readonly string[] {
    const { markets } = this.#journal.state
    const wanted = new Set<string>()
    const lacking: string[] = []
    const counts = { fresh: 0, stale: 0, missing: 0 }
    for (const market of markets.values()) {
      if (!market.listing || isOver(market)) continue
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
    this.#ingest('open', Buffer.from('kalshi websocket'), receivedTimeUs)
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
    for (const effect of step.effects) this.#carryOut(effect)
    if (this.#isInspectionDue || !step.events.some(({ type }) => this.#isNews(type))) return
    // A listing brings many records at once: they are looked at together.
    this.#isInspectionDue = true
    queueMicrotask(() => {
      this.#isInspectionDue = false
      this.#inspectBooks()
    })
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
      case 'command-failed':
        metrics.commandErrorsTotal.inc({ code: String(effect.code) })
        log.warn({ venueCode: effect.code, reason: effect.message }, 'error frame')
        return this.#subscriptions.onEffect(effect)
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
