import type { ClimateReportV1 } from './climate-report.v1.ts'
import type { EnsembleV1 } from './ensemble.v1.ts'
import type { ObservationV1 } from './observation.v1.ts'
import type { SettlementV1 } from './settlement.v1.ts'
import type { WxForecastV1 } from './wx-forecast.v1.ts'

/**
 * The times of a fact, in microseconds: `eventTimeUs` when it was true (of a forecast or ensemble: when
 * it was issued), `knownTimeUs` from when on it may be used, `receivedTimeUs` when it reached us. What
 * came over the tape is known when it is received. What was downloaded later is known from when it was
 * published, with an allowance, and never after it was received.
 */
export type FactTimes = {
  readonly eventTimeUs: number
  readonly knownTimeUs: number
  readonly receivedTimeUs: number
}

type Fact<T extends string, D> = FactTimes & {
  /** Of the event, or of the downloaded row. */
  readonly id: string
  readonly type: T
  readonly data: Readonly<D>
}

export type ObservationFact = Fact<ObservationV1['type'], ObservationV1['data']>
export type EnsembleFact = Fact<EnsembleV1['type'], EnsembleV1['data']>
export type ClimateReportFact = Fact<ClimateReportV1['type'], ClimateReportV1['data']>
export type SettlementFact = Fact<SettlementV1['type'], SettlementV1['data']>
export type ForecastFact = Fact<
  WxForecastV1['type'],
  WxForecastV1['data'] & {
    /** `daily-high`: each valid time is the start of a day, its value the highest of that day. */
    readonly valueKind: 'hourly' | 'daily-high'
  }
>

export type WeatherFact =
  | ObservationFact
  | ForecastFact
  | EnsembleFact
  | ClimateReportFact
  | SettlementFact

/** What was known at `knownAtUs` about a station: instants in `[fromUs, toUs)` and whole climate days. */
export type WeatherQuery = {
  readonly stationId: string
  readonly fromUs: number
  readonly toUs: number
  /** Of reports and settlements, both ends included. */
  readonly firstDate: string
  readonly lastDate: string
  /** Forecasts and ensembles count that were issued from here on and before `toUs`. */
  readonly issuedFromUs: number
  readonly knownAtUs: number
}

/** The answer, in a fixed order, so that two answers can be compared. */
export type KnownWeather = {
  /** The latest revision of each, oldest first, then by source, kind and start of the window. */
  readonly observations: readonly ObservationFact[]
  /** The latest issue of each source and value kind that says something about the range. */
  readonly forecasts: readonly ForecastFact[]
  /** The latest of each source that says something about the range. */
  readonly ensembles: readonly EnsembleFact[]
  /** Every text, in the order in which they became known. */
  readonly reports: readonly ClimateReportFact[]
  /** The latest of each event and source. */
  readonly settlements: readonly SettlementFact[]
}
