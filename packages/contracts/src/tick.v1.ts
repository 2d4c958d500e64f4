import { z } from 'zod'
import { envelope } from './envelope.ts'

/** Time has passed. `eventTimeUs` of the envelope is the second; machines have no other clock. */
export const tickV1 = envelope({
  type: 'ops.tick.v1',
  data: z.strictObject({
    second: z.int().nonnegative(),
    /** `wall`: the clock of the machine. `tape`: the event times of a replayed or compressed feed. */
    source: z.enum(['wall', 'tape']),
  }),
})
export type TickV1 = z.infer<typeof tickV1>
