import { GRID_STEP_US, ObservationGrid } from './observation-grid.ts'
import { HOUR_US } from './climate-day.ts'
import { covers, curveFault } from './forecast-path.ts'
import { KilledChain } from './killed-chain.ts'
import { nowcast, type SubGridExcess } from './nowcast.ts'
import { nowcastPath } from './nowcast-path.ts'
import type { ScoredNowcast } from './nowcast-score.ts'
import type { KnownForecast } from './residual-samples.ts'
import { runningHigh } from './running-high.ts'
import { fitStation, type FitDay, type FitInput, type StationFit } from './station-fit.ts'

/** Hours of local standard time at which a day is nowcast. */
export const EVALUATION_HOURS = [0, 6, 9, 12, 15, 18] as const
/** Days between two fits of the walk forward. */
const REFIT_DAYS = 7
const RECENT_US = 15 * 60_000_000
const SUB_GRID: SubGridExcess = { meanF: 0.2, sdF: 0.3 }

/**
 * Nowcasts of every day with an official high, each by a fit of the days before it alone and by what
 * was known at the hour: what the report page scores. Days before the first residual fit are left out.
 */
export function walkForward(all: FitInput): readonly ScoredNowcast[] {
  const input = { ...all, forecasts: all.forecasts.filter((known) => curveFault(known) === null) }
  const scored: ScoredNowcast[] = []
  let fit: StationFit | undefined
  let chain: KilledChain | undefined
  for (const [at, day] of input.days.entries()) {
    if (at % REFIT_DAYS === 0) {
      fit = fitStation({ ...input, days: input.days.slice(0, at) })
      const { phi } = fit.residual.model
      if (chain?.phi !== phi) chain = new KilledChain(phi)
    }
    if (!fit || !chain || fit.residual.provenance !== 'fitted' || day.officialF === null) continue
    for (const hour of EVALUATION_HOURS) {
      const found = nowcastAt(input, day, hour, fit, chain)
      if (found) scored.push({ ...found, officialF: day.officialF })
    }
  }
  return scored
}

function nowcastAt(
  { forecasts, kind, rowsPerReading, stdOffsetMinutes }: FitInput,
  { day, points }: FitDay,
  hour: number,
  { residual, excess }: StationFit,
  chain: KilledChain,
): Omit<ScoredNowcast, 'officialF'> | null {
  const nowUs = day.startUs + hour * HOUR_US
  const forecast = latestKnown(forecasts, nowUs, day.endUs - GRID_STEP_US)
  if (!forecast) return null
  const seen = points.filter(({ timeUs }) => timeUs >= day.startUs && timeUs <= nowUs)
  const grid = new ObservationGrid(day.startUs)
  for (const { timeUs, tempF } of seen) {
    const rest = { dewPointF: null, humidityPct: null, windMph: null, isForeign: false }
    grid.put({ timeUs, kind, tempF, ...rest, revision: 0 })
  }
  const isGenuine = (row: number): boolean => !Number.isNaN(grid.tempF(row))
  const { pmf: soFar } = runningHigh({
    ...{ day, nowUs, windows: [], reportedAtLeastF: [] },
    feeds: [{ grid, kind, rowsPerReading, isGenuine, excess: excess.pmf }],
  })
  const recent = seen.filter(({ timeUs }) => timeUs > nowUs - RECENT_US)
  const model = residual.model
  const path = nowcastPath({ day, nowUs, stdOffsetMinutes, forecast, model, recent })
  if (!path) return null
  const { pmf } = nowcast(chain, path.path, soFar, SUB_GRID)
  return { date: day.date, hour, leadHours: (nowUs - forecast.issueTimeUs) / HOUR_US, pmf }
}

/** The newest forecast that was known by then and reaches to the end of the day. */
function latestKnown(
  forecasts: readonly KnownForecast[],
  nowUs: number,
  lastUs: number,
): KnownForecast | undefined {
  let latest: KnownForecast | undefined
  for (const forecast of forecasts) {
    if (forecast.knownTimeUs > nowUs || !covers(forecast, nowUs, lastUs)) continue
    if (!latest || forecast.issueTimeUs > latest.issueTimeUs) latest = forecast
  }
  return latest
}
