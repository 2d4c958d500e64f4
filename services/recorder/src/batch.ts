import { copyLine, escapeText, isStorableText, TimestampText } from '@kwm/adapter-pg'
import type { Copy, Run } from '@kwm/adapter-pg'
import { eventTypeOf } from '@kwm/contracts'
import type { AnyEvent } from '@kwm/contracts'
import { decodeRecord } from '@kwm/machines'
import { UnparsableRecordError } from '@kwm/runtime'
import type { DeadLetter, TapeRecord } from '@kwm/runtime'
import type { Origin } from './origin.ts'
import { EVENT_COLUMNS } from './rows/event-table.ts'
import { tableOf } from './rows/event-tables.ts'

export const SERVICE = 'recorder'
const DAY_US = 86_400_000_000
const CHUNK_BYTES = 256 * 1_024
const UTF8_BYTES_MAX = 3
const FAILURE_LENGTH_MAX = 500

const TAPE_COLUMNS = [
  ...['shard', 'tape_seq', 'event_id', 'causation_id', 'type', 'subject', 'event_time'],
  ...['ingest_time', 'stored_time', 'input_seq', 'is_synthetic', 'body', 'body_form', 'failure'],
]

/** Rows of one COPY, rendered. */
export class CopyRows {
  readonly table: string
  readonly columns: readonly string[]
  /** Days since 1970 in the column the table is partitioned by. */
  readonly days = new Set<number>()
  #count = 0
  #lastDay = Number.NaN
  #buffer: Buffer = EMPTY
  #used = 0
  readonly #chunks: Buffer[] = []

  constructor(table: string, columns: readonly string[]) {
    this.table = table
    this.columns = columns
  }

  get count(): number {
    return this.#count
  }

