/** What trading may cost at worst, and when it stops. Money in micro-dollars, times in microseconds. */
export type RiskLimits = {
  /** Worst settlement loss of one event, all open orders filled against us. */
  readonly eventWorstLossMaxMicros: number
  /** The same summed over events: they do not net. */
  readonly accountWorstLossMaxMicros: number
  /** Realised loss and fees of a day (UTC): beyond it trading halts until resumed. */
  readonly dailyLossMaxMicros: number
  readonly orderCostMaxMicros: number
  readonly openOrdersMax: number
  /** No new orders this close to the end of a market, */
  readonly finalWindowUs: number
  /** or, for a market that lives no more than two hours, this close. */
  readonly finalWindowShortUs: number
  /** No new orders when the last tick is older than this beside the intent. */
  readonly tickAgeMaxUs: number
}

export const defaultRiskLimits: RiskLimits = {
  eventWorstLossMaxMicros: 100_000_000,
  accountWorstLossMaxMicros: 300_000_000,
  dailyLossMaxMicros: 300_000_000,
  orderCostMaxMicros: 25_000_000,
  openOrdersMax: 40,
  finalWindowUs: 3_600_000_000,
  finalWindowShortUs: 120_000_000,
  tickAgeMaxUs: 120_000_000,
}

export type DenialReason =
  | 'halted'
  | 'unknown-market'
  | 'untradable-market'
  | 'market-inactive'
  | 'final-window'
  | 'book-stale'
  | 'clock-stale'
  | 'too-many-open-orders'
  | 'order-cost'
  | 'event-worst-case'
  | 'account-worst-case'
