import { z } from 'zod'
import { envelope } from './envelope.ts'
import { climateDate, stationId } from './units.ts'

/** An official climate report (CLI, CF6, DSM) of a station and climate day. */
export const climateReportV1 = envelope({
  type: 'wx.climate-report.v1',
  data: z.strictObject({
    stationId,
    product: z.enum(['CLI', 'CF6', 'DSM']),
    climateDate,
    status: z.enum(['intermediate', 'final', 'correction']),
    maxTempF: z.int().nullable(),
    minTempF: z.int().nullable(),
    textHash: z.string().min(1).max(64),
  }),
})
export type ClimateReportV1 = z.infer<typeof climateReportV1>
