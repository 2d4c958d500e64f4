import type { BookDeltaFrame, BookSnapshotFrame, RefusedFrame } from '@kwm/contracts'
import { OrderBook } from '@kwm/model-book'
import { isOnGrid } from '@kwm/model-venue'
import { unreachable } from '@kwm/std'
import type { FrameOutcome, QuarantineReason, RejectReason } from './output.ts'
import { MARKETS_MAX, isFinal, isFresh, newMarket } from './state.ts'
import type { FeedState, MarketEntry, StaleReason } from './state.ts'
import { TRADE_CHANNEL, onTradesMissed } from './trades.ts'
import type { Turn } from './turn.ts'

export type Verdict = readonly [outcome: FrameOutcome, reason: QuarantineReason | RejectReason | '']

const APPLIED: Verdict = ['applied', '']
const BOOK_CHANNEL = 'orderbook_delta'

export function onBookSnapshot(turn: Turn, frame: BookSnapshotFrame): Verdict {
  const { marketTicker, venueTimeUs, yes, no, sid, seq } = frame
  const market = marketOf(turn.state, marketTicker)
  if (!market) return ['rejected', 'too-many-markets']
  market.sid = sid
  if (isFinal(market)) return APPLIED // Its last book is of no use and takes memory.
  const offGrid =
    yes.some(([bps]) => isOff(market, bps)) || no.some(([bps]) => isOff(market, PAYOUT_BPS - bps))
  if (offGrid) {
    // Not asked for again: the next one would be no better. The host looks at the listing.
    staleMarket(turn, market, 'sequence-gap')
    turn.request({ kind: 'discover-market', marketTicker })
    return ['quarantined', 'off-grid']
  }
  const wasFresh = isFresh(market)
  market.book ??= new OrderBook()
  if (market.book.applySnapshot(yes, no) === 'malformed') {
    if (wasFresh) turn.emit('md.book-stale.v1', { marketTicker, reason: 'sequence-gap' })
    turn.checkStatus('malformed-book')
    return ['quarantined', 'malformed-book']
  }
  turn.checkStatus('snapshot')
  turn.emit(
    'md.book-snapshot.v1',
    { marketTicker, yes: pairs(yes), no: pairs(no), venueSeq: seq },
    venueTimeUs,
  )
  return APPLIED
}

export function onBookDelta(turn: Turn, frame: BookDeltaFrame): Verdict {
  const { marketTicker, venueTimeUs, side, priceBps, countDeltaCenti, sid, seq } = frame
  const market = marketOf(turn.state, marketTicker)
  if (!market) return ['rejected', 'too-many-markets']
  market.sid = sid
  if (isFinal(market)) return APPLIED
  if (isOff(market, side === 'yes' ? priceBps : PAYOUT_BPS - priceBps)) {
    missedBy(turn, market)
    turn.request({ kind: 'discover-market', marketTicker })
    return ['quarantined', 'off-grid']
  }
  if (!market.book) {
    turn.request({ kind: 'get-snapshot', sid, marketTickers: [marketTicker] })
    return ['rejected', 'stale-book']
  }
  if (countDeltaCenti === 0) return market.book.isStale ? ['rejected', 'stale-book'] : APPLIED
  const result = market.book.applyDelta(side, priceBps, countDeltaCenti)
  switch (result) {
    case 'ok':
      turn.emit(
        'md.book-delta.v1',
        { marketTicker, side, priceBps, countDeltaCenti, venueSeq: seq },
        venueTimeUs,
      )
      return APPLIED
    case 'stale':
      return ['rejected', 'stale-book']
    case 'negative-level':
      staleMarket(turn, market, 'negative-level')
      turn.request({ kind: 'get-snapshot', sid, marketTickers: [marketTicker] })
      return ['rejected', 'negative-level']
    default:
      return unreachable(result)
  }
}

/**
 * A frame we could not read may have been a change of a book. What it could have changed is not to
 * be believed: the market it names, else its sid's, else all where nothing could be made out.
 */
export function onMissedFrame(turn: Turn, frame: RefusedFrame, isGap: boolean): void {
  const { reason, sid, marketTicker } = frame
  if (sid === null) {
    if (!UNREADABLE.has(reason)) return
    onTradesMissed(turn)
    return staleAll(turn, 'sequence-gap', true)
  }
  if (turn.state.sids.get(sid)?.channel === TRADE_CHANNEL) return onTradesMissed(turn)
  if (isGap) return staleSid(turn, sid, 'sequence-gap')
  if (turn.state.sids.get(sid)?.channel !== BOOK_CHANNEL) return
  if (marketTicker === null) return staleSid(turn, sid, 'sequence-gap')
  const market = turn.state.markets.get(marketTicker)
  if (market) missedBy(turn, market)
}

const UNREADABLE: ReadonlySet<string> = new Set(['too-large', 'not-utf8', 'not-json', 'not-object'])

/** Asked for only by the first of many: the host goes on asking while it stays stale. */
function missedBy(turn: Turn, market: MarketEntry): void {
  if (!isFresh(market)) return
  staleMarket(turn, market, 'sequence-gap')
  const { sid, marketTicker } = market
  if (sid !== null) turn.request({ kind: 'get-snapshot', sid, marketTickers: [marketTicker] })
}

/** Every book of a sid. The host is asked for all it has there: some may never have arrived. */
export function staleSid(turn: Turn, sid: number, reason: StaleReason, isWanted = true): void {
  const isBookSid = turn.state.sids.get(sid)?.channel === BOOK_CHANNEL
  if (!isBookSid) return
  for (const market of turn.state.markets.values()) {
    if (market.sid === sid) staleMarket(turn, market, reason)
  }
  if (isWanted) turn.request({ kind: 'get-snapshot', sid, marketTickers: null })
}

export function staleAll(turn: Turn, reason: StaleReason, isWanted = false): void {
  for (const market of turn.state.markets.values()) staleMarket(turn, market, reason)
  if (!isWanted) return
  for (const [sid, { channel }] of turn.state.sids) {
    if (channel === BOOK_CHANNEL) turn.request({ kind: 'get-snapshot', sid, marketTickers: null })
  }
}

/** Only the change from fresh to stale is news. */
export function staleMarket(turn: Turn, market: MarketEntry, reason: StaleReason): void {
  if (!isFresh(market)) return
  market.book!.markStale(reason)
  turn.checkStatus(reason)
  turn.emit('md.book-stale.v1', { marketTicker: market.marketTicker, reason })
}

/** The entry of a market, made if there is room. */
export function marketOf(state: FeedState, marketTicker: string): MarketEntry | undefined {
  const known = state.markets.get(marketTicker)
  if (known) return known
  if (state.markets.size >= MARKETS_MAX) return undefined
  const market = newMarket(marketTicker)
  state.markets.set(marketTicker, market)
  return market
}

const PAYOUT_BPS = 10_000

/** NO prices come as their YES complement: the grid is the YES leg's. */
const isOff = ({ grid }: MarketEntry, yesBps: number): boolean =>
  grid !== null && !isOnGrid(grid, yesBps)

const pairs = (levels: readonly (readonly [number, number])[]): [number, number][] =>
  levels.map(([priceBps, countCenti]) => [priceBps, countCenti])
