import { z } from 'zod'
import { envelope } from './envelope.ts'
import { climateDate, stationId, timeUs } from './units.ts'

/** A temperature forecast of a station: one value for each valid time. */
export const wxForecastV1 = envelope({
  type: 'wx.forecast.v1',
  data: z.strictObject({
    stationId,
    source: z.string().min(1).max(32),
    issueTimeUs: timeUs,
    basisDate: climateDate.nullable(),
    validTimesUs: z.array(timeUs).min(1).max(1_024),
    tempsF: z.array(z.number()).min(1).max(1_024),
  }),
})
export type WxForecastV1 = z.infer<typeof wxForecastV1>
