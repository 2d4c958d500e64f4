import { json, timestamp } from './event-table.ts'
import type { EventTables } from './event-table.ts'

export const marketTables: EventTables<
  | 'md.market-listed.v1'
  | 'md.market-status.v1'
  | 'md.book-snapshot.v1'
  | 'md.book-delta.v1'
  | 'md.book-stale.v1'
  | 'md.trade.v1'
  | 'md.ticker.v1'
> = {
  'md.market-listed.v1': {
    table: 'kalshi.markets',
    columns: [
      ...['market_ticker', 'event_ticker', 'series_ticker', 'title', 'strike_type'],
      ...['floor_strike', 'cap_strike', 'open_time', 'close_time', 'status', 'price_ranges'],
      ...['exchange_index', 'fee_type', 'fee_multiplier_milli', 'rules_primary', 'is_tradable'],
      'untradable_reason',
    ],
    values: (d) => [
      d.marketTicker,
      d.eventTicker,
      d.seriesTicker,
      d.title,
      d.strikeType,
      d.floorStrike,
      d.capStrike,
      timestamp(d.openTimeUs),
      timestamp(d.closeTimeUs),
      d.status,
      json(d.priceRanges),
      d.exchangeIndex,
      d.feeType,
      d.feeMultiplierMilli,
      d.rulesPrimary,
      d.isTradable,
      d.untradableReason,
    ],
  },
  'md.market-status.v1': {
    table: 'kalshi.market_status',
    columns: ['market_ticker', 'status', 'result', 'settlement_value_bps'],
    values: (d) => [d.marketTicker, d.status, d.result, d.settlementValueBps],
  },
  'md.book-snapshot.v1': {
    table: 'kalshi.book_snapshots',
    columns: ['market_ticker', 'venue_seq', 'yes_levels', 'no_levels'],
    values: (d) => [d.marketTicker, d.venueSeq, json(d.yes), json(d.no)],
  },
  'md.book-delta.v1': {
    table: 'kalshi.book_deltas',
    columns: ['market_ticker', 'side', 'price_bps', 'count_delta_centi', 'venue_seq'],
    values: (d) => [d.marketTicker, d.side, d.priceBps, d.countDeltaCenti, d.venueSeq],
  },
  'md.book-stale.v1': {
    table: 'kalshi.book_stale',
    columns: ['market_ticker', 'reason'],
    values: (d) => [d.marketTicker, d.reason],
  },
  'md.trade.v1': {
    table: 'kalshi.trades',
    columns: [
      'market_ticker',
      'trade_id',
      'yes_price_bps',
      'count_centi',
      'taker_side',
      'is_block',
    ],
    values: (d) => [d.marketTicker, d.tradeId, d.yesPriceBps, d.countCenti, d.takerSide, d.isBlock],
  },
  'md.ticker.v1': {
    table: 'kalshi.tickers',
    columns: [
      ...['market_ticker', 'last_price_bps', 'yes_bid_bps', 'yes_ask_bps', 'yes_bid_centi'],
      ...['yes_ask_centi', 'volume_centi', 'open_interest_centi'],
    ],
    values: (d) => [
      d.marketTicker,
      d.lastPriceBps,
      d.yesBidBps,
      d.yesAskBps,
      d.yesBidCenti,
      d.yesAskCenti,
      d.volumeCenti,
      d.openInterestCenti,
    ],
  },
}
