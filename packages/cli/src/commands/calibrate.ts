import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  calibrationTournament,
  checkCalibrationDrift,
  isRefitShort,
  refitCalibration,
  type CalibrationArtefact,
  type DriftCheck,
  type Refit,
  type TournamentResult,
} from '@kwm/tuning'
import type { Command } from 'commander'
import {
  inForceFile,
  putInForce,
  readArtefact,
  readInForce,
  writeVersion,
} from '../models/calibration-files.ts'
import { calibrationRowsOf } from '../models/calibration-input.ts'
import { calibrationReport, nameOf, placeLine } from '../models/calibration-report.ts'
import { ModelCommandError, orExplain, wholeOption } from '../models/tape-events.ts'
import { reportPage } from '../report/report-page.ts'
import { stateDir } from '../stack/run-dir.ts'
import { print, say } from '../terminal.ts'

type FitOptions = {
  readonly leads: string
  readonly trainDays: string
  readonly testDays: string
  readonly json?: boolean
}
type RunOptions = FitOptions & { readonly out?: string }
type RefitCommandOptions = FitOptions & {
  readonly dir?: string
  readonly ifDue?: boolean
  readonly onChange?: string
}

const HOOK_TIMEOUT_MS = 600_000

export function addCalibrateCommand(program: Command): void {
  const calibrate = program
    .command('calibrate')
    .description('calibration maps of the fused PMF for each city and lead')
  const fitting = (command: Command): Command =>
    command
      .option('--leads <hours>', 'before the close, with commas', '12,6,3,1')
      .option('--train-days <n>', 'of a block', '42')
      .option('--test-days <n>', 'after each block', '7')
      .option('--json', 'print JSON')
  fitting(calibrate.command('run [tapes...]', { isDefault: true }))
    .description('none, Platt, temperature, beta and isotonic against each other, walking forward')
    .option('--out <dir>', 'default: .kwm/models')
    .action(run)
  fitting(calibrate.command('refit [tapes...]'))
    .description('fit again, hold the new maps against those in force, put the better in force')
    .option(
      '--dir <dir>',
      'where the maps are; calibration.json is in force (default: .kwm/models)',
    )
    .option('--if-due', 'only what a month has passed for, or what has drifted')
    .option('--on-change <command>', 'run this when other maps came into force')
    .addHelpText('after', REFIT_HELP)
    .action(refit)
  calibrate
    .command('check <artefact> [tapes...]')
    .description('do the maps still help on the days after their fit? exit 1 when one has drifted')
    .option('--json', 'print JSON')
    .action(check)
}

const REFIT_HELP = `
May run every day: without news it changes nothing. Versions are kept, calibration.json is one of them.
Exit code 0: all is in order, changed or not. 1: a new fit was due and there are too few days for it, or
the command of --on-change failed. 2: an input cannot be read.`

async function run(tapes: readonly string[], options: RunOptions): Promise<void> {
  const dir = dirOf(options.out)
  const { leads, ...blocks } = fitOptions(options)
  const rows = await calibrationRowsOf(tapes, leads)
  if (rows.length === 0) {
    throw new ModelCommandError('no event on these tapes has both a PMF at a lead and its outcome')
  }
  const result = orExplain(() => calibrationTournament(rows, blocks))
  const { artefact, skipped } = result
  const hasMaps = artefact.entries.length > 0
  const file = join(dir, `${artefact.version}.json`)
  if (hasMaps) {
    await writeVersion(dir, artefact)
    await writePage(join(dir, `${artefact.version}.html`), artefact, result)
  }
  await print(
    options.json ? `${JSON.stringify({ artefact, skipped })}\n` : `${describe(result, file)}\n`,
  )
  process.exitCode = hasMaps ? 0 : 1
}

