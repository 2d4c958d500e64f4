import { createHash } from 'node:crypto'
import type {
  ClimateReportFact,
  EnsembleFact,
  ForecastFact,
  ObservationFact,
  SettlementFact,
} from '@kwm/contracts'
import { numberArray, textArray } from './array-text.ts'
import { copyLine, type CopyValue } from './copy-text.ts'
import { DataRefusedError } from './errors.ts'
import type { Queryable } from './pool.ts'
import { ensurePartitions } from './recorder-store.ts'
import { advisoryLockKey, type Session } from './session.ts'
import { TimestampText } from './timestamp-text.ts'

/** A fact that was downloaded; the store names it. */
export type DownloadedFact =
  | Omit<ObservationFact, 'id'>
  | Omit<ForecastFact, 'id'>
  | Omit<EnsembleFact, 'id'>
  | Omit<ClimateReportFact, 'id'>
  | Omit<SettlementFact, 'id'>

const DAY_US = 86_400_000_000
const NULLABLE = new Set(['window_start_time', 'basis_date'])
const HASH_LENGTH = 16
/** Of one thing in one download: more is a download gone wrong. */
const REVISIONS_MAX = 50

const timestamps = new TimestampText()
const timestamp = (timeUs: number): string => timestamps.render(timeUs)
const timestampArray = (timesUs: readonly number[]): string => textArray(timesUs.map(timestamp))

/** What was downloaded as a whole, to be remembered with its rows. */
export type Download = {
  readonly key: string
  /** Parts of the answer that could not be read. */
  readonly faults: number
  readonly isFinal: boolean
  readonly doneTimeUs: number
}

/**
 * Add downloaded facts, all or none. A thing that is there with the same contents, downloaded or off the
 * tape, is left alone, so doing it twice is doing it once. Other contents are a new revision, and that
 * we know only since we received it. Said twice in one answer it counts from the
 * first time, said differently as the last time. The session must be free for the time of the call.
 * @returns How many rows are new.
 * @throws {DataRefusedError} A fact is known after it was received, or PostgreSQL cannot hold it.
 */
export async function addDownloaded(
  session: Session,
  facts: readonly DownloadedFact[],
  download?: Download,
): Promise<number> {
  const rounds = inRounds(facts)
  for (const [table, days] of daysOf(facts)) await ensurePartitions(session, table, days)
  await session.query('BEGIN')
  try {
    await session.query('SELECT pg_advisory_xact_lock($1)', [advisoryLockKey('weather store')])
    let added = 0
    for (const round of rounds) {
      for (const [table, lines] of round) added += await insert(session, table, lines)
    }
    if (download) await remember(session, download, facts.length)
    await session.query('COMMIT')
    return added
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** The keys of all downloads that need not be done again. */
export async function finalDownloads(db: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ download_key: string }>(
    'SELECT download_key FROM wx.downloads WHERE is_final',
  )
  return new Set(rows.map(({ download_key }) => download_key))
}

async function remember(db: Queryable, download: Download, facts: number): Promise<void> {
  const { key, faults, isFinal, doneTimeUs } = download
  await db.query(
    `INSERT INTO wx.downloads VALUES ($1, $2, $3, $4, $5) ON CONFLICT (download_key) DO UPDATE
     SET (facts, faults, is_final, done_time)
       = (EXCLUDED.facts, EXCLUDED.faults, EXCLUDED.is_final, EXCLUDED.done_time)`,
    [key, facts, faults, isFinal, timestamp(doneTimeUs)],
  )
}

type Type = DownloadedFact['type']
type Columns = Readonly<Record<string, CopyValue>>

/** The columns of a row in three parts: what thing it is about, what is said of it, and the rest. */
type Parts = { readonly thing: Columns; readonly contents: Columns; readonly rest?: Columns }

const TABLES: Readonly<Record<Type, string>> = {
  'wx.observation.v1': 'observations',
  'wx.forecast.v1': 'forecasts',
  'wx.ensemble.v1': 'ensembles',
  'wx.climate-report.v1': 'climate_reports',
  'wx.settlement.v1': 'settlements',
}

function partsOf(fact: DownloadedFact): Parts {
  switch (fact.type) {
    case 'wx.observation.v1': {
      const { data: d } = fact
      const window = d.windowStartUs === null ? null : timestamp(d.windowStartUs)
      return {
        thing: {
          station_id: d.stationId,
          source: d.source,
          kind: d.kind,
          event_time: timestamp(fact.eventTimeUs),
          window_start_time: window,
        },
        contents: {
          temp_f: d.tempF,
          dew_point_f: d.dewPointF,
          humidity_pct: d.humidityPct,
          wind_mph: d.windMph,
          station_ids: textArray(d.stationIds),
        },
        rest: { revision: d.revision },
      }
    }
    case 'wx.forecast.v1': {
      const { data: d } = fact
      const thing = { ...issueOf(d), basis_date: d.basisDate, value_kind: d.valueKind }
      return { thing, contents: { ...validTimesOf(d), temps_f: numberArray(d.tempsF) } }
    }
    case 'wx.ensemble.v1': {
      const { data: d } = fact
      const contents = { ...validTimesOf(d), members_f: JSON.stringify(d.membersF) }
      return { thing: issueOf(d), contents }
    }
    case 'wx.climate-report.v1': {
      const { data: d } = fact
      return {
        thing: {
          station_id: d.stationId,
          product: d.product,
          climate_date: d.climateDate,
          text_hash: d.textHash,
          status: d.status,
        },
        contents: { max_temp_f: d.maxTempF, min_temp_f: d.minTempF },
      }
    }
    case 'wx.settlement.v1': {
      const { data: d } = fact
      return {
        thing: { station_id: d.stationId, event_ticker: d.eventTicker, source: d.source },
        contents: { climate_date: d.climateDate, max_temp_f: d.maxTempF },
      }
    }
  }
}

const issueOf = (data: ForecastFact['data'] | EnsembleFact['data']): Columns => ({
  station_id: data.stationId,
  source: data.source,
  issue_time: timestamp(data.issueTimeUs),
})

const validTimesOf = (data: ForecastFact['data'] | EnsembleFact['data']): Columns => ({
  valid_times: timestampArray(data.validTimesUs),
})

type Incoming = { readonly parts: Parts; readonly row: Columns }
type Round = Map<string, Incoming[]>

/** One thing at most once a round, in the order in which it became known. */
function inRounds(facts: readonly DownloadedFact[]): Round[] {
  const rounds: Round[] = []
  const seen = new Map<string, number>()
  for (const { table, thing, incoming } of lastOfEachAnswer(facts)) {
    const at = seen.get(thing) ?? 0
    if (at === REVISIONS_MAX) {
      throw new DataRefusedError(`${thing}: more than ${REVISIONS_MAX} revisions in one download`)
    }
    seen.set(thing, at + 1)
    const round = (rounds[at] ??= new Map<string, Incoming[]>())
    const rows = round.get(table)
    if (rows) rows.push(incoming)
    else round.set(table, [incoming])
  }
  return rounds
}

function lastOfEachAnswer(facts: readonly DownloadedFact[]) {
  const last = new Map<
    string,
    { table: string; thing: string; contents: string; incoming: Incoming }
  >()
  for (const fact of facts.toSorted((a, b) => a.knownTimeUs - b.knownTimeUs)) {
    const table = TABLES[fact.type]
    const incoming = incomingOf(fact)
    const thing = `${table} ${JSON.stringify(incoming.parts.thing)}`
    const contents = JSON.stringify(incoming.parts.contents)
    const key = `${thing} ${fact.receivedTimeUs}`
    if (last.get(key)?.contents === contents) continue
    last.set(key, { table, thing, contents, incoming })
  }
  return last.values()
}

function incomingOf(fact: DownloadedFact): Incoming {
  const { eventTimeUs, knownTimeUs, receivedTimeUs } = fact
  const parts = partsOf(fact)
  if (!(knownTimeUs <= receivedTimeUs)) {
    const what = JSON.stringify(parts.thing)
    throw new DataRefusedError(
      `${what}: knownTimeUs ${knownTimeUs} is after receivedTimeUs ${receivedTimeUs}`,
    )
  }
  const name = JSON.stringify([fact.type, parts.thing, parts.contents, receivedTimeUs])
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH)
  const row = {
    shard: 'history',
    event_id: `history-${TABLES[fact.type]}-${hash}`,
    event_time: timestamp(eventTimeUs),
    ingest_time: timestamp(receivedTimeUs),
    known_time: knownTimeUs === receivedTimeUs ? null : timestamp(knownTimeUs),
    is_synthetic: false,
    ...parts.thing,
    ...parts.contents,
    ...parts.rest,
  }
  return { parts, row }
}

