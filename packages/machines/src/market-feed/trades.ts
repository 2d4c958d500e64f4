import type { HostRecord, TradeFrame } from '@kwm/contracts'
import { isOnGrid } from '@kwm/model-venue'
import type { FrameOutcome, QuarantineReason, RejectReason } from './output.ts'
import { venueNowUs } from './state.ts'
import type { FeedState } from './state.ts'
import { TRADES_KNOWN_MAX } from './trade-memory.ts'
import type { KnownTrade, TradeMemory } from './trade-memory.ts'
import type { Turn } from './turn.ts'

type Verdict = readonly [outcome: FrameOutcome, reason: QuarantineReason | RejectReason | '']

export const TRADE_CHANNEL = 'trade'
/** Without a better word of when the missing began. */
const BEFORE_US = 60_000_000
/** What was missed longer ago is not read any more. */
const MISSED_US_MAX = 6 * 3_600_000_000

export function onTrade(turn: Turn, frame: TradeFrame): Verdict {
  const { kind: _kind, sid: _sid, seq: _seq, venueTimeUs, ...data } = frame
  const { trades } = turn.state
  if (venueTimeUs !== null) trades.completeUs = venueTimeUs
  if (trades.known.get(data.tradeId)?.isLate === true) return ['duplicate', '']
  if (isOffGrid(turn.state, data)) {
    turn.request({ kind: 'discover-market', marketTicker: data.marketTicker })
    return ['quarantined', 'off-grid']
  }
  remember(trades, data.tradeId, { timeUs: venueTimeUs ?? 0, isLate: false })
  turn.emit('md.trade.v1', data, venueTimeUs)
  return ['applied', '']
}

type LateTrade = Extract<HostRecord, { readonly kind: 'late-trade' }>

/** A print the host read over REST. Every print is on the tape once. */
export function onLateTrade(turn: Turn, { data, eventTimeUs }: LateTrade): Verdict {
  const { trades } = turn.state
  if (trades.known.has(data.tradeId)) return ['duplicate', '']
  // It may have been on the tape, and be forgotten.
  if (eventTimeUs <= trades.forgottenUs) return ['rejected', 'too-old']
  if (isOffGrid(turn.state, data)) return ['quarantined', 'off-grid']
  remember(trades, data.tradeId, { timeUs: eventTimeUs, isLate: true })
  turn.emit('md.trade.v1', { ...data, isLate: true }, eventTimeUs)
  return ['applied', '']
}

/** The stream of prints begins (again): what came since the last one we had was missed. */
export function onTradesSubscribed(turn: Turn): void {
  const { trades, venueTimeUs } = turn.state
  if (trades.completeUs === 0) trades.completeUs = venueTimeUs
  else onTradesMissed(turn)
}

/** A frame that was lost, or could not be read, may have been a print. */
export function onTradesMissed(turn: Turn): void {
  const { state, record } = turn
  const { trades } = state
  const toUs = venueNowUs(state, record.receivedTimeUs)
  const sinceUs = Math.min(trades.completeUs || toUs - BEFORE_US, toUs)
  const fromUs = Math.min(trades.missed?.fromUs ?? sinceUs, sinceUs)
  trades.missed = {
    fromUs: Math.max(fromUs, toUs - MISSED_US_MAX),
    toUs: Math.max(trades.missed?.toUs ?? toUs, toUs),
  }
}

export function onTradesRead({ trades }: FeedState, throughUs: number): void {
  const { missed } = trades
  if (!missed) return
  const fromUs = Math.max(missed.fromUs, throughUs)
  trades.missed = fromUs >= missed.toUs ? null : { ...missed, fromUs }
}

function remember(trades: TradeMemory, tradeId: string, known: KnownTrade): void {
  if (trades.known.size >= TRADES_KNOWN_MAX) {
    const [oldest, { timeUs }] = trades.known.entries().next().value!
    trades.known.delete(oldest)
    trades.forgottenUs = Math.max(trades.forgottenUs, timeUs)
  }
  trades.known.set(tradeId, known)
}

/** Blocks are agreed off the book and may be priced off its grid. */
function isOffGrid(
  { markets }: FeedState,
  { marketTicker, yesPriceBps, isBlock }: LateTrade['data'],
): boolean {
  const grid = markets.get(marketTicker)?.grid ?? null
  return !isBlock && grid !== null && !isOnGrid(grid, yesPriceBps)
}