async function refit(tapes: readonly string[], options: RefitCommandOptions): Promise<void> {
  const dir = dirOf(options.dir)
  const { leads, ...blocks } = fitOptions(options)
  const current = await readInForce(dir)
  const wanted = new Set([...leads, ...(current?.entries ?? []).map(({ leadHours }) => leadHours)])
  const rows = await calibrationRowsOf(tapes, [...wanted])
  const isOnlyDue = options.ifDue === true
  const done = orExplain(() => refitCalibration(current, rows, { ...blocks, isOnlyDue }))
  if (done.artefact) await keep(dir, done.artefact, current, done)
  const { artefact, isChanged, places } = done
  const text = [...places.map(placeLine), stateLine(dir, done)].join('\n')
  await print(options.json ? `${JSON.stringify({ artefact, isChanged, places })}\n` : `${text}\n`)
  if (isRefitShort(done)) process.exitCode = 1
  if (isChanged && options.onChange !== undefined) await runHook(options.onChange)
}

/** The version first, then what names it: a stop in between leaves the old maps in force. */
async function keep(
  dir: string,
  artefact: CalibrationArtefact,
  current: CalibrationArtefact | null,
  done: Refit,
): Promise<void> {
  if (JSON.stringify(artefact) === JSON.stringify(current)) return
  await writeVersion(dir, artefact)
  const page = join(dir, done.isChanged ? `${artefact.version}.html` : 'calibration.html')
  await writePage(page, artefact, done.tournament, done)
  await putInForce(dir, artefact)
}

function stateLine(dir: string, { artefact, isChanged }: Refit): string {
  if (artefact === null) return 'nothing is in force: give tapes of more days'
  const state = isChanged ? 'now in force' : 'still in force'
  return `${artefact.version} ${state}: ${inForceFile(dir)}`
}

/** What the command prints goes to the terminal, not into our JSON. */
function runHook(command: string): Promise<void> {
  return new Promise((done) => {
    const options = { timeout: HOOK_TIMEOUT_MS }
    execFile('/bin/sh', ['-c', command], options, (error, stdout, stderr) => {
      for (const text of [stdout, stderr]) if (text.trim() !== '') say(text.trimEnd())
      if (error) {
        say(
          `--on-change failed: ${error.message.trim()}. The new maps are in force: run it by hand`,
        )
        process.exitCode = 1
      }
      done()
    })
  })
}

async function check(
  file: string,
  tapes: readonly string[],
  options: { readonly json?: boolean },
): Promise<void> {
  const artefact = await readArtefact(file)
  const leads = [...new Set(artefact.entries.map((e) => e.leadHours))]
  const rows = await calibrationRowsOf(tapes, leads)
  const checks = checkCalibrationDrift(artefact, rows)
  await print(options.json ? `${JSON.stringify(checks)}\n` : `${checks.map(lineOf).join('\n')}\n`)
  process.exitCode = checks.some((one) => one.isDrifted) ? 1 : 0
}

const dirOf = (option: string | undefined): string =>
  option ? resolve(option) : join(stateDir(), 'models')

function fitOptions(options: FitOptions) {
  return {
    leads: options.leads.split(',').map(Number),
    trainDays: wholeOption('--train-days', options.trainDays, 2, 1_000),
    testDays: wholeOption('--test-days', options.testDays, 1, 1_000),
  }
}

const writePage = (
  file: string,
  artefact: CalibrationArtefact,
  result: TournamentResult,
  done?: Refit,
): Promise<void> => writeFile(file, reportPage(calibrationReport(artefact, result, done)))

function describe({ artefact, skipped }: TournamentResult, file: string): string {
  const lines = artefact.entries.map(({ series, leadHours, method, testDays, scores }) => {
    const score = (name: string) => scores.find((s) => s.method === name)!.logScore.toFixed(4)
    const won = method === 'none' ? 'none wins' : `${method} wins with ${score(method)}`
    return `${nameOf({ series, leadHours })}: ${won} (none ${score('none')}, ${testDays} test days)`
  })
  const left = skipped.map(
    ({ series, leadHours, days }) =>
      `${nameOf({ series, leadHours })}: too few days (${days}), left as it is`,
  )
  const written = artefact.entries.length > 0 ? [`written: ${file}, and a report beside it`] : []
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
  return `${nameOf({ series, leadHours })}, ${method}: ${harm} on ${days} days, p ${p.toFixed(3)}: ${state}`
}
