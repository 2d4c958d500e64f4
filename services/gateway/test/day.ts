import type { DataOf, LadderRow } from '@kwm/contracts'
import { Prng } from '@kwm/std'
import {
  bracketProbabilities,
  DAY_START_US,
  dayEvent,
  HOUR_US,
  ladderRows,
  listing,
  paysYes,
  US,
  forecastOf,
  reading,
  weatherView,
  type DayEvent,
} from './day-market.ts'
import { TapeWriter, type Cause } from './tape-writer.ts'

export type DayOptions = {
  readonly seed: number
  readonly hours: number
  /** Seconds between frames of an event. */
  readonly stepSeconds: number
  readonly isFinished: boolean
  readonly isSynthetic: boolean
}

type Position = DataOf<'exec.position.v1'>

/**
 * A plausible day: markets, frames, PMFs, evaluations, orders, fills, positions and, when finished,
 * settlements. Not a simulation of anything: numbers to look at, and to count.
 */
export class Day {
  readonly tape: TapeWriter
  readonly events: readonly DayEvent[] = [
    dayEvent('NY', 'KNYC', 47, 48),
    dayEvent('CHI', 'KMDW', 39, 38),
    dayEvent('MIA', 'KMIA', 81, 82),
  ]
  readonly positions = new Map<string, Position>()
  readonly #rng: Prng
  readonly #options: DayOptions
  readonly #mus = new Map<string, number>()
  readonly #noise = new Map<string, number>()
  readonly #resting: { cause: Cause; data: DataOf<'exec.order-canceled.v1'> }[] = []
  #second = 0
  #frames = 0
  #orderNo = 0

