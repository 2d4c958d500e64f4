import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  CalibrationRowBuilder,
  calibrationTournament,
  checkCalibrationDrift,
  type CalibrationArtefact,
  type CalibrationRow,
  type DriftCheck,
  type TournamentResult,
} from '@kwm/tuning'
import type { Command } from 'commander'
import { ModelCommandError, orExplain, tapeEvents, wholeOption } from '../models/tape-events.ts'
import { stateDir } from '../stack/run-dir.ts'

type RunOptions = {
  readonly leads: string
  readonly trainDays: string
  readonly testDays: string
  readonly out?: string
  readonly json?: boolean
}

const CALIBRATION_TYPES = [
  'feature.ladder-frame.v1',
  'pmf.fused-pmf.v1',
  'md.market-status.v1',
] as const

export function addCalibrateCommand(program: Command): void {
  const calibrate = program
    .command('calibrate')
    .description('calibration maps of the fused PMF for each city and lead')
  calibrate
    .command('run [tapes...]', { isDefault: true })
    .description('none, Platt, temperature, beta and isotonic against each other, walking forward')
    .option('--leads <hours>', 'before the close, with commas', '12,6,3,1')
    .option('--train-days <n>', 'of a block', '42')
    .option('--test-days <n>', 'after each block', '7')
    .option('--out <dir>', 'default: .kwm/models')
    .option('--json', 'print JSON')
    .action(run)
  calibrate
    .command('check <artefact> [tapes...]')
    .description('do the maps still help on the days after their fit? exit 1 when one has drifted')
    .option('--json', 'print JSON')
    .action(check)
}

async function run(tapes: readonly string[], options: RunOptions): Promise<void> {
  const trainDays = wholeOption('--train-days', options.trainDays, 2, 1_000)
  const testDays = wholeOption('--test-days', options.testDays, 1, 1_000)
  const rows = await rowsOf(tapes, options.leads.split(',').map(Number))
  if (rows.length === 0) {
    throw new ModelCommandError('no event on these tapes has both a PMF at a lead and its outcome')
  }
  const result = orExplain(() => calibrationTournament(rows, { trainDays, testDays }))
  const { artefact } = result
  const file = join(
    options.out ? resolve(options.out) : join(stateDir(), 'models'),
    `${artefact.version}.json`,
  )
  if (artefact.entries.length > 0) {
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, `${JSON.stringify(artefact, null, 2)}\n`)
  }
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${describe(result, file)}\n`)
  process.exitCode = artefact.entries.length > 0 ? 0 : 1
}

async function check(
  file: string,
  tapes: readonly string[],
  options: { readonly json?: boolean },
): Promise<void> {
  const artefact = await readArtefact(file)
  const rows = await rowsOf(tapes, [...new Set(artefact.entries.map((e) => e.leadHours))])
  const checks = checkCalibrationDrift(artefact, rows)
  process.stdout.write(
    options.json ? `${JSON.stringify(checks)}\n` : `${checks.map(lineOf).join('\n')}\n`,
  )
  process.exitCode = checks.some((one) => one.isDrifted) ? 1 : 0
}

async function rowsOf(
  tapes: readonly string[],
  leads: readonly number[],
): Promise<readonly CalibrationRow[]> {
  const builder = orExplain(() => new CalibrationRowBuilder(leads))
  for await (const event of tapeEvents(tapes, CALIBRATION_TYPES)) {
    orExplain(() => builder.add(event))
  }
  return builder.build()
}

async function readArtefact(file: string): Promise<CalibrationArtefact> {
  let artefact: CalibrationArtefact
  try {
    artefact = JSON.parse(await readFile(file, 'utf8')) as CalibrationArtefact
  } catch (error) {
    throw new ModelCommandError(`${file}: ${(error as Error).message}`)
  }
  if (artefact?.format !== 'kwm-calibration' || artefact.v !== 1 || !artefact.entries?.length) {
    throw new ModelCommandError(`${file}: not calibration maps: make them with kwm calibrate`)
  }
  return artefact
}

function describe({ artefact, skipped }: TournamentResult, file: string): string {
  const lines = artefact.entries.map(({ series, leadHours, method, testDays, scores }) => {
    const score = (name: string) => scores.find((s) => s.method === name)!.logScore.toFixed(4)
    const won = method === 'none' ? 'none wins' : `${method} wins with ${score(method)}`
    return `${series} ${leadHours} h: ${won} (none ${score('none')}, ${testDays} test days)`
  })
  const left = skipped.map(
    ({ series, leadHours, days }) =>
      `${series} ${leadHours} h: too few days (${days}), left as it is`,
  )
  const written = artefact.entries.length > 0 ? [`written: ${file}`] : []
  return [...lines, ...left, ...written].join('\n')
}

function lineOf({
  series,
  leadHours,
  method,
  days,
  meanHarm,
  p,
  isDrifted,
  isDue,
}: DriftCheck): string {
  const harm =
    meanHarm === null ? 'no days yet' : `Brier ${meanHarm >= 0 ? '+' : ''}${meanHarm.toFixed(4)}`
  const state = isDrifted ? 'DRIFTED: fit again' : isDue ? 'due: fit again' : 'holds'
  return `${series} ${leadHours} h, ${method}: ${harm} on ${days} days, p ${p.toFixed(3)}: ${state}`
}
