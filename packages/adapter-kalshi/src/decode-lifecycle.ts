import type { VenueFrame } from '@kwm/contracts'
import {
  isFields,
  isIndex,
  isText,
  isTicker,
  isTimeMs,
  readPriceRanges,
  readQuote,
  priceFault,
  refuse,
  unknownField,
} from './frame-fields.ts'
import type { Fields } from './frame-fields.ts'

// `additional_metadata` and `custom_strike` are the venue's free-form objects: discovery reads the
// market over REST instead, so nothing inside them is used.
const MARKET_FIELDS = new Set([
  'market_ticker',
  'market_id',
  'event_type',
  'event_ticker',
  'exchange_index',
  'open_ts',
  'close_ts',
  'result',
  'determination_ts',
  'settlement_value',
  'settled_ts',
  'is_deactivated',
  'price_level_structure',
  'price_ranges',
  'strike_type',
  'floor_strike',
  'cap_strike',
  'custom_strike',
  'yes_sub_title',
  'no_sub_title',
  'additional_metadata',
  'fractional_trading_enabled',
  'ts',
  'ts_ms',
])
const EVENT_FIELDS = new Set([
  'event_ticker',
  'exchange_index',
  'title',
  'subtitle',
  'collateral_return_type',
  'series_ticker',
  'strike_date',
  'strike_period',
  'ts',
  'ts_ms',
])
const FEE_FIELDS = new Set([
  'event_ticker',
  'fee_type_override',
  'fee_multiplier_override',
  'ts',
  'ts_ms',
])

export function decodeMarketLifecycle(root: Fields): VenueFrame {
  const { sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (seq !== undefined && !isIndex(seq)) return refuse(root, 'bad-field', 'seq')
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, MARKET_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const { market_ticker: marketTicker, event_type: eventType } = msg
  if (!isTicker(marketTicker)) return refuse(root, 'missing-field', 'market_ticker')
  if (!isText(eventType)) return refuse(root, 'missing-field', 'event_type')
  const times = readTimes(msg)
  if (typeof times === 'string') return refuse(root, 'bad-time', times)
  const ranges = isPresent(msg['price_ranges']) ? readPriceRanges(msg['price_ranges']) : null
  if (ranges === undefined) return refuse(root, 'bad-field', 'price_ranges')
  const settlement = isPresent(msg['settlement_value']) ? readQuote(msg['settlement_value']) : null
  if (settlement !== null && settlement < 0) {
    return refuse(root, priceFault(settlement), 'settlement_value')
  }
  const floorStrike = readStrike(msg['floor_strike'])
  if (floorStrike === undefined) return refuse(root, 'bad-field', 'floor_strike')
  const capStrike = readStrike(msg['cap_strike'])
  if (capStrike === undefined) return refuse(root, 'bad-field', 'cap_strike')
  return {
    kind: 'market-lifecycle',
    sid,
    seq: seq ?? null,
    marketTicker,
    ...times,
    eventType,
    result: readResult(msg['result']),
    settlementValueBps: settlement,
    priceRanges: ranges,
    strikeType: isText(msg['strike_type']) ? msg['strike_type'] : null,
    floorStrike,
    capStrike,
  }
}

export function decodeEventLifecycle(root: Fields): VenueFrame {
  const { sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (seq !== undefined && !isIndex(seq)) return refuse(root, 'bad-field', 'seq')
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, EVENT_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const { event_ticker: eventTicker, series_ticker: seriesTicker } = msg
  if (!isTicker(eventTicker)) return refuse(root, 'missing-field', 'event_ticker')
  if (!isTicker(seriesTicker)) return refuse(root, 'missing-field', 'series_ticker')
  return { kind: 'event-lifecycle', sid, seq: seq ?? null, eventTicker, seriesTicker }
}

export function decodeEventFee(root: Fields): VenueFrame {
  const { sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (seq !== undefined && !isIndex(seq)) return refuse(root, 'bad-field', 'seq')
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, FEE_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const { event_ticker: eventTicker, fee_type_override: feeType, fee_multiplier_override } = msg
  if (!isTicker(eventTicker)) return refuse(root, 'missing-field', 'event_ticker')
  if (isPresent(feeType) && !isText(feeType)) return refuse(root, 'bad-field', 'fee_type_override')
  const feeMultiplierMilli = readMilli(fee_multiplier_override)
  if (feeMultiplierMilli === undefined) {
    return refuse(root, 'bad-field', 'fee_multiplier_override')
  }
  return {
    kind: 'event-fee',
    sid,
    seq: seq ?? null,
    eventTicker,
    feeType: isText(feeType) ? feeType : null,
    feeMultiplierMilli,
  }
}

type Times = { readonly venueTimeUs: number | null; readonly closeTimeUs: number | null }

/** The times of a lifecycle frame, or the name of the one that is none. */
function readTimes(msg: Fields): Times | string {
  const closeSeconds = msg['close_ts']
  if (isPresent(closeSeconds) && !isSeconds(closeSeconds)) return 'close_ts'
  const ms = msg['ts_ms']
  if (isPresent(ms) && !isTimeMs(ms)) return 'ts_ms'
  return {
    // Whole seconds (`determination_ts`, `settled_ts`) would set the feed's time back.
    venueTimeUs: isTimeMs(ms) ? ms * 1_000 : null,
    closeTimeUs: isSeconds(closeSeconds) ? closeSeconds * 1_000_000 : null,
  }
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null

const isSeconds = (value: unknown): value is number => isIndex(value) && isTimeMs(value * 1_000)

function readStrike(value: unknown): number | null | undefined {
  if (!isPresent(value)) return null
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** Words we do not know are no result yet: the enumeration is open. */
const readResult = (value: unknown): 'yes' | 'no' | 'scalar' | null =>
  value === 'yes' || value === 'no' || value === 'scalar' ? value : null

function readMilli(value: unknown): number | null | undefined {
  if (!isPresent(value)) return null
  if (typeof value !== 'number') return undefined
  const milli = Math.round(value * 1_000)
  return Number.isSafeInteger(milli) && milli >= 0 ? milli : undefined
}