  add(line: string, timeUs: number): void {
    const day = Math.floor(timeUs / DAY_US)
    if (day !== this.#lastDay) this.days.add((this.#lastDay = day))
    this.#count++
    // Written at once: thousands of pending strings would be copied about by the collector.
    const bytesMax = line.length * UTF8_BYTES_MAX
    if (this.#used + bytesMax > this.#buffer.length) this.#turnOver(bytesMax)
    this.#used += this.#buffer.write(line, this.#used)
  }

  rendered(): Copy {
    if (this.#used > 0) this.#turnOver(0)
    return { table: this.table, columns: this.columns, chunks: this.#chunks }
  }

  #turnOver(bytesMin: number): void {
    if (this.#used > 0) this.#chunks.push(this.#buffer.subarray(0, this.#used))
    this.#buffer = bytesMin === 0 ? EMPTY : Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytesMin))
    this.#used = 0
  }
}

const EMPTY = Buffer.alloc(0)

/** Consecutive records of the tape as rows: committed as one, or not at all. */
export class Batch {
  readonly #shard: string
  readonly #origin: Origin
  readonly #tape = new CopyRows('ops.tape_events', TAPE_COLUMNS)
  readonly #byType = new Map<string, CopyRows>()
  readonly #eventTime = new TimestampText()
  readonly #ingestTime = new TimestampText()
  readonly #storedTime = new TimestampText()
  readonly letters: DeadLetter[] = []
  readonly runs: Run[] = []
  #rows = 0
  #throughSeq = 0

  constructor(shard: string, origin: Origin) {
    this.#shard = shard
    this.#origin = origin
  }

  /** In all tables together. */
  get rows(): number {
    return this.#rows
  }

  get records(): number {
    return this.#tape.count
  }

  get throughSeq(): number {
    return this.#throughSeq
  }

  /** Records may be missing before it (the tape forgot them): the position moves on all the same. */
  passOver(throughSeq: number): void {
    this.#throughSeq = Math.max(this.#throughSeq, throughSeq)
  }

  copies(): readonly CopyRows[] {
    return [this.#tape, ...this.#byType.values()]
  }

  /** `refusal`: why PostgreSQL will not have the record's typed row. */
  add(record: TapeRecord, refusal?: string): void {
    const form = formOf(record.body)
    const event = decodeOrReason(record, form)
    const failure = refusal ?? (typeof event === 'string' ? event : undefined)
    if (typeof event === 'string' || failure !== undefined) {
      this.#bury(record, failure!)
      const { runIsSynthetic } = this.#origin
      this.#addTapeRow(record, { form, isSynthetic: runIsSynthetic, failure: failure! })
    } else {
      this.#addEvent(record, event, form)
    }
    this.#throughSeq = record.seq
  }

  #addEvent(record: TapeRecord, event: AnyEvent, form: Form): void {
    if (event.type === 'md.market-listed.v1') {
      const run = this.#origin.list(this.#shard, record.seq, event)
      if (run) this.runs.push(run)
    }
    const isSynthetic = this.#origin.isSynthetic(event)
    const times = this.#addTapeRow(record, { event, form, isSynthetic })
    const target = tableOf(event.type)
    if (!target) return
    let rows = this.#byType.get(event.type)
    if (!rows) {
      rows = new CopyRows(target.table, [...EVENT_COLUMNS, ...target.columns])
      this.#byType.set(event.type, rows)
    }
    const isPlain = form === 'plain'
    const id = isPlain ? event.id : escapeText(event.id)
    const common = `${this.#shard}\t${record.seq}\t${id}\t${times}\t${copyBoolean(isSynthetic)}\t`
    rows.add(common + copyLine(target.values(event.data), isPlain), event.eventTimeUs)
    this.#rows++
  }

  /** Returns the event's two times as they stand in the row. */
  #addTapeRow(record: TapeRecord, { event, form, isSynthetic, failure }: Reading): string {
    const { seq, subject, inputSeq, storedTimeUs, body } = record
    const times = event
      ? `${this.#eventTime.render(event.eventTimeUs)}\t${this.#ingestTime.render(event.ingestTimeUs)}`
      : '\\N\t\\N'
    const isPlain = form === 'plain'
    const names = copyLine([
      ...[this.#shard, seq, event?.id ?? storable(record.id), event?.causationId ?? null],
      ...[event?.type ?? storable(eventTypeOf(subject)), storable(subject)],
    ]).slice(0, -1)
    const text = isPlain ? body : escapeText(form === 'unstorable' ? JSON.stringify(body) : body)
    const tail = copyLine([form === 'unstorable' ? 'json-string' : 'exact', failureText(failure)])
    const stored = `${this.#storedTime.render(storedTimeUs)}\t${inputSeq}\t${copyBoolean(isSynthetic)}`
    this.#tape.add(`${names}\t${times}\t${stored}\t${text}\t${tail}`, storedTimeUs)
    this.#rows++
    return times
  }

  #bury({ subject, id, body }: TapeRecord, reason: string): void {
    this.letters.push({ service: SERVICE, reason, subject, id, body })
  }
}

/**
 * Of a body. `plain`: no backslash, so no text inside is escaped, none holds a tab or a line break,
 * and none of its values needs a look. `unstorable`: U+0000 or a lone surrogate.
 */
type Form = 'plain' | 'escaped' | 'unstorable'

const ESCAPED = ['\\', '\n', '\r', '\t']

function formOf(body: string): Form {
  if (!isStorableText(body)) return 'unstorable'
  return ESCAPED.some((character) => body.includes(character)) ? 'escaped' : 'plain'
}

/** What was made of a record: without an event there is a failure. */
type Reading = {
  readonly event?: AnyEvent
  readonly form: Form
  readonly isSynthetic: boolean | null
  readonly failure?: string
}

function decodeOrReason(record: TapeRecord, form: Form): AnyEvent | string {
  try {
    const event = decodeRecord(record)
    if (form === 'plain' || isStorableValue(event)) return event
    return 'text with U+0000 or a lone surrogate, which PostgreSQL cannot hold'
  } catch (error) {
    if (error instanceof UnparsableRecordError) return error.message
    throw error
  }
}

const copyBoolean = (value: boolean | null): string => (value === null ? '\\N' : value ? 't' : 'f')
const failureText = (failure: string | undefined): string | null =>
  failure === undefined ? null : storable(failure.slice(0, FAILURE_LENGTH_MAX))

function isStorableValue(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, item]) => isStorableText(key) && isStorableValue(item))
}

const storable = (text: string): string =>
  isStorableText(text) ? text : text.toWellFormed().replaceAll('\u0000', '\ufffd')
