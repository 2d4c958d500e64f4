import { z } from 'zod'
import { envelope } from './envelope.ts'
import { stationId, timeUs } from './units.ts'

/** One temperature reading of a station. `kind` says how the number was rounded on its way here. */
export const observationV1 = envelope({
  type: 'wx.observation.v1',
  data: z.strictObject({
    stationId,
    source: z.string().min(1).max(32),
    kind: z.enum(['tenth-f', 'whole-c', 'whole-f', 'smooth', 'max-6h', 'max-24h']),
    tempF: z.number().nullable(),
    dewPointF: z.number().nullable(),
    humidityPct: z.number().nullable(),
    windMph: z.number().nullable(),
    /** For a maximum over a window: when it began. Null for a point reading. */
    windowStartUs: timeUs.nullable(),
    /** Stations that contributed, as the provider says. */
    stationIds: z.array(z.string()).max(16),
    revision: z.int().nonnegative(),
  }),
})
export type ObservationV1 = z.infer<typeof observationV1>
