import { z } from 'zod'
import { envelope } from './envelope.ts'
import { bookSide, eventTicker, marketTicker, priceBps, sizeCenti } from './units.ts'

/** What is to be traded: buy `countCenti` of `side` at no more than `priceBps` of that side. */
export const orderTerms = {
  eventTicker,
  marketTicker,
  side: bookSide,
  priceBps,
  countCenti: sizeCenti,
  isPostOnly: z.boolean(),
  /** Unfilled after this long, by event time, the order is cancelled. */
  ttlUs: z.int().positive(),
} as const

/** A strategy wants an order. It has no say over money: `risk` approves or denies. */
export const orderIntentV1 = envelope({
  type: 'signal.order-intent.v1',
  data: z.strictObject({
    ...orderTerms,
    strategy: z.string().min(1).max(64),
    pmfId: z.string().min(1).max(200),
    fairBps: z.number(),
    evBps: z.number(),
    reason: z.string().min(1).max(200),
  }),
})
export type OrderIntentV1 = z.infer<typeof orderIntentV1>
