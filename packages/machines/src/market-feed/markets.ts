import type {
  EventFeeFrame,
  EventLifecycleFrame,
  HostRecord,
  MarketLifecycleFrame,
} from '@kwm/contracts'
import { priceGrid } from '@kwm/model-venue'
import { unreachable } from '@kwm/std'
import { marketOf, staleAll, staleMarket } from './books.ts'
import { feesAt, judgeListing } from './listing-rules.ts'
import { gridOf, isFinal, isFresh, isOver, isWatched, isWatchedEvent, venueNowUs } from './state.ts'
import type { MarketEntry, MarketListing, MarketStatus } from './state.ts'
import { onTradesRead } from './trades.ts'
import type { Turn } from './turn.ts'

/** REST answers may be 15 s old: this long the socket's word stands against theirs. */
const SOCKET_WORD_HOLDS_US = 30_000_000
/** A market that is final is forgotten this long after its close. */
const KEEP_FINAL_US = 2 * 86_400_000_000

export function onHostRecord(
  turn: Turn,
  record: Exclude<HostRecord, { kind: 'late-trade' }>,
): void {
  switch (record.kind) {
    case 'start':
      turn.state.isConnected = false
      staleAll(turn, 'restart')
      turn.checkStatus('restart')
      return
    case 'second':
      onSecond(turn)
      return
    case 'market-listed':
      onListed(turn, record.data, record.eventTimeUs)
      return
    case 'market-status': {
      const market = turn.state.markets.get(record.data.marketTicker)
      if (market && canBelieve(turn, market, record.data.status))
        setStatus(turn, market, record.data)
      return
    }
    case 'audit-failed':
      onAuditFailed(turn, record.marketTicker)
      return
    case 'trades-read':
      onTradesRead(turn.state, record.throughUs)
      return
    default:
      unreachable(record)
  }
}

function onAuditFailed(turn: Turn, marketTicker: string): void {
  const market = turn.state.markets.get(marketTicker)
  if (!market || !isFresh(market)) return
  staleMarket(turn, market, 'audit')
  const { sid } = market
  if (sid !== null) turn.request({ kind: 'get-snapshot', sid, marketTickers: [marketTicker] })
}

/** The venue says nothing at the scheduled open and close, so the clock does. */
function onSecond(turn: Turn): void {
  const { state, record } = turn
  const nowUs = venueNowUs(state, record.receivedTimeUs)
  for (const market of state.markets.values()) {
    const { listing, status } = market
    if (!listing || isOver(market)) continue
    if (nowUs >= listing.closeTimeUs) setStatus(turn, market, scheduled(market, 'closed'))
    else if (nowUs >= listing.openTimeUs && (status === 'initialized' || status === 'unopened')) {
      setStatus(turn, market, scheduled(market, 'active'))
    }
    if (listing.feeChanges?.length) applyFeeChanges(turn, market, listing, nowUs)
  }
  if (state.isConnected) turn.reportStatus()
}

/** The venue announces a change of fees and says nothing when it comes. */
function applyFeeChanges(
  turn: Turn,
  market: MarketEntry,
  listing: MarketListing,
  nowUs: number,
): void {
  const { feeType, feeMultiplierMilli } = feesAt(listing, nowUs)
  const isSame = feeType === listing.feeType && feeMultiplierMilli === listing.feeMultiplierMilli
  if (!isSame) relist(turn, market, listing)
}

const scheduled = ({ marketTicker }: MarketEntry, status: string): MarketStatus => ({
  marketTicker,
  status,
  result: null,
  settlementValueBps: null,
})

/** A listing found by discovery. Only what changed is news. */
function onListed(turn: Turn, found: MarketListing, eventTimeUs: number): void {
  const { state } = turn
  if (!state.markets.has(found.marketTicker)) forgetFinal(turn)
  const market = marketOf(state, found.marketTicker)
  if (!market) return
  if (state.venueTimeUs === 0) {
    state.venueTimeUs = eventTimeUs
    state.venueReceivedUs = turn.record.receivedTimeUs
  }
  if (found.isSynthetic) state.isSynthetic = true
  const isNew = market.listing === null
  const isBelieved = isNew || canBelieve(turn, market, found.status)
  const status = isBelieved ? found.status : (market.status ?? found.status)
  const statusWas = market.status
  if (isNew) {
    market.status = status
    market.statusTimeUs = 0
  }
  const isHeld = turn.record.receivedTimeUs - market.amendTimeUs <= SOCKET_WORD_HOLDS_US
  if (!isHeld) relist(turn, market, { ...found, status: market.listing?.status ?? status })
  if (!isNew && status !== statusWas) setStatus(turn, market, scheduled(market, status), false)
}

/** A status read over REST goes forward in a market's life, or is news the socket has not had. */
function canBelieve({ record }: Turn, market: MarketEntry, status: string): boolean {
  if (market.status === null) return true
  const step = stageOf(status) - stageOf(market.status)
  if (step !== 0) return step > 0
  return record.receivedTimeUs - market.statusTimeUs > SOCKET_WORD_HOLDS_US
}

