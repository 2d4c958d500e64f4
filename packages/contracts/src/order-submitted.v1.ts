import { z } from 'zod'
import { envelope } from './envelope.ts'
import { tradingMode } from './mode-changed.v1.ts'
import { orderTerms } from './order-intent.v1.ts'
import { timeUs } from './units.ts'

/** An approved order is on its way to the venue. Written before it leaves. */
export const orderSubmittedV1 = envelope({
  type: 'exec.order-submitted.v1',
  data: z.strictObject({
    ...orderTerms,
    clientOrderId: z.string().min(1).max(200),
    approvalId: z.string().min(1).max(200),
    strategy: z.string().min(1).max(64),
    mode: tradingMode,
    expireTimeUs: timeUs,
  }),
})
export type OrderSubmittedV1 = z.infer<typeof orderSubmittedV1>
