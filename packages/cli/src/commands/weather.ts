import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openSession } from '@kwm/adapter-pg'
import {
  climateDateOf,
  climateDay,
  stationOfIcao,
  stationOfReport,
  stationOfSeries,
  type Station,
} from '@kwm/model-weather'
import { systemClock } from '@kwm/runtime'
import type { Command } from 'commander'
import { reportPage, reportText } from '../report/report-page.ts'
import { findStack, stateDir } from '../stack/run-dir.ts'
import { print, say } from '../terminal.ts'
import { readFitInputs, WeatherFitError, type FitInputs } from '../weather/fit-inputs.ts'
import { fitReport } from '../weather/fit-report.ts'
import { modelArtefact } from '../weather/model-artefact.ts'
import { readStoreInputs } from '../weather/store-inputs.ts'

type Options = {
  readonly station: string
  readonly data?: string
  readonly databaseUrl?: string
  readonly days: string
  readonly forecasts?: readonly string[]
  readonly source?: string
  readonly ensemble?: string
  readonly out?: string
  readonly json?: boolean
}

export function addWeatherCommand(program: Command): void {
  program
    .command('weather')
    .description('the weather models of a station')
    .command('fit')
    .description('learn residual, between-reading excess, ensemble and calibration of a station')
    .requiredOption('--station <id>', 'KNYC, CLINYC or KXHIGHNY')
    .option('--database-url <url>', 'the weather store; default: that of the running stack')
    .option('--days <n>', 'of the store: so many days back', '180')
    .option('--data <dir>', 'recordings instead: weather/asos5_<ICAO>_*.dat.gz, official highs')
    .option('--forecasts <tapes...>', 'with --data: recorded tapes with forecasts and ensembles')
    .option('--source <name>', 'which forecast, where there are several')
    .option('--ensemble <name>', 'which ensemble, where there are several')
    .option('--out <dir>', 'default: .kwm/models')
    .option('--json', 'print the model as JSON')
    .addHelpText('after', HELP)
    .action(fit)
}

const HELP = `
Writes <version>.json and <version>.html. A part with too few days stays the default and says so.
Exit code 0: at least one part was fitted. 1: none, and nothing is written. 2: an input cannot be read.`

async function fit(options: Options): Promise<void> {
  const station = stationOf(options.station)
  const inputs = await inputsOf(station, options)
  const { days, forecasts, ensembles } = inputs
  say(
    `${days.length} days, ${forecasts.length} forecasts, ${ensembles.length} ensembles; ` +
      'a walk forward takes a second for three days',
  )
  const artefact = modelArtefact(station, inputs)
  const report = fitReport(artefact, inputs.faults)
  const { residual, excess, dressing } = artefact.fit
  if ([residual, excess, dressing].every(({ provenance }) => provenance === 'default')) {
    say(`nothing was fitted for ${station.icao}, and nothing is written:`)
    for (const [name, part] of Object.entries({ residual, excess, dressing })) {
      if (part.provenance === 'default') say(`  ${name.padEnd(8)}  ${part.reason}`)
    }
    process.exitCode = 1
    return
  }
  const out = resolve(options.out ?? join(stateDir(), 'models'))
  await mkdir(out, { recursive: true })
  const json = `${JSON.stringify(artefact, null, 2)}\n`
  const file = join(out, artefact.version)
  await writeFile(`${file}.html`, reportPage(report))
  // The model last and at once: who finds it finds all of it.
  await writeFile(`${file}.json.tmp`, json)
  await rename(`${file}.json.tmp`, `${file}.json`)
  await print(options.json ? json : reportText(report))
  say(`model: ${file}.json\nreport: ${file}.html`)
}

const DAY_US = 86_400_000_000
const DAYS_MAX = 1_000

async function inputsOf(station: Station, options: Options): Promise<FitInputs> {
  if (options.data !== undefined) {
    const tapes = (options.forecasts ?? []).map((tape) => resolve(tape))
    return readFitInputs(station, resolve(options.data), tapes, options)
  }
  if (options.forecasts) throw new WeatherFitError('--forecasts: tapes go with --data')
  const days = Number(options.days)
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) {
    throw new WeatherFitError(
      `--days: ${options.days} is not a number of days from 1 to ${DAYS_MAX}`,
    )
  }
  const url = options.databaseUrl ?? (await findStack())?.databaseUrl ?? undefined
  if (url === undefined) {
    throw new WeatherFitError(
      'no database is named and no stack is up: give --database-url, or recordings with --data',
    )
  }
  const knownAtUs = systemClock.nowUs()
  // Whole days that are over: the day that goes on has no high yet.
  const today = climateDay(
    climateDateOf(knownAtUs, station.stdOffsetMinutes),
    station.stdOffsetMinutes,
  )
  const range = { fromUs: today.startUs - days * DAY_US, toUs: today.startUs, knownAtUs }
  const session = await openSession({ url })
  try {
    return await readStoreInputs(session, station, range, options)
  } finally {
    await session.close()
  }
}

function stationOf(name: string) {
  const id = name.trim().toUpperCase()
  const station = stationOfIcao(id) ?? stationOfReport(id) ?? stationOfSeries(id)
  if (station) return station
  throw new WeatherFitError(
    `--station: nothing settles on ${JSON.stringify(name)}; KNYC, for example`,
  )
}
