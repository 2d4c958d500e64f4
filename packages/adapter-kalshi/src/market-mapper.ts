import type { DataOf } from '@kwm/contracts'
import { readPriceRanges, readQuote } from './frame-fields.ts'
import type { VenueEvent, VenueMarket, VenueSeries } from './rest/market-schemas.ts'

export type MarketListing = DataOf<'md.market-listed.v1'>
export type MarketStatus = DataOf<'md.market-status.v1'>

/** The market feed knows this word: a strike that arrives later makes the market tradable. */
export const STRIKE_UNKNOWN = 'strike-unknown'

const STATION = /\((CLI[A-Z]{3})\)/

/** The climate report a temperature market settles on (`CLINYC`), as its rules name it. */
export const settlementProduct = (rulesPrimary: string): string | null =>
  STATION.exec(rulesPrimary)?.[1] ?? null

/**
 * The rules we understand, by the sentence that decides. A market whose rules match none is listed,
 * so that its book is kept, but must not be traded.
 */
const RULES: readonly { readonly series: RegExp; readonly rules: RegExp }[] = [
  {
    series: /^KXHIGH/,
    rules:
      /^If the (?:highest|maximum) temperature recorded (?:at|in) .+ is (?:greater than|less than|between) /,
  },
  {
    series: /^KXLOWT/,
    rules:
      /^If the (?:lowest|minimum) temperature recorded (?:at|in) .+ is (?:greater than|less than|between) /,
  },
  {
    series: /^KXBTC15M$/,
    rules:
      /^If the simple average of the sixty seconds of CF Benchmarks' .+ is at least the simple average /,
  },
  {
    series: /^KXBTCD?$/,
    rules:
      /^If the simple average of the sixty seconds of CF Benchmarks' .+ is (?:above|below|between) /,
  },
]

/** Everything the desk needs to know of a market before it looks at its book. */
export function mapMarket(
  market: VenueMarket,
  event: VenueEvent,
  series: VenueSeries,
): MarketListing {
  const rulesPrimary = market.rules_primary ?? ''
  const priceRanges = readPriceRanges(market.price_ranges)
  const fault = priceRanges ? untradable(market, series.ticker) : 'no price ranges'
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
    rulesPrimary,
    isTradable: fault === null,
    untradableReason: fault,
    isSynthetic: market.is_synthetic ?? false,
  }
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

function untradable(market: VenueMarket, seriesTicker: string): string | null {
  const template = RULES.find(({ series }) => series.test(seriesTicker))
  if (!template) return `no rules known for series ${seriesTicker}`
  if (!template.rules.test(market.rules_primary ?? '')) return 'unknown rules template'
  const hasStrike = (market.floor_strike ?? market.cap_strike ?? null) !== null
  return market.strike_type && hasStrike ? null : STRIKE_UNKNOWN
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

/** Microseconds; the venue gives up to nine places of a second. */
export function toTimeUs(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  const wholeMs = Date.parse(iso.replace(/\.\d+/, ''))
  return wholeMs * 1_000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}
