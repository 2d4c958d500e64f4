import type {
  ClimateReportFact,
  EnsembleFact,
  ForecastFact,
  KnownWeather,
  ObservationFact,
  SettlementFact,
  WeatherFact,
  WeatherQuery,
} from '@kwm/contracts'
import type { Queryable } from './pool.ts'
import { TimestampText } from './timestamp-text.ts'

const timestamps = new TimestampText()
const timestamp = (timeUs: number): string => timestamps.render(timeUs)

export type KnownAtOptions = {
  /** Only what this shard's tape holds, whoever made it; else all there is of the real world. */
  readonly shard?: string
}

/**
 * What was known at a moment of the weather of a station: the one question, asked by what trades and by
 * what tests alike. A fact has no influence before it was known.
 */
export async function asKnownAt(
  db: Queryable,
  query: WeatherQuery,
  options: KnownAtOptions = {},
): Promise<KnownWeather> {
  return {
    observations: await read(db, OBSERVATIONS, query, options),
    forecasts: await read(db, FORECASTS, query, options),
    ensembles: await read(db, ENSEMBLES, query, options),
    reports: await read(db, REPORTS, query, options),
    settlements: await read(db, SETTLEMENTS, query, options),
  }
}

/**
 * Every fact about the query's range that became known until its `knownAtUs`, in no order: what a
 * backtest takes into memory to ask the same question there many times.
 */
export async function factsUntil(
  db: Queryable,
  query: WeatherQuery,
  options: KnownAtOptions = {},
): Promise<WeatherFact[]> {
  const facts: WeatherFact[] = []
  for (const reading of READINGS) {
    const { text, values } = statement(
      { ...reading, latest: '', order: 'event_id' },
      query,
      options,
    )
    const { rows } = await db.query<Row>(text, values)
    facts.push(...rows.map((row) => reading.fact(row)))
  }
  return facts
}

type Row = Readonly<Record<string, unknown>>

/** How one table answers. `latest`: what is one thing, of which the newest counts. */
type Reading<F extends WeatherFact> = {
  readonly table: string
  readonly columns: string
  readonly about: string
  readonly latest: string
  /** Within one thing, the one that counts first; then the order of the answer. */
  readonly newest: string
  readonly order: string
  readonly fact: (row: Row) => F
}

// Of the query: $1 station, $2 from, $3 to, $4 first date, $5 last date, $6 issued from, $7 known at,
// $8 shard. Text is compared byte by byte, as everywhere else in the platform.
const ABOUT_DATES = 'climate_date BETWEEN $4::date AND $5::date'
const ABOUT_VALID_TIMES = `issue_time >= $6 AND issue_time < $3 AND EXISTS (
  SELECT FROM unnest(valid_times) AS valid_time WHERE valid_time >= $2 AND valid_time < $3)`
const KNOWN_TIME = 'coalesce(known_time, ingest_time)'
const NEWEST = `${KNOWN_TIME} DESC, ingest_time DESC, event_id COLLATE "C" DESC`
const micros = (expression: string, name: string): string =>
  `(extract(epoch FROM ${expression}) * 1000000)::bigint AS ${name}`
const validTimes = `ARRAY(SELECT (extract(epoch FROM valid_time) * 1000000)::bigint::float8
  FROM unnest(valid_times) WITH ORDINALITY AS v (valid_time, place) ORDER BY place) AS valid_us`

const OBSERVATIONS: Reading<ObservationFact> = {
  table: 'wx.observations',
  columns: `source, kind, temp_f, dew_point_f, humidity_pct, wind_mph, station_ids, revision,
    ${micros('window_start_time', 'window_us')}`,
  about: 'event_time >= $2 AND event_time < $3',
  latest: 'source, kind, event_time, window_start_time',
  newest: `revision DESC, ${NEWEST}`,
  order: 'event_time, source COLLATE "C", kind COLLATE "C", window_start_time NULLS FIRST',
  fact: (row) => ({
    ...timesOf(row),
    type: 'wx.observation.v1',
    data: {
      stationId: row['station_id'] as string,
      source: row['source'] as string,
      kind: row['kind'] as ObservationFact['data']['kind'],
      tempF: row['temp_f'] as number | null,
      dewPointF: row['dew_point_f'] as number | null,
      humidityPct: row['humidity_pct'] as number | null,
      windMph: row['wind_mph'] as number | null,
      windowStartUs: row['window_us'] === null ? null : Number(row['window_us']),
      stationIds: row['station_ids'] as string[],
      revision: Number(row['revision']),
    },
  }),
}

