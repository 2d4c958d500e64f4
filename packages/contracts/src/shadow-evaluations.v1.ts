import { z } from 'zod'
import { envelope } from './envelope.ts'
import { opportunityV1 } from './opportunity.v1.ts'
import { eventTicker } from './units.ts'

const evaluation = opportunityV1.shape.data.omit({ eventTicker: true, pmfId: true })
export type ShadowEvaluation = z.infer<typeof evaluation>

/**
 * What all strategies without an allocation thought of one PMF, where the answer was no: one record
 * for all of them, because each record of the tape wakes every reader. A shadow trade is an opportunity
 * of its own.
 */
export const shadowEvaluationsV1 = envelope({
  type: 'signal.shadow-evaluations.v1',
  data: z.strictObject({
    eventTicker,
    pmfId: z.string().min(1).max(200),
    evaluations: z.array(evaluation).min(1).max(64),
  }),
})
export type ShadowEvaluationsV1 = z.infer<typeof shadowEvaluationsV1>
