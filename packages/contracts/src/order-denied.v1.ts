import { z } from 'zod'
import { envelope } from './envelope.ts'
import { eventTicker, marketTicker, moneyMicros } from './units.ts'

/** Our own refusal. (The venue's is `exec.order-rejected`.) */
export const orderDeniedV1 = envelope({
  type: 'risk.order-denied.v1',
  data: z.strictObject({
    intentId: z.string().min(1).max(200),
    eventTicker,
    marketTicker,
    strategy: z.string().min(1).max(64),
    reason: z.string().min(1).max(64),
    valueMicros: moneyMicros.nullable(),
    limitMicros: moneyMicros.nullable(),
  }),
})
export type OrderDeniedV1 = z.infer<typeof orderDeniedV1>
