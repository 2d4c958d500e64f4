import { eventTypeOf } from '@kwm/contracts'
import type { RawFrame } from '@kwm/contracts'
import type { FeedStep } from '@kwm/machines'
import type { EventLog, Outgoing, RawLog, TapeRecord } from '@kwm/runtime'
import { FeedDivergedError } from './errors.ts'
import { RAW_SUBJECT, toOutgoing } from './journal.ts'

export type RecoveryPorts = {
  readonly raw: RawLog
  readonly tape: EventLog
  readonly step: (record: RawFrame) => FeedStep
  readonly append: (outgoing: Outgoing) => void
  readonly letter: (record: RawFrame, step: FeedStep) => void
}

export type RecoveryReport = {
  /** Records replayed, and the sequences reached. */
  readonly records: number
  readonly rawSeq: number
  readonly tapeSeq: number
  /** Events made again that the tape already had, and those it lacked. */
  readonly found: number
  readonly appended: number
  /** Events of ours on the tape whose frame is not in RAW. */
  readonly orphans: number
}

const EVENT_TYPES = [
  'md.market-listed.v1',
  'md.market-status.v1',
  'md.book-snapshot.v1',
  'md.book-delta.v1',
  'md.book-stale.v1',
  'md.trade.v1',
  'md.ticker.v1',
  'spot.index.v1',
  'ops.feed-status.v1',
]

/**
 * Replay RAW from the snapshot on. The tape holds a beginning of what the replay gives, in the same
 * order: it is read alongside, compared to the byte, and continued where it ends.
 * @throws {FeedDivergedError} An event came out different from what the tape holds.
 */
export async function replayFeed(
  ports: RecoveryPorts,
  from: { readonly feed: string; readonly rawSeq: number; readonly tapeSeq: number },
): Promise<RecoveryReport> {
  const { raw, tape } = ports
  const isOurs = connectionsOf(tape.shard)
  const own = new OwnEvents(tape, from.feed, from.tapeSeq)
  let [records, rawSeq, found, appended] = [0, from.rawSeq, 0, 0]
  for await (const record of raw.replay({ subject: RAW_SUBJECT, fromSeq: from.rawSeq + 1 })) {
    rawSeq = record.seq
    if (!isOurs(record.connectionId)) continue
    records++
    const step = ports.step(record)
    for (const event of step.events) {
      const outgoing = toOutgoing(tape.shard, event)
      const stored = await own.next()
      if (!stored) {
        ports.append(outgoing)
        appended++
      } else if (stored.id === outgoing.id && stored.body === outgoing.body) found++
      else throw diverged(outgoing, stored)
    }
    if (step.outcome === 'quarantined') ports.letter(record, step)
  }
  let orphans = 0
  while (await own.next()) orphans++
  await own.close()
  return { records, rawSeq, tapeSeq: own.tapeSeq, found, appended, orphans }
}

/** Other shards write their frames to the same RAW. */
function connectionsOf(shard: string): (connectionId: string) => boolean {
  const pattern = new RegExp(`^${shard}-[a-z0-9]+-(?:\\d+|host)$`)
  return (connectionId) => pattern.test(connectionId)
}

/** Our events on the tape, one by one, up to its end as it was when recovery began. */
class OwnEvents {
  readonly #tape: EventLog
  readonly #prefix: string
  readonly #stop = new AbortController()
  #iterator: AsyncIterator<TapeRecord> | undefined
  #tapeSeq: number
  #hasEnded = false

  constructor(tape: EventLog, feed: string, tapeSeq: number) {
    this.#tape = tape
    this.#prefix = `${feed}-`
    this.#tapeSeq = tapeSeq
  }

  /** The last sequence that was ours. */
  get tapeSeq(): number {
    return this.#tapeSeq
  }

  async next(): Promise<TapeRecord | undefined> {
    if (this.#hasEnded) return undefined
    this.#iterator ??= this.#read()[Symbol.asyncIterator]()
    const { done, value } = await this.#iterator.next()
    if (done) {
      this.#hasEnded = true
      return undefined
    }
    this.#tapeSeq = value.seq
    return value
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#iterator?.return?.()
  }

  async *#read(): AsyncIterable<TapeRecord> {
    const lastSeq = await this.#tape.lastSeq()
    const fromSeq = this.#tapeSeq + 1
    if (fromSeq > lastSeq) return
    const types = new Set(EVENT_TYPES)
    const accepts = (subject: string): boolean => types.has(eventTypeOf(subject))
    const { signal } = this.#stop
    const batches = this.#tape.read({ fromSeq, accepts, eventTypes: EVENT_TYPES, signal })
    for await (const { records, throughSeq } of batches) {
      for (const record of records) {
        if (record.seq > lastSeq) return
        if (record.id.startsWith(this.#prefix)) yield record
      }
      if (throughSeq >= lastSeq) return
    }
  }
}

const diverged = (outgoing: Outgoing, stored: TapeRecord): FeedDivergedError =>
  new FeedDivergedError(
    stored.id === outgoing.id
      ? `RAW gives another ${outgoing.id} than tape record ${stored.seq} holds: was the version changed after a crash? Start the old one once and stop it cleanly`
      : `RAW gives ${outgoing.id} where tape record ${stored.seq} holds ${stored.id}`,
  )
