import { z } from 'zod'
import { isoTimeUs } from './fixed-point-fields.ts'

// Objects are loose on purpose: over REST a new field is no news. What we use must be right.

const text = z.string()
const optionalText = z.string().nullish()

export const exchangeStatus = z.looseObject({
  exchange_active: z.boolean(),
  trading_active: z.boolean(),
})
export type ExchangeStatus = z.infer<typeof exchangeStatus>

export const series = z.looseObject({
  ticker: text,
  fee_type: optionalText,
  fee_multiplier: z.number().nonnegative().nullish(),
})
export type VenueSeries = z.infer<typeof series>

export const market = z.looseObject({
  ticker: text.min(1).max(64),
  event_ticker: text.min(1).max(64),
  status: text,
  title: optionalText,
  yes_sub_title: optionalText,
  open_time: z.iso.datetime({ offset: true }),
  close_time: z.iso.datetime({ offset: true }),
  updated_time: z.iso.datetime({ offset: true }).nullish(),
  strike_type: optionalText,
  floor_strike: z.number().nullish(),
  cap_strike: z.number().nullish(),
  rules_primary: optionalText,
  price_ranges: z
    .array(z.looseObject({ start: text, end: text, step: text }))
    .max(64)
    .nullish(),
  price_level_structure: optionalText,
  exchange_index: z.int().nullish(),
  result: optionalText,
  expiration_value: optionalText,
  settlement_ts: optionalText,
  settlement_value_dollars: optionalText,
  /** Set by our own venue-sim, never by Kalshi. */
  is_synthetic: z.boolean().nullish(),
})
export type VenueMarket = z.infer<typeof market>

export const event = z.looseObject({
  event_ticker: text.min(1).max(64),
  series_ticker: text.min(1).max(64),
  fee_type_override: optionalText,
  fee_multiplier_override: z.number().nonnegative().nullish(),
  markets: z.array(market).nullish(),
})
export type VenueEvent = z.infer<typeof event>

const level = z.tuple([text, text])
export const orderbook = z.looseObject({
  yes_dollars: z.array(level).nullish(),
  no_dollars: z.array(level).nullish(),
})

export type VenueOrderbook = z.infer<typeof orderbook>

export const seriesFeeChange = z
  .looseObject({
    series_ticker: text,
    fee_type: text,
    fee_multiplier: z.number().nonnegative(),
    scheduled_ts: isoTimeUs,
  })
  .transform((given) => ({
    seriesTicker: given.series_ticker,
    effectiveTimeUs: given.scheduled_ts,
    feeType: given.fee_type,
    feeMultiplierMilli: Math.round(given.fee_multiplier * 1_000),
  }))
export type SeriesFeeChange = z.infer<typeof seriesFeeChange>

/** Null clears what was overridden before. */
export const eventFeeChange = z.looseObject({
  event_ticker: text,
  series_ticker: text,
  fee_type_override: optionalText,
  fee_multiplier_override: z.number().nonnegative().nullish(),
  scheduled_ts: isoTimeUs,
})
export type EventFeeChange = z.infer<typeof eventFeeChange>

const cursor = optionalText
export const seriesListAnswer = z.looseObject({ series: z.array(series).nullish() })
export const marketAnswer = z.looseObject({ market })
export const orderbooksAnswer = z.looseObject({
  orderbooks: z.array(z.looseObject({ ticker: text, orderbook_fp: orderbook })).nullish(),
})
export const seriesFeeChangesAnswer = z.looseObject({
  series_fee_change_arr: z.array(seriesFeeChange).max(10_000).nullish(),
})
export const eventFeeChangesAnswer = z.looseObject({
  event_fee_changes: z.array(eventFeeChange).nullish(),
  cursor,
})
export const seriesAnswer = z.looseObject({ series })
export const eventAnswer = z.looseObject({ event, markets: z.array(market).nullish() })
export const eventsAnswer = z.looseObject({ events: z.array(event).nullish(), cursor })
export const marketsAnswer = z.looseObject({ markets: z.array(market).nullish(), cursor })
export const orderbookAnswer = z.looseObject({ orderbook_fp: orderbook })
