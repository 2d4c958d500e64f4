import type { Cause, VenueEvent, VenueSource } from '@kwm/sim'
import { Exchange, SyntheticIndex, VenueState, indexBody, msOf, privateMessage } from '@kwm/sim'
import type { Config } from './config.ts'
import type { FaultKind, FrameFault } from './faults.ts'
import { isFrameFault } from './faults.ts'
import { HttpFaults, Maintenance } from './http/http-faults.ts'
import { RateLimits, type Tier } from './http/rate-limits.ts'
import type { Metrics } from './metrics.ts'
import { LostAcknowledgements } from './lost-acknowledgements.ts'
import type { Wire } from './outbox.ts'
import { Outbox } from './outbox.ts'
import { Player } from './player.ts'
import { drawFaults, type RandomFaults } from './random-faults.ts'
import { Published } from './published.ts'
import { Session } from './session.ts'
import { statusOf } from './status.ts'

const HEARTBEAT_MS = 10_000
/** After the first subscription, when it does not cover all books. */
const START_AFTER_MS = 1_000
/** How late an expiry may be told when nothing else happens. */
const CLOCK_MS = 100
export const OPENING_CASH_DOLLARS_DEFAULT = 10_000
/** Where the markets played are not of Bitcoin. */
const INDEX_DOLLARS = 68_000
const INDEX_ID = 'BRTI'
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
  /** Of every account, on each shard with markets. */
  readonly openingCashDollars?: number
  /** Of every key and every keyless address. */
  readonly tier?: Tier
}

/**
 * The exchange: the book that a source's events and the clients' orders make, the clients that watch
 * it, and the player that drives it.
 */
export class VenueSim {
  readonly state: VenueState
  readonly source: VenueSource
  readonly player: Player
  readonly exchange: Exchange
  /** Synthetic, whatever is played: no recording has one. */
  readonly index: SyntheticIndex
  readonly lostAcknowledgements = new LostAcknowledgements()
  readonly httpFaults = new HttpFaults()
  readonly maintenance = new Maintenance()
  readonly limits: RateLimits
  /** How far the venue's clock is ahead of ours when it judges a signature. */
  clockSkewMs = 0
  readonly #faultCounts = new Map<FaultKind, number>()
  readonly #faultTimers = new Set<NodeJS.Timeout>()
  readonly #ports: VenueSimPorts
  readonly #options: VenueSimOptions
  readonly #sessions = new Set<Session>()
  readonly #heartbeat: NodeJS.Timeout
  readonly #clock: NodeJS.Timeout
  #startTimer: NodeJS.Timeout | undefined
  #framesSent = 0

