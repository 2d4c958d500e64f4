import { z } from 'zod'
import { envelope } from './envelope.ts'
import { tradingMode } from './mode-changed.v1.ts'

/** Our orders and positions were compared with the venue's. `differences` is empty when they agree. */
export const reconciledV1 = envelope({
  type: 'exec.reconciled.v1',
  data: z.strictObject({
    mode: tradingMode,
    openOrders: z.int().nonnegative(),
    positions: z.int().nonnegative(),
    differences: z.array(z.string().max(200)).max(1_000),
  }),
})
export type ReconciledV1 = z.infer<typeof reconciledV1>
