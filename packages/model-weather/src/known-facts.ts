import type {
  AnyEvent,
  ClimateReportFact,
  EnsembleFact,
  ForecastFact,
  KnownWeather,
  ObservationFact,
  SettlementFact,
  WeatherFact,
  WeatherQuery,
} from '@kwm/contracts'
import { assert } from '@kwm/std'
import { climateDateOf, climateDay, DAY_US, isClimateDate } from './climate-day.ts'
import type { Station } from './stations.ts'

/** No forecast we read reaches further. */
const FORECAST_REACH_US = 16 * DAY_US

export type StationClock = Pick<Station, 'icao' | 'stdOffsetMinutes'>

/** What was known at `knownAtUs` of a climate day: midnight to midnight, local standard time. */
export function climateDayQuery(
  station: StationClock,
  climateDate: string,
  knownAtUs: number,
): WeatherQuery {
  const { startUs: fromUs, endUs: toUs } = climateDay(climateDate, station.stdOffsetMinutes)
  return rangeQuery(station, { fromUs, toUs }, knownAtUs)
}

/** What was known at `knownAtUs` of `[fromUs, toUs)`, and of every climate day it touches. */
export function rangeQuery(
  station: StationClock,
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
  knownAtUs: number,
): WeatherQuery {
  assert(fromUs < toUs, `fromUs ${fromUs} is not before toUs ${toUs}`)
  return {
    stationId: station.icao,
    fromUs,
    toUs,
    firstDate: climateDateOf(fromUs, station.stdOffsetMinutes),
    lastDate: climateDateOf(toUs - 1, station.stdOffsetMinutes),
    issuedFromUs: fromUs - FORECAST_REACH_US,
    knownAtUs,
  }
}

/**
 * From when on a forecast of basis date B may be used that we did not pull ourselves: the provider tells
 * the date of the run and not the hour, so it is the end of B in local standard time.
 */
export const basisKnownUs = (basisDate: string, stdOffsetMinutes: number): number =>
  climateDay(basisDate, stdOffsetMinutes).endUs

/** A weather event of the tape as a fact: known when it was received. */
export function factOf(event: AnyEvent): WeatherFact | undefined {
  const { id, eventTimeUs, ingestTimeUs } = event
  const times = { id, eventTimeUs, knownTimeUs: ingestTimeUs, receivedTimeUs: ingestTimeUs }
  switch (event.type) {
    case 'wx.forecast.v1':
      return { ...times, type: event.type, data: { ...event.data, valueKind: 'hourly' } }
    case 'wx.observation.v1':
      return { ...times, type: event.type, data: event.data }
    case 'wx.ensemble.v1':
      return { ...times, type: event.type, data: event.data }
    case 'wx.climate-report.v1':
      return { ...times, type: event.type, data: event.data }
    case 'wx.settlement.v1':
      return { ...times, type: event.type, data: event.data }
    default:
      return undefined
  }
}

/**
 * The facts of some stations in memory, and what was known of them at any moment: the same question and
 * the same answer as the store's. For backtests over a tape, and the oracle of the store's tests.
 */
export class KnownFacts {
  /** By station and day: of a forecast the day it was issued, else the day it is about. */
  readonly #issued = new Map<string, WeatherFact[]>()
  readonly #dated = new Map<string, WeatherFact[]>()

  constructor(facts: Iterable<WeatherFact> = []) {
    for (const fact of facts) this.add(fact)
  }

  add(fact: WeatherFact): void {
    const days = 'validTimesUs' in fact.data ? this.#issued : this.#dated
    const key = dayKey(fact.data.stationId, dayOf(fact))
    const facts = days.get(key)
    if (facts) facts.push(fact)
    else days.set(key, [fact])
  }

