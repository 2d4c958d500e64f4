import { createHash } from 'node:crypto'
import {
  fitStation,
  LEAD_EDGES_HOURS,
  scoreNowcasts,
  walkForward,
  EVALUATION_HOURS,
  type FitInput,
  type NowcastScore,
  type ScoredNowcast,
  type Station,
  type StationFit,
} from '@kwm/model-weather'
import type { FitFile, FitInputs } from './fit-inputs.ts'

/**
 * What was learnt about a station, with all that tells where it came from. The same inputs give the
 * same bytes: no time of writing, no path.
 */
export type ModelArtefact = {
  readonly format: 'kwm-weather-model'
  readonly v: 1
  /** Of the inputs: `KNYC-tenth-f-5min-1a2b3c4d`. */
  readonly version: string
  readonly stationId: string
  readonly feed: { readonly kind: 'tenth-f'; readonly rowsPerReading: 1 }
  readonly forecastSource: string | null
  /** Climate days with readings. */
  readonly span: { readonly from: string; readonly to: string; readonly days: number }
  readonly inputs: readonly FitFile[]
  readonly fit: StationFit
  readonly evaluation: Evaluation | null
}

export type Evaluation = {
  readonly all: NowcastScore
  readonly byHour: readonly (NowcastScore & { readonly hour: number })[]
  readonly byLead: readonly (NowcastScore & { readonly leadFromHours: number })[]
}

const FEED = { kind: 'tenth-f', rowsPerReading: 1 } as const

/** Fit, and walk forward over the same days as if each were not known yet. */
export function modelArtefact(station: Station, inputs: FitInputs): ModelArtefact {
  const { days, forecasts, forecastSource, files } = inputs
  const hash = createHash('sha256')
  for (const { sha256 } of files) hash.update(sha256)
  hash.update(`${station.icao} ${forecastSource}`)
  const version = `${station.icao}-tenth-f-5min-${hash.digest('hex').slice(0, 8)}`
  const { stdOffsetMinutes } = station
  const input: FitInput = { version, stdOffsetMinutes, ...FEED, days, forecasts }
  const fit = fitStation(input)
  const scored = fit.residual.provenance === 'fitted' ? walkForward(input) : []
  return {
    ...{ format: 'kwm-weather-model', v: 1, version, stationId: station.icao, feed: FEED },
    forecastSource,
    span: { from: days[0]?.day.date ?? '', to: days.at(-1)?.day.date ?? '', days: days.length },
    inputs: files,
    fit,
    evaluation: scored.length === 0 ? null : evaluationOf(scored),
  }
}

function evaluationOf(scored: readonly ScoredNowcast[]): Evaluation {
  const leadOf = (hours: number): number => LEAD_EDGES_HOURS.findLast((edge) => hours >= edge) ?? 0
  return {
    all: scoreNowcasts(scored),
    byHour: EVALUATION_HOURS.map((hour) => ({
      hour,
      ...scoreNowcasts(scored.filter((one) => one.hour === hour)),
    })),
    byLead: LEAD_EDGES_HOURS.map((leadFromHours) => ({
      leadFromHours,
      ...scoreNowcasts(scored.filter(({ leadHours }) => leadOf(leadHours) === leadFromHours)),
    })).filter(({ count }) => count > 0),
  }
}
