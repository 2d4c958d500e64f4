import type { Emission, EventOf } from '@kwm/contracts'
import {
  DAY_US,
  climateDateOf,
  climateDay,
  closeFault,
  isClimateDate,
  MINUTE_US,
} from '../climate-day.ts'
import { ensembleFault } from '../ensemble-max.ts'
import { curveFault } from '../forecast-path.ts'
import { stationOfIcao, stationOfMarket, stationOfSeries, type Station } from '../stations.ts'
import { bracketOf, parseRules } from '@kwm/model-venue'
import { eventPmf } from './event-pmf.ts'
import {
  DAYS_PER_STATION_MAX,
  ENSEMBLES_PER_STATION_MAX,
  EVENTS_MAX,
  EVENTS_PER_TICK_MAX,
  FORECASTS_PER_STATION_MAX,
  MARKETS_PER_EVENT_MAX,
} from './limits.ts'
import { StationDay } from './station-day.ts'
import type { WeatherConfig } from './weather-config.ts'
import {
  initialWeather,
  restoreWeather,
  snapshotWeather,
  stationWeather,
  type StationWeather,
  type WeatherEvent,
  type WeatherSnapshot,
  type WeatherState,
} from './weather-state.ts'

export const weatherInputTypes = [
  'wx.observation.v1',
  'wx.forecast.v1',
  'wx.ensemble.v1',
  'wx.climate-report.v1',
  'md.market-listed.v1',
  'ops.tick.v1',
] as const
export const weatherOutputTypes = ['pmf.weather-pmf.v1'] as const
export type WeatherInput = EventOf<(typeof weatherInputTypes)[number]>

/** A clock may run this far behind a station's. */
const CLOCK_SKEW_US = 2 * MINUTE_US

/**
 * The weather model: facts in, and at each tick the PMF of the events whose weather changed or whose
 * time has passed on. Only what is on the tape is known, so nothing is used before it was received.
 */
export const weatherMachine = {
  initial: initialWeather,
  step,
  snapshot: snapshotWeather,
  restore: (config: WeatherConfig, saved: WeatherSnapshot): WeatherState =>
    restoreWeather(config, saved),
}

const NOTHING: readonly Emission[] = []

function step(state: WeatherState, input: WeatherInput): readonly Emission[] {
  switch (input.type) {
    case 'ops.tick.v1':
      return onTick(state, input.eventTimeUs)
    case 'md.market-listed.v1':
      onListed(state, input.data)
      return NOTHING
    default:
      onWeather(state, input)
      return NOTHING
  }
}

type WeatherFactInput = Exclude<WeatherInput, { type: 'ops.tick.v1' | 'md.market-listed.v1' }>

/** A station that settles nothing, such as O'Hare, is not heard. */
function onWeather(state: WeatherState, input: WeatherFactInput): void {
  const station = stationOfIcao(input.data.stationId)
  if (!station) return
  const weather = stationWeather(state, station)
  if (applied(weather, input)) weather.revision++
}

function applied(weather: StationWeather, input: WeatherFactInput): boolean {
  const { station } = weather
  switch (input.type) {
    case 'wx.observation.v1':
      // What has not happened yet when it is received was not observed.
      if (input.eventTimeUs > input.ingestTimeUs + CLOCK_SKEW_US) return false
      return dayOf(weather, dateOf(input, station), input)?.observe(station, input) ?? false
    case 'wx.forecast.v1':
      return (
        curveFault(input.data) === null &&
        (input.data.basisDate === null || isClimateDate(input.data.basisDate)) &&
        keep(weather.forecasts, input.data, input.ingestTimeUs, FORECASTS_PER_STATION_MAX)
      )
    case 'wx.ensemble.v1':
      return (
        ensembleFault(input.data) === null &&
        keep(weather.ensembles, input.data, input.ingestTimeUs, ENSEMBLES_PER_STATION_MAX)
      )
    case 'wx.climate-report.v1': {
      const day = dayOf(weather, input.data.climateDate, input)
      return day?.report(input.data, input.eventTimeUs, input.ingestTimeUs) ?? false
    }
  }
}

/** The date of a reading; of a window its middle's, so that one that ends at midnight is the day's. */
function dateOf({ eventTimeUs, data }: EventOf<'wx.observation.v1'>, station: Station): string {
  const middleUs =
    data.windowStartUs === null ? eventTimeUs : (eventTimeUs + data.windowStartUs) / 2
  return climateDateOf(middleUs, station.stdOffsetMinutes)
}

/** A day is opened around the time it is heard of; a date far off would push out the present. */
function dayOf(
  weather: StationWeather,
  date: string,
  { ingestTimeUs }: WeatherFactInput,
): StationDay | undefined {
  const known = weather.days.get(date)
  if (known || !isClimateDate(date)) return known
  const day = climateDay(date, weather.station.stdOffsetMinutes)
  if (ingestTimeUs < day.startUs - CLOCK_SKEW_US || ingestTimeUs > day.endUs + 2 * DAY_US) return
  weather.days.set(date, new StationDay(day))
  const oldest = [...weather.days.keys()].toSorted()[0]!
  if (weather.days.size > DAYS_PER_STATION_MAX) weather.days.delete(oldest)
  return weather.days.get(date)
}

