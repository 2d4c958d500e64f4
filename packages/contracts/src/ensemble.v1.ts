import { z } from 'zod'
import { envelope } from './envelope.ts'
import { stationId, timeUs } from './units.ts'

/** An ensemble forecast: `membersF[m][k]` is the temperature of member m at `validTimesUs[k]`. */
export const ensembleV1 = envelope({
  type: 'wx.ensemble.v1',
  data: z.strictObject({
    stationId,
    source: z.string().min(1).max(32),
    issueTimeUs: timeUs,
    validTimesUs: z.array(timeUs).min(1).max(1_024),
    membersF: z.array(z.array(z.number()).max(1_024)).min(1).max(256),
  }),
})
export type EnsembleV1 = z.infer<typeof ensembleV1>
