import { OrderBook } from '@kwm/model-book'
import type { OrderBookSnapshot } from '@kwm/model-book'
import { assert } from '@kwm/std'
import { gridOf, initialFeedState } from './state.ts'
import type { FeedConfig, FeedCounts, FeedState, MarketEntry } from './state.ts'
import type { TradeMemory } from './trade-memory.ts'

type Copied = Pick<
  FeedState,
  | 'connectionId'
  | 'isConnected'
  | 'nextFrameNo'
  | 'hostId'
  | 'nextHostNo'
  | 'venueTimeUs'
  | 'venueReceivedUs'
  | 'gaps'
  | 'status'
  | 'isSynthetic'
  | 'isKeyless'
>
type MarketSnapshot = Omit<MarketEntry, 'grid' | 'book'> & {
  readonly book: OrderBookSnapshot | null
}

/** Plain data, equal bytes for equal states. Grids are made again from the listings. */
export type FeedSnapshot = Copied & {
  readonly v: 1
  readonly counts: Readonly<FeedCounts>
  readonly sids: readonly (readonly [sid: number, channel: string | null, nextSeq: number | null])[]
  readonly markets: readonly MarketSnapshot[]
  /** Missing in snapshots from before prints were read afterwards. */
  readonly trades?: {
    readonly known: readonly (readonly [tradeId: string, timeUs: number, isLate: boolean])[]
    readonly forgottenUs: number
    readonly completeUs: number
    readonly missed: TradeMemory['missed']
  }
}

export function takeFeedSnapshot(state: FeedState): FeedSnapshot {
  const { counts, sids, markets } = state
  const { known, ...trades } = state.trades
  return {
    v: 1,
    ...copied(state),
    counts: { ...counts },
    sids: [...sids].map(
      ([sid, { channel, sequence }]) => [sid, channel, sequence.nextSeq] as const,
    ),
    trades: {
      ...trades,
      known: [...known].map(([id, { timeUs, isLate }]) => [id, timeUs, isLate] as const),
    },
    markets: [...markets.values()].map(({ grid: _grid, book, ...market }) => ({
      ...market,
      book: book ? book.snapshot() : null,
    })),
  }
}

export function restoreFeed(config: FeedConfig, snapshot: FeedSnapshot): FeedState {
  assert(snapshot.v === 1, `feed snapshot version ${String(snapshot.v)}`)
  const state: FeedState = {
    ...initialFeedState(config),
    ...copied(snapshot),
    counts: { ...snapshot.counts },
  }
  for (const [sid, channel, nextSeq] of snapshot.sids) {
    state.sids.set(sid, { channel, sequence: { nextSeq } })
  }
  if (snapshot.trades) {
    const { known, ...rest } = snapshot.trades
    Object.assign(state.trades, rest)
    for (const [id, timeUs, isLate] of known) state.trades.known.set(id, { timeUs, isLate })
  }
  for (const { book, ...market } of snapshot.markets) {
    state.markets.set(market.marketTicker, {
      ...market,
      grid: market.listing && gridOf(market.listing),
      book: book && OrderBook.restore(book),
    })
  }
  return state
}

const copied = (from: Copied): Copied => ({
  connectionId: from.connectionId,
  isConnected: from.isConnected,
  nextFrameNo: from.nextFrameNo,
  hostId: from.hostId,
  nextHostNo: from.nextHostNo,
  venueTimeUs: from.venueTimeUs,
  venueReceivedUs: from.venueReceivedUs,
  gaps: from.gaps,
  status: from.status,
  isSynthetic: from.isSynthetic,
  isKeyless: from.isKeyless,
})
