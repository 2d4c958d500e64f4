import type { VenueFrame } from '@kwm/contracts'
import { isFields, isIndex, isText, refuse, unknownField } from './frame-fields.ts'
import type { Fields } from './frame-fields.ts'

const SUBSCRIBED_FIELDS = new Set(['channel', 'sid'])
const OK_FIELDS = new Set(['market_tickers', 'market_ids'])
const ERROR_FIELDS = new Set(['code', 'msg', 'market_id', 'market_ticker'])

/** The venue ends the sid with these: channel error and subscription buffer overflow. */
const TERMINAL_CODES = new Set([10, 25])
/** Errors are named in logs by code; the venue's own words are cut to a line. */
const MESSAGE_LENGTH_MAX = 200

export function decodeSubscribed(root: Fields): VenueFrame {
  const { id, seq, msg } = root
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, SUBSCRIBED_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const { channel, sid } = msg
  if (!isText(channel)) return refuse(root, 'missing-field', 'channel')
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  const faulty = faultyHeader(root)
  if (faulty) return refuse(root, 'bad-field', faulty)
  return { kind: 'subscribed', commandId: index(id), channel, sid, seq: index(seq) }
}

export function decodeUnsubscribed(root: Fields): VenueFrame {
  const { id, sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (msg !== undefined && !isFields(msg)) return refuse(root, 'bad-field', 'msg')
  const unknown = msg && unknownField(msg, SUBSCRIBED_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const faulty = faultyHeader(root)
  if (faulty) return refuse(root, 'bad-field', faulty)
  return { kind: 'unsubscribed', commandId: index(id), sid, seq: index(seq) }
}

/** The answer to update_subscription (an object) or to list_subscriptions (an array). */
export function decodeOk(root: Fields): VenueFrame {
  const { id, sid, seq, msg } = root
  const faulty = faultyHeader(root)
  if (faulty) return refuse(root, 'bad-field', faulty)
  if (isFields(msg)) {
    const unknown = unknownField(msg, OK_FIELDS)
    if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  } else if (Array.isArray(msg)) {
    for (const entry of msg as unknown[]) {
      if (!isFields(entry)) return refuse(root, 'bad-field', 'msg')
      const unknown = unknownField(entry, SUBSCRIBED_FIELDS)
      if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
    }
  } else if (msg !== undefined) return refuse(root, 'bad-field', 'msg')
  return { kind: 'ok', commandId: index(id), sid: index(sid), seq: index(seq) }
}

export function decodeError(root: Fields): VenueFrame {
  const { id, sid, seq, msg } = root
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, ERROR_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const { code, msg: message = '' } = msg
  if (!isIndex(code)) return refuse(root, 'missing-field', 'code')
  if (!isText(message)) return refuse(root, 'bad-field', 'msg.msg')
  const faulty = faultyHeader(root)
  if (faulty) return refuse(root, 'bad-field', faulty)
  return {
    kind: 'error',
    commandId: index(id),
    sid: index(sid),
    seq: index(seq),
    code,
    message: message.slice(0, MESSAGE_LENGTH_MAX),
    isTerminal: TERMINAL_CODES.has(code),
  }
}

/** Control frames carry id, sid and seq or not; what is there must be a number. */
function faultyHeader(root: Fields): string | undefined {
  for (const field of ['id', 'sid', 'seq']) {
    const value = root[field]
    if (value !== undefined && value !== null && !isIndex(value)) return field
  }
  return undefined
}

const index = (value: unknown): number | null => (isIndex(value) ? value : null)
