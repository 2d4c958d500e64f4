import { z } from 'zod'
import { envelope } from './envelope.ts'
import { bookSide, countCenti, marketTicker, priceBps } from './units.ts'

/**
 * One change to one price level of one market's book, as the venue reported it.
 *
 * The delta is relative: new count = old count + `countDeltaCenti`. `venueSeq` is contiguous within
 * one subscription; the feed has already turned a gap into `md.book-stale`.
 */
export const bookDeltaV1 = envelope({
  type: 'md.book-delta.v1',
  data: z.strictObject({
    marketTicker,
    side: bookSide,
    priceBps,
    countDeltaCenti: countCenti.refine((n) => n !== 0, 'a delta of zero is not a change'),
    venueSeq: z.int().nonnegative(),
  }),
})
export type BookDeltaV1 = z.infer<typeof bookDeltaV1>