  asKnownAt(query: WeatherQuery): KnownWeather {
    const { stationId, fromUs, toUs, issuedFromUs } = query
    const found: WeatherFact[] = []
    const gather = (
      days: ReadonlyMap<string, WeatherFact[]>,
      first: number,
      last: number,
    ): void => {
      // The newest first: of forecasts it leaves little to look at in the others.
      for (let day = last; day >= first; day--)
        found.push(...(days.get(dayKey(stationId, day)) ?? []))
    }
    const lastDay = Math.floor(toUs / DAY_US)
    gather(this.#issued, Math.floor(issuedFromUs / DAY_US), lastDay)
    // A climate day begins up to half a day beside midnight UTC.
    gather(this.#dated, Math.floor(fromUs / DAY_US) - 1, lastDay + 1)
    return knownWeather(found, query)
  }
}

const dayKey = (stationId: string, day: number): string => `${stationId} ${day}`

function dayOf({ eventTimeUs, data }: WeatherFact): number {
  if ('validTimesUs' in data) return Math.floor(data.issueTimeUs / DAY_US)
  // A date that does not exist is in no range that can be asked for.
  if ('climateDate' in data) {
    return isClimateDate(data.climateDate) ? climateDay(data.climateDate, 0).startUs / DAY_US : NaN
  }
  return Math.floor(eventTimeUs / DAY_US)
}

/** The answer from facts in any order. Facts that are not known yet have no influence whatever. */
export function knownWeather(facts: Iterable<WeatherFact>, query: WeatherQuery): KnownWeather {
  const observations = new Map<string, ObservationFact>()
  const forecasts = new Map<string, ForecastFact>()
  const ensembles = new Map<string, EnsembleFact>()
  const reports = new Map<string, ClimateReportFact>()
  const settlements = new Map<string, SettlementFact>()
  for (const fact of facts) {
    if (fact.knownTimeUs > query.knownAtUs || fact.data.stationId !== query.stationId) continue
    switch (fact.type) {
      case 'wx.observation.v1':
        if (isWithin(fact.eventTimeUs, query)) {
          keep(observations, observationKey(fact), fact, newerRevision)
        }
        break
      case 'wx.forecast.v1':
        keepIssue(forecasts, `${fact.data.source} ${fact.data.valueKind}`, fact, query)
        break
      case 'wx.ensemble.v1':
        keepIssue(ensembles, fact.data.source, fact, query)
        break
      case 'wx.climate-report.v1':
        if (isOfDates(fact, query)) {
          keep(reports, reportKey(fact), fact, (a, b) => -newerKnown(a, b))
        }
        break
      case 'wx.settlement.v1':
        if (isOfDates(fact, query)) {
          keep(settlements, `${fact.data.eventTicker} ${fact.data.source}`, fact, newerKnown)
        }
    }
  }
  return {
    observations: [...observations.values()].sort(byEventTime),
    forecasts: [...forecasts.values()].sort(
      (a, b) =>
        compare(a.data.source, b.data.source) || compare(a.data.valueKind, b.data.valueKind),
    ),
    ensembles: [...ensembles.values()].sort((a, b) => compare(a.data.source, b.data.source)),
    reports: [...reports.values()].sort(newerKnown),
    settlements: [...settlements.values()].sort(
      (a, b) =>
        compare(a.data.eventTicker, b.data.eventTicker) || compare(a.data.source, b.data.source),
    ),
  }
}

const isWithin = (timeUs: number, { fromUs, toUs }: WeatherQuery): boolean =>
  timeUs >= fromUs && timeUs < toUs

const isOfDates = ({ data }: ClimateReportFact | SettlementFact, query: WeatherQuery): boolean =>
  data.climateDate >= query.firstDate && data.climateDate <= query.lastDate

/** Ascending: the greater one is kept. Every order ends in the id, so none depends on arrival. */
type Order<F> = (a: F, b: F) => number

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const newerKnown: Order<WeatherFact> = (a, b) =>
  a.knownTimeUs - b.knownTimeUs || a.receivedTimeUs - b.receivedTimeUs || compare(a.id, b.id)

const newerRevision: Order<ObservationFact> = (a, b) =>
  a.data.revision - b.data.revision || newerKnown(a, b)

const newerIssue: Order<ForecastFact | EnsembleFact> = (a, b) =>
  a.data.issueTimeUs - b.data.issueTimeUs || newerKnown(a, b)

/** A reading comes before the maxima of windows that end with it. */
const byEventTime: Order<ObservationFact> = (a, b) =>
  a.eventTimeUs - b.eventTimeUs ||
  compare(a.data.source, b.data.source) ||
  compare(a.data.kind, b.data.kind) ||
  (a.data.windowStartUs ?? -1) - (b.data.windowStartUs ?? -1)

const observationKey = ({ eventTimeUs, data }: ObservationFact): string =>
  `${data.source} ${data.kind} ${eventTimeUs} ${data.windowStartUs}`

const reportKey = ({ data }: ClimateReportFact): string =>
  JSON.stringify([
    data.product,
    data.climateDate,
    data.textHash,
    data.status,
    data.maxTempF,
    data.minTempF,
  ])

function keep<F>(kept: Map<string, F>, key: string, fact: F, order: Order<F>): void {
  const before = kept.get(key)
  if (before === undefined || order(before, fact) < 0) kept.set(key, fact)
}

function keepIssue<F extends ForecastFact | EnsembleFact>(
  kept: Map<string, F>,
  key: string,
  fact: F,
  query: WeatherQuery,
): void {
  const { issueTimeUs, validTimesUs } = fact.data
  if (issueTimeUs < query.issuedFromUs || issueTimeUs >= query.toUs) return
  const before = kept.get(key)
  if (before !== undefined && newerIssue(before, fact) >= 0) return
  if (validTimesUs.some((validUs) => isWithin(validUs, query))) kept.set(key, fact)
}
