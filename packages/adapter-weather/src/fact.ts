import type { DataOf } from '@kwm/contracts'

/** `eventTimeUs` is when it was true: of a report its issue, of a forecast since when it is known. */
type FactOf<Type extends string, Data> = {
  readonly type: Type
  readonly eventTimeUs: number
  readonly data: Data
}

/** Which revision it is, whoever keeps the earlier ones can tell. */
export type ObservationFact = FactOf<
  'wx.observation.v1',
  Omit<DataOf<'wx.observation.v1'>, 'revision'>
>
export type ForecastFact = FactOf<'wx.forecast.v1', DataOf<'wx.forecast.v1'>>
export type EnsembleFact = FactOf<'wx.ensemble.v1', DataOf<'wx.ensemble.v1'>>
export type ReportFact = FactOf<'wx.climate-report.v1', DataOf<'wx.climate-report.v1'>>

/** A daily maximum as an archive has it: for the audit of labels, never a feed of a model. */
export type DailyHighFact = FactOf<
  'daily-high',
  {
    readonly stationId: string
    readonly climateDate: string
    readonly source: 'iem' | 'ncei'
    /** Whole °F; null: the archive says that it is missing. */
    readonly maxTempF: number | null
    readonly minTempF: number | null
  }
>

export type Fact = ObservationFact | ForecastFact | EnsembleFact | ReportFact | DailyHighFact
export type ObservationKind = ObservationFact['data']['kind']
