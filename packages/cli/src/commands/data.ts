import {
  DatabaseUnavailableError,
  openSession,
  sqlState,
  weatherStatus,
  type StationStatus,
} from '@kwm/adapter-pg'
import { seriesOfStation, stationOfIcao, stations } from '@kwm/model-weather'
import { ConfigError, systemClock } from '@kwm/runtime'
import type { Command } from 'commander'
import { findStack } from '../stack/run-dir.ts'
import { say } from '../terminal.ts'

const DAY_US = 86_400_000_000
const UNDEFINED_TABLE = '42P01'

type Flags = {
  readonly station?: string
  readonly days: string
  readonly databaseUrl?: string
  readonly json?: boolean
}

export function addDataCommand(program: Command): void {
  program
    .command('data')
    .description('what is stored of the weather')
    .command('status')
    .description('for each city: coverage, gaps, freshness, filled rows, the last label')
    .option('--station <ids>', 'with commas: KNYC,KMDW; every station when not given')
    .option('--days <n>', 'so many days back', '30')
    .option('--database-url <url>', 'default: that of the running stack, if one is up')
    .option('--json', 'print JSON')
    .action(status)
}

/** What can be said of the store; `ok` when there is weather in it. */
type Report =
  | { readonly store: 'ok'; readonly days: number; readonly cities: readonly City[] }
  | { readonly store: 'empty' | 'missing' | 'unavailable'; readonly reason: string }

type City = StationStatus & { readonly series: readonly string[] }

async function status(flags: Flags): Promise<void> {
  const report = await reportOf(flags)
  if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else if (report.store === 'ok') process.stdout.write(table(report.cities, report.days))
  else say(`kwm: ${report.reason}`)
  process.exitCode = { ok: 0, empty: 1, missing: 1, unavailable: 2 }[report.store]
}

async function reportOf(flags: Flags): Promise<Report> {
  const days = daysOf(flags)
  const wanted = wantedOf(flags)
  const url = flags.databaseUrl ?? (await findStack())?.databaseUrl ?? undefined
  if (url === undefined) {
    const reason =
      'no database is named and no stack is up: give --database-url, or start one (./kwm up)'
    return { store: 'unavailable', reason }
  }
  const toUs = systemClock.nowUs()
  try {
    const session = await openSession({ url })
    try {
      const found = await weatherStatus(session, wanted, { fromUs: toUs - days * DAY_US, toUs })
      if (found.every(isEmpty)) return { store: 'empty', reason: EMPTY }
      return { store: 'ok', days, cities: found.map(cityOf) }
    } finally {
      await session.close()
    }
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) {
      return { store: 'unavailable', reason: error.message }
    }
    if (sqlState(error) !== UNDEFINED_TABLE) throw error
    return { store: 'missing', reason: 'the database has no weather store yet: ' + HOW }
  }
}

const HOW =
  '`./kwm backfill weather --station KNYC` fills it with the past, vc-ingest and the recorder with ' +
  'the present'
const EMPTY = `the weather store is empty: ${HOW}`

const isEmpty = (city: StationStatus): boolean =>
  city.readings === 0 &&
  [city.newestForecastUs, city.newestEnsembleUs, city.lastLabel, city.lastReport].every(
    (value) => value === null,
  )

const cityOf = (found: StationStatus): City => {
  const station = stationOfIcao(found.stationId)
  return { ...found, series: station ? seriesOfStation(station) : [] }
}

function daysOf({ days }: Flags): number {
  const count = Number(days)
  if (Number.isInteger(count) && count >= 1 && count <= 5_000) return count
  throw new ConfigError(`--days: ${days} is not a number of days from 1 to 5000`)
}

function wantedOf({ station }: Flags): readonly string[] {
  if (station === undefined) return stations.map(({ icao }) => icao)
  return station.split(',').map((text) => {
    const icao = text.trim().toUpperCase()
    if (stationOfIcao(icao)) return icao
    throw new ConfigError(`--station: no daily high settles on ${JSON.stringify(icao)}`)
  })
}

const HEADINGS = [
  ...['station', 'series', 'coverage', 'gaps', 'longest', 'newest reading', 'filled'],
  ...['forecast', 'last label', 'last report'],
]

function table(cities: readonly City[], days: number): string {
  const nowUs = systemClock.nowUs()
  const rows = cities.map((city) => [
    city.stationId,
    city.series.join(' ') || '-',
    percent(city.coverage),
    String(city.gaps),
    `${city.longestGapHours} h`,
    age(city.newestEventUs, nowUs),
    city.filledFraction === null ? '-' : percent(city.filledFraction),
    age(city.newestForecastUs ?? city.newestEnsembleUs, nowUs),
    label(city.lastLabel),
    label(city.lastReport),
  ])
  const widths = HEADINGS.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => row[i]!.length)),
  )
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd()
  const note = `  the last ${days} days, in whole hours; ages since the reading was taken or the forecast issued`
  return [line(HEADINGS), ...rows.map(line), note, ''].join('\n')
}

const percent = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`

function age(timeUs: number | null, nowUs: number): string {
  if (timeUs === null) return 'none'
  const minutes = Math.max(0, Math.round((nowUs - timeUs) / 60e6))
  if (minutes < 120) return `${minutes} min ago`
  return minutes < 2_880
    ? `${Math.round(minutes / 60)} h ago`
    : `${Math.round(minutes / 1_440)} d ago`
}

const label = (value: StationStatus['lastLabel']): string =>
  value === null ? 'none' : `${value.climateDate} ${value.maxTempF ?? '?'} °F`
