import { z } from 'zod'
import { envelope } from './envelope.ts'
import { countCenti, eventTicker, marketTicker, moneyMicros } from './units.ts'

/** A position after a fill or settlement. `positionCenti` is signed: negative is NO. */
export const positionV1 = envelope({
  type: 'exec.position.v1',
  data: z.strictObject({
    eventTicker,
    marketTicker,
    positionCenti: countCenti,
    costMicros: moneyMicros,
    feesMicros: moneyMicros,
    realizedPnlMicros: moneyMicros,
  }),
})
export type PositionV1 = z.infer<typeof positionV1>
