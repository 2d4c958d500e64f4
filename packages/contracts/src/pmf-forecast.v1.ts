import { z } from 'zod'
import { envelope } from './envelope.ts'
import { eventTicker, marketTicker } from './units.ts'

/** Where each mid is expected to be after the horizon: the change and its standard deviation. */
export const pmfForecastV1 = envelope({
  type: 'pmf.forecast.v1',
  data: z.strictObject({
    eventTicker,
    horizonSeconds: z.int().positive(),
    modelVersion: z.string().max(64),
    rows: z
      .array(z.strictObject({ marketTicker, meanChange: z.number(), sd: z.number() }))
      .min(1)
      .max(256),
  }),
})
export type PmfForecastV1 = z.infer<typeof pmfForecastV1>
