import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { stationOfIcao, stationOfReport, stationOfSeries } from '@kwm/model-weather'
import type { Command } from 'commander'
import { reportPage, reportText } from '../report/report-page.ts'
import { stateDir } from '../stack/run-dir.ts'
import { print, say } from '../terminal.ts'
import { readFitInputs, WeatherFitError } from '../weather/fit-inputs.ts'
import { fitReport } from '../weather/fit-report.ts'
import { modelArtefact } from '../weather/model-artefact.ts'

type Options = {
  readonly station: string
  readonly data: string
  readonly forecasts?: readonly string[]
  readonly source?: string
  readonly out?: string
  readonly json?: boolean
}

export function addWeatherCommand(program: Command): void {
  program
    .command('weather')
    .description('the weather models of a station')
    .command('fit')
    .description('learn residual and between-reading excess from recordings')
    .requiredOption('--station <id>', 'KNYC, CLINYC or KXHIGHNY')
    .requiredOption('--data <dir>', 'the recordings: weather/asos5_<ICAO>_*.dat.gz, official highs')
    .option('--forecasts <tapes...>', 'recorded tapes with wx.forecast events')
    .option('--source <name>', 'which forecast, where the tapes have several')
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
  const inputs = await readFitInputs(
    station,
    resolve(options.data),
    (options.forecasts ?? []).map((tape) => resolve(tape)),
    options.source,
  )
  const { days, forecasts } = inputs
  say(
    `${days.length} days, ${forecasts.length} forecasts; a walk forward takes a second for three days`,
  )
  const artefact = modelArtefact(station, inputs)
  const report = fitReport(artefact, inputs.faults)
  const { residual, excess } = artefact.fit
  if (residual.provenance === 'default' && excess.provenance === 'default') {
    say(`nothing was fitted for ${station.icao}, and nothing is written:`)
    say(`  residual  ${residual.reason}`)
    say(`  excess    ${excess.reason}`)
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

function stationOf(name: string) {
  const id = name.trim().toUpperCase()
  const station = stationOfIcao(id) ?? stationOfReport(id) ?? stationOfSeries(id)
  if (station) return station
  throw new WeatherFitError(
    `--station: nothing settles on ${JSON.stringify(name)}; KNYC, for example`,
  )
}
