import type { SubGridExcess } from '../nowcast.ts'
import { SIMULATION_PATHS } from '../path-simulation.ts'
import type { StationModel } from '../station-model.ts'
import type { Turbulence } from '../turbulent-nowcast.ts'
import type { SettlementBasis } from '../whole-pmf.ts'

/** Every default of the weather model in one place (MODELS 5, 12). Plain data. */
export type WeatherConfig = {
  /** An open event is computed again after this long, and at once when its weather changed. */
  readonly refreshIntervalUs: number
  /** Sources with a reading every five minutes; the others owe one an hour. */
  readonly fiveMinuteSources: readonly string[]
  /** Sources that repeat the last value where they have none. */
  readonly fillingSources: readonly string[]
  /** What was fitted, by ICAO code; a station or part without has the defaults. */
  readonly stationModels: Readonly<Record<string, StationModel>>
  readonly subGridExcess: SubGridExcess
  /** Null: one residual, by the chain. Else both components, by drawn paths. */
  readonly turbulence: Turbulence | null
  /** Weight of the ensemble against the nowcast in their logarithmic pool. */
  readonly ensembleWeight: number
  /** What hourly values miss of the peak, °F. */
  readonly ensembleBiasF: number
  /** P(settled value − official maximum = −1, 0, +1 °F). */
  readonly settlementBasis: SettlementBasis
}

export const VISUAL_CROSSING = 'visual-crossing'

export const defaultWeatherConfig: WeatherConfig = {
  refreshIntervalUs: 60_000_000,
  fiveMinuteSources: [VISUAL_CROSSING, 'ncei-asos-5min'],
  fillingSources: [VISUAL_CROSSING],
  stationModels: {},
  subGridExcess: { meanF: 0.2, sdF: 0.3 },
  turbulence: null,
  ensembleWeight: 0.5,
  ensembleBiasF: 0.5,
  settlementBasis: [0.003, 0.994, 0.003],
}

/** The second component of MODELS 5.7, where it is wanted. */
export const defaultTurbulence: Turbulence = {
  ...{ sdF: 0.5, tauMinutes: 15, fromHour: 8, toHour: 18 },
  paths: SIMULATION_PATHS,
}

export const WEATHER_MODEL_VERSION = 'weather-1'
