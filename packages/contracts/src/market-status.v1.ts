import { z } from 'zod'
import { envelope } from './envelope.ts'
import { marketTicker, quoteBps } from './units.ts'

/** A change in the life of a market. `result` and `settlementValueBps` once it is determined. */
export const marketStatusV1 = envelope({
  type: 'md.market-status.v1',
  data: z.strictObject({
    marketTicker,
    status: z.string(),
    result: z.enum(['yes', 'no', 'scalar']).nullable(),
    settlementValueBps: quoteBps.nullable(),
  }),
})
export type MarketStatusV1 = z.infer<typeof marketStatusV1>
