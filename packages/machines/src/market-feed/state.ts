import type { DataOf, SidSequence } from '@kwm/contracts'
import type { OrderBook } from '@kwm/model-book'
import { priceGrid } from '@kwm/model-venue'
import type { PriceGrid } from '@kwm/model-venue'
import type { FrameOutcome } from './output.ts'
import { newTradeMemory } from './trade-memory.ts'
import type { TradeMemory } from './trade-memory.ts'

export type MarketListing = DataOf<'md.market-listed.v1'>
export type MarketStatus = DataOf<'md.market-status.v1'>
export type StaleReason = DataOf<'md.book-stale.v1'>['reason']

export type FeedConfig = {
  /** Names the feed in `ops.feed-status` and is the first part of every event id. */
  readonly feed: string
  /**
   * Whose life we follow: lifecycle frames come for every market of the venue. Decides what is asked
   * for, never what is said, so the host may add series it finds.
   */
  readonly watch: {
    readonly series: readonly string[]
    readonly events: readonly string[]
    readonly markets: readonly string[]
  }
}

/** A book takes 170 KB, so this is 340 MB at worst. */
export const MARKETS_MAX = 2_000
export const SIDS_MAX = 1_024

export type FeedCounts = { framesIn: number } & Record<FrameOutcome, number>

export type SidEntry = { channel: string | null; readonly sequence: SidSequence }

export type MarketEntry = {
  readonly marketTicker: string
  listing: MarketListing | null
  /** Null while the price ranges are unknown: prices are then not checked. */
  grid: PriceGrid | null
  status: string | null
  /** When the status was last set, by the receive time of the record that said so. */
  statusTimeUs: number
  /** When a frame last changed the listing. */
  amendTimeUs: number
  result: MarketStatus['result']
  settlementValueBps: number | null
  /** The sid of its last book frame. */
  sid: number | null
  /** Null before the first snapshot and once the market is final. */
  book: OrderBook | null
}

export type FeedState = {
  readonly config: FeedConfig
  connectionId: string
  isConnected: boolean
  nextFrameNo: number
  hostId: string
  nextHostNo: number
  /** The last time the venue gave, and when that was received; 0 before the first. */
  venueTimeUs: number
  venueReceivedUs: number
  readonly counts: FeedCounts
  /** Sequence gaps so far, of all sids. */
  gaps: number
  status: DataOf<'ops.feed-status.v1'>['status']
  isSynthetic: boolean
  /** The connection polls REST instead of listening to a socket. */
  isKeyless: boolean
  readonly sids: Map<number, SidEntry>
  readonly trades: TradeMemory
  readonly markets: Map<string, MarketEntry>
}

export const initialFeedState = (config: FeedConfig): FeedState => ({
  config,
  connectionId: '',
  isConnected: false,
  nextFrameNo: 0,
  hostId: '',
  nextHostNo: 0,
  venueTimeUs: 0,
  venueReceivedUs: 0,
  counts: { framesIn: 0, applied: 0, duplicate: 0, quarantined: 0, rejected: 0 },
  gaps: 0,
  status: 'disconnected',
  isSynthetic: false,
  isKeyless: false,
  sids: new Map(),
  trades: newTradeMemory(),
  markets: new Map(),
})

export const newMarket = (marketTicker: string): MarketEntry => ({
  marketTicker,
  listing: null,
  grid: null,
  status: null,
  statusTimeUs: 0,
  amendTimeUs: 0,
  result: null,
  settlementValueBps: null,
  sid: null,
  book: null,
})

/**
 * The venue's clock: its last time, and what has passed here since. A recording or a simulated day
 * has other times than our wall.
 */
export const venueNowUs = (state: FeedState, receivedTimeUs: number): number =>
  state.venueTimeUs === 0
    ? receivedTimeUs
    : state.venueTimeUs + Math.max(0, receivedTimeUs - state.venueReceivedUs)

/** Ranges that make no grid leave prices unchecked; the listing carries why. */
export function gridOf(listing: MarketListing): PriceGrid | null {
  const result = priceGrid(listing.priceRanges)
  return result.ok ? result.grid : null
}

export const isStale = (market: MarketEntry): boolean => market.book?.isStale === true

/** In trading, and without a book that can be believed. */
export const lacksBook = (market: MarketEntry): boolean =>
  !isOver(market) && (market.book ? market.book.isStale : market.status === 'active')
export const isFresh = (market: MarketEntry): boolean => market.book?.isStale === false

/** Trading has ended for good: its book is nobody's concern any more. */
export const isOver = ({ status }: MarketEntry): boolean => status !== null && OVER.has(status)

export const isFinal = ({ status }: MarketEntry): boolean => status !== null && FINAL.has(status)

const FINAL = new Set(['finalized', 'settled'])
const OVER = new Set(['closed', 'determined', 'disputed', 'amended', ...FINAL])

export function isWatched({ watch }: FeedConfig, marketTicker: string): boolean {
  return (
    watch.markets.includes(marketTicker) ||
    watch.events.some((event) => marketTicker.startsWith(`${event}-`)) ||
    watch.series.some((series) => isOfSeries(series, marketTicker))
  )
}

export function isWatchedEvent({ watch }: FeedConfig, eventTicker: string): boolean {
  return (
    watch.events.includes(eventTicker) ||
    watch.series.some((series) => isOfSeries(series, eventTicker))
  )
}

/** A series by its ticker, or all that begin like it: `KXHIGH*`. */
const isOfSeries = (series: string, ticker: string): boolean =>
  ticker.startsWith(series.endsWith('*') ? series.slice(0, -1) : `${series}-`)
