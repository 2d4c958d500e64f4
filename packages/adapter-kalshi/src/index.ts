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
export {
  NO_PRICE_RANGES,
  STRIKE_UNKNOWN,
  mapMarket,
  mapStatus,
  toTimeUs,
} from './market-mapper.ts'
export type { ListedFeeChange } from './market-mapper.ts'
export { KalshiRest } from './rest-client.ts'
export type { MarketFilter, RestOptions, VenueBook } from './rest-client.ts'
export type { ExchangeStatus, VenueEvent, VenueMarket, VenueSeries } from './rest-schemas.ts'
export { BOOKS_PER_READ, PublicReads } from './public-reads.ts'
export type { SeriesFeeChange, SeriesFilter } from './public-reads.ts'
export { judgeSequence } from './sequence-rule.ts'
export { UpgradeRefusedError } from './upgrade-refusal.ts'
export { signText, signedHeaders } from './sign.ts'
export type { Credentials } from './sign.ts'
