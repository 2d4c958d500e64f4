import { z } from 'zod'
import { envelope } from './envelope.ts'
import { countCenti, eventTicker, marketTicker, moneyMicros, quoteBps } from './units.ts'

/** A position was paid out. `pnlMicros` is its whole life: payout, costs, fees, earlier closes. */
export const settledV1 = envelope({
  type: 'exec.settled.v1',
  data: z.strictObject({
    eventTicker,
    marketTicker,
    settlementValueBps: quoteBps,
    positionCenti: countCenti,
    payoutMicros: moneyMicros,
    feesMicros: moneyMicros,
    pnlMicros: moneyMicros,
  }),
})
export type SettledV1 = z.infer<typeof settledV1>
