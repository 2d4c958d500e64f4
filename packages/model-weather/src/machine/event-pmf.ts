import type { DataOf } from '@kwm/contracts'
import { checkPartition, type Bracket } from '@kwm/model-venue'
import { recalibrated } from '../cdf-calibration.ts'
import { climateDateOf, MINUTE_US } from '../climate-day.ts'
import { runningHigh, type RunningHigh } from '../running-high.ts'
import { bracketsOf, calibrated, certainPmf, settled, type WholePmf } from '../whole-pmf.ts'
import { estimate, type Estimate } from './estimate.ts'
import { judgedFeeds, newestLive, type JudgedFeed } from './live-feeds.ts'
import { StationDay } from './station-day.ts'
import { WEATHER_MODEL_VERSION } from './weather-config.ts'
import type { StationWeather, WeatherEvent, WeatherState } from './weather-state.ts'

type WeatherPmf = DataOf<'pmf.weather-pmf.v1'>
/** What is said besides the names of the event and its brackets. */
type Statement = Omit<WeatherPmf, 'eventTicker' | 'stationId' | 'climateDate' | 'brackets'>

/** Early in a day the last readings are yesterday's. */
const NEW_DAY_US = 30 * MINUTE_US
const REASON_MAX = 200

const NOTHING_KNOWN: Statement = {
  blockedReason: null,
  basis: 'none',
  ...{ pmf: null, hardLowerF: null, runningHigh: null },
  ...{ hazard15min: null, hazard60min: null, probabilityOfNewHigh: null, timeOfMax: null },
  ...{ feed: null, forecast: null, ensemble: null, isWidened: false },
  modelVersion: WEATHER_MODEL_VERSION,
}

/** What the weather says of an event at `nowUs`. Always an answer; without grounds for one, why. */
export function eventPmf(
  state: WeatherState,
  weather: StationWeather,
  event: WeatherEvent,
  nowUs: number,
): WeatherPmf {
  const fault = eventFault(event)
  const statement = fault === null ? statementOf(state, weather, event, nowUs) : blocked(fault)
  const brackets = [...event.markets.values()].flatMap(({ bracket }) => bracket ?? [])
  const { pmf } = statement
  const probabilities = pmf && bracketsOf(pmf, brackets)
  return {
    eventTicker: event.eventTicker,
    stationId: event.station.icao,
    climateDate: event.day.date,
    brackets: [...event.markets.keys()].map((marketTicker, i) => ({
      marketTicker,
      p: probabilities?.[i] ?? null,
    })),
    ...statement,
  }
}

const blocked = (reason: string, known: Partial<Statement> = {}): Statement => ({
  ...NOTHING_KNOWN,
  ...known,
  blockedReason: reason.slice(0, REASON_MAX),
})

/** Why the event cannot be spoken of at all. */
function eventFault({ markets }: WeatherEvent): string | null {
  const brackets: Bracket[] = []
  for (const { bracket, refusal } of markets.values()) {
    if (refusal !== null) return refusal
    brackets.push(bracket)
  }
  const partition = checkPartition(brackets)
  return partition.valid ? null : `not a partition: ${partition.reason}`
}

function statementOf(
  state: WeatherState,
  weather: StationWeather,
  { day, station }: WeatherEvent,
  nowUs: number,
): Statement {
  const stationDay = weather.days.get(day.date) ?? new StationDay(day)
  const officialF = stationDay.officialHighF
  if (officialF !== null) {
    const said = reported(state, station.icao, officialF)
    const { contradictionF } = stationDay
    if (contradictionF === null) return said
    // Which of them the venue goes by depends on the hour it settles at: nobody here knows.
    const { hardLowerF: _bound, pmf: _pmf, ...known } = said
    return blocked(`final reports contradict: ${officialF}, then ${contradictionF}`, {
      ...known,
      ...{ basis: 'none', hazard15min: null, hazard60min: null, probabilityOfNewHigh: null },
    })
  }
  const hasBegun = nowUs >= day.startUs
  const feeds = judgedFeeds(station.icao, stationDay, nowUs, state.config)
  const high = hasBegun ? highOf(stationDay, feeds, nowUs) : null
  const live = liveNow(state, weather, feeds, day.startUs, nowUs)
  const known: Partial<Statement> = {
    ...highStatement(high),
    feed: live ? feedStatement(live) : null,
  }
  const isOn = hasBegun && nowUs < day.endUs
  if (isOn && !live) return blocked(`no live feed: ${faultsOf(feeds)}`, known)
  const unseen = high?.unseenMinutes ?? 0
  if (unseen > 0) return blocked(`${unseen} minutes unseen that could hide the maximum`, known)
  const estimated = estimate({ state, weather, day, nowUs, live: live ?? null, high })
  if (typeof estimated === 'string') return blocked(estimated, known)
  return { ...NOTHING_KNOWN, ...known, ...spoken(state, station.icao, estimated) }
}

