import { z } from 'zod'
import { envelope } from './envelope.ts'
import { eventTicker, marketTicker, seriesTicker, timeUs } from './units.ts'

/** A stretch of the price grid: prices from `startBps` to `endBps` in steps of `stepBps`. */
export const priceRange = z.strictObject({
  startBps: z.int().min(0).max(10_000),
  endBps: z.int().min(0).max(10_000),
  stepBps: z.int().positive(),
})
export type PriceRange = z.infer<typeof priceRange>

/**
 * A market as discovery found it: its strike, price grid, fees and times. Listed again whenever one
 * of these changes; the last one counts. `strikeType`, `feeType` and `status` are the venue's open
 * enumerations. `isTradable` is false, with the reason, when we do not understand the rules.
 */
export const marketListedV1 = envelope({
  type: 'md.market-listed.v1',
  data: z.strictObject({
    marketTicker,
    eventTicker,
    seriesTicker,
    title: z.string(),
    strikeType: z.string(),
    floorStrike: z.number().nullable(),
    capStrike: z.number().nullable(),
    openTimeUs: timeUs,
    closeTimeUs: timeUs,
    status: z.string(),
    priceRanges: z.array(priceRange).min(1).max(64),
    exchangeIndex: z.int(),
    feeType: z.string(),
    /** Thousandths: 1,000 is a multiplier of 1. */
    feeMultiplierMilli: z.int().nonnegative(),
    rulesPrimary: z.string(),
    isTradable: z.boolean(),
    untradableReason: z.string().nullable(),
    isSynthetic: z.boolean(),
  }),
})
export type MarketListedV1 = z.infer<typeof marketListedV1>
