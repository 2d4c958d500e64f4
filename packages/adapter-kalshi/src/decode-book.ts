import type { VenueFrame } from '@kwm/contracts'
import {
  isFields,
  isIndex,
  isTicker,
  isTimeMs,
  priceFault,
  readCount,
  readLevels,
  readPrice,
  refuse,
  unknownField,
} from './frame-fields.ts'
import type { Fields } from './frame-fields.ts'

const SNAPSHOT_FIELDS = new Set([
  'market_ticker',
  'market_id',
  'yes_dollars_fp',
  'no_dollars_fp',
  'ts_ms',
  'ts',
])

export function decodeBookDelta(root: Fields): VenueFrame {
  const { sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (!isIndex(seq)) return refuse(root, 'missing-field', 'seq')
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  for (const field in msg) {
    if (!isDeltaField(field)) return refuse(root, 'unknown-field', field)
  }
  const { market_ticker: marketTicker, price_dollars, delta_fp, side, ts_ms } = msg
  if (!isTicker(marketTicker)) return refuse(root, 'missing-field', 'market_ticker')
  if (side !== 'yes' && side !== 'no') return refuse(root, 'bad-field', 'side')
  if (price_dollars === undefined) return refuse(root, 'missing-field', 'price_dollars')
  if (delta_fp === undefined) return refuse(root, 'missing-field', 'delta_fp')
  if (ts_ms !== undefined && !isTimeMs(ts_ms)) return refuse(root, 'bad-time', 'ts_ms')
  const priceBps = readPrice(price_dollars)
  if (priceBps < 0) return refuse(root, priceFault(priceBps), 'price_dollars')
  const countDeltaCenti = readCount(delta_fp)
  if (countDeltaCenti === undefined) return refuse(root, 'bad-count', 'delta_fp')
  const venueTimeUs = ts_ms === undefined ? null : ts_ms * 1_000
  return {
    kind: 'book-delta',
    sid,
    seq,
    marketTicker,
    venueTimeUs,
    side,
    priceBps,
    countDeltaCenti,
  }
}

export function decodeBookSnapshot(root: Fields): VenueFrame {
  const { sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (!isIndex(seq)) return refuse(root, 'missing-field', 'seq')
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, SNAPSHOT_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const { market_ticker: marketTicker, ts_ms } = msg
  if (!isTicker(marketTicker)) return refuse(root, 'missing-field', 'market_ticker')
  if (ts_ms !== undefined && !isTimeMs(ts_ms)) return refuse(root, 'bad-time', 'ts_ms')
  const yes = readLevels(msg['yes_dollars_fp'])
  if (typeof yes === 'string') return refuse(root, yes, 'yes_dollars_fp')
  const no = readLevels(msg['no_dollars_fp'])
  if (typeof no === 'string') return refuse(root, no, 'no_dollars_fp')
  const venueTimeUs = ts_ms === undefined ? null : ts_ms * 1_000
  return { kind: 'book-snapshot', sid, seq, marketTicker, venueTimeUs, yes, no }
}

// A switch, not a Set: nineteen of twenty frames are deltas. `price_cents` is in recordings of May
// 2026 and in no document; `client_order_id` and `subaccount` mark our own orders.
function isDeltaField(field: string): boolean {
  switch (field) {
    case 'market_ticker':
    case 'market_id':
    case 'price_dollars':
    case 'delta_fp':
    case 'side':
    case 'ts_ms':
    case 'ts':
    case 'price_cents':
    case 'client_order_id':
    case 'subaccount':
      return true
    default:
      return false
  }
}
