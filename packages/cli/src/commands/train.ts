import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DEFAULT_FEATURES } from '@kwm/model-forecast'
import { ForecastTableBuilder, trainForecaster, type TrainReport } from '@kwm/tuning'
import type { Command } from 'commander'
import { trainReport } from '../models/train-report.ts'
import { ModelCommandError, orExplain, tapeEvents, wholeOption } from '../models/tape-events.ts'
import { reportPage } from '../report/report-page.ts'
import { stateDir } from '../stack/run-dir.ts'
import { print } from '../terminal.ts'
import { addTrainIntensitiesCommand } from './train-intensities.ts'

type TrainCommandOptions = {
  readonly horizon: string
  readonly every: string
  readonly trainDays: string
  readonly testDays: string
  readonly trials: string
  readonly seed: string
  readonly features?: string
  readonly out?: string
  readonly json?: boolean
}

export function addTrainCommand(program: Command): void {
  const command = program.command('train').description('models of the market, fitted on tapes')
  command
    .command('forecaster [tapes...]', { isDefault: true })
    .description('a short-horizon forecaster, walking forward over climate days')
    .option('--horizon <seconds>', 'how far ahead', '60')
    .option('--every <seconds>', 'between samples of an event', '10')
    .option('--train-days <n>', 'of a block', '42')
    .option('--test-days <n>', 'after each block, and of its inner split', '7')
    .option('--trials <n>', 'random candidates of each model family', '8')
    .option('--seed <n>', 'of the random search', '1')
    .option('--features <names>', 'with commas; default: the usual ones')
    .option('--out <dir>', 'default: .kwm/models')
    .option('--json', 'print the report as JSON')
    .action(train)
  addTrainIntensitiesCommand(command)
}

/** Exit 1 when nothing was accepted: the report says why, and no artefact is written. */
async function train(tapes: readonly string[], options: TrainCommandOptions): Promise<void> {
  const features = options.features?.split(',').map((name) => name.trim()) ?? DEFAULT_FEATURES
  if (new Set(features).size !== features.length || features.includes('')) {
    throw new ModelCommandError(`--features ${options.features}: names with commas, each once`)
  }
  const builder = new ForecastTableBuilder({
    features,
    horizonSeconds: wholeOption('--horizon', options.horizon, 1, 3_600),
    everySeconds: wholeOption('--every', options.every, 1, 3_600),
  })
  const trainOptions = {
    seed: wholeOption('--seed', options.seed, 0, 2 ** 32 - 1),
    trialsPerKind: wholeOption('--trials', options.trials, 1, 200),
    trainDays: wholeOption('--train-days', options.trainDays, 1, 1_000),
    testDays: wholeOption('--test-days', options.testDays, 1, 1_000),
    latencyUs: 1_000_000,
  }
  for await (const event of tapeEvents(tapes, ['feature.ladder-frame.v1'])) {
    orExplain(() => builder.add(event))
  }
  const { report, artefact } = orExplain(() => trainForecaster(builder.build(), trainOptions))
  if (options.features !== undefined && report.absent.length > 0) {
    throw new ModelCommandError(
      `--features: no frame on these tapes has ${report.absent.join(', ')}`,
    )
  }
  const dir = options.out ? resolve(options.out) : join(stateDir(), 'models')
  await mkdir(dir, { recursive: true })
  const name = artefact?.modelVersion ?? `forecast-${options.horizon}s-refused`
  await writeFile(join(dir, `${name}.report.json`), `${JSON.stringify(report, null, 2)}\n`)
  await writeFile(join(dir, `${name}.report.html`), reportPage(trainReport(name, report)))
  if (artefact) await writeFile(join(dir, `${name}.json`), `${JSON.stringify(artefact)}\n`)
  const file = join(dir, artefact ? `${name}.json` : `${name}.report.html`)
  await print(
    options.json ? `${JSON.stringify(report)}\n` : `${describe(report)}\nwritten: ${file}\n`,
  )
  process.exitCode = report.isAccepted ? 0 : 1
}

function describe(report: TrainReport): string {
  const { rows, days, folds, trials, skill, againstStill, leakage } = report
  const p = againstStill ? againstStill.pTwoSided.toFixed(4) : 'none'
  const best = folds.map(({ testFrom, testTo, trainRows, purged, chosen }) => {
    return `  ${testFrom} to ${testTo}: ${chosen?.kind ?? 'nothing'} of ${trainRows} rows, ${purged} purged`
  })
  return [
    `${rows.toLocaleString('en-US')} rows of ${days} climate days, ${folds.length} folds, ${trials.length} trials`,
    ...best,
    `skill against no change ${(100 * skill).toFixed(2)} %, p ${p}; direction AUC ${leakage.auc?.toFixed(3) ?? 'none'}`,
    `${report.isAccepted ? 'accepted' : 'REFUSED'}: ${report.reason}`,
  ].join('\n')
}
