import { z } from 'zod'
import { envelope } from './envelope.ts'
import { eventTicker, marketTicker } from './units.ts'

/** We ask the venue to cancel what is left of an order. */
export const cancelRequestedV1 = envelope({
  type: 'exec.cancel-requested.v1',
  data: z.strictObject({
    eventTicker,
    marketTicker,
    clientOrderId: z.string().min(1).max(200),
    reason: z.string().min(1).max(100),
  }),
})
export type CancelRequestedV1 = z.infer<typeof cancelRequestedV1>
