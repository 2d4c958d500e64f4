import { z } from 'zod'
import { envelope } from './envelope.ts'
import { countCenti, eventTicker, marketTicker } from './units.ts'

/** The venue took the order. `queueAheadCenti`: contracts before us at our price, where known. */
export const orderAcceptedV1 = envelope({
  type: 'exec.order-accepted.v1',
  data: z.strictObject({
    eventTicker,
    marketTicker,
    clientOrderId: z.string().min(1).max(200),
    venueOrderId: z.string().min(1).max(200),
    remainingCenti: countCenti,
    queueAheadCenti: countCenti.nullable(),
  }),
})
export type OrderAcceptedV1 = z.infer<typeof orderAcceptedV1>
