import type { VenueFrame } from '@kwm/contracts'
import {
  isFields,
  isIndex,
  isTicker,
  isTimeMs,
  priceFault,
  readCount,
  readPrice,
  readQuote,
  refuse,
  unknownField,
} from './frame-fields.ts'
import type { Fields } from './frame-fields.ts'

const TRADE_FIELDS = new Set([
  'trade_id',
  'market_ticker',
  'market_id',
  'yes_price_dollars',
  'no_price_dollars',
  'count_fp',
  'taker_side',
  'taker_outcome_side',
  'taker_book_side',
  'is_block_trade',
  'ts',
  'ts_ms',
])
// The integer quotes and the sizes of the NO side are in recordings of May 2026.
const TICKER_FIELDS = new Set([
  'market_ticker',
  'market_id',
  'price_dollars',
  'yes_bid_dollars',
  'yes_ask_dollars',
  'volume_fp',
  'open_interest_fp',
  'dollar_volume',
  'dollar_open_interest',
  'yes_bid_size_fp',
  'yes_ask_size_fp',
  'last_trade_size_fp',
  'ts',
  'ts_ms',
  'time',
  'no_bid',
  'no_ask',
  'yes_bid',
  'yes_ask',
  'no_bid_size_fp',
  'no_ask_size_fp',
])

export function decodeTrade(root: Fields): VenueFrame {
  const { sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (seq !== undefined && !isIndex(seq)) return refuse(root, 'bad-field', 'seq')
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, TRADE_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const { market_ticker: marketTicker, trade_id: tradeId, is_block_trade = false, ts_ms } = msg
  if (!isTicker(marketTicker)) return refuse(root, 'missing-field', 'market_ticker')
  if (!isTicker(tradeId)) return refuse(root, 'missing-field', 'trade_id')
  const takerSide = msg['taker_outcome_side'] ?? msg['taker_side']
  if (takerSide !== 'yes' && takerSide !== 'no') return refuse(root, 'bad-field', 'taker_side')
  if (typeof is_block_trade !== 'boolean') return refuse(root, 'bad-field', 'is_block_trade')
  if (ts_ms !== undefined && !isTimeMs(ts_ms)) return refuse(root, 'bad-time', 'ts_ms')
  const yesPriceBps = readPrice(msg['yes_price_dollars'])
  if (yesPriceBps < 0) return refuse(root, priceFault(yesPriceBps), 'yes_price_dollars')
  const countCenti = readCount(msg['count_fp'])
  if (countCenti === undefined || countCenti <= 0) return refuse(root, 'bad-count', 'count_fp')
  return {
    kind: 'trade',
    sid,
    seq: seq ?? null,
    marketTicker,
    venueTimeUs: ts_ms === undefined ? null : ts_ms * 1_000,
    tradeId,
    yesPriceBps,
    countCenti,
    takerSide,
    isBlock: is_block_trade,
  }
}

export function decodeTicker(root: Fields): VenueFrame {
  const { sid, seq, msg } = root
  if (!isIndex(sid)) return refuse(root, 'missing-field', 'sid')
  if (seq !== undefined && !isIndex(seq)) return refuse(root, 'bad-field', 'seq')
  if (!isFields(msg)) return refuse(root, 'missing-field', 'msg')
  const unknown = unknownField(msg, TICKER_FIELDS)
  if (unknown !== undefined) return refuse(root, 'unknown-field', unknown)
  const { market_ticker: marketTicker, ts_ms, price_dollars } = msg
  if (!isTicker(marketTicker)) return refuse(root, 'missing-field', 'market_ticker')
  if (ts_ms !== undefined && !isTimeMs(ts_ms)) return refuse(root, 'bad-time', 'ts_ms')
  const lastBps = isPresent(price_dollars) ? readQuote(price_dollars) : 0
  if (lastBps < 0) return refuse(root, priceFault(lastBps), 'price_dollars')
  const yesBidBps = readQuote(msg['yes_bid_dollars'])
  if (yesBidBps < 0) return refuse(root, priceFault(yesBidBps), 'yes_bid_dollars')
  const yesAskBps = readQuote(msg['yes_ask_dollars'])
  if (yesAskBps < 0) return refuse(root, priceFault(yesAskBps), 'yes_ask_dollars')
  const volumeCenti = readCount(msg['volume_fp'])
  if (volumeCenti === undefined) return refuse(root, 'bad-count', 'volume_fp')
  const openInterestCenti = readCount(msg['open_interest_fp'])
  if (openInterestCenti === undefined) return refuse(root, 'bad-count', 'open_interest_fp')
  const yesBidCenti = readSize(msg['yes_bid_size_fp'])
  if (yesBidCenti === undefined) return refuse(root, 'bad-count', 'yes_bid_size_fp')
  const yesAskCenti = readSize(msg['yes_ask_size_fp'])
  if (yesAskCenti === undefined) return refuse(root, 'bad-count', 'yes_ask_size_fp')
  return {
    kind: 'ticker',
    sid,
    seq: seq ?? null,
    marketTicker,
    venueTimeUs: ts_ms === undefined ? null : ts_ms * 1_000,
    lastPriceBps: lastBps === 0 ? null : lastBps, // Zero until the first trade.
    yesBidBps,
    yesAskBps,
    yesBidCenti,
    yesAskCenti,
    volumeCenti,
    openInterestCenti,
  }
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null

const readSize = (value: unknown): number | null | undefined =>
  isPresent(value) ? readCount(value) : null
