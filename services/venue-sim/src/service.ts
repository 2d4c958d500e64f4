import type { MarketState, VenueEvent, VenueSource } from '@kwm/sim'
import { VenueState, formatIso } from '@kwm/sim'
import type { Config } from './config.ts'
import type { FaultKind } from './faults.ts'
import { isFrameFault } from './faults.ts'
import type { Metrics } from './metrics.ts'
import type { Wire } from './outbox.ts'
import { Outbox } from './outbox.ts'
import { Player } from './player.ts'
import { Published } from './published.ts'
import { Session } from './session.ts'

const HEARTBEAT_MS = 10_000
/** After the first subscription, when it does not cover all books. */
const START_AFTER_MS = 1_000
const CONGESTED_BYTES = 1024 * 1024

type Log = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export type VenueSimPorts = {
  readonly log: Log
  readonly metrics: Metrics
  readonly nowMs: () => number
}

export type VenueSimOptions = {
  readonly speed: number
  readonly start: Config['VENUE_SIM_START']
  readonly bufferBytesMax?: number
}

/**
 * The exchange: the state that a source's events make, the clients that watch it, and the player
 * that drives it. Orders of clients, when they come, change the same state through the same `#apply`.
 */
export class VenueSim {
  readonly state: VenueState
  readonly source: VenueSource
  readonly player: Player
  readonly #ports: VenueSimPorts
  readonly #options: VenueSimOptions
  readonly #sessions = new Set<Session>()
  readonly #heartbeat: NodeJS.Timeout
  #startTimer: NodeJS.Timeout | undefined
  #framesSent = 0

  constructor(source: VenueSource, options: VenueSimOptions, ports: VenueSimPorts) {
    this.source = source
    this.#options = options
    this.#ports = ports
    this.state = new VenueState(source.markets, source.startTimeUs)
    this.player = new Player(source, options.speed, {
      nowMs: ports.nowMs,
      apply: (event) => this.#apply(event),
      isCongested: () => this.#isCongested(),
      onGapSkipped: (skippedUs) => {
        ports.log.info({ seconds: Math.round(skippedUs / 1_000_000) }, 'nothing recorded: skipped')
      },
      onFinished: () => ports.log.info({ events: this.player.eventsPlayed }, 'played to the end'),
    })
    this.player.open()
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS)
    if (options.start === 'immediately') this.player.start()
  }

  get connections(): number {
    return this.#sessions.size
  }

  connect(wire: Wire): Session {
    const { metrics } = this.#ports
    const outbox = new Outbox(
      wire,
      {
        sent: (channel) => {
          this.#framesSent++
          metrics.framesTotal.inc({ channel })
        },
        overflowed: () => {
          metrics.overflowsTotal.inc()
          this.#ports.log.warn({}, 'a client does not read: cut off')
        },
      },
      this.#options.bufferBytesMax,
    )
    const session: Session = new Session(this.state, outbox, () => this.#onSubscribed(session))
    this.#sessions.add(session)
    metrics.connections.set(this.#sessions.size)
    return session
  }

  disconnected(session: Session): void {
    this.#sessions.delete(session)
    this.#ports.metrics.connections.set(this.#sessions.size)
  }

  /** How many connections it will happen to. */
  injectFault(kind: FaultKind, count: number, stallMs: number): number {
    this.#ports.metrics.faultsTotal.inc({ kind })
    this.#ports.log.info({ kind, count, connections: this.#sessions.size }, 'fault')
    for (const session of this.#sessions) {
      if (isFrameFault(kind)) session.addFaults(kind, count)
      else if (kind === 'disconnect') session.outbox.disconnect()
      else {
        session.outbox.stall()
        setTimeout(() => session.outbox.resume(), stallMs).unref()
      }
    }
    return this.#sessions.size
  }

  status() {
    const { source, player } = this
    const startedAt = player.startedAtMs
    return {
      source: source.name,
      synthetic: source.isSynthetic,
      sizes: source.sizes,
      seed: source.seed,
      speed: player.speed,
      startedAt: startedAt === null ? null : formatIso(Math.round(startedAt) * 1_000),
      playing: player.isPlaying,
      finished: player.isFinished,
      simTimeUs: Math.round(player.simTimeUs),
      simTime: formatIso(Math.floor(player.simTimeUs / 1_000_000) * 1_000_000),
      progress: player.progress,
      eventsPlayed: player.eventsPlayed,
      framesSent: this.#framesSent,
      connections: this.connections,
      skippedLines: source.skipped(),
      inconsistentChanges: this.state.inconsistentChanges,
      events: source.events.map((event) => ({
        eventTicker: event.eventTicker,
        title: event.title,
        markets: [...this.state.markets]
          .filter(({ market }) => market.eventTicker === event.eventTicker)
          .map(marketStatus),
      })),
    }
  }

  close(): void {
    clearInterval(this.#heartbeat)
    clearTimeout(this.#startTimer)
    this.player.pause()
    for (const session of this.#sessions) session.outbox.disconnect()
    this.#sessions.clear()
  }

  #apply(event: VenueEvent): void {
    const { metrics } = this.#ports
    metrics.eventsTotal.inc()
    const { market } = this.state.market(event.marketTicker)!
    for (const change of this.state.apply(event)) {
      const item = Published.of(change, market)
      if (item) for (const session of this.#sessions) session.publish(item)
    }
  }

  #onSubscribed(session: Session): void {
    if (this.#options.start !== 'on-subscribe' || this.player.startedAtMs !== null) return
    const tickers = this.source.markets.map(({ ticker }) => ticker)
    if (session.coversBooks(tickers)) return this.player.start()
    this.#startTimer ??= setTimeout(() => {
      this.#startTimer = undefined
      const isWatched = [...this.#sessions].some(({ subscriptions }) => subscriptions.length > 0)
      if (isWatched && this.player.startedAtMs === null) this.player.start()
    }, START_AFTER_MS)
  }

  #beat(): void {
    this.#ports.metrics.progressRatio.set(this.player.progress)
    for (const { outbox } of this.#sessions) outbox.heartbeat()
  }

  #isCongested(): boolean {
    for (const { outbox } of this.#sessions) {
      if (outbox.bufferedBytes > CONGESTED_BYTES) return true
    }
    return false
  }
}

const marketStatus = ({ market, book, status, result, lastPriceBps }: MarketState) => ({
  ticker: market.ticker,
  label: market.yesSubTitle,
  yesBidBps: book.bestYesBidBps,
  yesAskBps: book.bestYesAskBps,
  lastPriceBps,
  status,
  result,
})
