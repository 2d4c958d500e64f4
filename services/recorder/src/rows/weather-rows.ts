import { numberArray, textArray } from '@kwm/adapter-pg'
import { json, timestamp, timestampArray, timestampOrNull } from './event-table.ts'
import type { EventTables } from './event-table.ts'

export const weatherTables: EventTables<
  | 'wx.observation.v1'
  | 'wx.forecast.v1'
  | 'wx.ensemble.v1'
  | 'wx.climate-report.v1'
  | 'wx.settlement.v1'
> = {
  'wx.observation.v1': {
    table: 'wx.observations',
    columns: [
      ...['station_id', 'source', 'kind', 'temp_f', 'dew_point_f', 'humidity_pct', 'wind_mph'],
      ...['window_start_time', 'station_ids', 'revision'],
    ],
    values: (d) => [
      d.stationId,
      d.source,
      d.kind,
      d.tempF,
      d.dewPointF,
      d.humidityPct,
      d.windMph,
      timestampOrNull(d.windowStartUs),
      textArray(d.stationIds),
      d.revision,
    ],
  },
  'wx.forecast.v1': {
    table: 'wx.forecasts',
    columns: ['station_id', 'source', 'issue_time', 'basis_date', 'valid_times', 'temps_f'],
    values: (d) => [
      d.stationId,
      d.source,
      timestamp(d.issueTimeUs),
      d.basisDate,
      timestampArray(d.validTimesUs),
      numberArray(d.tempsF),
    ],
  },
  'wx.ensemble.v1': {
    table: 'wx.ensembles',
    columns: ['station_id', 'source', 'issue_time', 'valid_times', 'members_f'],
    values: (d) => [
      d.stationId,
      d.source,
      timestamp(d.issueTimeUs),
      timestampArray(d.validTimesUs),
      json(d.membersF),
    ],
  },
  'wx.climate-report.v1': {
    table: 'wx.climate_reports',
    columns: [
      ...['station_id', 'product', 'climate_date', 'status', 'max_temp_f', 'min_temp_f'],
      'text_hash',
    ],
    values: (d) => [
      d.stationId,
      d.product,
      d.climateDate,
      d.status,
      d.maxTempF,
      d.minTempF,
      d.textHash,
    ],
  },
  'wx.settlement.v1': {
    table: 'wx.settlements',
    columns: ['event_ticker', 'station_id', 'climate_date', 'source', 'max_temp_f'],
    values: (d) => [d.eventTicker, d.stationId, d.climateDate, d.source, d.maxTempF],
  },
}
