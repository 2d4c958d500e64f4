import { z } from 'zod'
import { envelope } from './envelope.ts'
import { eventTicker, marketTicker } from './units.ts'

/** The venue refused the order. (Our own refusal is `risk.order-denied`.) */
export const orderRejectedV1 = envelope({
  type: 'exec.order-rejected.v1',
  data: z.strictObject({
    eventTicker,
    marketTicker,
    clientOrderId: z.string().min(1).max(200),
    reason: z.string().min(1).max(100),
  }),
})
export type OrderRejectedV1 = z.infer<typeof orderRejectedV1>
