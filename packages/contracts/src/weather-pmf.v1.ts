import { z } from 'zod'
import { envelope } from './envelope.ts'
import { climateDate, eventTicker, marketTicker, probability, stationId } from './units.ts'

/** What the weather alone says of an event: bracket probabilities and hazards of a new high. */
export const weatherPmfV1 = envelope({
  type: 'pmf.weather-pmf.v1',
  data: z.strictObject({
    eventTicker,
    stationId,
    climateDate,
    brackets: z
      .array(z.strictObject({ marketTicker, p: probability }))
      .min(1)
      .max(256),
    hardLowerF: z.int().nullable(),
    hazard15min: probability.nullable(),
    hazard60min: probability.nullable(),
    probabilityOfNewHigh: probability.nullable(),
    modelVersion: z.string().max(64),
  }),
})
export type WeatherPmfV1 = z.infer<typeof weatherPmfV1>
