import { RAW_STREAM, rawFrameId, type RawFrame } from '@kwm/contracts'
import type { Ack, RawLog, RawRecord } from '@kwm/runtime'
import type { Msg } from '@nats-io/transport-node'
import { AckedPublisher } from './acked-publisher.ts'
import type { Nats } from './connection.ts'
import { streamState } from './event-log.ts'
import { FixedHeaders, headerOf, MESSAGE_ID } from './headers.ts'
import { readOrdered } from './ordered-reader.ts'

const KIND = 'Kwm-Kind'
const CONNECTION = 'Kwm-Conn'
const FRAME_NO = 'Kwm-No'
const RECEIVED_US = 'Kwm-Recv-Us'

/** Frames of the outside world in the stream `RAW`, byte for byte. */
export class NatsRawLog implements RawLog {
  readonly #nats: Nats
  readonly #publisher: AckedPublisher

  constructor(nats: Nats, options: { readonly ackTimeoutMs?: number } = {}) {
    this.#nats = nats
    this.#publisher = new AckedPublisher(nats, options)
  }

  append(subject: string, frame: RawFrame): Promise<Ack> {
    const headers = new FixedHeaders(
      MESSAGE_ID,
      rawFrameId(frame),
      KIND,
      frame.kind,
      CONNECTION,
      frame.connectionId,
      FRAME_NO,
      String(frame.frameNo),
      RECEIVED_US,
      String(frame.receivedTimeUs),
    )
    return this.#publisher.publish(subject, headers, frame.bytes)
  }

  async *replay({
    subject,
    fromSeq,
  }: {
    readonly subject: string
    readonly fromSeq: number
  }): AsyncIterable<RawRecord> {
    const { first_seq: firstSeq, last_seq: endSeq } = await streamState(this.#nats, RAW_STREAM)
    const startSeq = Math.max(fromSeq, firstSeq)
    if (startSeq > endSeq) return
    const stop = new AbortController()
    const batches = readOrdered(this.#nats, {
      stream: RAW_STREAM,
      filters: [subject],
      fromSeq: startSeq,
      signal: stop.signal,
      decode: (msg, { streamSeq }) => toRecord(msg, streamSeq),
    })
    for await (const { items, throughSeq } of batches) {
      for (const record of items) if (record.seq <= endSeq) yield record
      if (throughSeq >= endSeq) return
    }
  }

  async lastSeq(): Promise<number> {
    return (await streamState(this.#nats, RAW_STREAM)).last_seq
  }

  close(): void {
    this.#publisher.close()
  }
}

function toRecord(msg: Msg, seq: number): RawRecord {
  return {
    seq,
    subject: msg.subject,
    kind: headerOf(msg, KIND) as RawFrame['kind'],
    connectionId: headerOf(msg, CONNECTION),
    frameNo: Number(headerOf(msg, FRAME_NO)),
    receivedTimeUs: Number(headerOf(msg, RECEIVED_US)),
    // A copy: the message's own bytes are a view of a socket's whole read buffer.
    bytes: new Uint8Array(msg.data),
  }
}
