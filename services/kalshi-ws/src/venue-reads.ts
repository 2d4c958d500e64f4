import type {
  KalshiRest,
  SeriesFeeChange,
  SeriesFilter,
  VenueBook,
  VenueSeries,
} from '@kwm/adapter-kalshi'

/** What we read of the venue over REST. Any client that can do this will do. */
export type VenueReads = Pick<
  KalshiRest,
  'series' | 'event' | 'events' | 'markets' | 'orderbook'
> & {
  readonly seriesList: (filter: SeriesFilter, signal?: AbortSignal) => Promise<VenueSeries[]>
  readonly orderbooks: (
    tickers: readonly string[],
    signal?: AbortSignal,
  ) => Promise<ReadonlyMap<string, VenueBook>>
  readonly feeChanges: (signal?: AbortSignal) => Promise<SeriesFeeChange[]>
}
