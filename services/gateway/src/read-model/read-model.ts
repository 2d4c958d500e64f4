import type { AnyEvent, EventOf, EventType, TradingMode } from '@kwm/contracts'
import { EventBoard } from './event-board.ts'
import { FEEDS_MAX, STARTED_SERVICES_MAX } from './limits.ts'
import { OpportunityBoard } from './opportunity-board.ts'
import { OrderBoard } from './order-board.ts'
import { PositionBoard } from './position-board.ts'
import { RevisedMap } from './revised-map.ts'
import { StationBoard } from './station-board.ts'
import type { Counts, FeedView, HaltView, StartedServiceView, StatusView, Update } from './view.ts'

/** What the dashboard reads. Books and prints are not among them: the ladder frames say it all. */
export const readModelTypes = [
  'md.market-listed.v1',
  'md.market-status.v1',
  'wx.forecast.v1',
  'wx.observation.v1',
  'wx.settlement.v1',
  'ops.feed-status.v1',
  'ops.mode-changed.v1',
  'ops.halt-requested.v1',
  'ops.resume-requested.v1',
  'ops.service-started.v1',
  'ops.tick.v1',
  'feature.ladder-frame.v1',
  'pmf.fused-pmf.v1',
  'pmf.weather-pmf.v1',
  'signal.opportunity.v1',
  'signal.shadow-evaluations.v1',
  'signal.order-intent.v1',
  'risk.order-approved.v1',
  'risk.order-denied.v1',
  'risk.halted.v1',
  'risk.resumed.v1',
  'exec.cancel-requested.v1',
  'exec.fill.v1',
  'exec.order-accepted.v1',
  'exec.order-canceled.v1',
  'exec.order-rejected.v1',
  'exec.order-submitted.v1',
  'exec.position.v1',
  'exec.reconciled.v1',
  'exec.settled.v1',
] as const satisfies readonly EventType[]

export type ReadModelEvent = EventOf<(typeof readModelTypes)[number]>

const READ = new Set<string>(readModelTypes)
export const isReadModelEvent = (event: AnyEvent): event is ReadModelEvent => READ.has(event.type)

const NO_HALT: HaltView = {
  isHalted: false,
  reason: '',
  requestedBy: '',
  sinceUs: 0,
  pending: null,
}

/**
 * The tape as the page shows it: a pure projection. Equal records in equal order give an equal
 * view; a record already applied changes nothing, so it may be read again from anywhere. Memory is
 * bounded by the maxima in limits.ts, however long the tape.
 */
