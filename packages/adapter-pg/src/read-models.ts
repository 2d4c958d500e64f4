import type { Queryable } from './pool.ts'

/** Deeper than any chain our machines can make; a longer one is a loop. */
const CHAIN_MAX = 64

export type RecordedEvent = {
  readonly shard: string
  readonly tapeSeq: number
  readonly id: string
  /** Null when the body could not be parsed. */
  readonly causationId: string | null
  readonly type: string
  readonly subject: string
  readonly eventTimeUs: number | null
  readonly ingestTimeUs: number | null
  readonly storedTimeUs: number
  readonly isSynthetic: boolean | null
  /** The envelope as it was sent. */
  readonly body: string
  /** Why it is in no typed table, where that is so. */
  readonly failure: string | null
}

type Row = {
  shard: string
  tape_seq: string
  event_id: string
  causation_id: string | null
  type: string
  subject: string
  event_us: string | null
  ingest_us: string | null
  stored_us: string
  is_synthetic: boolean | null
  body: string
  body_form: 'exact' | 'json-string'
  failure: string | null
}

// extract(epoch) is numeric, so the microseconds are exact; a Date would lose three digits.
const COLUMNS = `
  shard, tape_seq, event_id, causation_id, type, subject, is_synthetic, body, body_form, failure,
  (extract(epoch FROM event_time) * 1000000)::bigint AS event_us,
  (extract(epoch FROM ingest_time) * 1000000)::bigint AS ingest_us,
  (extract(epoch FROM stored_time) * 1000000)::bigint AS stored_us`

/** An event by its id; the newest where several shards have it (a day played twice). */
export async function findEvent(
  db: Queryable,
  id: string,
  options: { readonly shard?: string } = {},
): Promise<RecordedEvent | undefined> {
  const { rows } = await db.query<Row>(
    `SELECT ${COLUMNS} FROM ops.tape_events
     WHERE event_id = $1 AND ($2::text IS NULL OR shard = $2)
     ORDER BY stored_time DESC, tape_seq DESC LIMIT 1`,
    [id, options.shard ?? null],
  )
  return rows[0] && toEvent(rows[0])
}

/**
 * The event and, one after another, what caused it, within its shard; the last one was caused by
 * something outside the tape (a raw frame, an operator). Empty when the event is not recorded.
 */
export async function causationChain(
  db: Queryable,
  id: string,
  options: { readonly shard?: string } = {},
): Promise<readonly RecordedEvent[]> {
  const chain: RecordedEvent[] = []
  const seen = new Set<string>()
  let event = await findEvent(db, id, options)
  while (event && !seen.has(event.id) && chain.length < CHAIN_MAX) {
    chain.push(event)
    seen.add(event.id)
    const { causationId, shard } = event
    event = causationId === null ? undefined : await findEvent(db, causationId, { shard })
  }
  return chain
}

function toEvent(row: Row): RecordedEvent {
  return {
    shard: row.shard,
    tapeSeq: Number(row.tape_seq),
    id: row.event_id,
    causationId: row.causation_id,
    type: row.type,
    subject: row.subject,
    eventTimeUs: numberOrNull(row.event_us),
    ingestTimeUs: numberOrNull(row.ingest_us),
    storedTimeUs: Number(row.stored_us),
    isSynthetic: row.is_synthetic,
    body: row.body_form === 'exact' ? row.body : String(JSON.parse(row.body)),
    failure: row.failure,
  }
}

const numberOrNull = (text: string | null): number | null => (text === null ? null : Number(text))
