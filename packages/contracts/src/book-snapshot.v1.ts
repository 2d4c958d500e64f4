import { z } from 'zod'
import { envelope } from './envelope.ts'
import { marketTicker, priceBps, sizeCenti } from './units.ts'

const level = z.tuple([priceBps, sizeCenti])

/** The whole book of one market: resting bids for YES and for NO, in any order. It ends staleness. */
export const bookSnapshotV1 = envelope({
  type: 'md.book-snapshot.v1',
  data: z.strictObject({
    marketTicker,
    yes: z.array(level).max(9_999),
    no: z.array(level).max(9_999),
    venueSeq: z.int().nonnegative(),
  }),
})
export type BookSnapshotV1 = z.infer<typeof bookSnapshotV1>
