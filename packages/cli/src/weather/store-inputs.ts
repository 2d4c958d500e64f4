import { createHash } from 'node:crypto'
import { factsUntil, type Session } from '@kwm/adapter-pg'
import type { ClimateReportFact, ObservationFact, WeatherFact } from '@kwm/contracts'
import {
  climateDateOf,
  climateDay,
  defaultWeatherConfig,
  knownWeather,
  rangeQuery,
  type FitDay,
  type Station,
  type TemperaturePoint,
} from '@kwm/model-weather'
import {
  addIssue,
  chosenIssues,
  WeatherFitError,
  type FitFile,
  type FitInputs,
  type Issues,
  type WantedSources,
} from './fit-inputs.ts'

/** Exact feeds only: what a smooth one has over the official high is no whole degree. */
const KINDS = ['tenth-f', 'whole-f', 'whole-c'] as const
type ExactKind = (typeof KINDS)[number]
/** Who says what the official high was, the first that does. */
const LABELS = ['kalshi', 'cli', 'iem', 'ncei'] as const

export type StoreRange = {
  readonly fromUs: number
  readonly toUs: number
  readonly knownAtUs: number
}

/**
 * Readings, official highs, forecasts and ensembles of one station from the weather store: the latest
 * revision of each, and every issue with the time from which it may be used.
 * @throws {WeatherFitError} The store has no exact readings of the station there.
 */
export async function readStoreInputs(
  session: Session,
  station: Station,
  range: StoreRange,
  wanted: WantedSources,
): Promise<FitInputs> {
  const query = rangeQuery(station, range, range.knownAtUs)
  const facts = await factsUntil(session, query)
  const known = knownWeather(facts, query)
  const feed = feedOf(known.observations, station)
  const byDate = new Map<string, TemperaturePoint[]>()
  for (const { timeUs, tempF } of feed.points) {
    const date = climateDateOf(timeUs, station.stdOffsetMinutes)
    byDate.set(date, [...(byDate.get(date) ?? []), { timeUs, tempF }])
  }
  const highs = officialHighs(known.settlements, known.reports)
  const days = [...byDate].map(([date, points]): FitDay => ({
    day: climateDay(date, station.stdOffsetMinutes),
    points,
    officialF: highs.get(date) ?? null,
  }))
  const issues: Issues = { forecasts: new Map(), ensembles: new Map() }
  const faults = readIssues(facts, issues)
  const chosen = chosenIssues(issues, wanted)
  const { kind, rowsPerReading, source, points } = feed
  return {
    feed: { kind, rowsPerReading },
    days,
    ...chosen,
    files: [
      rowsOf(`observations ${source} ${kind}`, points),
      rowsOf(
        'official highs',
        [...highs].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
      rowsOf(`forecasts ${chosen.forecastSource ?? 'none'}`, chosen.forecasts),
      rowsOf(`ensembles ${chosen.ensembleSource ?? 'none'}`, chosen.ensembles),
    ],
    faults,
  }
}

/** The feed with the most readings of an exact kind; of equals the finer one. */
function feedOf(observations: readonly ObservationFact[], { icao }: Station) {
  const feeds = new Map<string, { source: string; kind: ExactKind; points: TemperaturePoint[] }>()
  for (const { eventTimeUs, data } of observations) {
    const kind = KINDS.find((exact) => exact === data.kind)
    const isForeign = data.stationIds.length > 0 && !data.stationIds.includes(icao)
    if (!kind || isForeign || data.windowStartUs !== null || data.tempF === null) continue
    const key = `${kind} ${data.source}`
    const feed = feeds.get(key) ?? { source: data.source, kind, points: [] }
    feeds.set(key, feed)
    if (feed.points.at(-1)?.timeUs !== eventTimeUs) {
      feed.points.push({ timeUs: eventTimeUs, tempF: data.tempF })
    }
  }
  const [best] = [...feeds.values()].toSorted(
    (a, b) => b.points.length - a.points.length || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind),
  )
  if (!best) {
    throw new WeatherFitError(
      `the store has no exact readings of ${icao} in that time: kwm backfill weather --station ${icao}`,
    )
  }
  const isFiveMinute = defaultWeatherConfig.fiveMinuteSources.includes(best.source)
  return { ...best, rowsPerReading: isFiveMinute ? 1 : 12 }
}

/** The first final CLI counts, as for the machine; what corrects it later does not settle. */
function officialHighs(
  settlements: readonly {
    readonly data: { climateDate: string; source: string; maxTempF: number | null }
  }[],
  reports: readonly ClimateReportFact[],
): ReadonlyMap<string, number> {
  const said = [
    ...settlements.map(({ data }) => ({ ...data, rank: LABELS.indexOf(data.source as 'kalshi') })),
    ...reports
      .filter(({ data }) => data.product === 'CLI' && data.status !== 'intermediate')
      .map(({ data }) => ({ ...data, rank: LABELS.indexOf('cli') })),
  ]
  const highs = new Map<string, { rank: number; maxTempF: number }>()
  for (const { climateDate, maxTempF, rank } of said) {
    if (maxTempF === null || rank < 0) continue
    const held = highs.get(climateDate)
    if (!held || rank < held.rank) highs.set(climateDate, { rank, maxTempF })
  }
  return new Map([...highs].map(([date, { maxTempF }]) => [date, maxTempF]))
}

function readIssues(facts: readonly WeatherFact[], issues: Issues): string[] {
  const faults: string[] = []
  const ordered = facts.toSorted((a, b) => a.knownTimeUs - b.knownTimeUs || (a.id < b.id ? -1 : 1))
  for (const fact of ordered) {
    const isHourly = fact.type === 'wx.forecast.v1' && fact.data.valueKind === 'hourly'
    if (!isHourly && fact.type !== 'wx.ensemble.v1') continue
    const fault = addIssue(issues, fact.data, fact.knownTimeUs)
    if (fault !== null) faults.push(`${fact.id}: ${fault}`)
  }
  return faults
}

/** Rows by name, so that it can be told whether a model was made of the same. */
function rowsOf(name: string, rows: readonly unknown[]): FitFile {
  const text = JSON.stringify(rows)
  const sha256 = createHash('sha256').update(text).digest('hex')
  return { file: `store: ${name}, ${rows.length} rows`, bytes: Buffer.byteLength(text), sha256 }
}
