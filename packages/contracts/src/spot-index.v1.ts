import { z } from 'zod'
import { envelope } from './envelope.ts'

/** A value of a settlement index (BRTI), micro-dollars a coin; the 60-second mean where published. */
export const spotIndexV1 = envelope({
  type: 'spot.index.v1',
  data: z.strictObject({
    index: z.string().min(1).max(32),
    source: z.string().min(1).max(32),
    valueMicros: z.int().positive(),
    average60sMicros: z.int().positive().nullable(),
  }),
})
export type SpotIndexV1 = z.infer<typeof spotIndexV1>
