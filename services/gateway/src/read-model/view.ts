import type { DataOf, Gate, LadderRow, OpportunityV1, TradingMode } from '@kwm/contracts'

/**
 * What the page shows. One shape serves both the full state and a change: an update is everything
 * that changed after a tape sequence, and the full state is the update since 0.
 */
export type Update = {
  readonly kind: 'full' | 'diff'
  readonly status: StatusView
  readonly events: readonly EventView[]
  readonly points: readonly { readonly eventTicker: string; readonly points: readonly Point[] }[]
  readonly stations: readonly StationView[]
  readonly stationPoints: readonly StationPoints[]
  readonly orders: readonly OrderView[]
  readonly opportunities: readonly OpportunityView[]
  readonly reasons: readonly ReasonView[]
  readonly positions: readonly PositionView[]
  readonly feeds: readonly FeedView[]
  readonly startedServices: readonly StartedServiceView[]
}

export type StatusView = {
  readonly firstSeq: number
  readonly tapeSeq: number
  /** The newest time any event carries, in the tape's own time. */
  readonly eventTimeUs: number
  readonly tickSource: 'wall' | 'tape' | null
  /** When a ladder last changed because the market did. */
  readonly lastFrameTimeUs: number
  readonly mode: TradingMode
  readonly halt: HaltView
  readonly isSynthetic: boolean
  readonly counts: Counts
  readonly money: Money
  readonly unparsable: number
}

export type HaltView = {
  readonly isHalted: boolean
  readonly reason: string
  readonly requestedBy: string
  readonly sinceUs: number
  /** Asked for on the tape, not yet answered by risk. */
  readonly pending: 'halt' | 'resume' | null
}

export type Counts = {
  opportunities: number
  trades: number
  intents: number
  approved: number
  denied: number
  submitted: number
  accepted: number
  rejected: number
  canceled: number
  fills: number
}

/** Sums of what the ledger said. `pnl = realized - fees`; `unrealized` is at the liquidation side. */
export type Money = {
  readonly feesMicros: number
  readonly realizedPnlMicros: number
  readonly pnlMicros: number
  readonly unrealizedPnlMicros: number
  /** Markets held whose liquidation value is not known: they are not in `unrealized`. */
  readonly unmarked: number
}

export type EventView = {
  readonly eventTicker: string
  readonly seriesTicker: string
  readonly closeTimeUs: number
  readonly isSynthetic: boolean
  readonly isFinished: boolean
  readonly frame: {
    readonly id: string
    readonly timeUs: number
    readonly changedUs: number
  } | null
  readonly pmf: PmfView | null
  readonly weather: WeatherView | null
  readonly evaluations: readonly EvaluationView[]
  readonly settlement: { readonly maxTempF: number | null; readonly source: string } | null
  readonly rows: readonly RowView[]
}

export type PmfView = {
  readonly id: string
  readonly timeUs: number
  readonly isFeasible: boolean
  readonly reason: string
  readonly weights: DataOf<'pmf.fused-pmf.v1'>['weights']
  readonly mu: number | null
  readonly muVelocityT: number | null
  readonly muAccelerationT: number | null
  readonly sumOfMids: number | null
}

export type WeatherView = Pick<
  DataOf<'pmf.weather-pmf.v1'>,
  | 'stationId'
  | 'hardLowerF'
  | 'basis'
  | 'blockedReason'
  | 'hazard15min'
  | 'hazard60min'
  | 'probabilityOfNewHigh'
  | 'modelVersion'
>

/** A weather station: its newest reading, and the newest forecast as `[second, °F]`. */
export type StationView = {
  readonly stationId: string
  readonly latest:
    | ({ readonly timeUs: number; readonly tempF: number } & Pick<
        DataOf<'wx.observation.v1'>,
        'kind' | 'source'
      >)
    | null
  readonly forecast: {
    readonly source: string
    readonly issueTimeUs: number
    readonly points: readonly (readonly [number, number])[]
  } | null
}

/** `smooth` is a provider's interpolation; `exact` is what the instrument rounded itself. */
export type StationPoints = {
  readonly stationId: string
  readonly exact: readonly Point[]
  readonly smooth: readonly Point[]
}

