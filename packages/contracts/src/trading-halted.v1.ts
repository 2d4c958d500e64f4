import { z } from 'zod'
import { envelope } from './envelope.ts'

/** No order is approved from here on and open ones are cancelled, until `risk.resumed`. */
export const haltedV1 = envelope({
  type: 'risk.halted.v1',
  data: z.strictObject({
    reason: z.string().min(1).max(200),
    requestedBy: z.string().min(1).max(64),
  }),
})
export type HaltedV1 = z.infer<typeof haltedV1>

export const resumedV1 = envelope({
  type: 'risk.resumed.v1',
  data: z.strictObject({
    reason: z.string().min(1).max(200),
    requestedBy: z.string().min(1).max(64),
  }),
})
export type ResumedV1 = z.infer<typeof resumedV1>
