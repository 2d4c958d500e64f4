import { join, resolve } from 'node:path'
import type { CandleInterval } from '@kwm/adapter-kalshi'
import { migrate, openSession, type HistoryTable } from '@kwm/adapter-pg'
import { Argument, Option, type Command } from 'commander'
import { backfill, type BackfillResult } from '../backfill/backfill.ts'
import {
  openVenue,
  rangeOf,
  seriesOf,
  type BackfillFlags,
  type KeyEnvironment,
} from '../backfill/flags.ts'
import { progressNote } from '../backfill/progress-note.ts'
import { startProgress } from '../demo/progress.ts'
import { findStack, stateDir } from '../stack/run-dir.ts'
import { interruption, say } from '../terminal.ts'
import { runWeatherBackfill, WEATHER_KINDS, type WeatherKind } from './backfill-weather.ts'

export function addBackfillCommand(program: Command, key: KeyEnvironment): void {
  program
    .command('backfill')
    .description(
      'download the past: of Kalshi’s markets into Parquet files and PostgreSQL where one is, of the ' +
        'weather into PostgreSQL',
    )
    .addArgument(new Argument('<what>').choices([...MARKET_KINDS, ...WEATHER_KINDS]))
    .option('--series <tickers>', 'with commas: KXHIGHNY,KXHIGHCHI')
    .option('--station <ids>', 'of weather, forecasts and settlements: KNYC,KMDW')
    .option('--days <n>', 'so many days before --to; of markets the day they close', '30')
    .option('--to <date>', 'YYYY-MM-DD, in UTC; today when not given')
    .addOption(
      new Option('--interval <minutes>', 'of candles').choices(['1', '60', '1440']).default('1'),
    )
    .option('--out <dir>', 'default: .kwm/history')
    .option('--database-url <url>', 'default: that of the running stack, if one is up')
    .option('--rest-url <url>', 'of the venue', 'https://external-api.kalshi.com/trade-api/v2')
    .option('--iem-url <url>', 'of a mirror of the Iowa Environmental Mesonet')
    .option('--visual-crossing-url <url>', 'of a mirror of Visual Crossing')
    .option('--min-interval-ms <n>', 'between two requests to a mirror of your own')
    .option('--tokens-per-second <n>', 'read tokens of your tier; the account is asked with a key')
    .option('--refresh', 'ask again for what is done and final')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', HELP)
    .action((kind: HistoryTable | WeatherKind, options: BackfillFlags) =>
      isWeather(kind) ? runWeatherBackfill(kind, options, key) : run(kind, options, key),
    )
}

const MARKET_KINDS: readonly HistoryTable[] = ['markets', 'candles', 'trades']
const isWeather = (kind: string): kind is WeatherKind =>
  WEATHER_KINDS.some((weather) => weather === kind)

const HELP = `
A key (KALSHI_KEY_ID and KALSHI_PRIVATE_KEY_FILE in the environment) raises the budget to that of your
tier. VISUAL_CROSSING_API_KEY is asked for by forecasts, and adds five-minute rows to weather. Stopped at any point, the same command goes on where it was.`

async function run(kind: HistoryTable, options: BackfillFlags, key: KeyEnvironment): Promise<void> {
  const signal = interruption()
  let requests = 0
  const venue = await openVenue(options, key, () => void requests++)
  const url = options.databaseUrl ?? (await findStack())?.databaseUrl ?? undefined
  if (url !== undefined) await migrate({ url })
  const database = url === undefined ? undefined : await openSession({ url })
  const startedMs = performance.now()
  const elapsed = (): number => (performance.now() - startedMs) / 1_000
  const progress = startProgress()
  try {
    const result = await backfill(venue, {
      kind,
      series: seriesOf(options),
      range: rangeOf(options),
      interval: Number(options.interval) as CandleInterval,
      outDir: resolve(options.out ?? join(stateDir(), 'history')),
      isRefresh: options.refresh === true,
      database,
      signal,
      onProgress: ({ items, done, rows }) => {
        progress.update(
          items === 0 ? 1 : done / items,
          progressNote({ items, done, rows, requests, seconds: elapsed() }),
        )
      },
    })
    progress.stop()
    tell(result, { kind, seconds: elapsed(), requests, isDatabase: !!database }, options)
  } finally {
    await database?.close()
  }
}

type Facts = {
  readonly kind: HistoryTable
  readonly seconds: number
  readonly requests: number
  readonly isDatabase: boolean
}

function tell(result: BackfillResult, facts: Facts, { json }: BackfillFlags): void {
  const { items, rows, skipped, failed } = result
  if (json) process.stdout.write(`${JSON.stringify({ ...facts, ...result })}\n`)
  else {
    say(`\n  ${facts.kind}     ${rows.toLocaleString('en-US')} rows of ${items} items`)
    say(`  unchanged   ${skipped} items are final and were not asked for (--refresh does)`)
    say(`  requests    ${facts.requests} in ${facts.seconds.toFixed(1)} s`)
    say(`  stored in   Parquet${facts.isDatabase ? ' and PostgreSQL (kalshi.history_*)' : ''}`)
    for (const { key, reason } of failed.slice(0, 5)) say(`  failed      ${key}: ${reason}`)
  }
  if (failed.length === 0) return
  say(`  ${failed.length} items failed (failed.ndjson): run the same command again for them`)
  process.exitCode = 1
}