/** The last look a strategy took at the event. */
export type EvaluationView = Pick<
  OpportunityV1['data'],
  'strategy' | 'decision' | 'reason' | 'evBps'
> & {
  readonly id: string
  readonly timeUs: number
  /** In shadow nothing is sent. */
  readonly isShadow: boolean
  readonly gates: readonly Gate[]
}

export type RowView = {
  readonly marketTicker: string
  readonly label: string
  readonly floorStrike: number | null
  readonly capStrike: number | null
  readonly isSynthetic: boolean
  readonly untradableReason: string | null
  readonly status: string
  readonly result: 'yes' | 'no' | 'scalar' | null
  readonly settlementValueBps: number | null
  /** Null until the first ladder frame. */
  readonly quote: QuoteView | null
  readonly p: number | null
  readonly sd: number | null
  readonly weatherP: number | null
}

export type QuoteView = Pick<
  LadderRow,
  | 'quoteState'
  | 'bidBps'
  | 'askBps'
  | 'bidCenti'
  | 'askCenti'
  | 'mid'
  | 'ofi5s'
  | 'ofi60s'
  | 'signedFlow30s'
  | 'rasZ'
  | 'isActive'
> & { readonly velocityT: number | null; readonly accelerationT: number | null }

/** `[second, mu, velocity per second, its standard error]` */
export type Point = readonly [
  second: number,
  mu: number,
  velocity: number | null,
  velocitySe: number | null,
]

export type OrderState =
  | 'intent'
  | 'approved'
  | 'denied'
  | 'submitted'
  | 'resting'
  | 'canceling'
  | 'filled'
  | 'canceled'
  | 'rejected'

export type OrderStage = {
  readonly stage: string
  readonly id: string
  readonly timeUs: number
  readonly detail: string
}

export type OrderView = {
  readonly key: string
  readonly clientOrderId: string | null
  /** The PMF it was decided on: the opportunity of the same PMF and strategy says why. */
  readonly pmfId: string | null
  readonly strategy: string
  readonly eventTicker: string
  readonly marketTicker: string
  readonly label: string
  readonly isSynthetic: boolean
  readonly side: 'yes' | 'no'
  readonly priceBps: number
  readonly countCenti: number
  readonly filledCenti: number
  readonly remainingCenti: number
  readonly feesMicros: number
  readonly evBps: number | null
  readonly isPostOnly: boolean
  readonly state: OrderState
  readonly reason: string
  readonly timeUs: number
  readonly updatedUs: number
  readonly stages: readonly OrderStage[]
}

export type OpportunityView = {
  readonly id: string
  readonly timeUs: number
  readonly strategy: string
  readonly eventTicker: string
  readonly pmfId: string
  readonly isSynthetic: boolean
  readonly decision: 'trade' | 'no-trade'
  readonly isShadow: boolean
  readonly reason: string
  readonly leader: string | null
  readonly follower: string | null
  readonly evBps: number | null
}

export type ReasonView = {
  readonly reason: string
  readonly count: number
  readonly timeUs: number
}

export type PositionView = {
  readonly marketTicker: string
  readonly eventTicker: string
  readonly label: string
  readonly isSynthetic: boolean
  readonly id: string
  readonly timeUs: number
  readonly positionCenti: number
  readonly costMicros: number
  readonly feesMicros: number
  readonly realizedPnlMicros: number
  /** Price and value of what is held at the side that buys it; null where it is not known. */
  readonly mark: {
    readonly priceBps: number
    readonly valueMicros: number
    readonly isStale: boolean
  } | null
  readonly settled: {
    readonly id: string
    readonly valueBps: number
    readonly positionCenti: number
    readonly payoutMicros: number
    readonly pnlMicros: number
  } | null
}

export type FeedView = DataOf<'ops.feed-status.v1'> & { readonly timeUs: number }

export type StartedServiceView = {
  readonly service: string
  readonly machines: readonly string[]
  readonly version: string
  readonly resumedFromSeq: number
  readonly timeUs: number
  readonly starts: number
}
