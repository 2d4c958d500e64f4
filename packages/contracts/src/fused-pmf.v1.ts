import { z } from 'zod'
import { envelope } from './envelope.ts'
import { eventTicker, marketTicker, probability } from './units.ts'

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
  }),
})
export type FusedPmfV1 = z.infer<typeof fusedPmfV1>
