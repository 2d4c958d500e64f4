import { isUtf8 } from 'node:buffer'
import type { VenueFrame } from '@kwm/contracts'
import { decodeFill, decodeOrderGroup, decodePosition, decodeUserOrder } from './decode-account.ts'
import { decodeBookDelta, decodeBookSnapshot } from './decode-book.ts'
import { decodeError, decodeOk, decodeSubscribed, decodeUnsubscribed } from './decode-control.ts'
import { decodeIndexList, decodeIndexValue } from './decode-index.ts'
import { decodeEventFee, decodeEventLifecycle, decodeMarketLifecycle } from './decode-lifecycle.ts'
import { decodeTicker, decodeTrade } from './decode-prints.ts'
import { isFields, refuse } from './frame-fields.ts'
import { scanBookDelta } from './scan-delta.ts'
import type { Fields } from './frame-fields.ts'

/** What the venue says it may send. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024

/** A frame that came from outside: decoded or refused, never thrown upon. */
export function decodeFrame(bytes: Uint8Array): VenueFrame {
  if (bytes.byteLength > FRAME_BYTES_MAX) return refuse(undefined, 'too-large', '')
  return scanBookDelta(bytes) ?? decodeLongWay(bytes)
}

/** Without the short cut for book deltas. */
export function decodeLongWay(bytes: Uint8Array): VenueFrame {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString()
  // Bytes that are not UTF-8 decode to the replacement character, which nearly no frame contains.
  if (text.includes('\uFFFD') && !isUtf8(buffer)) return refuse(undefined, 'not-utf8', '')
  return decodeFrameText(text)
}

export function decodeFrameText(text: string): VenueFrame {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    return refuse(undefined, 'not-json', '')
  }
  if (!isFields(root)) return refuse(root, 'not-object', '')
  for (const field in root) {
    if (!isEnvelopeField(field)) return refuse(root, 'unknown-field', field)
  }
  return decodeFields(root)
}

function decodeFields(root: Fields): VenueFrame {
  switch (root['type']) {
    case 'orderbook_delta':
      return decodeBookDelta(root)
    case 'orderbook_snapshot':
      return decodeBookSnapshot(root)
    case 'trade':
      return decodeTrade(root)
    case 'ticker':
      return decodeTicker(root)
    case 'market_lifecycle_v2':
      return decodeMarketLifecycle(root)
    case 'event_lifecycle':
      return decodeEventLifecycle(root)
    case 'event_fee_update':
      return decodeEventFee(root)
    case 'subscribed':
      return decodeSubscribed(root)
    case 'unsubscribed':
      return decodeUnsubscribed(root)
    case 'ok':
      return decodeOk(root)
    case 'error':
      return decodeError(root)
    case 'cfbenchmarks_value':
      return decodeIndexValue(root)
    case 'cfbenchmarks_value_indexlist':
      return decodeIndexList(root)
    case 'fill':
      return decodeFill(root)
    case 'user_order':
      return decodeUserOrder(root)
    case 'market_position':
      return decodePosition(root)
    case 'order_group_updates':
      return decodeOrderGroup(root)
    case undefined:
      return refuse(root, 'missing-field', 'type')
    default:
      return refuse(root, 'unknown-type', 'type')
  }
}

// A switch over literals costs next to nothing; a Set costs a tenth of the JSON.parse.
function isEnvelopeField(field: string): boolean {
  switch (field) {
    case 'type':
    case 'sid':
    case 'seq':
    case 'msg':
    case 'id':
    case 'sending_ts_ms':
      return true
    default:
      return false
  }
}
