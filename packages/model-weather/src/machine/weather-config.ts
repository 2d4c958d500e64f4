import type { CdfCalibration } from '../cdf-calibration.ts'
import type { SubGridExcess } from '../nowcast.ts'
import type { ResidualModel } from '../residual-model.ts'
import type { SettlementBasis } from '../whole-pmf.ts'

/** Every default of the weather model in one place (MODELS 5, 12). Plain data. */
export type WeatherConfig = {
  /** An open event is computed again after this long, and at once when its weather changed. */
  readonly refreshIntervalUs: number
  /** Sources with a reading every five minutes; the others owe one an hour. */
  readonly fiveMinuteSources: readonly string[]
  /** Sources that repeat the last value where they have none. */
  readonly fillingSources: readonly string[]
  /** Fitted models by ICAO code; a station without one has the prior. */
  readonly residualModels: Readonly<Record<string, ResidualModel>>
  readonly calibrations: Readonly<Record<string, CdfCalibration>>
  readonly subGridExcess: SubGridExcess
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
  residualModels: {},
  calibrations: {},
  subGridExcess: { meanF: 0.2, sdF: 0.3 },
  ensembleWeight: 0.5,
  ensembleBiasF: 0.5,
  settlementBasis: [0.003, 0.994, 0.003],
}

export const WEATHER_MODEL_VERSION = 'weather-1'