function daysOf(facts: readonly DownloadedFact[]): Map<string, Set<number>> {
  const days = new Map<string, Set<number>>()
  for (const { type, eventTimeUs } of facts) {
    const table = `wx.${TABLES[type]}`
    const of = days.get(table) ?? new Set()
    days.set(table, of.add(Math.floor(eventTimeUs / DAY_US)))
  }
  return days
}

async function insert(session: Session, table: string, rows: readonly Incoming[]): Promise<number> {
  const { parts, row } = rows[0]!
  const columns = Object.keys(row)
  const staging = `incoming_${table}`
  await session.query(
    `CREATE TEMP TABLE IF NOT EXISTS ${staging} (LIKE wx.${table}) ON COMMIT DELETE ROWS`,
  )
  await session.query(`TRUNCATE ${staging}`)
  const text = rows.map((incoming) => copyLine(Object.values(incoming.row))).join('')
  await session.copyAll([{ table: staging, columns, chunks: [Buffer.from(text)] }])
  const { rowCount } = await session.query(insertion(table, staging, columns, parts))
  return rowCount ?? 0
}

function insertion(table: string, staging: string, columns: readonly string[], parts: Parts) {
  const isVersioned = columns.includes('revision')
  // A plain equality where it will do: only that can use the index.
  const same = Object.keys(parts.thing).map((column) =>
    NULLABLE.has(column)
      ? `p.${column} IS NOT DISTINCT FROM s.${column}`
      : `p.${column} = s.${column}`,
  )
  const contents = Object.keys(parts.contents)
  const values = columns.map((column) => {
    if (column === 'known_time') return 'CASE WHEN p.event_id IS NULL THEN s.known_time END'
    if (column === 'revision') return 'greatest(s.revision, p.revision + 1)'
    return `s.${column}`
  })
  return `INSERT INTO wx.${table} (${columns.join(', ')})
    SELECT ${values.join(', ')} FROM ${staging} AS s LEFT JOIN LATERAL (
      SELECT * FROM wx.${table} AS p
      WHERE p.is_synthetic = false AND ${same.join(' AND ')}
      ORDER BY ${isVersioned ? 'revision DESC,' : ''} coalesce(known_time, ingest_time) DESC,
        ingest_time DESC, event_id COLLATE "C" DESC LIMIT 1
    ) AS p ON true
    WHERE p.event_id IS NULL OR ${row('p', contents)} IS DISTINCT FROM ${row('s', contents)}
    ON CONFLICT (event_id, event_time) WHERE tape_seq IS NULL DO NOTHING`
}

const row = (of: string, columns: readonly string[]): string =>
  `(${columns.map((column) => `${of}.${column}`).join(', ')})`
