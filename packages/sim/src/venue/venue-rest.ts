import type { PriceGrid } from '@kwm/model-venue'
import { formatIso } from './civil-time.ts'
import type { TradePrinted, VenueEventInfo, VenueSeries } from './venue-event.ts'
import { contracts, dollars } from './venue-frames.ts'
import type { MarketState } from './venue-state.ts'

/** The venue's REST objects, as its public endpoints answer them. */

export type JsonObject = { readonly [key: string]: unknown }

export const priceRangesJson = (ranges: PriceGrid): JsonObject[] =>
  ranges.map(({ startBps, endBps, stepBps }) => ({
    start: dollars(startBps),
    end: dollars(endBps),
    step: dollars(stepBps),
  }))

export function marketJson(state: MarketState): JsonObject {
  const { market } = state
  return {
    ticker: market.ticker,
    event_ticker: market.eventTicker,
    market_type: 'binary',
    title: market.title,
    subtitle: market.yesSubTitle,
    yes_sub_title: market.yesSubTitle,
    no_sub_title: market.noSubTitle,
    created_time: formatIso(market.openTimeUs),
    updated_time: formatIso(state.updatedTimeUs),
    open_time: formatIso(market.openTimeUs),
    close_time: formatIso(market.closeTimeUs),
    expected_expiration_time: formatIso(market.expectedExpirationTimeUs),
    latest_expiration_time: formatIso(market.expectedExpirationTimeUs),
    settlement_timer_seconds: market.settlementTimerSeconds,
    status: state.status,
    ...quotesJson(state),
    result: state.result,
    expiration_value: state.expirationValue,
    ...settlementJson(state),
    can_close_early: true,
    strike_type: market.strikeType,
    ...strikeJson(state),
    rules_primary: market.rulesPrimary,
    rules_secondary: market.rulesSecondary,
    price_level_structure: market.priceLevelStructure,
    price_ranges: priceRangesJson(market.priceRanges),
    exchange_index: market.exchangeIndex,
    is_provisional: false,
    ...(market.isSynthetic ? { is_synthetic: true } : {}),
  }
}

const strikeJson = ({ market, isStrikeHidden }: MarketState): JsonObject => ({
  ...(market.floorStrike === null || isStrikeHidden ? {} : { floor_strike: market.floorStrike }),
  ...(market.capStrike === null || isStrikeHidden ? {} : { cap_strike: market.capStrike }),
})

function quotesJson(state: MarketState): JsonObject {
  const { book } = state
  return {
    yes_bid_dollars: dollars(book.bestYesBidBps),
    yes_ask_dollars: dollars(book.bestYesAskBps),
    no_bid_dollars: dollars(book.bestNoBidBps),
    no_ask_dollars: dollars(book.bestNoAskBps),
    yes_bid_size_fp: contracts(book.bestYesBidCountCenti),
    yes_ask_size_fp: contracts(book.bestYesAskCountCenti),
    last_price_dollars: dollars(state.lastPriceBps),
    previous_price_dollars: dollars(0),
    previous_yes_bid_dollars: dollars(0),
    previous_yes_ask_dollars: dollars(0),
    volume_fp: contracts(state.volumeCenti),
    volume_24h_fp: contracts(state.volumeCenti),
    open_interest_fp: contracts(state.openInterestCenti),
    notional_value_dollars: dollars(10_000),
  }
}

const settlementJson = (state: MarketState): JsonObject => ({
  ...(state.result === ''
    ? {}
    : { settlement_value_dollars: dollars(state.result === 'yes' ? 10_000 : 0) }),
  ...(state.settledTimeUs === null ? {} : { settlement_ts: formatIso(state.settledTimeUs) }),
})

/** Bids of both sides, ascending, best last. */
export function orderbookJson(state: MarketState, depth: number): JsonObject {
  const side = (which: 'yes' | 'no'): [string, string][] =>
    state.book
      .levels(which, depth > 0 ? depth : undefined)
      .toReversed()
      .map(([priceBps, countCenti]) => [dollars(priceBps), contracts(countCenti)])
  return { orderbook_fp: { yes_dollars: side('yes'), no_dollars: side('no') } }
}

export const tradeJson = (trade: TradePrinted): JsonObject => ({
  trade_id: trade.tradeId,
  ticker: trade.marketTicker,
  count_fp: contracts(trade.countCenti),
  yes_price_dollars: dollars(trade.yesPriceBps),
  no_price_dollars: dollars(10_000 - trade.yesPriceBps),
  taker_side: trade.takerSide,
  taker_outcome_side: trade.takerSide,
  taker_book_side: trade.takerSide === 'yes' ? 'bid' : 'ask',
  is_block_trade: false,
  created_time: formatIso(trade.venueTimeUs),
})

export const eventJson = (event: VenueEventInfo, isSynthetic: boolean): JsonObject => ({
  event_ticker: event.eventTicker,
  series_ticker: event.seriesTicker,
  title: event.title,
  sub_title: event.subTitle,
  collateral_return_type: event.isMutuallyExclusive ? 'MECNET' : 'binary',
  mutually_exclusive: event.isMutuallyExclusive,
  strike_date: formatIso(event.strikeTimeUs),
  settlement_sources: null,
  available_on_brokers: true,
  exchange_index: 0,
  ...(isSynthetic ? { is_synthetic: true } : {}),
})

export const seriesJson = (series: VenueSeries, isSynthetic: boolean): JsonObject => ({
  ticker: series.ticker,
  title: series.title,
  category: series.category,
  frequency: series.frequency,
  tags: null,
  settlement_sources: [series.settlementSource],
  contract_url: '',
  contract_terms_url: '',
  fee_type: series.feeType,
  fee_multiplier: series.feeMultiplier,
  additional_prohibitions: null,
  ...(isSynthetic ? { is_synthetic: true } : {}),
})
