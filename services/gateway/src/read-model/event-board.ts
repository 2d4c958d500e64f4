import type { AnyEvent, DataOf, EventOf, LadderRow, ShadowEvaluation } from '@kwm/contracts'
import { EVENTS_MAX } from './limits.ts'
import { PointSeries } from './point-series.ts'
import { RevisedMap } from './revised-map.ts'
import { strikeLabel, tickerTail } from './strike-label.ts'
import type { EvaluationView, EventView, PmfView, Point, QuoteView, RowView } from './view.ts'

const STRATEGIES_MAX = 32
const MARKETS_MAX = 256 // The most a ladder frame can hold.

type Market = {
  readonly listed: DataOf<'md.market-listed.v1'>
  readonly status: DataOf<'md.market-status.v1'> | null
}

type EventState = {
  readonly eventTicker: string
  readonly markets: Map<string, Market>
  readonly evaluations: Map<string, EvaluationView>
  readonly points: PointSeries
  changedUs: number
  frame: EventOf<'feature.ladder-frame.v1'> | null
  pmf: EventOf<'pmf.fused-pmf.v1'> | null
  weather: DataOf<'pmf.weather-pmf.v1'> | null
  settlement: DataOf<'wx.settlement.v1'> | null
}

/** The ladders: what is listed, quoted, believed and decided about each event. */
export class EventBoard {
  readonly #eventOfMarket = new Map<string, string>()
  readonly #events: RevisedMap<EventState>

  constructor(onForget: () => void) {
    this.#events = new RevisedMap({
      max: EVENTS_MAX,
      isOver,
      onForget: (_, state) => {
        for (const ticker of state.markets.keys()) this.#eventOfMarket.delete(ticker)
        onForget()
      },
    })
  }

  onListed(data: DataOf<'md.market-listed.v1'>, seq: number): void {
    const { eventTicker, marketTicker } = data
    const state = this.#state(eventTicker)
    if (!state.markets.has(marketTicker) && state.markets.size >= MARKETS_MAX) return
    const status = state.markets.get(marketTicker)?.status ?? null
    state.markets.set(marketTicker, { listed: data, status })
    this.#events.set(eventTicker, state, seq)
    this.#eventOfMarket.set(marketTicker, eventTicker)
  }

  onStatus(data: DataOf<'md.market-status.v1'>, seq: number): void {
    const state = this.#events.get(this.#eventOfMarket.get(data.marketTicker) ?? '')
    const market = state?.markets.get(data.marketTicker)
    if (!state || !market) return
    // A determined market stays so: a later status without the result does not take it back.
    const result = data.result ?? market.status?.result ?? null
    const settlementValueBps = data.settlementValueBps ?? market.status?.settlementValueBps ?? null
    const status = { ...data, result, settlementValueBps }
    state.markets.set(data.marketTicker, { ...market, status })
    this.#events.set(state.eventTicker, state, seq)
  }

  onFrame(event: EventOf<'feature.ladder-frame.v1'>, seq: number): void {
    const state = this.#state(event.data.eventTicker)
    state.frame = event
    if (event.data.trigger === 'change') state.changedUs = event.eventTimeUs
    this.#events.set(state.eventTicker, state, seq)
  }

  onPmf(event: EventOf<'pmf.fused-pmf.v1'>, seq: number): void {
    const { eventTicker, mu, muVelocity, muVelocitySe } = event.data
    const state = this.#state(eventTicker)
    state.pmf = event
    if (mu !== null) state.points.add(event.eventTimeUs, [mu, muVelocity, muVelocitySe], seq)
    this.#events.set(eventTicker, state, seq)
  }

  onWeather(data: DataOf<'pmf.weather-pmf.v1'>, seq: number): void {
    const state = this.#state(data.eventTicker)
    state.weather = data
    this.#events.set(data.eventTicker, state, seq)
  }

  onSettlement(data: DataOf<'wx.settlement.v1'>, seq: number): void {
    const state = this.#state(data.eventTicker)
    state.settlement = data
    this.#events.set(data.eventTicker, state, seq)
  }

  onEvaluations(
    { id, eventTimeUs: timeUs }: AnyEvent,
    eventTicker: string,
    evaluations: readonly ShadowEvaluation[],
    seq: number,
  ): void {
    const state = this.#state(eventTicker)
    for (const { strategy, decision, reason, evBps, gates, isAllocated } of evaluations) {
      if (!state.evaluations.has(strategy) && state.evaluations.size >= STRATEGIES_MAX) continue
      const isShadow = isAllocated === false
      const said = { id, timeUs, strategy, decision, isShadow, reason, evBps, gates }
      state.evaluations.set(strategy, said)
    }
    this.#events.set(eventTicker, state, seq)
  }

  isSynthetic(eventTicker: string): boolean {
    const state = this.#events.get(eventTicker)
    return state !== undefined && [...state.markets.values()].some((m) => m.listed.isSynthetic)
  }

  label(eventTicker: string, marketTicker: string): string {
    const listed = this.#events.get(eventTicker)?.markets.get(marketTicker)?.listed
    return listed ? strikeLabel(listed) : tickerTail(marketTicker)
  }

  /** The market's row in the newest frame. */
  row(eventTicker: string, marketTicker: string): LadderRow | undefined {
    const rows = this.#events.get(eventTicker)?.frame?.data.rows
    return rows?.find((row) => row.marketTicker === marketTicker)
  }

  since(seq: number): EventView[] {
    return this.#events.since(seq).map(eventView)
  }

  pointsSince(seq: number): { eventTicker: string; points: Point[] }[] {
    return this.#events
      .since(seq)
      .map(({ eventTicker, points }) => ({ eventTicker, points: points.since(seq) }))
      .filter(({ points }) => points.length > 0)
  }

  get size(): number {
    return this.#events.size
  }

  #state(eventTicker: string): EventState {
    return this.#events.get(eventTicker) ?? emptyState(eventTicker)
  }
}

