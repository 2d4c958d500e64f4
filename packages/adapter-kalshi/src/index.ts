export type { Channel, Command } from './commands.ts'
export { encodeCommand } from './commands.ts'
export { KalshiConnection } from './connection.ts'
export type { ConnectionCallbacks, ConnectionLimits, ConnectionOptions } from './connection.ts'
export { FRAME_BYTES_MAX, decodeFrame, decodeFrameText } from './decode-frame.ts'
export { parseErrorBody } from './error-body.ts'
export type { VenueFault } from './error-body.ts'
export * from './errors.ts'
export { kalshiWire } from './feed-wire.ts'
export { decodeHostRecord, encodeHostRecord } from './host-record.ts'
export { loadPrivateKey } from './load-key.ts'
export type { LoadedKey } from './load-key.ts'
export { NO_PRICE_RANGES, STRIKE_UNKNOWN, mapMarket, mapStatus } from './market-mapper.ts'
export type { ListedFeeChange } from './market-mapper.ts'
export { KalshiAccount } from './rest/account.ts'
export type {
  FillsFilter,
  FoundOrder,
  OrdersFilter,
  PositionsFilter,
  SettlementsFilter,
} from './rest/account.ts'
export type {
  AccountBalance,
  AccountFill,
  AccountPosition,
  AccountSettlement,
} from './rest/account-schemas.ts'
export { KalshiExchange } from './rest/exchange.ts'
export type { EventLiveData, ExchangeSchedule, WeatherIndex } from './rest/exchange-schemas.ts'
export { toTimeUs } from './rest/fixed-point-fields.ts'
export { KalshiHistory } from './rest/history.ts'
export type { CandleInterval, CandlesOf, HistoryPage, TimeRange } from './rest/history.ts'
export type { HistoricalCutoff, VenueCandle, VenueTrade } from './rest/history-schemas.ts'
export { BATCH_TICKERS_MAX, KalshiRest } from './rest/market-data.ts'
export type { MarketFilter, RestOptions, SeriesFilter, VenueBook } from './rest/market-data.ts'
export type {
  EventFeeChange,
  ExchangeStatus,
  SeriesFeeChange,
  VenueEvent,
  VenueMarket,
  VenueSeries,
} from './rest/market-schemas.ts'
export { KalshiOrderGroups } from './rest/order-groups.ts'
export type { OrderGroupRef } from './rest/order-groups.ts'
export type {
  AccountOrder,
  AmendedOrder,
  CanceledOrder,
  DecreasedOrder,
  OrderGroup,
  OrderGroupDetail,
  PlacedOrder,
  QueuePositionOf,
} from './rest/order-schemas.ts'
export { KalshiOrders } from './rest/orders.ts'
export type {
  Amendment,
  BatchItem,
  BatchOutcome,
  CancelOutcome,
  CreateOutcome,
  OrderRef,
  OrderRequest,
  Reduction,
} from './rest/orders.ts'
export { BASIC_LIMITS, RateBudget } from './rest/rate-budget.ts'
export type { BudgetLimits, BudgetObserver, EndpointCost, Lane } from './rest/rate-budget.ts'
export { REDACTED, redact } from './rest/redact.ts'
export { KalshiTransport } from './rest/transport.ts'
export type { Outcome, TransportObserver, TransportOptions } from './rest/transport.ts'
export type { WriteOutcome } from './rest/write-outcome.ts'
export { judgeSequence } from './sequence-rule.ts'
export { UpgradeRefusedError } from './upgrade-refusal.ts'
export { signText, signedHeaders } from './sign.ts'
export type { Credentials } from './sign.ts'