  constructor(options: DayOptions, tape = new TapeWriter()) {
    this.#options = options
    this.#rng = new Prng(options.seed)
    this.tape = tape
    this.#begin()
    while (this.#second < options.hours * 3_600) this.step(options.stepSeconds)
    if (options.isFinished) this.#finish()
  }

  get nowUs(): number {
    return DAY_START_US + this.#second * US
  }

  step(seconds: number): void {
    this.#second += seconds
    const timeUs = this.nowUs
    const second = Math.floor(timeUs / US)
    this.tape.named('ops.tick.v1', `clock-${second}`, timeUs, { second, source: 'tape' })
    for (const event of this.events) this.#evaluate(event, timeUs, seconds)
    this.#frames += 3
    if (this.#second % 60 < seconds) this.#feedStatus(timeUs)
  }

  #begin(): void {
    const { tape } = this
    for (const [index, service] of SERVICES.entries()) {
      const data = { service, machines: [service], config: {}, version: '0.1.0', resumedFromSeq: 0 }
      tape.named('ops.service-started.v1', `${service}-started`, DAY_START_US + index, data)
    }
    tape.named('ops.mode-changed.v1', 'mode-1', DAY_START_US, {
      mode: 'paper',
      requestedBy: 'demo',
    })
    for (const event of this.events) {
      this.#mus.set(event.eventTicker, event.centre + this.#rng.nextNormal())
      for (const bracket of event.brackets) {
        const closeUs = DAY_START_US + 24 * HOUR_US
        const data = listing(event, bracket, DAY_START_US, closeUs, this.#options.isSynthetic)
        tape.outside('md.market-listed.v1', DAY_START_US, data)
      }
    }
  }

  #evaluate(event: DayEvent, timeUs: number, seconds: number): void {
    const rng = this.#rng
    const { eventTicker, seriesTicker, brackets } = event
    const progress = Math.min(this.#second / (20 * 3_600), 1)
    const before = this.#mus.get(eventTicker)!
    const noise = this.#noise.get(eventTicker) ?? 0
    const shocked = 0.985 ** seconds * noise + 0.00035 * Math.sqrt(seconds) * rng.nextNormal()
    this.#noise.set(eventTicker, shocked)
    const mu = before + 0.00007 * seconds * (event.high - before) + shocked * Math.sqrt(seconds)
    this.#mus.set(eventTicker, mu)
    const p = bracketProbabilities(event, mu, 2.4 - 1.9 * progress)
    const cause = this.tape.outside('md.book-delta.v1', timeUs, {
      marketTicker: brackets[rng.nextInt(6)]!.ticker,
      side: 'yes',
      priceBps: 4_000,
      countDeltaCenti: 100,
      venueSeq: this.#frames,
    })
    const rows = ladderRows(event, p, rng, rng.nextFloat() < 0.01)
    const frame = this.tape.made('features', 'feature.ladder-frame.v1', cause, {
      eventTicker,
      seriesTicker,
      closeTimeUs: DAY_START_US + 24 * HOUR_US,
      centres: brackets.map((b) => b.floor ?? b.cap! - 1),
      rows,
      isPartition: true,
      trigger: 'change',
    })
    if (this.#second % 300 < this.#options.stepSeconds) this.#weather(event, p, frame)
    const pmf = this.#pmf(event, p, rows, frame, mu, shocked)
    this.#opportunity(event, rows, pmf)
  }

  #weather(event: DayEvent, p: readonly number[], cause: Cause): void {
    this.tape.made('pmf-model', 'pmf.weather-pmf.v1', cause, weatherView(event, p), 7)
    const hour = this.#second / 3_600
    this.tape.outside('wx.observation.v1', this.nowUs, reading(event, 'smooth', hour))
    if (this.#second % 3_600 < 300) {
      this.tape.outside('wx.observation.v1', this.nowUs, reading(event, 'tenth-f', hour))
    }
    if (this.#second < 600) this.tape.outside('wx.forecast.v1', DAY_START_US, forecastOf(event))
  }

  #pmf(
    event: DayEvent,
    p: readonly number[],
    rows: readonly LadderRow[],
    cause: Cause,
    mu: number,
    velocity: number,
  ): Cause {
    const isFeasible = this.#rng.nextFloat() > 0.02
    return this.tape.made('pmf-model', 'pmf.fused-pmf.v1', cause, {
      eventTicker: event.eventTicker,
      frameId: cause.id,
      isFeasible,
      reason: isFeasible ? '' : 'quotes-cross-simplex',
      weights: { market: 0.7, weather: 0.3 },
      brackets: rows.map(({ marketTicker, mid }, index) => ({
        marketTicker,
        p: isFeasible ? p[index]! : null,
        sd: isFeasible ? 0.008 + 0.02 * Math.sqrt(p[index]! * (1 - p[index]!)) : null,
        mid,
      })),
      mu: isFeasible ? mu : null,
      muVelocity: isFeasible ? velocity + 0.0001 * this.#rng.nextNormal() : null,
      muVelocitySe: isFeasible ? 0.0006 : null,
      muAcceleration: isFeasible ? 1e-7 : null,
      muAccelerationSe: isFeasible ? 1e-7 : null,
      sumOfMids: rows.reduce((sum, row) => sum + (row.mid ?? 0), 0),
    })
  }

  #opportunity(event: DayEvent, rows: readonly LadderRow[], pmf: Cause): void {
    const rng = this.#rng
    const draw = rng.nextFloat()
    const isTrade = draw < 0.008 && this.#second > 3_600
    const reason = isTrade ? 'trade' : NO_TRADE_REASONS[Math.floor(draw * NO_TRADE_REASONS.length)]!
    const row = rows[1 + rng.nextInt(4)]!
    const evBps = Math.round((isTrade ? 120 : -60) + 90 * rng.nextFloat())
    const strategy = rng.nextFloat() < 0.7 ? 'leader-follower' : 'pmf-edge'
    const failed = NO_TRADE_REASONS.indexOf(reason)
    this.tape.made('signals', 'signal.opportunity.v1', pmf, {
      strategy,
      eventTicker: event.eventTicker,
      pmfId: pmf.id,
      decision: isTrade ? 'trade' : 'no-trade',
      reason,
      leaderTicker: isTrade ? rows[2]!.marketTicker : null,
      followerTicker: isTrade ? row.marketTicker : null,
      evBps,
      gates: NO_TRADE_REASONS.map((gate, index) => ({
        gate,
        value: Math.round(100 * (index === failed ? 0.4 : 1.2 + rng.nextFloat())) / 100,
        threshold: 1,
        passed: index !== failed,
      })),
    })
    if (isTrade) this.#order(event, row, evBps, strategy, pmf)
  }

  #order(event: DayEvent, row: LadderRow, evBps: number, strategy: string, cause: Cause): void {
    const rng = this.#rng
    const { eventTicker } = event
    const { marketTicker } = row
    const side = this.positions.get(marketTicker)
      ? this.positions.get(marketTicker)!.positionCenti > 0
        ? 'yes'
        : 'no'
      : rng.nextFloat() < 0.6
        ? 'yes'
        : 'no'
    const quote = side === 'yes' ? row.bidBps : 10_000 - row.askBps
    const priceBps = Math.min(Math.max(quote, 100), 9_900)
    const countCenti = 100 * (5 + rng.nextInt(40))
    const terms = {
      eventTicker,
      marketTicker,
      side,
      priceBps,
      countCenti,
      isPostOnly: true,
      ttlUs: 30 * US,
    } as const
    const intent = this.tape.made(
      'signals',
      'signal.order-intent.v1',
      cause,
      {
        ...terms,
        strategy,
        pmfId: cause.id,
        fairBps: priceBps + evBps,
        evBps,
        reason: 'edge after fees',
      },
      1,
    )
    const fate = rng.nextFloat()
    if (fate < 0.2) {
      const denied = { intentId: intent.id, eventTicker, marketTicker, strategy }
      const limits = { reason: 'event-exposure', valueMicros: 61_000_000, limitMicros: 60_000_000 }
      this.tape.made('risk', 'risk.order-denied.v1', intent, { ...denied, ...limits })
      return
    }
    const clientOrderId = `kwm-${++this.#orderNo}`
    const approval = this.tape.made('risk', 'risk.order-approved.v1', intent, {
      ...terms,
      intentId: intent.id,
      clientOrderId,
      strategy,
      worstCaseMicros: -12_000_000,
    })
    const submitted = this.tape.made('exec', 'exec.order-submitted.v1', approval, {
      ...terms,
      clientOrderId,
      approvalId: approval.id,
      strategy,
      mode: 'paper',
      expireTimeUs: cause.timeUs + 30 * US,
    })
    this.#venue({ ...terms, clientOrderId, fate }, submitted)
  }

