import type { Queryable } from './pool.ts'
import { TimestampText } from './timestamp-text.ts'

export type StationStatus = {
  readonly stationId: string
  /** Readings in the range, the latest revision of each. */
  readonly readings: number
  /** Share of the range's hours with a reading. */
  readonly coverage: number
  /** Stretches of whole hours without a reading, at the two ends of the range too. */
  readonly gaps: number
  readonly longestGapHours: number
  /** When the newest reading was taken and when it reached us; null: there is none in the range. */
  readonly newestEventUs: number | null
  readonly newestReceivedUs: number | null
  /**
   * Share of the five-minute rows that are filled: the 2nd and later of six or more equal ones in a row,
   * or of another station. Null: there are no such rows.
   */
  readonly filledFraction: number | null
  readonly newestForecastUs: number | null
  readonly newestEnsembleUs: number | null
  /** The newest value a venue settled on, of any time. */
  readonly lastLabel: { readonly climateDate: string; readonly maxTempF: number | null } | null
  /** The newest final climate report, of any time. */
  readonly lastReport: { readonly climateDate: string; readonly maxTempF: number | null } | null
}

const HOUR_US = 3_600_000_000
/** Equal rows in sequence that are no weather: half an hour of them. */
const RUN_MIN = 6
const timestamps = new TimestampText()

/** How complete and fresh the real weather of these stations is, in whole hours of `[fromUs, toUs)`. */
export async function weatherStatus(
  db: Queryable,
  stationIds: readonly string[],
  range: { readonly fromUs: number; readonly toUs: number },
): Promise<StationStatus[]> {
  const fromUs = Math.floor(range.fromUs / HOUR_US) * HOUR_US
  const toUs = Math.floor(range.toUs / HOUR_US) * HOUR_US
  const { rows } = await db.query<Row>(STATUS, [
    stationIds,
    timestamps.render(fromUs),
    timestamps.render(toUs),
    RUN_MIN,
  ])
  const hours = (toUs - fromUs) / HOUR_US
  return rows.map((row) => ({
    stationId: row.station_id,
    readings: Number(row.readings),
    coverage: Number(row.hours) / hours,
    gaps: Number(row.gaps),
    longestGapHours: Number(row.longest_gap_hours),
    newestEventUs: numberOrNull(row.newest_event_us),
    newestReceivedUs: numberOrNull(row.newest_received_us),
    filledFraction: row.filled_fraction,
    newestForecastUs: numberOrNull(row.newest_forecast_us),
    newestEnsembleUs: numberOrNull(row.newest_ensemble_us),
    lastLabel: labelOf(row.label_date, row.label_f),
    lastReport: labelOf(row.report_date, row.report_f),
  }))
}

type Row = {
  station_id: string
  readings: string
  hours: string
  gaps: string
  longest_gap_hours: string
  newest_event_us: string | null
  newest_received_us: string | null
  filled_fraction: number | null
  newest_forecast_us: string | null
  newest_ensemble_us: string | null
  label_date: string | null
  label_f: number | null
  report_date: string | null
  report_f: number | null
}

const numberOrNull = (text: string | null): number | null => (text === null ? null : Number(text))
const labelOf = (climateDate: string | null, maxTempF: number | null) =>
  climateDate === null ? null : { climateDate, maxTempF }

const micros = (expression: string): string =>
  `(extract(epoch FROM ${expression}) * 1000000)::bigint`

