import { z } from 'zod'
import { envelope } from './envelope.ts'

/**
 * The state of a feed and its conservation counts so far:
 * `framesIn = applied + duplicate + quarantined + rejected`.
 */
export const feedStatusV1 = envelope({
  type: 'ops.feed-status.v1',
  data: z.strictObject({
    feed: z.string().min(1).max(64),
    status: z.enum(['live', 'stale', 'disconnected']),
    reason: z.string().max(200),
    connectionId: z.string().max(64),
    framesIn: z.int().nonnegative(),
    applied: z.int().nonnegative(),
    duplicate: z.int().nonnegative(),
    quarantined: z.int().nonnegative(),
    rejected: z.int().nonnegative(),
    isSynthetic: z.boolean(),
    /** Books polled over REST without a key, late by the venue's cache: for paper only. */
    mode: z.literal('keyless').optional(),
  }),
})
export type FeedStatusV1 = z.infer<typeof feedStatusV1>
