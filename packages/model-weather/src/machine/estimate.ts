import type { DataOf } from '@kwm/contracts'
import { climateDay, HOUR_US, localStandardHour, type ClimateDay } from '../climate-day.ts'
import { defaultDressing, dressedPmf, dressingAt, memberMaxima } from '../ensemble-max.ts'
import { likeliestDegrees, nowcast, timeOfMaxByHour, type Nowcast } from '../nowcast.ts'
import { nowcastPath, type NowcastPath } from '../nowcast-path.ts'
import { defaultResidualModel, type ResidualModel } from '../residual-model.ts'
import type { RunningHigh } from '../running-high.ts'
import { timeOfMax } from '../time-of-max.ts'
import { turbulentNowcast } from '../turbulent-nowcast.ts'
import { largerOf, pooled, type WholePmf } from '../whole-pmf.ts'
import { recentReadings, type JudgedFeed } from './live-feeds.ts'
import {
  chainOf,
  type StationWeather,
  type StoredEnsemble,
  type StoredForecast,
  type WeatherState,
} from './weather-state.ts'

type WeatherPmf = DataOf<'pmf.weather-pmf.v1'>

/** The day's maximum, before calibration and settlement, and what goes with it. */
export type Estimate = Pick<
  WeatherPmf,
  | 'basis'
  | 'hazard15min'
  | 'hazard60min'
  | 'probabilityOfNewHigh'
  | 'timeOfMax'
  | 'forecast'
  | 'ensemble'
  | 'isWidened'
> & { readonly pmf: WholePmf; readonly residualVersion: string }

export type EstimateQuestion = {
  readonly state: WeatherState
  readonly weather: StationWeather
  readonly day: ClimateDay
  readonly nowUs: number
  readonly live: JudgedFeed | null
  readonly high: RunningHigh | null
}

/** Residuals were fitted up to this lead; an older forecast of their source gives way to a newer one. */
const FITTED_LEAD_MAX_US = 24 * HOUR_US
/** Degrees the time of the maximum is worked out for. */
const TIMED_DEGREES = 8

/** The estimate, or why there is none. */
export function estimate(question: EstimateQuestion): Estimate | string {
  const { day, nowUs, high } = question
  const soFar = high?.pmf ?? null
  const isOver = nowUs >= day.endUs
  const nothingAhead = { ...NOTHING_AHEAD, residualVersion: 'none' }
  if (isOver) {
    if (!soFar) return 'the day is over and was not observed'
    return { ...nothingAhead, basis: 'running-high', pmf: soFar }
  }
  const ahead = nowcastOf(question, soFar)
  const members = ensembleOf(question, soFar)
  if (!ahead && !members) return 'no usable forecast or ensemble for the rest of the day'
  if (!ahead) {
    const { pmf, ensemble } = members!
    return { ...nothingAhead, ...NO_HAZARD, basis: 'ensemble', pmf, ensemble }
  }
  if (!members) return ahead
  const pmf = pooled(ahead.pmf, members.pmf, 1 - members.weight, high?.hardLowerF ?? null)
  return { ...ahead, basis: 'pooled', pmf, ensemble: members.ensemble }
}

const NO_HAZARD = { hazard15min: null, hazard60min: null, probabilityOfNewHigh: null } as const
const NOTHING_AHEAD = {
  ...{ hazard15min: 0, hazard60min: 0, probabilityOfNewHigh: 0 },
  ...{ timeOfMax: null, forecast: null, ensemble: null, isWidened: false },
} as const

function nowcastOf(question: EstimateQuestion, soFar: WholePmf | null): Estimate | null {
  const { day, nowUs, live } = question
  const chosen = forecastOf(question)
  if (!chosen) return null
  const { forecast, model } = chosen
  const { stdOffsetMinutes } = question.weather.station
  const recent = live ? recentReadings(live) : []
  const ahead = nowcastPath({ day, nowUs, stdOffsetMinutes, forecast, model, recent })
  if (!ahead) return null
  if (ahead.path.meanF.length === 0 && !soFar) return null
  const { timeOfMax: hours, ...now } = nowcastBy(question, ahead, soFar)
  const isConditioned = ahead.residual !== null
  return {
    basis: isConditioned ? 'nowcast' : 'forecast',
    pmf: now.pmf,
    // A path that starts anywhere would invent hazard.
    ...(isConditioned ? hazardsOf(now) : NO_HAZARD),
    timeOfMax: hours && hours.map((p) => Math.min(1, p)),
    forecast: { source: forecast.source, issueTimeUs: forecast.issueTimeUs },
    ensemble: null,
    isWidened: ahead.isWidened,
    residualVersion: model.version,
  }
}

/**
 * The newest forecast, of the source whose residuals were fitted if there is a fresh one: what one
 * model misses by says nothing of another's misses.
 */
