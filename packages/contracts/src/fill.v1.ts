import { z } from 'zod'
import { envelope } from './envelope.ts'
import {
  bookSide,
  countCenti,
  eventTicker,
  marketTicker,
  moneyMicros,
  priceBps,
  sizeCenti,
} from './units.ts'

/** We bought `countCenti` of `side` at `priceBps` of that side. The fee is the venue's, per fill. */
export const fillV1 = envelope({
  type: 'exec.fill.v1',
  data: z.strictObject({
    eventTicker,
    marketTicker,
    clientOrderId: z.string().min(1).max(200),
    fillId: z.string().min(1).max(200),
    side: bookSide,
    priceBps,
    countCenti: sizeCenti,
    feeMicros: moneyMicros,
    isTaker: z.boolean(),
    remainingCenti: countCenti,
    /** What filled it: a print at or through our price, the book moving through it, or the venue. */
    cause: z.enum(['print', 'book', 'venue']),
  }),
})
export type FillV1 = z.infer<typeof fillV1>
