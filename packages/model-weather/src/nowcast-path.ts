import { localStandardHour, type ClimateDay } from './climate-day.ts'
import { covers, forecastAt, type ForecastCurve } from './forecast-path.ts'
import { GRID_ROWS, GRID_STEP_US } from './observation-grid.ts'
import { residualAt, type ResidualModel } from './residual-model.ts'
import { startOf, type ResidualPath, type SeenResidual } from './residual-path.ts'

/** A forecast as it was issued. */
export type IssuedForecast = ForecastCurve & { readonly issueTimeUs: number }

export type PathQuestion = {
  readonly day: ClimateDay
  readonly nowUs: number
  readonly stdOffsetMinutes: number
  readonly forecast: IssuedForecast
  readonly model: ResidualModel
  /** Genuine readings of the last 15 minutes of one feed; empty: nothing conditions the path. */
  readonly recent: readonly { readonly timeUs: number; readonly tempF: number }[]
}

export type NowcastPath = {
  readonly path: ResidualPath
  /** Of each step of the path. */
  readonly timesUs: readonly number[]
  /** The residual in standard deviations; null when nothing recent was seen. */
  readonly residual: number | null
  /** The station is so far from the forecast that its deviations were widened. */
  readonly isWidened: boolean
}

/** A residual this many deviations out says that the forecast is wrong by more than it thinks. */
const RESIDUAL_MAX = 3.5
const SD_MIN_F = 0.1
/** Wider than this a path says nothing: the forecast, or the station, is broken. */
const SD_MAX_F = 20
const HOUR_US = 3_600_000_000

/**
 * The path of the five-minute steps after `nowUs` (or of the whole day, if it has not begun), with
 * the residual just seen as its start: drawn afresh it would jump by a deviation in its first step
 * and invent hazard. Null when the forecast does not cover what is left, or is too far off to be one. A path may be empty.
 */
export function nowcastPath(question: PathQuestion): NowcastPath | null {
  const { day, nowUs, forecast } = question
  const firstRow = Math.max(0, Math.floor((nowUs - day.startUs) / GRID_STEP_US) + 1)
  const timesUs: number[] = []
  for (let row = firstRow; row < GRID_ROWS; row++) timesUs.push(day.startUs + row * GRID_STEP_US)
  const from = timesUs[0]
  if (from === undefined) {
    const start = startOf(question.model.phi, null)
    const path = { meanF: [], sdF: [], phi: question.model.phi, ...start }
    return { path, timesUs, residual: null, isWidened: false }
  }
  if (!covers(forecast, from, timesUs.at(-1)!)) return null
  const seen = residualSeen(question, from)
  const widening = seen === null ? 1 : Math.max(1, Math.abs(seen.u) / RESIDUAL_MAX)
  const meanF = forecastAt(forecast, timesUs)
  const sdF = new Float64Array(timesUs.length)
  for (const [k, timeUs] of timesUs.entries()) {
    const residual = residualOf(question, timeUs)
    meanF[k]! += residual.biasF
    sdF[k] = residual.sdF * widening
    if (sdF[k] > SD_MAX_F) return null
  }
  const phi = question.model.phi
  const scaled = seen && { ...seen, u: seen.u / widening }
  return {
    path: { meanF, sdF, phi, ...startOf(phi, scaled) },
    timesUs,
    residual: seen?.u ?? null,
    isWidened: widening > 1,
  }
}

/** The mean residual of the recent readings, which smooths their rounding. */
function residualSeen(question: PathQuestion, firstStepUs: number): SeenResidual | null {
  const { forecast, recent } = question
  const usable = recent.filter(({ timeUs }) => covers(forecast, timeUs, timeUs))
  if (usable.length === 0) return null
  const forecastF = forecastAt(
    forecast,
    usable.map(({ timeUs }) => timeUs),
  )
  let sum = 0
  let lastUs = -Infinity
  for (const [i, { timeUs, tempF }] of usable.entries()) {
    const { biasF, sdF } = residualOf(question, timeUs)
    sum += (tempF - forecastF[i]! - biasF) / sdF
    lastUs = Math.max(lastUs, timeUs)
  }
  return { u: sum / usable.length, gapSteps: (firstStepUs - lastUs) / GRID_STEP_US }
}

function residualOf({ model, forecast, stdOffsetMinutes }: PathQuestion, timeUs: number) {
  const leadHours = Math.max(0, (timeUs - forecast.issueTimeUs) / HOUR_US)
  const { biasF, sdF } = residualAt(model, leadHours, localStandardHour(timeUs, stdOffsetMinutes))
  return { biasF, sdF: Math.max(SD_MIN_F, sdF) }
}
