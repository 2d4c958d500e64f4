import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { eventTypeOf, type DataOf } from '@kwm/contracts'
import { decodeRecord } from '@kwm/machines'
import {
  climateDay,
  curveFault,
  ensembleFault,
  seriesOfStation,
  type FitDay,
  type FitInput,
  type KnownEnsemble,
  type KnownForecast,
  type Station,
} from '@kwm/model-weather'
import { OperatingError, UnparsableRecordError } from '@kwm/runtime'
import { pointsByDay } from '../settlement/recordings/asos-observations.ts'
import { findRecordings, readRecordings } from '../settlement/recordings/read-recordings.ts'
import { LABEL_ORDER, type SettledEvents } from '../settlement/settled-events.ts'
import { readTapeFile } from '../tape/tape-file.ts'
import { readAsosPoints } from './asos-points.ts'

export class WeatherFitError extends OperatingError {
  override readonly name = 'WeatherFitError'
  readonly code = 'WEATHER_FIT'
}

/** A file that went in, or the rows of a table, so that it can be told which. */
export type FitFile = { readonly file: string; readonly bytes: number; readonly sha256: string }

/** Which forecast and ensemble, where there are several. */
export type WantedSources = {
  readonly source?: string | undefined
  readonly ensemble?: string | undefined
}

export type FitInputs = {
  readonly feed: Pick<FitInput, 'kind' | 'rowsPerReading'>
  readonly days: readonly FitDay[]
  readonly forecasts: readonly KnownForecast[]
  /** Which forecast the residuals are against; null without any. */
  readonly forecastSource: string | null
  readonly ensembles: readonly KnownEnsemble[]
  readonly ensembleSource: string | null
  readonly files: readonly FitFile[]
  readonly faults: readonly string[]
}

/** Forecasts and ensembles that are read at most. */
const ISSUES_MAX = 100_000
const FIVE_MINUTE_T_GROUPS = { kind: 'tenth-f', rowsPerReading: 1 } as const

/** Readings and official highs of one station from the recordings, forecasts from recorded tapes. */
export async function readFitInputs(
  station: Station,
  dir: string,
  tapes: readonly string[],
  wanted: WantedSources,
): Promise<FitInputs> {
  const faults: string[] = []
  const recordings = await findRecordings(dir)
  const files = recordings.flatMap((recording) => recording.files)
  const highs = await readRecordings(dir, new Set(seriesOfStation(station)))
  const days: FitDay[] = []
  for (const file of files.filter((name) => basename(name).startsWith('asos5_'))) {
    const read = await readAsosPoints(file)
    if (read?.station !== station) continue
    faults.push(...read.faults.map((fault) => `${basename(file)}: ${fault}`))
    for (const [date, points] of pointsByDay(read.points, station.stdOffsetMinutes)) {
      const day = climateDay(date, station.stdOffsetMinutes)
      days.push({ day, points, officialF: officialHigh(highs, station, date) })
    }
  }
  days.sort((a, b) => a.day.startUs - b.day.startUs)
  const twice = days.find(({ day }, at) => at > 0 && day.startUs === days[at - 1]!.day.startUs)
  if (twice) throw new WeatherFitError(`two files have readings of ${twice.day.date}: keep one`)
  const issued = await readIssues(station, tapes, faults)
  return {
    feed: FIVE_MINUTE_T_GROUPS,
    days,
    ...chosenIssues(issued, wanted),
    files: await Promise.all([...files, ...tapes].map(hashed)),
    faults,
  }
}

/** What was issued for a station, by source. */
export type Issues = {
  readonly forecasts: Map<string, KnownForecast[]>
  readonly ensembles: Map<string, KnownEnsemble[]>
}

export function chosenIssues(
  { forecasts, ensembles }: Issues,
  wanted: WantedSources,
): Pick<FitInputs, 'forecasts' | 'forecastSource' | 'ensembles' | 'ensembleSource'> {
  const forecastSource = sourceOf(forecasts, wanted.source, '--source', 'forecast')
  const ensembleSource = sourceOf(ensembles, wanted.ensemble, '--ensemble', 'ensemble')
  return {
    forecasts: forecasts.get(forecastSource ?? '') ?? [],
    forecastSource,
    ensembles: ensembles.get(ensembleSource ?? '') ?? [],
    ensembleSource,
  }
}

function officialHigh(highs: SettledEvents, station: Station, date: string): number | null {
  for (const source of LABEL_ORDER) {
    for (const seriesTicker of seriesOfStation(station)) {
      const fact = highs.value(source, { seriesTicker, date })
      if (fact && 'value' in fact) return fact.value
    }
  }
  return null
}

async function readIssues(
  { icao }: Station,
  tapes: readonly string[],
  faults: string[],
): Promise<Issues> {
  const issues: Issues = { forecasts: new Map(), ensembles: new Map() }
  let count = 0
  for (const tape of tapes) {
    for await (const record of (await readTapeFile(tape)).records) {
      const type = eventTypeOf(record.subject)
      if (type !== 'wx.forecast.v1' && type !== 'wx.ensemble.v1') continue
      const event = decoded(record, faults)
      if (event?.type !== 'wx.forecast.v1' && event?.type !== 'wx.ensemble.v1') continue
      if (event.data.stationId !== icao) continue
      const fault = addIssue(issues, event.data, event.ingestTimeUs)
      if (fault !== null) faults.push(`${basename(tape)}:${record.seq}: ${fault}`)
      if (++count > ISSUES_MAX) throw new WeatherFitError(`more than ${ISSUES_MAX} forecasts`)
    }
  }
  return issues
}

type Issued = DataOf<'wx.forecast.v1'> | DataOf<'wx.ensemble.v1'>

/** Why it cannot be used, or null. */
export function addIssue(issues: Issues, data: Issued, knownTimeUs: number): string | null {
  const { source, issueTimeUs, validTimesUs } = data
  if (knownTimeUs < issueTimeUs) return 'known before it was issued'
  const common = { issueTimeUs, knownTimeUs, validTimesUs }
  if ('tempsF' in data) {
    const known = { ...common, tempsF: data.tempsF }
    return curveFault(known) ?? added(issues.forecasts, source, known)
  }
  const known = { ...common, membersF: data.membersF }
  return ensembleFault(known) ?? added(issues.ensembles, source, known)
}

function added<T>(bySource: Map<string, T[]>, source: string, known: T): null {
  const held = bySource.get(source)
  if (held) held.push(known)
  else bySource.set(source, [known])
  return null
}

function decoded(record: Parameters<typeof decodeRecord>[0], faults: string[]) {
  try {
    return decodeRecord(record)
  } catch (error) {
    if (!(error instanceof UnparsableRecordError)) throw error
    faults.push(`${record.id}: ${error.message}`)
    return undefined
  }
}

function sourceOf(
  known: ReadonlyMap<string, unknown>,
  wanted: string | undefined,
  flag: string,
  what: string,
): string | null {
  const names = [...known.keys()].sort()
  if (wanted !== undefined) {
    if (known.has(wanted)) return wanted
    throw new WeatherFitError(
      `${flag}: no ${what} of ${wanted}; there are ${names.join(', ') || 'none'}`,
    )
  }
  if (names.length > 1) throw new WeatherFitError(`${flag}: which of ${names.join(', ')}?`)
  return names[0] ?? null
}

async function hashed(file: string): Promise<FitFile> {
  const bytes = await readFile(file)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { file: basename(file), bytes: bytes.length, sha256 }
}
