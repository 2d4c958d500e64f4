import { z } from 'zod'
import { envelope } from './envelope.ts'

const request = z.strictObject({
  reason: z.string().min(1).max(200),
  requestedBy: z.string().min(1).max(64),
})

/** An operator (or a watchdog) asks for trading to stop: open orders are cancelled, none are sent. */
export const haltRequestedV1 = envelope({ type: 'ops.halt-requested.v1', data: request })
export type HaltRequestedV1 = z.infer<typeof haltRequestedV1>

/** An operator asks for trading to go on. */
export const resumeRequestedV1 = envelope({ type: 'ops.resume-requested.v1', data: request })
export type ResumeRequestedV1 = z.infer<typeof resumeRequestedV1>
