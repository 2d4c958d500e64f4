import { KEYLESS_OPEN_PREFIX } from '@kwm/contracts'
import type {
  DecodeFrame,
  DecodeHostRecord,
  RawFrame,
  SequenceRule,
  SequenceVerdict,
  VenueFrame,
} from '@kwm/contracts'
import { unreachable } from '@kwm/std'
import { onBookDelta, onBookSnapshot, onMissedFrame, staleAll, staleSid } from './books.ts'
import type { Verdict } from './books.ts'
import { onEventFee, onEventLifecycle, onHostRecord, onMarketLifecycle } from './markets.ts'
import type { FeedStep } from './output.ts'
import { SIDS_MAX } from './state.ts'
import type { FeedState, SidEntry } from './state.ts'
import {
  TRADE_CHANNEL,
  onLateTrade,
  onTrade,
  onTradesMissed,
  onTradesSubscribed,
} from './trades.ts'
import { Turn } from './turn.ts'

/** What an adapter knows of the venue's wire. Pure functions all. */
export type FeedWire = {
  readonly decode: DecodeFrame
  readonly decodeHost: DecodeHostRecord
  readonly sequence: SequenceRule
}

/** Records of the host are kept on a connection of this suffix. */
export const HOST_CONNECTION_SUFFIX = '-host'
export const isHostConnection = (connectionId: string): boolean =>
  connectionId.endsWith(HOST_CONNECTION_SUFFIX)

/** Take one record of RAW, in order. The state is edited in place. */
export function stepFeed(wire: FeedWire, state: FeedState, record: RawFrame): FeedStep {
  const turn = new Turn(state, record)
  if (isHostConnection(record.connectionId)) return stepHost(wire, turn)
  switch (record.kind) {
    case 'open':
      return onOpen(turn)
    case 'close':
      return onClose(turn)
    case 'frame':
      return onFrame(wire, turn)
    default:
      return unreachable(record.kind)
  }
}

function stepHost(wire: FeedWire, turn: Turn): FeedStep {
  const { state, record } = turn
  if (record.connectionId !== state.hostId) {
    state.hostId = record.connectionId
    state.nextHostNo = 0
  }
  if (record.frameNo < state.nextHostNo) return turn.finish()
  state.nextHostNo = record.frameNo + 1
  const host = wire.decodeHost(record.bytes)
  if (host.kind === 'refused') return turn.finish(null, host.reason, host.field)
  if (host.kind === 'late-trade') return turn.finish(...onLateTrade(turn, host))
  onHostRecord(turn, host)
  return turn.finish()
}

function onOpen(turn: Turn): FeedStep {
  const { state, record } = turn
  if (record.connectionId === state.connectionId) return turn.finish()
  // No close was recorded: the process died in between.
  staleAll(turn, state.isConnected ? 'restart' : 'disconnected')
  state.connectionId = record.connectionId
  state.isKeyless = startsWith(record.bytes, KEYLESS_OPEN_PREFIX)
  state.isConnected = true
  state.nextFrameNo = record.frameNo + 1
  state.sids.clear()
  turn.checkStatus('opened')
  return turn.finish()
}

/** Of plain ASCII. */
function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let at = 0; at < text.length; at++) if (bytes[at] !== text.charCodeAt(at)) return false
  return true
}

function onClose(turn: Turn): FeedStep {
  const { state, record } = turn
  if (record.connectionId !== state.connectionId || !state.isConnected) return turn.finish()
  state.isConnected = false
  state.nextFrameNo = record.frameNo + 1
  state.sids.clear()
  staleAll(turn, 'disconnected')
  turn.checkStatus('closed')
  return turn.finish()
}

function onFrame(wire: FeedWire, turn: Turn): FeedStep {
  const { state, record } = turn
  if (record.connectionId !== state.connectionId || !state.isConnected) {
    return turn.finish('rejected', 'not-connected')
  }
  // A record we have had: RAW delivers at least once, and a frame counts once.
  if (record.frameNo < state.nextFrameNo) return turn.finish()
  // A hole in RAW is a hole in every sid.
  if (record.frameNo > state.nextFrameNo) {
    staleAll(turn, 'sequence-gap')
    onTradesMissed(turn)
  }
  state.nextFrameNo = record.frameNo + 1
  const frame = wire.decode(record.bytes)
  const [outcome, reason] = judge(wire, turn, frame)
  return turn.finish(outcome, reason, frame.kind === 'refused' ? frame.field : '')
}

