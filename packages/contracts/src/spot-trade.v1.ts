import { z } from 'zod'
import { envelope } from './envelope.ts'

/** A print of an exchange. Price in micro-dollars a coin, size in satoshi. */
export const spotTradeV1 = envelope({
  type: 'spot.trade.v1',
  data: z.strictObject({
    source: z.string().min(1).max(32),
    product: z.string().min(1).max(32),
    tradeId: z.string().min(1).max(64),
    priceMicros: z.int().positive(),
    sizeSatoshi: z.int().positive(),
    takerSide: z.enum(['buy', 'sell']),
  }),
})
export type SpotTradeV1 = z.infer<typeof spotTradeV1>
