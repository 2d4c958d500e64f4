import type { Queryable } from './pool.ts'

const DAY_MS = 86_400_000

/** Make the partitions for these days (numbers of days since 1970) of a time table, or of 'all'. */
export async function ensurePartitions(
  db: Queryable,
  table: string,
  days: Iterable<number>,
): Promise<number> {
  const { rows } = await db.query<{ made: number }>(
    `SELECT sum(ops.ensure_partitions(table_name, $2))::integer AS made FROM ops.time_tables
     WHERE $1 IN ('all', table_name)`,
    [table, Array.from(days, (day) => new Date(day * DAY_MS).toISOString())],
  )
  return rows[0]!.made
}

/** The names of all tables partitioned by time. */
export async function timeTables(db: Queryable): Promise<readonly string[]> {
  const { rows } = await db.query<{ table_name: string }>(
    'SELECT table_name FROM ops.time_tables ORDER BY 1',
  )
  return rows.map((row) => row.table_name)
}

export type Run = {
  readonly shard: string
  /** The first tape sequence of the run; 1 for one declared before its shard has a tape. */
  readonly firstTapeSeq: number
  readonly startedTimeUs: number
  readonly seed: string | null
  readonly source: string | null
  readonly isSynthetic: boolean
}

/** Say what a shard's tape holds from `firstTapeSeq` on. Saying it again changes nothing. */
export async function declareRun(db: Queryable, run: Run): Promise<void> {
  await db.query(
    `INSERT INTO sim.runs (shard, first_tape_seq, started_time, seed, source, is_synthetic)
     VALUES ($1, $2, 'epoch'::timestamptz + $3 * interval '1 microsecond', $4, $5, $6)
     ON CONFLICT DO NOTHING`,
    [run.shard, run.firstTapeSeq, run.startedTimeUs, run.seed, run.source, run.isSynthetic],
  )
}
