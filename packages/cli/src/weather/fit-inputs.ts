import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { eventTypeOf } from '@kwm/contracts'
import { decodeRecord } from '@kwm/machines'
import {
  climateDay,
  curveFault,
  seriesOfStation,
  type FitDay,
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

/** A file that went in, so that it can be told which. */
export type FitFile = { readonly file: string; readonly bytes: number; readonly sha256: string }

export type FitInputs = {
  readonly days: readonly FitDay[]
  readonly forecasts: readonly KnownForecast[]
  /** Which forecast the residuals are against; null without any. */
  readonly forecastSource: string | null
  readonly files: readonly FitFile[]
  readonly faults: readonly string[]
}

const FORECASTS_MAX = 100_000

/** Readings and official highs of one station from the recordings, forecasts from recorded tapes. */
export async function readFitInputs(
  station: Station,
  dir: string,
  tapes: readonly string[],
  source: string | undefined,
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
  const known = await readForecasts(station, tapes, faults)
  const forecastSource = sourceOf(known, source)
  return {
    days,
    forecasts: forecastSource === null ? [] : known.get(forecastSource)!,
    forecastSource,
    files: await Promise.all([...files, ...tapes].map(hashed)),
    faults,
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

async function readForecasts(
  { icao }: Station,
  tapes: readonly string[],
  faults: string[],
): Promise<ReadonlyMap<string, readonly KnownForecast[]>> {
  const bySource = new Map<string, KnownForecast[]>()
  let count = 0
  for (const tape of tapes) {
    for await (const record of (await readTapeFile(tape)).records) {
      if (eventTypeOf(record.subject) !== 'wx.forecast.v1') continue
      const event = decoded(record, faults)
      if (event?.type !== 'wx.forecast.v1' || event.data.stationId !== icao) continue
      const { source, issueTimeUs, validTimesUs, tempsF } = event.data
      const known = { issueTimeUs, knownTimeUs: event.ingestTimeUs, validTimesUs, tempsF }
      const fault = knownFault(known)
      if (fault !== null) faults.push(`${basename(tape)}:${record.seq}: ${fault}`)
      else bySource.set(source, [...(bySource.get(source) ?? []), known])
      if (++count > FORECASTS_MAX) throw new WeatherFitError(`more than ${FORECASTS_MAX} forecasts`)
    }
  }
  return bySource
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

function knownFault(known: KnownForecast): string | null {
  if (known.knownTimeUs < known.issueTimeUs) return 'a forecast known before it was issued'
  return curveFault(known)
}

function sourceOf(known: ReadonlyMap<string, unknown>, wanted: string | undefined): string | null {
  const names = [...known.keys()].sort()
  if (wanted !== undefined) {
    if (known.has(wanted)) return wanted
    throw new WeatherFitError(
      `--source: no forecast of ${wanted}; there are ${names.join(', ') || 'none'}`,
    )
  }
  if (names.length > 1) throw new WeatherFitError(`--source: which of ${names.join(', ')}?`)
  return names[0] ?? null
}

async function hashed(file: string): Promise<FitFile> {
  const bytes = await readFile(file)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { file: basename(file), bytes: bytes.length, sha256 }
}
