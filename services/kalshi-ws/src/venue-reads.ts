import type { KalshiRest } from '@kwm/adapter-kalshi'

/** What we read of the venue over REST. Any client that can do this will do. */
export type VenueReads = Pick<
  KalshiRest,
  | 'series'
  | 'seriesList'
  | 'event'
  | 'events'
  | 'markets'
  | 'orderbook'
  | 'orderbooks'
  | 'feeChanges'
>
