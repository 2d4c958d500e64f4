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

/** What the settlement rules say, as far as a reader of the tape needs it. */
export const listedRules = z.strictObject({
  templateId: z.string().min(1).max(64),
  /** Of the wording with places, dates and numbers taken out. */
  templateHash: z.string().length(16),
  statistic: z.string(),
  station: z.string().nullable(),
  comparator: z.string(),
  unit: z.enum(['fahrenheit', 'usd']),
  source: z.string(),
  revision: z.string(),
})

/** A change of fees the venue has announced. */
export const feeChange = z.strictObject({
  effectiveTimeUs: timeUs,
  feeType: z.string(),
  feeMultiplierMilli: z.int().nonnegative(),
})

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
    // Later additions: absent in what was written before.
    subtitle: z.string().optional(),
    /** Addresses of the series' settlement sources. */
    sourceUrls: z.array(z.string().max(500)).max(16).optional(),
    /** The venue's label of the grid; `priceRanges` are the truth. */
    priceLevelStructure: z.string().optional(),
    /** In order of time. Those past are already in `feeType` and `feeMultiplierMilli`. */
    feeChanges: z.array(feeChange).max(32).optional(),
    /** Null where the wording is not known to us: then `isTradable` is false. */
    rules: listedRules.nullable().optional(),
  }),
})
export type MarketListedV1 = z.infer<typeof marketListedV1>
