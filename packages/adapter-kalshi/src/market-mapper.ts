import type { DataOf } from '@kwm/contracts'
import { isFields, readPriceRanges, readQuote } from './frame-fields.ts'
import { toTimeUs } from './rest/fixed-point-fields.ts'
import type { VenueEvent, VenueMarket, VenueSeries } from './rest/market-schemas.ts'

export type MarketListing = DataOf<'md.market-listed.v1'>
export type MarketStatus = DataOf<'md.market-status.v1'>

/** The market feed knows this word: a strike that arrives later makes the market tradable. */
export const STRIKE_UNKNOWN = 'strike-unknown'

/** The adapter's own reason not to trade; all else about the rules is judged by the market feed. */
export const NO_PRICE_RANGES = 'no price ranges'

export type ListedFeeChange = NonNullable<MarketListing['feeChanges']>[number]

/** Everything the desk needs to know of a market before it looks at its book. */
export function mapMarket(
  market: VenueMarket,
  event: VenueEvent,
  series: VenueSeries,
  feeChanges: readonly ListedFeeChange[] = [],
): MarketListing {
  const priceRanges = readPriceRanges(market.price_ranges)
  const hasStrike = (market.floor_strike ?? market.cap_strike ?? null) !== null
  const strikeFault = market.strike_type && hasStrike ? null : STRIKE_UNKNOWN
  const fault = priceRanges ? strikeFault : NO_PRICE_RANGES
  const multiplier = event.fee_multiplier_override ?? series.fee_multiplier ?? 1
  return {
    marketTicker: market.ticker,
    eventTicker: market.event_ticker,
    seriesTicker: series.ticker,
    title: market.title ?? market.yes_sub_title ?? market.ticker,
    strikeType: market.strike_type ?? '',
    floorStrike: market.floor_strike ?? null,
    capStrike: market.cap_strike ?? null,
    openTimeUs: toTimeUs(market.open_time),
    closeTimeUs: toTimeUs(market.close_time),
    status: fieldStatus(market.status),
    // Whole cents are valid on every grid the venue has, so the stand-in refuses nothing wrongly.
    priceRanges: priceRanges ?? [{ startBps: 0, endBps: 10_000, stepBps: 1 }],
    exchangeIndex: market.exchange_index ?? 0,
    feeType: event.fee_type_override ?? series.fee_type ?? '',
    feeMultiplierMilli: Math.round(multiplier * 1_000),
    rulesPrimary: market.rules_primary ?? '',
    isTradable: fault === null,
    untradableReason: fault,
    isSynthetic: market.is_synthetic ?? false,
    subtitle: market.yes_sub_title ?? '',
    sourceUrls: sourceUrlsOf(series),
    priceLevelStructure: market.price_level_structure ?? '',
    // An override of the event stands against changes of the series.
    feeChanges: isPresent(event.fee_type_override) ? [] : feeChanges.slice(0, FEE_CHANGES_MAX),
  }
}

const FEE_CHANGES_MAX = 32
const SOURCES_MAX = 16
const URL_LENGTH_MAX = 500
const isPresent = (value: unknown): boolean => value !== undefined && value !== null

/** The series object is open: what is no list of sources is none. */
function sourceUrlsOf(series: VenueSeries): string[] {
  const sources: unknown = series['settlement_sources']
  if (!Array.isArray(sources)) return []
  const urls = (sources as unknown[]).map((source) =>
    isFields(source) ? source['url'] : undefined,
  )
  return urls
    .filter((url): url is string => typeof url === 'string' && url.length <= URL_LENGTH_MAX)
    .slice(0, SOURCES_MAX)
}

export function mapStatus(market: VenueMarket): MarketStatus {
  const { result } = market
  const value = readQuote(market.settlement_value_dollars)
  return {
    marketTicker: market.ticker,
    status: fieldStatus(market.status),
    result: result === 'yes' || result === 'no' || result === 'scalar' ? result : null,
    settlementValueBps: value >= 0 ? value : null,
  }
}

/** The words of the status filter turn up in older answers; the field has its own. */
function fieldStatus(status: string): string {
  switch (status) {
    case 'unopened':
      return 'initialized'
    case 'open':
      return 'active'
    case 'paused':
      return 'inactive'
    case 'settled':
      return 'finalized'
    default:
      return status
  }
}
