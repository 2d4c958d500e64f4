import { z } from 'zod'
import { envelope } from './envelope.ts'
import { marketTicker } from './units.ts'

/** The book of this market is not to be believed until its next snapshot. */
export const bookStaleV1 = envelope({
  type: 'md.book-stale.v1',
  data: z.strictObject({
    marketTicker,
    reason: z.enum([
      'sequence-gap',
      'disconnected',
      'negative-level',
      'restart',
      'silent',
      'audit',
    ]),
  }),
})
export type BookStaleV1 = z.infer<typeof bookStaleV1>
