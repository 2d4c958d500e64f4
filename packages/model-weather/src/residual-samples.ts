import { assert } from '@kwm/std'
import { HOUR_US, localStandardHour } from './climate-day.ts'
import { covers, curveFault, forecastAt, type ForecastCurve } from './forecast-path.ts'
import { GRID_STEP_US } from './observation-grid.ts'
import type { TemperaturePoint } from './observed-high.ts'
import type { ResidualSample } from './residual-fit.ts'
import { residualAt, type ResidualModel } from './residual-model.ts'

/** A forecast as it was issued, and when we had it: before that it may teach nothing. */
export type KnownForecast = ForecastCurve & {
  readonly issueTimeUs: number
  readonly knownTimeUs: number
}

/** What the station did against one forecast, in order of time. */
export type ResidualRun = readonly (ResidualSample & { readonly timeUs: number })[]

const LEAD_MAX_US = 24 * HOUR_US

/**
 * T − F of every reading that came after the forecast was known and within 24 hours of its issue
 * (MODELS, appendix D). One run a forecast; `points` in order of time, °F.
 */
export function residualRuns(
  forecasts: readonly KnownForecast[],
  points: readonly TemperaturePoint[],
  stdOffsetMinutes: number,
): readonly ResidualRun[] {
  assert(
    points.every(({ timeUs }, at) => at === 0 || timeUs > points[at - 1]!.timeUs),
    'readings are in order of time',
  )
  return forecasts
    .filter((forecast) => curveFault(forecast) === null)
    .map((forecast) => {
      const { issueTimeUs, knownTimeUs, validTimesUs } = forecast
      assert(knownTimeUs >= issueTimeUs, `a forecast known before it was issued: ${knownTimeUs}`)
      const from = Math.max(knownTimeUs, validTimesUs[0]!)
      const to = Math.min(issueTimeUs + LEAD_MAX_US, validTimesUs.at(-1)! + 1)
      const seen = points
        .slice(firstFrom(points, from), firstFrom(points, to))
        .filter(({ timeUs }) => covers(forecast, timeUs, timeUs))
      const forecastF = forecastAt(
        forecast,
        seen.map(({ timeUs }) => timeUs),
      )
      return seen.map(({ timeUs, tempF }, at) => ({
        timeUs,
        residualF: tempF - forecastF[at]!,
        leadHours: (timeUs - issueTimeUs) / HOUR_US,
        localHour: localStandardHour(timeUs, stdOffsetMinutes),
      }))
    })
}

/**
 * The runs in standard deviations of the model, cut wherever two readings are not `rowsPerReading`
 * times five minutes apart: what persistence is estimated from.
 */
export function standardisedRuns(
  runs: readonly ResidualRun[],
  model: ResidualModel,
  rowsPerReading = 1,
): readonly (readonly number[])[] {
  const stepUs = rowsPerReading * GRID_STEP_US
  const slackUs = rowsPerReading > 2 ? HOURLY_SLACK_US : SLACK_US
  return runs.flatMap((run) => {
    const stretches: number[][] = []
    for (const [at, { timeUs, residualF, leadHours, localHour }] of run.entries()) {
      const { biasF, sdF } = residualAt(model, leadHours, localHour)
      const isNext = at > 0 && Math.abs(timeUs - run[at - 1]!.timeUs - stepUs) < slackUs
      if (!isNext) stretches.push([])
      stretches.at(-1)!.push((residualF - biasF) / sdF)
    }
    return stretches
  })
}

/** A report is a minute early or late now and then. */
const SLACK_US = 90_000_000
const HOURLY_SLACK_US = 240_000_000

/** The first of `points` that is not before `timeUs`. */
function firstFrom(points: readonly TemperaturePoint[], timeUs: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (points[middle]!.timeUs < timeUs) low = middle + 1
    else high = middle
  }
  return low
}
