import type { CandlesOf, VenueMarket, VenueTrade } from '@kwm/adapter-kalshi'
import { toTimeUs } from '@kwm/adapter-kalshi'
import type { Column } from '@kwm/adapter-parquet'
import type { HistoryRow, HistoryTable } from '@kwm/adapter-pg'
import { parseFixed } from '@kwm/std'

const text = (...names: readonly string[]): Column[] =>
  names.map((name) => ({ name, type: 'text' }))
const integers = (...names: readonly string[]): Column[] =>
  names.map((name) => ({ name, type: 'integer' }))
const times = (...names: readonly string[]): Column[] =>
  names.map((name) => ({ name, type: 'timeUs' }))
const quotes = (name: string): string[] =>
  ['open', 'high', 'low', 'close'].map((part) => `${name}_${part}_bps`)

/** The columns of the files and of the tables `kalshi.history_*`, in this order. */
export const HISTORY_COLUMNS: Readonly<Record<HistoryTable, readonly Column[]>> = {
  markets: [
    ...text('market_ticker', 'event_ticker', 'series_ticker', 'title', 'subtitle', 'strike_type'),
    { name: 'floor_strike', type: 'double' },
    { name: 'cap_strike', type: 'double' },
    ...times('open_time', 'close_time'),
    ...text('status', 'result'),
    ...integers('settlement_value_bps'),
    ...text('expiration_value', 'rules_primary', 'price_level_structure'),
    ...integers('exchange_index'),
    ...times('known_time'),
  ],
  candles: [
    ...text('market_ticker'),
    ...integers('interval_minutes'),
    ...times('end_time'),
    ...integers(...quotes('yes_bid'), ...quotes('yes_ask'), ...quotes('price')),
    ...integers('volume_centi', 'open_interest_centi'),
    ...times('known_time'),
  ],
  trades: [
    ...text('trade_id', 'market_ticker'),
    ...times('created_time'),
    ...integers('yes_price_bps', 'count_centi'),
    ...text('taker_side'),
    { name: 'is_block', type: 'boolean' },
    ...times('known_time'),
  ],
}

export const marketRow = (
  market: VenueMarket,
  seriesTicker: string,
  knownTimeUs: number,
): HistoryRow => ({
  market_ticker: market.ticker,
  event_ticker: market.event_ticker,
  series_ticker: seriesTicker,
  title: market.title ?? null,
  subtitle: market.yes_sub_title ?? null,
  strike_type: market.strike_type ?? null,
  floor_strike: market.floor_strike ?? null,
  cap_strike: market.cap_strike ?? null,
  open_time: toTimeUs(market.open_time),
  close_time: toTimeUs(market.close_time),
  status: market.status,
  result: market.result || null,
  settlement_value_bps: parseFixed(market.settlement_value_dollars ?? '', 4) ?? null,
  expiration_value: market.expiration_value || null,
  rules_primary: market.rules_primary ?? null,
  price_level_structure: market.price_level_structure ?? null,
  exchange_index: market.exchange_index ?? null,
  known_time: knownTimeUs,
})

export const candleRows = (
  { marketTicker, candles }: CandlesOf,
  interval: number,
  knownTimeUs: number,
): HistoryRow[] =>
  candles.map((candle) => ({
    market_ticker: marketTicker,
    interval_minutes: interval,
    end_time: candle.endTimeUs,
    ...pricesRow('yes_bid', candle.yesBid),
    ...pricesRow('yes_ask', candle.yesAsk),
    ...pricesRow('price', candle.price),
    volume_centi: candle.volumeCenti,
    open_interest_centi: candle.openInterestCenti,
    known_time: knownTimeUs,
  }))

type Prices = CandlesOf['candles'][number]['price']
const pricesRow = (name: string, prices: Prices): HistoryRow => ({
  [`${name}_open_bps`]: prices.openBps,
  [`${name}_high_bps`]: prices.highBps,
  [`${name}_low_bps`]: prices.lowBps,
  [`${name}_close_bps`]: prices.closeBps,
})

export const tradeRow = (trade: VenueTrade, knownTimeUs: number): HistoryRow => ({
  trade_id: trade.tradeId,
  market_ticker: trade.marketTicker,
  created_time: trade.createdTimeUs,
  yes_price_bps: trade.yesPriceBps,
  count_centi: trade.countCenti,
  taker_side: trade.takerSide,
  is_block: trade.isBlock,
  known_time: knownTimeUs,
})