type Issued = { readonly source: string; readonly issueTimeUs: number }

/**
 * The newest issue of a source. One from the future was not issued yet, and would keep out those that
 * will be. A source more than there is room for takes the place of the one issued longest ago.
 */
function keep<T extends Issued>(
  held: Map<string, T>,
  issued: T,
  ingestTimeUs: number,
  max: number,
): boolean {
  const { source, issueTimeUs } = issued
  if (issueTimeUs > ingestTimeUs + CLOCK_SKEW_US) return false
  if (issueTimeUs < (held.get(source)?.issueTimeUs ?? 0)) return false
  held.set(source, issued)
  if (held.size <= max) return true
  const oldest = [...held.values()].reduce((a, b) => (b.issueTimeUs < a.issueTimeUs ? b : a))
  held.delete(oldest.source)
  return true
}

type Listing = EventOf<'md.market-listed.v1'>['data']

/**
 * A market of a daily high. Its own rules must name the station the registry has for its series, and
 * it must close with its climate day; else its event is refused, and says so.
 */
function onListed(state: WeatherState, listing: Listing): void {
  const station = stationOfSeries(listing.seriesTicker)
  if (!station) return
  const parsed = parseRules(listing.rulesPrimary)
  const date = (parsed.ok ? parsed.rules.date : null) ?? dateOfTicker(listing.eventTicker)
  if (date === null || !isClimateDate(date)) return
  const event = eventOf(state, listing, station, date)
  if (!event) return
  const { marketTicker } = listing
  if (event.markets.size >= MARKETS_PER_EVENT_MAX && !event.markets.has(marketTicker)) return
  const bracket = bracketOf(listing)
  const refusal =
    refusalOf(listing, parsed, event) ?? (bracket ? null : `no usable strike: ${marketTicker}`)
  event.markets.set(
    marketTicker,
    bracket && refusal === null ? { bracket, refusal } : { bracket: null, refusal: refusal! },
  )
  event.computedRevision = -1
}

function refusalOf(
  listing: Listing,
  parsed: ReturnType<typeof parseRules>,
  { day }: WeatherEvent,
): string | null {
  if (!parsed.ok) return `unknown rules template ${parsed.templateHash}`
  const { statistic, station: rulesStation, date } = parsed.rules
  if (statistic !== 'highest-temperature') return `the rules settle on ${statistic}`
  if (date !== null && date !== day.date) return `rules of ${date} in the event of ${day.date}`
  const { seriesTicker, sourceUrls = [] } = listing
  const settles = stationOfMarket({ seriesTicker, rulesStation, sourceUrls })
  return settles.ok ? closeFault(day, listing.closeTimeUs) : settles.reason
}

function eventOf(
  state: WeatherState,
  { eventTicker }: Listing,
  station: Station,
  date: string,
): WeatherEvent | undefined {
  const known = state.events.get(eventTicker)
  if (known || state.events.size >= EVENTS_MAX) return known
  const event: WeatherEvent = {
    ...{ eventTicker, station, day: climateDay(date, station.stdOffsetMinutes) },
    markets: new Map(),
    ...{ computedRevision: -1, computedTimeUs: 0 },
  }
  state.events.set(eventTicker, event)
  return event
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/** `KXHIGHNY-26OCT02`. */
function dateOfTicker(eventTicker: string): string | null {
  const match = /-(\d\d)([A-Z]{3})(\d\d)$/.exec(eventTicker)
  const month = MONTHS.indexOf(match?.[2] ?? '') + 1
  if (!match || month === 0) return null
  return `20${match[1]}-${String(month).padStart(2, '0')}-${match[3]}`
}

function onTick(state: WeatherState, nowUs: number): readonly Emission[] {
  for (const [ticker, event] of state.events) {
    if (nowUs > event.day.endUs + 2 * DAY_US) state.events.delete(ticker)
  }
  const due = [...state.events.values()]
    .filter((event) => isDue(state, event, nowUs))
    .toSorted((a, b) => a.computedTimeUs - b.computedTimeUs)
    .slice(0, EVENTS_PER_TICK_MAX)
  return due.map((event): Emission => {
    const weather = stationWeather(state, event.station)
    event.computedRevision = weather.revision
    event.computedTimeUs = nowUs
    return { type: 'pmf.weather-pmf.v1', data: eventPmf(state, weather, event, nowUs) }
  })
}

function isDue(state: WeatherState, event: WeatherEvent, nowUs: number): boolean {
  const revision = state.stations.get(event.station.icao)?.revision ?? 0
  if (event.computedRevision !== revision) return true
  const isOver = nowUs >= event.day.endUs
  return !isOver && nowUs - event.computedTimeUs >= state.config.refreshIntervalUs
}