/** The official maximum is known: what is left is what the venue makes of it. */
function reported(state: WeatherState, icao: string, officialF: number): Statement {
  const pmf = certainPmf(officialF)
  return {
    ...NOTHING_KNOWN,
    basis: 'report',
    pmf: plain(finished(state, icao, pmf, false)),
    hardLowerF: officialF,
    runningHigh: { modeF: officialF, pmf: plain(pmf), reachedTimeUs: null, unseenMinutes: 0 },
    ...{ hazard15min: 0, hazard60min: 0, probabilityOfNewHigh: 0 },
  }
}

function spoken(state: WeatherState, icao: string, estimated: Estimate): Partial<Statement> {
  const { pmf, residualVersion, ...rest } = estimated
  return {
    ...rest,
    pmf: plain(finished(state, icao, pmf, true)),
    modelVersion: `${WEATHER_MODEL_VERSION}/${residualVersion}`.slice(0, 64),
  }
}

/** Calibrated, then as the venue settles it. */
function finished(state: WeatherState, icao: string, pmf: WholePmf, isForecast: boolean): WholePmf {
  const { stationModels, settlementBasis } = state.config
  const calibration = isForecast ? stationModels[icao]?.calibration : undefined
  const isMapped = calibration !== undefined && calibration.kind !== 'none'
  const official = isMapped ? calibrated(pmf, (u) => recalibrated(calibration, u)) : pmf
  return settled(official, settlementBasis)
}

const plain = ({ lowestF, p }: WholePmf): { lowestF: number; p: number[] } => ({
  lowestF,
  p: p.map((q) => Math.min(1, Math.max(0, q))),
})

const highOf = (
  { day, windows, reportedAtLeastF }: StationDay,
  feeds: readonly JudgedFeed[],
  nowUs: number,
): RunningHigh =>
  runningHigh({
    day,
    nowUs,
    feeds: feeds.map(({ feedDay }) => feedDay),
    windows,
    reportedAtLeastF,
  })

function highStatement(high: RunningHigh | null): Partial<Statement> {
  if (!high?.pmf || high.modeF === null) return { hardLowerF: high?.hardLowerF ?? null }
  const { pmf, modeF, reachedUs, unseenMinutes, hardLowerF } = high
  const runningHighF = { modeF, pmf: plain(pmf), reachedTimeUs: reachedUs, unseenMinutes }
  return { hardLowerF, runningHigh: runningHighF }
}

/** The feed that says where the station is now: of this day, of today, or just past midnight of yesterday. */
function liveNow(
  state: WeatherState,
  weather: StationWeather,
  feeds: readonly JudgedFeed[],
  startUs: number,
  nowUs: number,
): JudgedFeed | undefined {
  const own = newestLive(feeds)
  if (own || nowUs >= startUs + NEW_DAY_US) return own
  const { stdOffsetMinutes } = weather.station
  for (const timeUs of [nowUs, nowUs - NEW_DAY_US]) {
    const other = weather.days.get(climateDateOf(timeUs, stdOffsetMinutes))
    const live = other && newestLive(judgedFeeds(weather.station.icao, other, nowUs, state.config))
    if (live) return live
  }
  return undefined
}

const feedStatement = ({ source, kind, live }: JudgedFeed): Statement['feed'] => ({
  source,
  type: kind,
  newestTimeUs: live.newestGenuineUs!,
  badShare: live.badShare,
})

const faultsOf = (feeds: readonly JudgedFeed[]): string =>
  feeds.map(({ source, live }) => `${source} ${live.fault ?? 'live'}`).join(', ') || 'none at all'
