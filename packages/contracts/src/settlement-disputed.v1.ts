import { z } from 'zod'
import { envelope } from './envelope.ts'
import { eventTicker, marketTicker, quoteBps } from './units.ts'

/** The venue settled a market a second time, to another value. The first one was booked; risk halts. */
export const settlementDisputedV1 = envelope({
  type: 'exec.settlement-disputed.v1',
  data: z.strictObject({
    eventTicker,
    marketTicker,
    bookedValueBps: quoteBps,
    disputedValueBps: quoteBps,
  }),
})
export type SettlementDisputedV1 = z.infer<typeof settlementDisputedV1>
