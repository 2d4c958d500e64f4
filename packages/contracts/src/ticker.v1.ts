import { z } from 'zod'
import { envelope } from './envelope.ts'
import { countCenti, marketTicker, quoteBps } from './units.ts'

/** The venue's own summary of a market. It carries no sequence, so it never repairs a book. */
export const tickerV1 = envelope({
  type: 'md.ticker.v1',
  data: z.strictObject({
    marketTicker,
    lastPriceBps: quoteBps.nullable(),
    yesBidBps: quoteBps,
    yesAskBps: quoteBps,
    yesBidCenti: countCenti.nullable(),
    yesAskCenti: countCenti.nullable(),
    volumeCenti: countCenti,
    openInterestCenti: countCenti,
  }),
})
export type TickerV1 = z.infer<typeof tickerV1>
