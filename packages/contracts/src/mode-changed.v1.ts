import { z } from 'zod'
import { envelope } from './envelope.ts'

export const tradingMode = z.enum(['paper', 'demo', 'live'])
export type TradingMode = z.infer<typeof tradingMode>

/** Where orders go from now on. Paper is the default. */
export const modeChangedV1 = envelope({
  type: 'ops.mode-changed.v1',
  data: z.strictObject({ mode: tradingMode, requestedBy: z.string().min(1).max(64) }),
})
export type ModeChangedV1 = z.infer<typeof modeChangedV1>