function judge(wire: FeedWire, turn: Turn, frame: VenueFrame): Verdict {
  const sequence = follow(wire, turn.state, frame)
  if (frame.kind === 'refused') {
    if (sequence !== 'duplicate') onMissedFrame(turn, frame, sequence === 'gap')
    return ['quarantined', frame.reason]
  }
  if (sequence === 'duplicate') return ['duplicate', '']
  if (sequence === 'gap' && frame.sid !== null) {
    staleSid(turn, frame.sid, 'sequence-gap')
    if (turn.state.sids.get(frame.sid)?.channel === TRADE_CHANNEL) onTradesMissed(turn)
    // What a gap shows up on may be believed itself, except of a book: its market missed something.
    if (isBookFrame(frame)) return ['rejected', 'sequence-gap']
  }
  if ('venueTimeUs' in frame && frame.venueTimeUs !== null) {
    turn.state.venueTimeUs = frame.venueTimeUs
    turn.state.venueReceivedUs = turn.record.receivedTimeUs
  }
  return apply(turn, frame)
}

const isBookFrame = ({ kind }: VenueFrame): boolean =>
  kind === 'book-snapshot' || kind === 'book-delta'

/** Count the frame on its sid. Frames without a seq (ticker) cannot be followed. */
function follow({ sequence }: FeedWire, state: FeedState, frame: VenueFrame): SequenceVerdict {
  const { sid, seq } = frame
  if (sid === null) return 'next'
  let entry = state.sids.get(sid)
  if (!entry) {
    if (state.sids.size >= SIDS_MAX) return 'next'
    entry = { channel: null, sequence: { nextSeq: null } }
    state.sids.set(sid, entry)
  }
  learnChannel(entry, frame)
  if (seq === null) return 'next'
  const verdict = sequence(entry.sequence, seq)
  if (verdict === 'gap') state.gaps++
  return verdict
}

export const BOOK_CHANNEL = 'orderbook_delta'

function learnChannel(entry: SidEntry, frame: VenueFrame): void {
  if (frame.kind === 'subscribed') entry.channel = frame.channel
  else if (entry.channel === null && isBookFrame(frame)) entry.channel = BOOK_CHANNEL
  else if (frame.kind === 'trade') entry.channel = TRADE_CHANNEL
}

function apply(turn: Turn, frame: Exclude<VenueFrame, { kind: 'refused' }>): Verdict {
  switch (frame.kind) {
    case 'book-delta':
      return onBookDelta(turn, frame)
    case 'book-snapshot':
      return onBookSnapshot(turn, frame)
    case 'trade':
      return onTrade(turn, frame)
    case 'ticker': {
      const { kind: _kind, sid: _sid, seq: _seq, venueTimeUs, ...data } = frame
      turn.emit('md.ticker.v1', data, venueTimeUs)
      return APPLIED
    }
    case 'market-lifecycle':
      onMarketLifecycle(turn, frame)
      return APPLIED
    case 'event-lifecycle':
      onEventLifecycle(turn, frame)
      return APPLIED
    case 'event-fee':
      onEventFee(turn, frame)
      return APPLIED
    case 'index-value': {
      const { index, valueMicros, average60sMicros, venueTimeUs } = frame
      const data = { index, source: 'kalshi', valueMicros, average60sMicros }
      turn.emit('spot.index.v1', data, venueTimeUs)
      return APPLIED
    }
    // Of the account: kept in RAW, and on the tape by the service that trades. It alone writes them.
    case 'fill':
    case 'user-order':
    case 'position':
    case 'order-group':
    case 'index-list':
      return APPLIED
    case 'subscribed': {
      const { sid, channel, commandId } = frame
      turn.request({ kind: 'subscribed', sid, channel, commandId })
      if (channel === TRADE_CHANNEL) onTradesSubscribed(turn)
      return APPLIED
    }
    case 'ok':
      return APPLIED
    case 'unsubscribed':
      dropSid(turn, frame.sid)
      return APPLIED
    case 'error': {
      const { commandId, code, message, sid } = frame
      turn.request({ kind: 'command-failed', commandId, code, message })
      if (frame.isTerminal && sid !== null) {
        const channel = turn.state.sids.get(sid)?.channel ?? null
        dropSid(turn, sid)
        turn.request({ kind: 'resubscribe', sid, channel })
      }
      return APPLIED
    }
    default:
      return unreachable(frame)
  }
}

const APPLIED: Verdict = ['applied', '']

function dropSid(turn: Turn, sid: number): void {
  staleSid(turn, sid, 'disconnected', false)
  turn.state.sids.delete(sid)
}