  constructor(source: VenueSource, options: VenueSimOptions, ports: VenueSimPorts) {
    this.source = source
    this.#options = options
    this.limits = new RateLimits(options.tier ?? 'basic')
    this.#ports = ports
    this.state = new VenueState(source.markets, source.startTimeUs)
    const dollars = options.openingCashDollars ?? OPENING_CASH_DOLLARS_DEFAULT
    this.exchange = new Exchange(
      this.state,
      {
        seed: source.seed ?? source.name,
        series: source.series,
        openingCashMicros: dollars * 1_000_000,
      },
      {
        published: (change, cause) => this.#publish(change, cause),
        told: (account, event, timeUs) => {
          if (event.type === 'filled') ports.metrics.fillsTotal.inc()
          const listeners = [...this.#sessions].filter((session) => session.account === account)
          if (listeners.length === 0) return
          const message = privateMessage(account, event, timeUs)
          for (const session of listeners) session.tell(message, msOf(timeUs))
        },
      },
    )
    this.index = new SyntheticIndex(INDEX_ID, {
      seed: source.seed ?? source.name,
      startSecond: Math.floor(source.startTimeUs / 1e6),
      startCents: Math.round(indexLevelOf(source) * 100),
    })
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
    this.#clock = setInterval(() => this.advance(), CLOCK_MS)
    if (options.start === 'immediately') this.player.start()
  }

  get connections(): number {
    return this.#sessions.size
  }

  /** To the present of simulated time: before every request, and when nothing else happens. */
  advance(): void {
    const { simTimeUs } = this.player
    this.exchange.advanceTo(Math.floor(simTimeUs))
    for (const said of this.index.advanceTo(Math.floor(simTimeUs / 1e6))) {
      const body = indexBody(INDEX_ID, said)
      for (const session of this.#sessions) {
        session.publishIndex(INDEX_ID, body, said.second * 1_000)
      }
    }
  }

  connect(wire: Wire, keyId: string): Session {
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
    const session: Session = new Session(
      ...([this.exchange.account(keyId), this.state, outbox] as const),
      () => this.#onSubscribed(session),
      [INDEX_ID],
    )
    this.#sessions.add(session)
    metrics.connections.set(this.#sessions.size)
    return session
  }

  disconnected(session: Session): void {
    this.#sessions.delete(session)
    this.#ports.metrics.connections.set(this.#sessions.size)
  }

  /** How many connections, or requests, it will happen to. `ticker`: of the market to pause. */
  injectFault(kind: FaultKind, count: number, durationMs: number, ticker?: string): number {
    this.#faultCounts.set(kind, (this.#faultCounts.get(kind) ?? 0) + 1)
    this.#ports.metrics.faultsTotal.inc({ kind })
    this.#ports.log.info({ kind, count, connections: this.#sessions.size }, 'fault')
    if (kind === 'disconnect' || kind === 'stall' || isFrameFault(kind)) {
      return this.#injectIntoSessions(kind, count, durationMs)
    }
    return this.#injectIntoExchange(kind, count, durationMs, ticker)
  }

  /** Faults at random times for a while. Returns how many there will be. */
  scheduleFaults(options: RandomFaults): number {
    const schedule = drawFaults(options)
    for (const { afterMs, kind } of schedule)
      this.#later(afterMs, () => this.injectFault(kind, 1, 1_000))
    return schedule.length
  }

  faults() {
    return {
      counts: Object.fromEntries(this.#faultCounts),
      scheduled: this.#faultTimers.size,
      http: this.httpFaults.armed,
      lostAcknowledgements: this.lostAcknowledgements.armed,
      isMaintenance: this.maintenance.isOn,
      clockSkewMs: this.clockSkewMs,
      requestsRefused: this.limits.refused,
    }
  }

  #injectIntoSessions(
    kind: FrameFault | 'disconnect' | 'stall',
    count: number,
    stallMs: number,
  ): number {
    for (const session of this.#sessions) {
      if (isFrameFault(kind)) session.addFaults(kind, count)
      else if (kind === 'disconnect') session.outbox.disconnect()
      else {
        session.outbox.stall()
        this.#later(stallMs, () => session.outbox.resume())
      }
    }
    return this.#sessions.size
  }

  #injectIntoExchange(
    kind: Exclude<FaultKind, FrameFault | 'disconnect' | 'stall'>,
    count: number,
    durationMs: number,
    ticker = this.source.markets[0]!.ticker,
  ): number {
    switch (kind) {
      case 'http-429':
      case 'http-503':
        this.httpFaults.arm(kind, count)
        return count
      case 'lost-ack':
        this.lostAcknowledgements.arm(count)
        return count
      case 'late-strike':
        this.#hideStrike(ticker, durationMs)
        return 1
      case 'pause':
        this.exchange.pauseTrading(ticker)
        return 1
      case 'resume':
        this.exchange.resumeTrading(ticker)
        return 1
      case 'maintenance':
        this.maintenance.start(durationMs)
        return 1
      case 'clock-skew':
        this.clockSkewMs = durationMs
        this.#later(durationMs, () => (this.clockSkewMs = 0))
        return 1
      default:
        return kind satisfies never
    }
  }

  #hideStrike(ticker: string, durationMs: number): void {
    const state = this.state.market(ticker)!
    state.isStrikeHidden = true
    this.#later(durationMs, () => {
      const { strikeType, floorStrike, capStrike } = state.market
      const timeUs = Math.floor(this.player.simTimeUs)
      const at = { timeUs, venueTimeUs: timeUs, marketTicker: ticker }
      const strike = { strikeType, floorStrike, capStrike }
      this.exchange.play({ type: 'strike-announced', ...at, ...strike })
    })
  }

  #later(afterMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#faultTimers.delete(timer)
      act()
    }, afterMs)
    this.#faultTimers.add(timer)
    timer.unref()
  }

  status() {
    return statusOf(this, this.#framesSent)
  }

  close(): void {
    clearInterval(this.#heartbeat)
    clearInterval(this.#clock)
    clearTimeout(this.#startTimer)
    for (const timer of this.#faultTimers) clearTimeout(timer)
    this.player.pause()
    for (const session of this.#sessions) session.outbox.disconnect()
    this.#sessions.clear()
  }

  #apply(event: VenueEvent): void {
    this.#ports.metrics.eventsTotal.inc()
    this.exchange.play(event)
  }

  #publish(change: VenueEvent, cause: Cause | undefined): void {
    const { market } = this.state.market(change.marketTicker)!
    const item = Published.of(change, market, cause)
    if (item) for (const session of this.#sessions) session.publish(item)
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

/** Near the first strike of a Bitcoin market, so that the one does not belie the other. */
function indexLevelOf({ series, markets }: VenueSource): number {
  const strike = series.ticker.startsWith('KXBTC') ? (markets[0]?.floorStrike ?? null) : null
  return strike ?? INDEX_DOLLARS
}