const emptyState = (eventTicker: string): EventState => ({
  eventTicker,
  markets: new Map(),
  evaluations: new Map(),
  points: new PointSeries(),
  changedUs: 0,
  frame: null,
  pmf: null,
  weather: null,
  settlement: null,
})

/** Every market has its result. */
function isOver({ markets }: EventState): boolean {
  if (markets.size === 0) return false
  for (const { status } of markets.values()) if (!status?.result) return false
  return true
}

function eventView(state: EventState): EventView {
  const { frame, settlement, weather } = state
  const first = state.markets.values().next().value?.listed
  return {
    eventTicker: state.eventTicker,
    seriesTicker: first?.seriesTicker ?? frame?.data.seriesTicker ?? '',
    closeTimeUs: first?.closeTimeUs ?? frame?.data.closeTimeUs ?? 0,
    isSynthetic: [...state.markets.values()].some((m) => m.listed.isSynthetic),
    isFinished: isOver(state),
    frame: frame && { id: frame.id, timeUs: frame.eventTimeUs, changedUs: state.changedUs },
    pmf: state.pmf && pmfView(state.pmf),
    weather: weather && {
      stationId: weather.stationId,
      hardLowerF: weather.hardLowerF,
      basis: weather.basis,
      blockedReason: weather.blockedReason,
      hazard15min: weather.hazard15min,
      hazard60min: weather.hazard60min,
      probabilityOfNewHigh: weather.probabilityOfNewHigh,
      modelVersion: weather.modelVersion,
    },
    evaluations: [...state.evaluations.values()],
    settlement: settlement && { maxTempF: settlement.maxTempF, source: settlement.source },
    rows: rowViews(state),
  }
}

const pmfView = ({ id, eventTimeUs, data }: EventOf<'pmf.fused-pmf.v1'>): PmfView => ({
  id,
  timeUs: eventTimeUs,
  isFeasible: data.isFeasible,
  reason: data.reason,
  weights: data.weights,
  mu: data.mu,
  muVelocityT: ratio(data.muVelocity, data.muVelocitySe),
  muAccelerationT: ratio(data.muAcceleration, data.muAccelerationSe),
  sumOfMids: data.sumOfMids,
})

/** In the order of the frame, lowest strike first; markets it does not hold follow. */
function rowViews({ frame, markets, pmf, weather }: EventState): RowView[] {
  const quotes = new Map(frame?.data.rows.map((row) => [row.marketTicker, row]))
  const fused = new Map(pmf?.data.brackets.map((bracket) => [bracket.marketTicker, bracket]))
  const wx = new Map(weather?.brackets.map(({ marketTicker, p }) => [marketTicker, p]))
  const unframed = [...markets.values()]
    .map(({ listed }) => listed)
    .filter(({ marketTicker }) => !quotes.has(marketTicker))
    .sort((a, b) => strikeOrder(a) - strikeOrder(b))
  return [...quotes.keys(), ...unframed.map((listed) => listed.marketTicker)].map((ticker) => {
    const { listed, status } = markets.get(ticker) ?? { listed: undefined, status: null }
    const quote = quotes.get(ticker)
    return {
      marketTicker: ticker,
      label: listed ? strikeLabel(listed) : tickerTail(ticker),
      floorStrike: listed?.floorStrike ?? null,
      capStrike: listed?.capStrike ?? null,
      isSynthetic: listed?.isSynthetic ?? false,
      untradableReason:
        listed && !listed.isTradable ? (listed.untradableReason ?? 'unknown') : null,
      status: status?.status ?? listed?.status ?? '',
      result: status?.result ?? null,
      settlementValueBps: status?.settlementValueBps ?? null,
      quote: quote ? quoteView(quote) : null,
      p: fused.get(ticker)?.p ?? null,
      sd: fused.get(ticker)?.sd ?? null,
      weatherP: wx.get(ticker) ?? null,
    }
  })
}

const quoteView = (row: LadderRow): QuoteView => ({
  quoteState: row.quoteState,
  bidBps: row.bidBps,
  askBps: row.askBps,
  bidCenti: row.bidCenti,
  askCenti: row.askCenti,
  mid: row.mid,
  ofi5s: row.ofi5s,
  ofi60s: row.ofi60s,
  signedFlow30s: row.signedFlow30s,
  rasZ: row.rasZ,
  isActive: row.isActive,
  velocityT: ratio(row.velocity, row.velocitySe),
  accelerationT: ratio(row.acceleration, row.accelerationSe),
})

const strikeOrder = (listed: Market['listed']): number =>
  listed.floorStrike ?? (listed.capStrike === null ? 0 : listed.capStrike - 0.5)

/** A t-statistic; not defined where the error is not, or is nothing. */
const ratio = (value: number | null, se: number | null): number | null =>
  value === null || se === null || !(se > 0) ? null : value / se
