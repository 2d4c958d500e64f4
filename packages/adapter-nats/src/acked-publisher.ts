import type { Ack } from '@kwm/runtime'
import {
  createInbox,
  type Msg,
  type MsgHdrs,
  type ServerInfo,
  type Subscription,
} from '@nats-io/transport-node'
import type { Nats } from './connection.ts'
import { NatsError } from './errors.ts'
import { Numbered } from './numbered.ts'

export const ACK_TIMEOUT_MS = 10_000
/** nats-server 2.11 and up refuse a publish when 10,000 wait for one stream, from all writers. */
const IN_FLIGHT_MAX = 2_048
const UNACKED_MAX = 262_144
/** How often overdue acks are looked for, in one timeout. */
const SWEEPS = 10

type Entry = {
  readonly subject: string
  readonly headers: MsgHdrs
  readonly body: Uint8Array
  readonly resolve: (ack: Ack) => void
  readonly reject: (error: Error) => void
}

/**
 * Publishes to JetStream with many acknowledgements outstanding: each publish asks for its ack at
 * `<inbox>.<number>`, and one wildcard subscription hears them all.
 *
 * What is stored is always a prefix of what was published, in the order of the calls:
 * - After a lost connection everything unacknowledged is sent again, oldest first. The message ids
 *   make the second copy a duplicate.
 * - Once a publish has failed, for whatever reason, every later one is refused. A record stored
 *   behind a hole would make recovery believe that the hole was filled.
 */
export class AckedPublisher {
  readonly #nats: Nats
  readonly #ackTimeoutMs: number
  readonly #inbox = `${createInbox()}.`
  readonly #subscription: Subscription
  readonly #stopListening: () => void
  /** Unacknowledged, numbered in the order of the calls. */
  readonly #entries = new Numbered<Entry>()
  /** The next number to send on this connection. */
  #next = 1
  #inFlight = 0
  #info: ServerInfo | undefined
  #timer: NodeJS.Timeout | undefined
  /** Where the entries ended at the last sweeps. */
  #marks: number[] = []
  #failure: Error | undefined

  constructor(nats: Nats, { ackTimeoutMs = ACK_TIMEOUT_MS }: { ackTimeoutMs?: number } = {}) {
    this.#nats = nats
    this.#ackTimeoutMs = ackTimeoutMs
    this.#info = nats.connection.info
    this.#subscription = nats.connection.subscribe(`${this.#inbox}*`, {
      callback: (error, msg) => (error ? this.#fail(error) : this.#onAck(msg)),
    })
    this.#stopListening = nats.onReconnect(() => this.#send())
    void nats.closed().then(() => this.#fail(closedError()))
  }

  publish(subject: string, headers: MsgHdrs, body: string | Uint8Array): Promise<Ack> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#entries.size >= UNACKED_MAX) {
      this.#fail(new NatsError('NATS_APPEND_QUEUE_FULL', `${UNACKED_MAX} appends wait for an ack`))
      return Promise.reject(this.#failure!)
    }
    // A pooled buffer: letting the client encode a text costs an allocation of its own.
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    return new Promise((resolve, reject) => {
      this.#entries.push({ subject, headers, body: bytes, resolve, reject })
      this.#timer ??= setInterval(this.#sweep, this.#ackTimeoutMs / SWEEPS)
      this.#send()
    })
  }

  close(): void {
    this.#fail(closedError())
    if (!this.#nats.connection.isClosed()) this.#subscription.unsubscribe()
  }

  /** Send what may be sent. Called for each publish, each ack and each new connection. */
  #send(): void {
    const { connection } = this.#nats
    // The client clears `info` when it loses a connection and sets a new object when it has
    // another, so comparing the two here leaves no moment in which a record could overtake others.
    if (connection.info !== this.#info) {
      this.#info = connection.info
      this.#next = this.#entries.first
      this.#inFlight = 0
    }
    if (!this.#info) return
    while (this.#next < this.#entries.end && this.#inFlight < IN_FLIGHT_MAX) {
      const number = this.#next++
      const entry = this.#entries.get(number)
      if (!entry) continue
      this.#inFlight++
      try {
        const reply = this.#inbox + number
        connection.publish(entry.subject, entry.body, { reply, headers: entry.headers })
      } catch (cause) {
        this.#fail(refusedError(entry.subject, String(cause), { cause }))
        return
      }
    }
  }

  #onAck(msg: Msg): void {
    const number = Number(msg.subject.slice(this.#inbox.length))
    const entry = this.#entries.get(number)
    if (!entry) return
    const ack = parseAck(msg, entry.subject)
    if (ack instanceof Error) {
      this.#fail(ack)
      return
    }
    this.#entries.remove(number)
    if (number < this.#next) this.#inFlight--
    entry.resolve(ack)
    if (this.#next < this.#entries.end) this.#send()
  }

  /**
   * What was published ten sweeps ago and is not acknowledged is overdue. No clock is read for each
   * publish, and a process that stood still, and so could hear no ack, is not blamed on the broker.
   */
  readonly #sweep = (): void => {
    const { first, end, size } = this.#entries
    if (size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#marks = []
      return
    }
    this.#marks.push(end)
    if (this.#marks.length <= SWEEPS) return
    const due = this.#marks.shift()!
    const { subject } = this.#entries.get(first)!
    if (first < due) this.#fail(timeoutError(subject, this.#ackTimeoutMs, this.#nats))
  }

  #fail(error: Error): void {
    if (this.#failure) return
    this.#failure = error
    this.#stopListening()
    clearInterval(this.#timer)
    for (const { reject } of this.#entries.clear()) reject(error)
  }
}

type PubAck = {
  readonly seq: number
  readonly duplicate?: boolean
  readonly error?: { readonly err_code: number; readonly description: string }
}

function parseAck(msg: Msg, subject: string): Ack | NatsError {
  if (msg.data.length === 0) {
    return new NatsError('NATS_NO_STREAM', `no stream takes ${subject}: run ensureStreams first`)
  }
  try {
    const text = msg.string()
    // As good as always it is `{"stream":"TAPE_main", "seq":123}`.
    const colon = text.lastIndexOf(':')
    const plainSeq = text.startsWith('"seq"', colon - 5) ? Number(text.slice(colon + 1, -1)) : 0
    if (plainSeq > 0) return { seq: plainSeq, isDuplicate: false }
    const { seq, duplicate, error }: PubAck = JSON.parse(text)
    if (!error) return { seq, isDuplicate: duplicate === true }
    return refusedError(subject, error.description, { jetStreamCode: error.err_code })
  } catch (cause) {
    return refusedError(subject, 'the acknowledgement is not JSON', { cause })
  }
}

const refusedError = (
  subject: string,
  reason: string,
  options: ErrorOptions & { jetStreamCode?: number },
): NatsError => new NatsError('NATS_APPEND_REFUSED', `append to ${subject}: ${reason}`, options)

const timeoutError = (subject: string, timeoutMs: number, { address }: Nats): NatsError =>
  new NatsError(
    'NATS_ACK_TIMEOUT',
    `append to ${subject}: no acknowledgement from ${address} in ${timeoutMs} ms`,
  )

const closedError = (): NatsError => new NatsError('NATS_CLOSED', 'the NATS connection is closed')
