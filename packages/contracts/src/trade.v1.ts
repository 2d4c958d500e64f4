import { z } from 'zod'
import { envelope } from './envelope.ts'
import { bookSide, marketTicker, priceBps, sizeCenti } from './units.ts'

/**
 * A public print. `takerSide` is the outcome the taker bought; block trades carry no flow. A late one
 * was missed on the stream and read afterwards: `ingestTimeUs` says when it was known. It is for the
 * record, not flow of the moment it comes in.
 */
export const tradeV1 = envelope({
  type: 'md.trade.v1',
  data: z.strictObject({
    marketTicker,
    tradeId: z.string().min(1).max(64),
    yesPriceBps: priceBps,
    countCenti: sizeCenti,
    takerSide: bookSide,
    isBlock: z.boolean(),
    isLate: z.literal(true).optional(),
  }),
})
export type TradeV1 = z.infer<typeof tradeV1>
