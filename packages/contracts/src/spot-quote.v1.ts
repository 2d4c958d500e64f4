import { z } from 'zod'
import { envelope } from './envelope.ts'

/** Best bid and ask of an exchange, micro-dollars a coin. */
export const spotQuoteV1 = envelope({
  type: 'spot.quote.v1',
  data: z.strictObject({
    source: z.string().min(1).max(32),
    product: z.string().min(1).max(32),
    bidMicros: z.int().positive(),
    askMicros: z.int().positive(),
  }),
})
export type SpotQuoteV1 = z.infer<typeof spotQuoteV1>
