import { createHash } from 'node:crypto'
import {
  defaultWeatherConfig,
  fitStation,
  LEAD_EDGES_HOURS,
  scoreNowcasts,
  STATION_MODEL_FORMAT,
  STATION_MODEL_V,
  walkForward,
  EVALUATION_HOURS,
  type CalibrationChoice,
  type DressingFit,
  type NowcastScore,
  type PoolFit,
  type ScoredNowcast,
  type Station,
  type StationFit,
  type StationModel,
  type WalkInput,
} from '@kwm/model-weather'
import type { FitFile, FitInputs } from './fit-inputs.ts'

/**
 * What was learnt about a station, with all that tells where it came from. The same inputs give the
 * same bytes: no time of writing, no path.
 */
export type ModelArtefact = {
  readonly format: typeof STATION_MODEL_FORMAT
  readonly v: typeof STATION_MODEL_V
  /** Of the inputs: `KNYC-tenth-f-5min-1a2b3c4d`. */
  readonly version: string
  readonly stationId: string
  /** What the weather model uses: the parts that were fitted. */
  readonly model: StationModel
  readonly feed: FitInputs['feed']
  readonly forecastSource: string | null
  readonly ensembleSource: string | null
  /** Climate days with readings. */
  readonly span: { readonly from: string; readonly to: string; readonly days: number }
  readonly inputs: readonly FitFile[]
  readonly fit: StationFit & { readonly dressing: DressingFit; readonly pool: PoolFit }
  readonly calibration: CalibrationChoice
  readonly evaluation: Evaluation | null
}

export type Evaluation = {
  readonly all: NowcastScore
  readonly byHour: readonly (NowcastScore & { readonly hour: number })[]
  readonly byLead: readonly (NowcastScore & { readonly leadFromHours: number })[]
}

/** Fit, and walk forward over the same days as if each were not known yet. */
export function modelArtefact(station: Station, inputs: FitInputs): ModelArtefact {
  const { feed, days, forecasts, forecastSource, ensembles, ensembleSource, files } = inputs
  const hash = createHash('sha256')
  for (const { sha256 } of files) hash.update(sha256)
  hash.update(`${station.icao} ${forecastSource} ${ensembleSource}`)
  const cadence = feed.rowsPerReading === 1 ? '5min' : 'hourly'
  const version = `${station.icao}-${feed.kind}-${cadence}-${hash.digest('hex').slice(0, 8)}`
  const { stdOffsetMinutes } = station
  const { ensembleBiasF: biasF, ensembleWeight: weight } = defaultWeatherConfig
  const input: WalkInput = {
    ...{ version, stdOffsetMinutes, ...feed, days, forecasts, ensembles },
    ensembleDefaults: { biasF, weight },
  }
  const walk = walkForward(input)
  const { dressing, pool, calibration, scored } = walk
  const fit = { ...fitStation(input), dressing, pool }
  return {
    ...{ format: STATION_MODEL_FORMAT, v: STATION_MODEL_V, version, stationId: station.icao },
    model: modelOf(version, inputs, fit, calibration),
    ...{ feed, forecastSource, ensembleSource },
    span: { from: days[0]?.day.date ?? '', to: days.at(-1)?.day.date ?? '', days: days.length },
    inputs: files,
    fit,
    calibration,
    evaluation: scored.length === 0 ? null : evaluationOf(scored),
  }
}

function modelOf(
  version: string,
  { feed, forecastSource, ensembleSource }: FitInputs,
  { residual, excess, dressing, pool }: ModelArtefact['fit'],
  { calibration }: CalibrationChoice,
): StationModel {
  const isFitted = (part: { readonly provenance: string }): boolean => part.provenance === 'fitted'
  return {
    version,
    residual:
      isFitted(residual) && forecastSource !== null
        ? { source: forecastSource, model: residual.model }
        : null,
    excess: isFitted(excess) ? { ...feed, pmf: excess.pmf } : null,
    ensemble:
      isFitted(dressing) && ensembleSource !== null
        ? { source: ensembleSource, dressing: dressing.dressing, weight: pool.weight }
        : null,
    calibration,
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
