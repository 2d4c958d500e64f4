import { CalibrationRowBuilder, type CalibrationRow } from '@kwm/tuning'
import { orExplain, tapeEvents } from './tape-events.ts'

const TYPES = ['feature.ladder-frame.v1', 'pmf.fused-pmf.v1', 'md.market-status.v1'] as const

/** The rows of tapes; of PMFs that were calibrated when they were said, as they were before. */
export async function calibrationRowsOf(
  tapes: readonly string[],
  leads: readonly number[],
): Promise<readonly CalibrationRow[]> {
  const builder = orExplain(() => new CalibrationRowBuilder(leads))
  for await (const event of tapeEvents(tapes, TYPES)) orExplain(() => builder.add(event))
  return builder.build()
}
