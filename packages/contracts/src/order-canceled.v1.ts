import { z } from 'zod'
import { envelope } from './envelope.ts'
import { countCenti, eventTicker, marketTicker } from './units.ts'

/** What was left of an order is gone from the venue's book. */
export const orderCanceledV1 = envelope({
  type: 'exec.order-canceled.v1',
  data: z.strictObject({
    eventTicker,
    marketTicker,
    clientOrderId: z.string().min(1).max(200),
    canceledCenti: countCenti,
    reason: z.string().min(1).max(100),
  }),
})
export type OrderCanceledV1 = z.infer<typeof orderCanceledV1>
