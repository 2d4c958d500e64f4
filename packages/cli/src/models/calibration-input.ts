import { CalibrationRowBuilder, type CalibrationRow } from '@kwm/tuning'
import { say } from '../terminal.ts'
import { readVersions } from './calibration-files.ts'
import { PLAIN_PMF_TYPES, PlainPmfs } from './plain-pmfs.ts'
import { ModelCommandError, orExplain, tapeEvents } from './tape-events.ts'

const TYPES = [...PLAIN_PMF_TYPES, 'md.market-status.v1'] as const

/**
 * The rows of tapes; of PMFs that were calibrated when they were said, as they were before. `dir` is
 * where the maps that were in force are looked up.
 * @throws {ModelCommandError} Not one calibrated PMF could be made again.
 */
export async function calibrationRowsOf(
  tapes: readonly string[],
  leads: readonly number[],
  dir: string,
): Promise<readonly CalibrationRow[]> {
  const builder = orExplain(() => new CalibrationRowBuilder(leads))
  const versions = await readVersions(dir)
  const pmfs = new PlainPmfs((version) => versions.get(version))
  for await (const event of tapeEvents(tapes, TYPES)) {
    if (event.type === 'md.market-status.v1') builder.add(event)
    else {
      const fused = pmfs.take(event)
      if (event.type === 'feature.ladder-frame.v1') builder.add(event)
      if (fused) orExplain(() => builder.add(fused))
    }
  }
  const { remade, leftOut } = pmfs
  const count = (n: number): string => n.toLocaleString('en-US')
  if (remade > 0) say(`${count(remade)} calibrated PMFs made again without their map`)
  if (leftOut > 0)
    say(`${count(leftOut)} calibrated PMFs left out: not to be made again from these tapes`)
  if (leftOut > 0 && remade === 0) {
    throw new ModelCommandError(
      'the PMFs on these tapes are calibrated and cannot be made again without their map: give tapes ' +
        'from the start of pmf-model on, or its artefact with --dir',
    )
  }
  return builder.build()
}
