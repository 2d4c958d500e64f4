import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { defaultMachineConfigs } from '@kwm/machines'
import { TradeBlockBuilder, trainIntensities, type IntensityReport } from '@kwm/tuning'
import type { Command } from 'commander'
import { orExplain, tapeEvents } from '../models/tape-events.ts'
import { stateDir } from '../stack/run-dir.ts'

type IntensityOptions = { readonly out?: string; readonly json?: boolean }

const TYPES = ['md.market-listed.v1', 'md.trade.v1', 'ops.tick.v1'] as const

export function addTrainIntensitiesCommand(train: Command): void {
  train
    .command('intensities [tapes...]')
    .description('Hawkes parameters and hours of the day of each series, judged on its last day')
    .option('--out <dir>', 'default: .kwm/models')
    .option('--json', 'print the reports as JSON')
    .action(trainOn)
}

/** Exit 1 when no series was accepted: the reports say why, and no artefact is written. */
async function trainOn(tapes: readonly string[], options: IntensityOptions): Promise<void> {
  const builder = new TradeBlockBuilder(defaultMachineConfigs.features.stdOffsetMinutes)
  for await (const event of tapeEvents(tapes, TYPES)) orExplain(() => builder.add(event))
  const { reports, artefact } = trainIntensities(builder.build(), (series) =>
    builder.offsetOfSeries(series),
  )
  const dir = options.out ? resolve(options.out) : join(stateDir(), 'models')
  const lines = reports.length > 0 ? reports.map(describe) : ['no trade on these tapes']
  if (artefact) {
    await mkdir(dir, { recursive: true })
    const file = join(dir, `${artefact.version}.json`)
    await writeFile(file, `${JSON.stringify(artefact, null, 2)}\n`)
    lines.push(`written: ${file}`)
  }
  process.stdout.write(options.json ? `${JSON.stringify(reports)}\n` : `${lines.join('\n')}\n`)
  process.exitCode = artefact ? 0 : 1
}

function describe(report: IntensityReport): string {
  const { series, days, fitted, judged, spectralRadius, radiusWithoutProfile } = report
  const of = (value: number | null) => value?.toFixed(2) ?? 'none'
  return (
    `${series}: ${fitted} events fitted and ${judged} judged of ${days.length} days, branching ` +
    `${of(spectralRadius)} (${of(radiusWithoutProfile)} without hours), ` +
    `${report.isAccepted ? 'accepted' : 'REFUSED'}: ${report.reason}`
  )
}