/** Words we do not know stand beside `active`: the enumeration is open. */
function stageOf(status: string): number {
  if (status === 'initialized' || status === 'unopened') return 0
  if (status === 'closed') return 2
  if (status === 'determined' || status === 'disputed' || status === 'amended') return 3
  return status === 'finalized' || status === 'settled' ? 4 : 1
}

export function onMarketLifecycle(turn: Turn, frame: MarketLifecycleFrame): void {
  const { marketTicker, eventType } = frame
  const market = turn.state.markets.get(marketTicker)
  if (!market?.listing) {
    if (market || isWatched(turn.state.config, marketTicker)) {
      turn.request({ kind: 'discover-market', marketTicker })
    }
    return
  }
  switch (eventType) {
    case 'activated':
      setStatus(turn, market, scheduled(market, 'active'))
      return
    case 'deactivated':
      setStatus(turn, market, scheduled(market, 'inactive'))
      return
    case 'determined': {
      const { result, settlementValueBps } = frame
      setStatus(turn, market, { marketTicker, status: 'determined', result, settlementValueBps })
      return
    }
    case 'settled': {
      const { result, settlementValueBps } = market
      setStatus(turn, market, { marketTicker, status: 'finalized', result, settlementValueBps })
      market.book = null
      return
    }
    default:
      amend(turn, market, amended(market.listing, frame))
      turn.request({ kind: 'discover-market', marketTicker })
  }
}

/** The listing with what a lifecycle frame changes of it. */
function amended(listing: MarketListing, frame: MarketLifecycleFrame): MarketListing {
  const { closeTimeUs, priceRanges, strikeType, floorStrike, capStrike } = frame
  const next: MarketListing = {
    ...listing,
    strikeType: strikeType ?? listing.strikeType,
    floorStrike: floorStrike ?? listing.floorStrike,
    capStrike: capStrike ?? listing.capStrike,
    closeTimeUs: closeTimeUs ?? listing.closeTimeUs,
  }
  if (priceRanges && priceGrid(priceRanges).ok) {
    next.priceRanges = priceRanges.map((range) => ({ ...range }))
  }
  return next
}

export function onEventLifecycle(turn: Turn, { eventTicker }: EventLifecycleFrame): void {
  if (isWatchedEvent(turn.state.config, eventTicker)) {
    turn.request({ kind: 'discover-event', eventTicker })
  }
}

export function onEventFee(turn: Turn, frame: EventFeeFrame): void {
  const { eventTicker, feeType, feeMultiplierMilli } = frame
  let isKnown = false
  for (const market of turn.state.markets.values()) {
    if (market.listing?.eventTicker !== eventTicker) continue
    isKnown = true
    amend(turn, market, {
      ...market.listing,
      feeType: feeType ?? market.listing.feeType,
      feeMultiplierMilli: feeMultiplierMilli ?? market.listing.feeMultiplierMilli,
    })
  }
  // An override that ends leaves the series' own fee, which is read again.
  if (isKnown || isWatchedEvent(turn.state.config, eventTicker)) {
    turn.request({ kind: 'discover-event', eventTicker })
  }
}

/** A change that came by the socket. */
function amend(turn: Turn, market: MarketEntry, listing: MarketListing): void {
  if (relist(turn, market, listing)) market.amendTimeUs = turn.record.receivedTimeUs
}

/** False when nothing changed. The status has its own event, so here it stays the first one. */
function relist(turn: Turn, market: MarketEntry, found: MarketListing): boolean {
  const nowUs = venueNowUs(turn.state, turn.record.receivedTimeUs)
  const listing = judgeListing(found, nowUs)
  if (market.listing && JSON.stringify(market.listing) === JSON.stringify(listing)) return false
  market.listing = listing
  market.grid = gridOf(listing)
  turn.emit('md.market-listed.v1', { ...listing, status: market.status ?? listing.status })
  turn.checkStatus('listed')
  return true
}

function setStatus(turn: Turn, market: MarketEntry, next: MarketStatus, isSocket = true): void {
  const { status, result, settlementValueBps } = next
  if (isSocket) market.statusTimeUs = turn.record.receivedTimeUs
  const isSame =
    market.status === status &&
    (result === null || result === market.result) &&
    (settlementValueBps === null || settlementValueBps === market.settlementValueBps)
  if (isSame) return
  market.status = status
  market.result = result ?? market.result
  market.settlementValueBps = settlementValueBps ?? market.settlementValueBps
  turn.checkStatus(`market ${status}`)
  const { marketTicker } = market
  turn.emit('md.market-status.v1', {
    marketTicker,
    status,
    result: market.result,
    settlementValueBps: market.settlementValueBps,
  })
}

function forgetFinal({ state, record }: Turn): void {
  const nowUs = venueNowUs(state, record.receivedTimeUs)
  for (const [ticker, market] of state.markets) {
    if (!market.listing || !isFinal(market)) continue
    if (nowUs > market.listing.closeTimeUs + KEEP_FINAL_US) state.markets.delete(ticker)
  }
}