function forecastOf({
  state,
  weather,
  nowUs,
}: EstimateQuestion): { forecast: StoredForecast; model: ResidualModel } | null {
  const known = (one: StoredForecast): boolean => isKnown(one, weather, nowUs)
  const fitted = state.config.stationModels[weather.station.icao]?.residual
  const own =
    fitted && newest(weather.forecasts, (one) => known(one) && one.source === fitted.source)
  if (own && nowUs - own.issueTimeUs <= FITTED_LEAD_MAX_US) {
    return { forecast: own, model: fitted.model }
  }
  const forecast = newest(weather.forecasts, known)
  return forecast ? { forecast, model: defaultResidualModel } : null
}

type Ahead = Nowcast & { readonly timeOfMax: readonly number[] | null }

/** By the chain, or by drawn paths where turbulence is wanted. */
function nowcastBy(question: EstimateQuestion, ahead: NowcastPath, soFar: WholePmf | null): Ahead {
  const { state, weather, day, high } = question
  const { subGridExcess: excess, turbulence } = state.config
  const { path, timesUs } = ahead
  if (turbulence === null || timesUs.length === 0) {
    const now = nowcast(chainOf(state, path.phi), path, soFar, excess)
    return { ...now, timeOfMax: timesOf(question, ahead, now) }
  }
  const { icao, stdOffsetMinutes } = weather.station
  const stepHours = timesUs.map((timeUs) => localStandardHour(timeUs, stdOffsetMinutes))
  const reachedUs = high?.reachedUs ?? null
  const reachedHour =
    reachedUs === null ? null : Math.floor(localStandardHour(reachedUs, stdOffsetMinutes))
  return turbulentNowcast({
    ...{ path, stepHours, excess, turbulence },
    soFar: soFar && { pmf: soFar, reachedHour },
    // Of the day and not of the instant: what is said moves with the weather, not with the draw.
    seed: `${icao} ${day.date}`,
  })
}

const hazardsOf = ({ hazard15min, hazard60min, probabilityOfNewHigh }: Nowcast) => ({
  hazard15min,
  hazard60min,
  probabilityOfNewHigh,
})

function timesOf(
  { weather, high }: EstimateQuestion,
  { path, timesUs }: NowcastPath,
  now: Nowcast,
): number[] | null {
  if (timesUs.length === 0) return null
  const { stdOffsetMinutes } = weather.station
  const hour = (timeUs: number): number => Math.floor(localStandardHour(timeUs, stdOffsetMinutes))
  const degrees = likeliestDegrees(now.pmf, TIMED_DEGREES)
  const shares = timeOfMax(path, degrees)
  const { probabilityOfNewHigh } = now
  // A running high that only a report proves was reached at a time nobody saw.
  if (high?.pmf && (high.reachedUs === null || probabilityOfNewHigh === null)) return null
  const soFar = high?.pmf
    ? {
        pmf: high.pmf,
        reachedHour: hour(high.reachedUs!),
        probabilityOfNewHigh: probabilityOfNewHigh!,
      }
    : null
  return [...timeOfMaxByHour(shares, degrees, timesUs.map(hour), soFar)]
}

function ensembleOf({ state, weather, day, nowUs }: EstimateQuestion, soFar: WholePmf | null) {
  const fitted = state.config.stationModels[weather.station.icao]?.ensemble ?? null
  const own = fitted && newest(weather.ensembles, ({ source }) => source === fitted.source)
  const isOwn = own && nowUs - own.issueTimeUs <= FITTED_LEAD_MAX_US
  const ensemble = isOwn ? own : newest(weather.ensembles, () => true)
  const fromUs = Math.max(nowUs, day.startUs)
  const maxima = ensemble && memberMaxima(ensemble, fromUs, day.endUs)
  if (!ensemble || !maxima) return null
  const hoursLeft = (day.endUs - fromUs) / HOUR_US
  const dressing = isOwn
    ? dressingAt(fitted.dressing, hoursLeft)
    : defaultDressing(state.config.ensembleBiasF, hoursLeft)
  const rest = dressedPmf(maxima, dressing)
  const { source, issueTimeUs } = ensemble
  return {
    pmf: soFar ? largerOf(soFar, rest) : rest,
    weight: isOwn ? fitted.weight : state.config.ensembleWeight,
    ensemble: { source, issueTimeUs },
  }
}

/** A basis date says the day only: such a forecast is known from the midnight after it. */
const isKnown = (
  { basisDate }: StoredForecast,
  { station }: StationWeather,
  nowUs: number,
): boolean => basisDate === null || nowUs >= climateDay(basisDate, station.stdOffsetMinutes).endUs

function newest<T extends StoredForecast | StoredEnsemble>(
  held: ReadonlyMap<string, T>,
  isUsable: (one: T) => boolean,
): T | undefined {
  let found: T | undefined
  for (const one of held.values()) {
    if (isUsable(one) && (!found || one.issueTimeUs > found.issueTimeUs)) found = one
  }
  return found
}