// $1 stations, $2 from, $3 to, $4 equal rows in a run.
const STATUS = `
WITH wanted AS (SELECT station_id, place FROM unnest($1::text[]) WITH ORDINALITY AS w (station_id, place)),
readings AS (
  SELECT DISTINCT ON (station_id, source, kind, event_time) *
  FROM wx.observations
  WHERE station_id = ANY ($1) AND event_time >= $2::timestamptz AND event_time < $3::timestamptz
    AND window_start_time IS NULL AND is_synthetic = false
  ORDER BY station_id, source, kind, event_time, revision DESC,
    coalesce(known_time, ingest_time) DESC, ingest_time DESC
),
totals AS (
  SELECT station_id, count(*) AS readings, max(event_time) AS newest, max(ingest_time) AS received
  FROM readings WHERE temp_f IS NOT NULL GROUP BY 1
),
hours AS (
  SELECT DISTINCT station_id, date_trunc('hour', event_time, 'UTC') AS hour
  FROM readings WHERE temp_f IS NOT NULL
),
bounded AS (
  SELECT station_id, hour FROM hours
  UNION ALL SELECT station_id, $2::timestamptz - interval '1 hour' FROM wanted
  UNION ALL SELECT station_id, $3::timestamptz FROM wanted
),
steps AS (
  SELECT station_id, extract(epoch FROM lead(hour) OVER of_station - hour) / 3600 - 1 AS missing
  FROM bounded WINDOW of_station AS (PARTITION BY station_id ORDER BY hour)
),
gaps AS (
  SELECT station_id, count(*) FILTER (WHERE missing > 0) AS gaps, max(missing) AS longest
  FROM steps GROUP BY 1
),
marked AS (
  SELECT station_id, source, event_time, NOT station_ids @> ARRAY[station_id] AS is_foreign,
    (temp_f, dew_point_f, humidity_pct, wind_mph) IS NOT DISTINCT FROM
      lag((temp_f, dew_point_f, humidity_pct, wind_mph)) OVER of_station AS is_same
  FROM readings WHERE kind = 'smooth'
  WINDOW of_station AS (PARTITION BY station_id, source ORDER BY event_time)
),
runs AS (
  SELECT *, count(*) FILTER (WHERE NOT is_same) OVER (PARTITION BY station_id, source ORDER BY event_time) AS run
  FROM marked
),
sized AS (
  SELECT *, count(*) OVER (PARTITION BY station_id, source, run) AS size FROM runs
),
filled AS (
  SELECT station_id,
    avg(CASE WHEN is_foreign OR (is_same AND size >= $4::integer) THEN 1.0 ELSE 0.0 END)::float8
      AS fraction
  FROM sized GROUP BY 1
)
SELECT station_id, coalesce(readings, 0) AS readings,
  (SELECT count(*) FROM hours WHERE hours.station_id = wanted.station_id) AS hours,
  gaps, longest AS longest_gap_hours,
  ${micros('newest')} AS newest_event_us, ${micros('received')} AS newest_received_us,
  fraction AS filled_fraction,
  (SELECT ${micros('max(issue_time)')} FROM wx.forecasts AS f
   WHERE f.station_id = wanted.station_id AND f.is_synthetic = false) AS newest_forecast_us,
  (SELECT ${micros('max(issue_time)')} FROM wx.ensembles AS e
   WHERE e.station_id = wanted.station_id AND e.is_synthetic = false) AS newest_ensemble_us,
  label.climate_date::text AS label_date, label.max_temp_f AS label_f,
  report.climate_date::text AS report_date, report.max_temp_f::float8 AS report_f
FROM wanted LEFT JOIN totals USING (station_id) LEFT JOIN gaps USING (station_id)
LEFT JOIN filled USING (station_id)
LEFT JOIN LATERAL (
  SELECT climate_date, max_temp_f FROM wx.settlements AS s
  WHERE s.station_id = wanted.station_id AND source = 'kalshi' AND is_synthetic = false
  ORDER BY climate_date DESC, coalesce(known_time, ingest_time) DESC LIMIT 1
) AS label ON true
LEFT JOIN LATERAL (
  SELECT climate_date, max_temp_f FROM wx.climate_reports AS r
  WHERE r.station_id = wanted.station_id AND product = 'CLI' AND status <> 'intermediate'
    AND max_temp_f IS NOT NULL AND is_synthetic = false
  ORDER BY climate_date DESC, coalesce(known_time, ingest_time) LIMIT 1
) AS report ON true
ORDER BY place`
