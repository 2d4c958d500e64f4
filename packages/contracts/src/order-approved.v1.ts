import { z } from 'zod'
import { envelope } from './envelope.ts'
import { orderTerms } from './order-intent.v1.ts'
import { moneyMicros } from './units.ts'

/** An intent within all limits. `clientOrderId` is derived from the intent, so a retry repeats it. */
export const orderApprovedV1 = envelope({
  type: 'risk.order-approved.v1',
  data: z.strictObject({
    ...orderTerms,
    intentId: z.string().min(1).max(200),
    clientOrderId: z.string().min(1).max(200),
    strategy: z.string().min(1).max(64),
    /** Worst settlement P&L of the event, this order and all open ones filled against us. */
    worstCaseMicros: moneyMicros,
  }),
})
export type OrderApprovedV1 = z.infer<typeof orderApprovedV1>
