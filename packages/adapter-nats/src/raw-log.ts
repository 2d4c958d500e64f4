import { RAW_STREAM, rawFrameId, type RawFrame } from '@kwm/contracts'
import type { Ack, RawLog, RawRecord } from '@kwm/runtime'
import type { Msg } from '@nats-io/transport-node'
import { AckedPublisher } from './acked-publisher.ts'
import type { Nats } from './connection.ts'
import { streamState } from './event-log.ts'
import { fixedHeaders, headerOf, headerText, MESSAGE_ID } from './headers.ts'
import { readOrdered } from './ordered-reader.ts'
import { FILTER_SUBJECTS_SINCE, isAtLeast } from './server-version.ts'
import { subjectMatches } from './subject.ts'

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
    const headers = fixedHeaders(
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
    // nats-server 2.9 scans for a filter, message by message: there the skipping is ours.
    const isFiltering = isAtLeast(this.#nats.serverVersion, FILTER_SUBJECTS_SINCE)
    const stop = new AbortController()
    const batches = readOrdered(this.#nats, {
      stream: RAW_STREAM,
      filters: isFiltering ? [subject] : [],
      fromSeq: startSeq,
      signal: stop.signal,
      decode: (msg, { streamSeq }) =>
        isFiltering || subjectMatches(subject, msg.subject) ? toRecord(msg, streamSeq) : undefined,
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
  const headers = headerText(msg)
  return {
    seq,
    subject: msg.subject,
    kind: kindOf(headerOf(headers, KIND)),
    connectionId: headerOf(headers, CONNECTION),
    frameNo: Number(headerOf(headers, FRAME_NO)),
    receivedTimeUs: Number(headerOf(headers, RECEIVED_US)),
    // A copy: the message's own bytes are a view of a socket's whole read buffer.
    bytes: new Uint8Array(msg.data),
  }
}

const kindOf = (text: string): RawFrame['kind'] =>
  text === 'open' || text === 'close' ? text : 'frame'
