import { z } from 'zod'
import { envelope } from './envelope.ts'
import {
  bookSide,
  eventTicker,
  marketTicker,
  moneyMicros,
  priceBps,
  probability,
  sizeCenti,
  timeUs,
} from './units.ts'

export const ARBITRAGES_MAX = 32

/**
 * Quotes that cannot all be right, as the purchases that would show it. `netMicros` is what is left of
 * `grossBps` a set after the fees, for `countCenti` sets; it may be negative. Legs are not atomic.
 */
export const arbitrage = z.strictObject({
  kind: z.enum(['buy-all', 'sell-all', 'ladder', 'dead-bracket']),
  legs: z
    .array(z.strictObject({ marketTicker, side: bookSide, priceBps }))
    .min(1)
    .max(256),
  countCenti: sizeCenti,
  grossBps: z.int(),
  feesMicros: moneyMicros,
  netMicros: moneyMicros,
})
export type Arbitrage = z.infer<typeof arbitrage>

/**
 * One coherent PMF over the brackets of an event. `isFeasible` is false when no PMF fits inside the
 * quotes (an arbitrage, or a book in motion): then `p` is null. `weights` say what it was made of.
 */
export const fusedPmfV1 = envelope({
  type: 'pmf.fused-pmf.v1',
  data: z.strictObject({
    eventTicker,
    frameId: z.string().min(1).max(200),
    isFeasible: z.boolean(),
    reason: z.string().max(100),
    weights: z.strictObject({
      market: z.number().nonnegative(),
      weather: z.number().nonnegative(),
    }),
    brackets: z
      .array(
        z.strictObject({
          marketTicker,
          p: probability.nullable(),
          sd: z.number().nonnegative().nullable(),
          mid: z.number().nullable(),
          // Later additions: absent in what was written before.
          /** What the weather alone says; null where it had no part. */
          weatherP: probability.nullable().optional(),
          /** Impossible by the certain running high: p is exactly 0. */
          isDead: z.boolean().optional(),
          /** What `p` was before the calibration map; absent where none was applied. */
          rawP: probability.optional(),
        }),
      )
      .min(1)
      .max(256),
    /** Centre of mass in strike units, its derivatives per second and their standard errors. */
    mu: z.number().nullable(),
    muVelocity: z.number().nullable(),
    muVelocitySe: z.number().nullable(),
    muAcceleration: z.number().nullable(),
    muAccelerationSe: z.number().nullable(),
    sumOfMids: z.number().nullable(),
    // Later additions: absent in what was written before.
    method: z.enum(['filter', 'particles', 'dirichlet', 'log-pool']).optional(),
    /** Of the calibration map that was applied; `identity` for none. */
    calibration: z.string().max(64).optional(),
    hasWeather: z.boolean().optional(),
    /** When the book state and the weather PMF it was made of came to be; null where there is none. */
    marketTimeUs: timeUs.nullable().optional(),
    weatherTimeUs: timeUs.nullable().optional(),
    hazard60min: probability.nullable().optional(),
    /** Normalised innovation squared of the filter's update; null where nothing new was observed. */
    nis: z.number().nonnegative().nullable().optional(),
    /** An alarm is fresh: the filter is less sure of itself and follows faster. */
    isChangePoint: z.boolean().optional(),
    arbitrages: z.array(arbitrage).max(ARBITRAGES_MAX).optional(),
  }),
})
export type FusedPmfV1 = z.infer<typeof fusedPmfV1>
