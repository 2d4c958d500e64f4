import { z } from 'zod'
import { timeUs } from './units.ts'

/**
 * The envelope of every event on the tape.
 *
 * `causationId` names the event (or raw frame) that caused this one; followed back from any order
 * it reaches the frame that started it. `eventTimeUs` is when it was true, `ingestTimeUs` when we
 * knew it; an event made by a machine carries both times of its cause, so a replay is equal to the byte.
 */
export function envelope<const T extends string, D extends z.ZodType>(spec: { type: T; data: D }) {
  return z.strictObject({
    type: z.literal(spec.type),
    id: z.string().min(1).max(200),
    causationId: z.string().min(1).max(200),
    eventTimeUs: timeUs,
    ingestTimeUs: timeUs,
    data: spec.data,
  })
}