const FORECASTS: Reading<ForecastFact> = {
  table: 'wx.forecasts',
  columns: `source, value_kind, basis_date::text, temps_f, ${micros('issue_time', 'issue_us')}, ${validTimes}`,
  about: ABOUT_VALID_TIMES,
  latest: 'source, value_kind',
  newest: `issue_time DESC, ${NEWEST}`,
  order: 'source COLLATE "C", value_kind COLLATE "C"',
  fact: (row) => ({
    ...timesOf(row),
    type: 'wx.forecast.v1',
    data: {
      stationId: row['station_id'] as string,
      source: row['source'] as string,
      issueTimeUs: Number(row['issue_us']),
      basisDate: row['basis_date'] as string | null,
      validTimesUs: row['valid_us'] as number[],
      tempsF: row['temps_f'] as number[],
      valueKind: row['value_kind'] as ForecastFact['data']['valueKind'],
    },
  }),
}

const ENSEMBLES: Reading<EnsembleFact> = {
  table: 'wx.ensembles',
  columns: `source, members_f, ${micros('issue_time', 'issue_us')}, ${validTimes}`,
  about: ABOUT_VALID_TIMES,
  latest: 'source',
  newest: `issue_time DESC, ${NEWEST}`,
  order: 'source COLLATE "C"',
  fact: (row) => ({
    ...timesOf(row),
    type: 'wx.ensemble.v1',
    data: {
      stationId: row['station_id'] as string,
      source: row['source'] as string,
      issueTimeUs: Number(row['issue_us']),
      validTimesUs: row['valid_us'] as number[],
      membersF: row['members_f'] as number[][],
    },
  }),
}

const REPORTS: Reading<ClimateReportFact> = {
  table: 'wx.climate_reports',
  columns: 'product, climate_date::text, status, max_temp_f, min_temp_f, text_hash',
  about: ABOUT_DATES,
  latest: 'product, climate_date, text_hash, status, max_temp_f, min_temp_f',
  newest: NEWEST.replaceAll('DESC', 'ASC'),
  order: NEWEST.replaceAll('DESC', 'ASC'),
  fact: (row) => ({
    ...timesOf(row),
    type: 'wx.climate-report.v1',
    data: {
      stationId: row['station_id'] as string,
      product: row['product'] as ClimateReportFact['data']['product'],
      climateDate: row['climate_date'] as string,
      status: row['status'] as ClimateReportFact['data']['status'],
      maxTempF: row['max_temp_f'] as number | null,
      minTempF: row['min_temp_f'] as number | null,
      textHash: row['text_hash'] as string,
    },
  }),
}

const SETTLEMENTS: Reading<SettlementFact> = {
  table: 'wx.settlements',
  columns: 'event_ticker, climate_date::text, source, max_temp_f',
  about: ABOUT_DATES,
  latest: 'event_ticker, source',
  newest: NEWEST,
  order: 'event_ticker COLLATE "C", source COLLATE "C"',
  fact: (row) => ({
    ...timesOf(row),
    type: 'wx.settlement.v1',
    data: {
      eventTicker: row['event_ticker'] as string,
      stationId: row['station_id'] as string,
      climateDate: row['climate_date'] as string,
      source: row['source'] as SettlementFact['data']['source'],
      maxTempF: row['max_temp_f'] as number | null,
    },
  }),
}

const READINGS: readonly Reading<WeatherFact>[] = [
  ...[OBSERVATIONS, FORECASTS, ENSEMBLES, REPORTS, SETTLEMENTS],
]

function timesOf(row: Row) {
  return {
    id: row['event_id'] as string,
    eventTimeUs: Number(row['event_us']),
    knownTimeUs: Number(row['known_us']),
    receivedTimeUs: Number(row['received_us']),
  }
}

async function read<F extends WeatherFact>(
  db: Queryable,
  reading: Reading<F>,
  query: WeatherQuery,
  options: KnownAtOptions,
): Promise<F[]> {
  const { text, values } = statement(reading, query, options)
  const { rows } = await db.query<Row>(text, values)
  return rows.map((row) => reading.fact(row))
}

function statement(reading: Reading<WeatherFact>, query: WeatherQuery, { shard }: KnownAtOptions) {
  const distinct = reading.latest === '' ? '' : `DISTINCT ON (${reading.latest})`
  const first = reading.latest === '' ? '' : `ORDER BY ${reading.latest}, ${reading.newest}`
  const text = `WITH asked AS (SELECT $2::timestamptz, $3::timestamptz, $4::date, $5::date, $6::timestamptz),
  chosen AS (
    SELECT ${distinct} * FROM ${reading.table}
    WHERE station_id = $1 AND ${reading.about} AND ${KNOWN_TIME} <= $7
      AND CASE WHEN $8::text IS NULL THEN is_synthetic = false ELSE shard = $8 END
    ${first})
  SELECT event_id, station_id, ${micros('event_time', 'event_us')},
    ${micros(KNOWN_TIME, 'known_us')}, ${micros('ingest_time', 'received_us')}, ${reading.columns}
  FROM chosen ORDER BY ${reading.order}`
  const values = [
    query.stationId,
    timestamp(query.fromUs),
    timestamp(query.toUs),
    query.firstDate,
    query.lastDate,
    timestamp(query.issuedFromUs),
    timestamp(query.knownAtUs),
    shard ?? null,
  ]
  return { text, values }
}