export class ReadModel {
  /** Changes when something was forgotten: a reader of changes must then start over. */
  epoch = 0
  readonly #forgot = (): void => void this.epoch++
  readonly #events = new EventBoard(this.#forgot)
  readonly #describe = (data: { eventTicker: string; marketTicker: string }) => ({
    label: this.#events.label(data.eventTicker, data.marketTicker),
    isSynthetic: this.#events.isSynthetic(data.eventTicker),
  })
  readonly #orders = new OrderBoard((event) => this.#describe(event.data))
  readonly #positions = new PositionBoard(this.#describe, this.#forgot)
  readonly #opportunities = new OpportunityBoard(
    (eventTicker, marketTicker) => this.#events.label(eventTicker, marketTicker),
    (eventTicker) => this.#events.isSynthetic(eventTicker),
  )
  readonly #stations = new StationBoard(this.#forgot)
  readonly #feeds = new RevisedMap<FeedView>({ max: FEEDS_MAX })
  readonly #services = new RevisedMap<StartedServiceView>({ max: STARTED_SERVICES_MAX })
  readonly #counts: Counts = {
    opportunities: 0,
    trades: 0,
    intents: 0,
    approved: 0,
    denied: 0,
    submitted: 0,
    accepted: 0,
    rejected: 0,
    canceled: 0,
    fills: 0,
  }
  #firstSeq = 0
  #tapeSeq = 0
  #eventTimeUs = 0
  #lastFrameTimeUs = 0
  #tickSource: StatusView['tickSource'] = null
  #mode: TradingMode = 'paper'
  #halt = NO_HALT
  #isSynthetic = false
  #unparsable = 0

  get tapeSeq(): number {
    return this.#tapeSeq
  }

  get eventTimeUs(): number {
    return this.#eventTimeUs
  }

  get tickSource(): StatusView['tickSource'] {
    return this.#tickSource
  }

  /** Take one record. `null`: it could not be parsed, which is counted. */
  apply(event: ReadModelEvent | null, seq: number): void {
    if (seq <= this.#tapeSeq) return
    this.skipTo(seq)
    if (event === null) {
      this.#unparsable++
      return
    }
    if (movesTime(event.type)) this.#eventTimeUs = Math.max(this.#eventTimeUs, event.eventTimeUs)
    this.#project(event, seq)
  }

  /** Everything up to `seq` is applied or of no interest. */
  skipTo(seq: number): void {
    if (seq <= this.#tapeSeq) return
    if (this.#firstSeq === 0) this.#firstSeq = seq
    this.#tapeSeq = seq
  }

  #project(event: ReadModelEvent, seq: number): void {
    switch (event.type) {
      case 'md.market-listed.v1':
        this.#isSynthetic ||= event.data.isSynthetic
        return this.#events.onListed(event.data, seq)
      case 'md.market-status.v1':
        return this.#events.onStatus(event.data, seq)
      case 'wx.observation.v1':
        return this.#stations.onObservation(event, seq)
      case 'wx.forecast.v1':
        return this.#stations.onForecast(event.data, seq)
      case 'wx.settlement.v1':
        return this.#events.onSettlement(event.data, seq)
      case 'feature.ladder-frame.v1':
        if (event.data.trigger === 'change') this.#lastFrameTimeUs = event.eventTimeUs
        this.#events.onFrame(event, seq)
        for (const row of event.data.rows) this.#positions.onRow(row, seq)
        return
      case 'pmf.fused-pmf.v1':
        return this.#events.onPmf(event, seq)
      case 'pmf.weather-pmf.v1':
        return this.#events.onWeather(event.data, seq)
      case 'signal.opportunity.v1':
        this.#counts.opportunities++
        if (event.data.decision === 'trade' && event.data.isAllocated !== false) {
          this.#counts.trades++
        }
        this.#events.onEvaluations(event, event.data.eventTicker, [event.data], seq)
        return this.#opportunities.apply(event, seq)
      case 'signal.shadow-evaluations.v1': {
        const { eventTicker, evaluations } = event.data
        this.#counts.opportunities += evaluations.length
        return this.#events.onEvaluations(event, eventTicker, evaluations, seq)
      }
      case 'exec.position.v1': {
        this.#positions.onPosition(event, seq)
        const row = this.#events.row(event.data.eventTicker, event.data.marketTicker)
        if (row) this.#positions.onRow(row, seq)
        return
      }
      case 'exec.settled.v1':
        return this.#positions.onSettled(event, seq)
      default:
        if (isOperations(event)) return this.#onOperations(event, seq)
        this.#countOrder(event.type)
        if (event.type === 'exec.order-submitted.v1') this.#mode = event.data.mode
        return this.#orders.apply(event, seq)
    }
  }

  #onOperations(event: OperationsEvent, seq: number): void {
    switch (event.type) {
      case 'ops.tick.v1':
        this.#tickSource = event.data.source
        return
      case 'ops.feed-status.v1':
        this.#isSynthetic ||= event.data.isSynthetic
        return this.#feeds.set(event.data.feed, { ...event.data, timeUs: event.eventTimeUs }, seq)
      case 'ops.mode-changed.v1':
      case 'exec.reconciled.v1':
        this.#mode = event.data.mode
        return
      case 'ops.service-started.v1': {
        const { service, machines, version, resumedFromSeq } = event.data
        const starts = (this.#services.get(service)?.starts ?? 0) + 1
        const timeUs = event.eventTimeUs
        const view = { service, machines, version, resumedFromSeq, timeUs, starts }
        return this.#services.set(service, view, seq)
      }
      case 'ops.halt-requested.v1':
        this.#halt = { ...this.#halt, pending: this.#halt.isHalted ? null : 'halt' }
        return
      case 'ops.resume-requested.v1':
        this.#halt = { ...this.#halt, pending: this.#halt.isHalted ? 'resume' : null }
        return
      case 'risk.halted.v1':
        this.#halt = { isHalted: true, ...event.data, sinceUs: event.eventTimeUs, pending: null }
        return
      case 'risk.resumed.v1':
        this.#halt = NO_HALT
    }
  }

  #countOrder(type: EventType): void {
    const count = ORDER_COUNTS[type]
    if (count) this.#counts[count]++
  }

  /** Everything that changed after tape sequence `seq`; all there is for 0. */
  since(seq: number): Update {
    return {
      kind: seq === 0 ? 'full' : 'diff',
      status: this.status(),
      events: this.#events.since(seq),
      points: this.#events.pointsSince(seq),
      stations: this.#stations.since(seq),
      stationPoints: this.#stations.pointsSince(seq),
      orders: this.#orders.since(seq),
      opportunities: this.#opportunities.since(seq),
      reasons: this.#opportunities.reasonsSince(seq),
      positions: this.#positions.since(seq),
      feeds: this.#feeds.since(seq),
      startedServices: this.#services.since(seq),
    }
  }

  status(): StatusView {
    return {
      firstSeq: this.#firstSeq,
      tapeSeq: this.#tapeSeq,
      eventTimeUs: this.#eventTimeUs,
      tickSource: this.#tickSource,
      lastFrameTimeUs: this.#lastFrameTimeUs,
      mode: this.#mode,
      halt: { ...this.#halt },
      isSynthetic: this.#isSynthetic,
      counts: { ...this.#counts },
      money: this.#positions.money(),
      unparsable: this.#unparsable,
    }
  }

  /** How much is remembered, against limits.ts. */
  sizes(): Readonly<Record<'events' | 'orders' | 'positions' | 'feeds', number>> {
    return {
      events: this.#events.size,
      orders: this.#orders.size,
      positions: this.#positions.size,
      feeds: this.#feeds.size,
    }
  }
}

const operationsTypes = [
  'ops.tick.v1',
  'ops.feed-status.v1',
  'ops.mode-changed.v1',
  'ops.halt-requested.v1',
  'ops.resume-requested.v1',
  'ops.service-started.v1',
  'risk.halted.v1',
  'risk.resumed.v1',
  'exec.reconciled.v1',
] as const satisfies readonly EventType[]
type OperationsEvent = EventOf<(typeof operationsTypes)[number]>

const OPERATIONS = new Set<string>(operationsTypes)
const isOperations = (event: ReadModelEvent): event is OperationsEvent => OPERATIONS.has(event.type)

const ORDER_COUNTS: Partial<Record<EventType, keyof Counts>> = {
  'signal.order-intent.v1': 'intents',
  'risk.order-approved.v1': 'approved',
  'risk.order-denied.v1': 'denied',
  'exec.order-submitted.v1': 'submitted',
  'exec.order-accepted.v1': 'accepted',
  'exec.order-rejected.v1': 'rejected',
  'exec.order-canceled.v1': 'canceled',
  'exec.fill.v1': 'fills',
}

/** Starts and operators have the time of the wall, on a simulated day too. */
const movesTime = (type: ReadModelEvent['type']): boolean =>
  type === 'ops.tick.v1' || type.startsWith('md.') || type.startsWith('feature.')
