import { z } from 'zod'
import { envelope } from './envelope.ts'
import { climateDate, eventTicker, stationId } from './units.ts'

/** The official value an event settled on, and who said so. */
export const settlementV1 = envelope({
  type: 'wx.settlement.v1',
  data: z.strictObject({
    eventTicker,
    stationId,
    climateDate,
    source: z.enum(['kalshi', 'cli-final', 'cf6', 'iem', 'ncei']),
    maxTempF: z.number().nullable(),
  }),
})
export type SettlementV1 = z.infer<typeof settlementV1>