  #venue(
    order: {
      eventTicker: string
      marketTicker: string
      clientOrderId: string
      side: 'yes' | 'no'
      priceBps: number
      countCenti: number
      fate: number
    },
    submitted: Cause,
  ): void {
    const { eventTicker, marketTicker, clientOrderId, side, priceBps, countCenti, fate } = order
    const ids = { eventTicker, marketTicker, clientOrderId }
    if (fate < 0.26) {
      const reason = 'post only cross'
      this.tape.made('paper-venue', 'exec.order-rejected.v1', submitted, { ...ids, reason })
      return
    }
    this.tape.made('paper-venue', 'exec.order-accepted.v1', submitted, {
      ...ids,
      venueOrderId: `paper-${clientOrderId}`,
      remainingCenti: countCenti,
      queueAheadCenti: 12_000,
    })
    if (fate > 0.94) {
      const data = { ...ids, canceledCenti: countCenti, reason: 'market-closed' }
      this.#resting.push({ cause: submitted, data })
      return
    }
    const filledCenti = fate < 0.7 ? countCenti : 100
    const fill = this.tape.made(
      'paper-venue',
      'exec.fill.v1',
      submitted,
      {
        ...ids,
        fillId: `f-${clientOrderId}`,
        side,
        priceBps,
        countCenti: filledCenti,
        feeMicros:
          10_000 * Math.ceil(0.0175 * filledCenti * (priceBps / 1e4) * (1 - priceBps / 1e4)),
        isTaker: false,
        remainingCenti: countCenti - filledCenti,
        cause: 'print',
      },
      1,
    )
    this.#book(ids, side, priceBps, filledCenti, fill)
    if (filledCenti === countCenti) return
    this.tape.made('exec', 'exec.cancel-requested.v1', fill, { ...ids, reason: 'expired' }, 1)
    const canceledCenti = countCenti - filledCenti
    const canceled = { ...ids, canceledCenti, reason: 'expired' }
    this.tape.made('paper-venue', 'exec.order-canceled.v1', fill, canceled, 2)
  }

  /** Orders keep to one side of a market, so a position only grows. */
  #book(
    { eventTicker, marketTicker }: { eventTicker: string; marketTicker: string },
    side: 'yes' | 'no',
    priceBps: number,
    countCenti: number,
    fill: Cause,
  ): void {
    const before = this.positions.get(marketTicker)
    const position: Position = {
      eventTicker,
      marketTicker,
      positionCenti: (before?.positionCenti ?? 0) + (side === 'yes' ? countCenti : -countCenti),
      costMicros: (before?.costMicros ?? 0) + priceBps * countCenti,
      feesMicros: (before?.feesMicros ?? 0) + 20_000,
      realizedPnlMicros: 0,
    }
    this.positions.set(marketTicker, position)
    this.tape.made('exec', 'exec.position.v1', fill, position)
  }

  #feedStatus(timeUs: number): void {
    const framesIn = this.#frames + 40
    this.tape.outside('ops.feed-status.v1', timeUs, {
      feed: 'kalshi-ws',
      status: 'live',
      reason: '',
      connectionId: 'sim1',
      framesIn,
      applied: framesIn - 7,
      duplicate: 5,
      quarantined: 2,
      rejected: 0,
      isSynthetic: this.#options.isSynthetic,
    })
  }

  #finish(): void {
    for (const { cause, data } of this.#resting) {
      this.tape.made('paper-venue', 'exec.order-canceled.v1', cause, data, 5)
    }
    for (const event of this.events) {
      for (const bracket of event.brackets)
        this.#settle(event, bracket.ticker, paysYes(bracket, event.high))
      this.tape.outside('wx.settlement.v1', this.nowUs, {
        eventTicker: event.eventTicker,
        stationId: event.stationId,
        climateDate: '2026-11-20',
        source: 'kalshi',
        maxTempF: event.high,
      })
    }
  }

  #settle({ eventTicker }: DayEvent, marketTicker: string, isYes: boolean): void {
    const settlementValueBps = isYes ? 10_000 : 0
    const result = isYes ? 'yes' : 'no'
    const status = { marketTicker, status: 'settled', result, settlementValueBps } as const
    const cause = this.tape.outside('md.market-status.v1', this.nowUs, status)
    const position = this.positions.get(marketTicker)
    if (!position) return
    const { positionCenti, costMicros, feesMicros } = position
    const pays = positionCenti > 0 === isYes
    const payoutMicros = pays ? Math.abs(positionCenti) * 10_000 : 0
    const pnlMicros = payoutMicros - costMicros - feesMicros
    const settled = {
      eventTicker,
      marketTicker,
      settlementValueBps,
      positionCenti,
      payoutMicros,
      feesMicros,
      pnlMicros,
    }
    this.tape.made('exec', 'exec.settled.v1', cause, settled)
    const realizedPnlMicros = payoutMicros - costMicros
    const after: Position = { ...position, positionCenti: 0, costMicros: 0, realizedPnlMicros }
    this.positions.set(marketTicker, after)
    this.tape.made('exec', 'exec.position.v1', cause, after, 1)
  }
}

const SERVICES = ['features', 'pmf-model', 'signals', 'risk', 'exec']
const NO_TRADE_REASONS = ['warm-up', 'velocity-t', 'ras-z', 'spread', 'ev-after-fees', 'cooldown']
