import { tapeStream } from '@kwm/contracts'
import type { Ack, EventLog, Outgoing, ReadOptions, TapeBatch, TapeRecord } from '@kwm/runtime'
import { AckedPublisher } from './acked-publisher.ts'
import type { Nats } from './connection.ts'
import type { Delivery } from './delivery.ts'
import { NatsError } from './errors.ts'
import { fixedHeaders, headerOf, headerText, MESSAGE_ID } from './headers.ts'
import { readOrdered } from './ordered-reader.ts'
import { FILTER_SUBJECTS_SINCE, isAtLeast } from './server-version.ts'
import { isMessageNotFound, isStreamNotFound } from './streams.ts'
import type { Msg } from '@nats-io/transport-node'

const INPUT_SEQ = 'Kwm-Input-Seq'

/**
 * The tape of one shard in the stream `TAPE_<shard>`.
 *
 * One rejected append breaks the log for good: what is stored has no holes. Crash, or make a new
 * log and append again with the same ids. An append whose ack was lost with a connection is sent
 * again by itself, and its ack then says `isDuplicate`.
 */
export class NatsEventLog implements EventLog {
  readonly shard: string
  readonly #nats: Nats
  readonly #publisher: AckedPublisher

  constructor(
    nats: Nats,
    { shard, ackTimeoutMs }: { readonly shard: string; readonly ackTimeoutMs?: number },
  ) {
    this.shard = shard
    this.#nats = nats
    this.#publisher = new AckedPublisher(nats, ackTimeoutMs === undefined ? {} : { ackTimeoutMs })
  }

  append({ subject, id, inputSeq, body }: Outgoing): Promise<Ack> {
    const headers =
      inputSeq === 0
        ? fixedHeaders(MESSAGE_ID, id)
        : fixedHeaders(MESSAGE_ID, id, INPUT_SEQ, String(inputSeq))
    return this.#publisher.publish(subject, headers, body)
  }

  /**
   * Batches hold what has arrived: one record at once when the reader waits, up to 1,024 when it
   * does not. With `eventTypes` on nats-server 2.10 and up the server filters; `throughSeq` is
   * then the last record delivered, and an empty batch moves it on to the end of the tape once the
   * server says that nothing that matches is left: at the start at once, later within two seconds.
   */
  async *read({ fromSeq, accepts, eventTypes, signal }: ReadOptions): AsyncIterable<TapeBatch> {
    const batches = readOrdered(this.#nats, {
      stream: tapeStream(this.shard),
      filters: this.#filters(eventTypes),
      fromSeq,
      signal,
      decode: (msg, delivery) => {
        const { subject } = msg
        return accepts(subject) ? toRecord(msg, subject, delivery) : undefined
      },
    })
    for await (const { items, throughSeq } of batches) yield { records: items, throughSeq }
  }

  async lastSeq(): Promise<number> {
    return (await streamState(this.#nats, tapeStream(this.shard))).last_seq
  }

  /** The newest record of one type. */
  async lastOf(eventType: string): Promise<TapeRecord | undefined> {
    const message = await this.#nats.manager.streams
      .getMessage(tapeStream(this.shard), {
        last_by_subj: `tape.${this.shard}.${eventType}.>`,
      })
      .catch((error: unknown) => {
        if (isMessageNotFound(error)) return null
        throw error
      })
    if (!message) return undefined
    return {
      seq: message.seq,
      subject: message.subject,
      id: message.header.get(MESSAGE_ID),
      inputSeq: Number(message.header.get(INPUT_SEQ)),
      storedTimeUs: message.time.getTime() * 1_000,
      body: message.string(),
    }
  }

  close(): void {
    this.#publisher.close()
  }

  /** The whole tape is asked for without a filter: nats-server 2.9 scans for even `tape.main.>`. */
  #filters(eventTypes: readonly string[] = []): readonly string[] {
    if (!isAtLeast(this.#nats.serverVersion, FILTER_SUBJECTS_SINCE)) return []
    return [...new Set(eventTypes)].map((type) => `tape.${this.shard}.${type}.>`)
  }
}

function toRecord(msg: Msg, subject: string, { streamSeq, storedTimeUs }: Delivery): TapeRecord {
  const headers = headerText(msg)
  return {
    seq: streamSeq,
    subject,
    id: headerOf(headers, MESSAGE_ID),
    inputSeq: Number(headerOf(headers, INPUT_SEQ)),
    storedTimeUs,
    body: msg.string(),
  }
}

export async function streamState(
  nats: Nats,
  stream: string,
): Promise<{ readonly first_seq: number; readonly last_seq: number }> {
  try {
    return (await nats.manager.streams.info(stream)).state
  } catch (cause) {
    if (!isStreamNotFound(cause)) throw cause
    throw new NatsError('NATS_NO_STREAM', `there is no stream ${stream}: run ensureStreams first`, {
      cause,
    })
  }
}
