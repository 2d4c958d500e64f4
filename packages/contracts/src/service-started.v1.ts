import { z } from 'zod'
import { envelope } from './envelope.ts'

/**
 * A machine service began: with what configuration, and composed with which others. A replay reads
 * it to run the same machine again.
 */
export const serviceStartedV1 = envelope({
  type: 'ops.service-started.v1',
  data: z.strictObject({
    service: z.string().min(1).max(64),
    /** The machines of the process, in the order they were composed. */
    machines: z.array(z.string().min(1).max(64)).max(16),
    config: z.record(z.string(), z.unknown()),
    version: z.string().max(64),
    /** Where it resumed: the sequence of its snapshot, 0 for a fresh start. */
    resumedFromSeq: z.int().nonnegative(),
  }),
})
export type ServiceStartedV1 = z.infer<typeof serviceStartedV1>
