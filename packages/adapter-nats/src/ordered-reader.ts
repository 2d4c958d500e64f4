import { assert } from '@kwm/std'
import { AckPolicy, DeliverPolicy, ReplayPolicy, type ConsumerConfig } from '@nats-io/jetstream'
import { createInbox, nanos, type Msg, type Subscription } from '@nats-io/transport-node'
import type { Nats } from './connection.ts'
import { parseDelivery, type Delivery } from './delivery.ts'
import { NatsError } from './errors.ts'
import { isStreamNotFound } from './streams.ts'

const BATCH_MAX = 1_024
const HEARTBEAT_MS = 1_000
const SILENCE_MAX_MS = 3 * HEARTBEAT_MS
const INACTIVE_MS = 30_000
const RETRY_WAIT_MS = 100

export type OrderedBatch<T> = { readonly items: readonly T[]; readonly throughSeq: number }

export type OrderedReadOptions<T> = {
  readonly stream: string
  /** None: everything. Servers before 2.10 take one at most, and are slow with one. */
  readonly filters: readonly string[]
  readonly fromSeq: number
  readonly signal: AbortSignal
  /** Undefined: skip it. Called once a message, in stream order, on arrival. */
  readonly decode: (msg: Msg, delivery: Delivery) => T | undefined
}

type Chunk<T> = { items: T[]; throughSeq: number; flowReply: string }

/**
 * Reads a stream in order, without gaps or duplicates, for ever: an ephemeral push consumer without
 * acks, counted by its own sequence. When a message is missing, the heartbeats stop or the
 * connection was remade, the consumer is made anew behind the last message received.
 *
 * Memory is bounded by the server's flow control: it stops at 32 MB sent and not yet answered for,
 * and a flow control request is answered when the reader has taken everything received before it.
 */
export async function* readOrdered<T>(
  nats: Nats,
  options: OrderedReadOptions<T>,
): AsyncGenerator<OrderedBatch<T>, void, undefined> {
  const reader = new OrderedReader(nats, options)
  try {
    for (let batch = await reader.next(); batch; batch = await reader.next()) yield batch
  } finally {
    reader.close()
  }
}

class OrderedReader<T> {
  readonly #nats: Nats
  readonly #options: OrderedReadOptions<T>
  readonly #chunks: Chunk<T>[] = []
  readonly #monitor: NodeJS.Timeout
  readonly #stopListening: () => void
  /** The newest received, or what the reader starts behind: a new consumer goes on from here. */
  #deliveredSeq: number
  /** The newest known to be received or not to match. */
  #throughSeq: number
  /** Counts consumers: what an old one still delivers is dropped. */
  #generation = 0
  #consumerSeq = 0
  #consumerName: string | undefined
  #subscription: Subscription | undefined
  /** The stream's newest when the consumer was made. */
  #newestAtStart = 0
  #lastHeardMs = 0
  #failure: unknown
  #isClosed = false
  #wake: (() => void) | undefined

  constructor(nats: Nats, options: OrderedReadOptions<T>) {
    this.#nats = nats
    this.#options = options
    this.#deliveredSeq = Math.max(1, options.fromSeq) - 1
    this.#throughSeq = this.#deliveredSeq
    this.#stopListening = nats.onReconnect(() => this.#restart())
    this.#monitor = setInterval(() => this.#checkSilence(), HEARTBEAT_MS)
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
    void nats.closed().then(() => this.#fail(new NatsError('NATS_CLOSED', 'NATS was closed')))
    this.#restart()
  }

  /** What has arrived, as soon as there is something; undefined after the signal. */
  async next(): Promise<OrderedBatch<T> | undefined> {
    for (;;) {
      if (this.#options.signal.aborted) return undefined
      if (this.#failure) throw this.#failure
      const chunk = this.#chunks.shift()
      if (chunk) {
        if (chunk.flowReply !== '') this.#answerFlowControl(chunk.flowReply)
        return chunk
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#isClosed = true
    this.#generation++
    this.#stopListening()
    clearInterval(this.#monitor)
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    this.#dropConsumer()
  }

  readonly #onAbort = (): void => this.#resume()

  #restart(): void {
    if (this.#isClosed || this.#failure) return
    this.#dropConsumer()
    this.#lastHeardMs = performance.now()
    void this.#start(++this.#generation)
  }

  async #start(generation: number): Promise<void> {
    const { stream } = this.#options
    const isStale = (): boolean => generation !== this.#generation
    while (!isStale()) {
      try {
        const { state } = await this.#nats.manager.streams.info(stream)
        if (isStale()) return
        this.#checkRange(state.first_seq, state.last_seq, state.messages)
        this.#newestAtStart = state.last_seq
        const inbox = createInbox()
        this.#consumerSeq = 0
        this.#subscription?.unsubscribe()
        this.#subscription = this.#nats.connection.subscribe(inbox, {
          callback: (_, msg) => {
            if (!isStale()) this.#onMessage(msg)
          },
        })
        const info = await this.#nats.manager.consumers.add(stream, this.#consumerConfig(inbox))
        if (isStale()) this.#deleteConsumer(info.name)
        else this.#onStarted(info.name, info.num_pending + info.delivered.consumer_seq === 0)
        return
      } catch (error) {
        if (isStale()) return
        if (isStreamNotFound(error)) this.#fail(noStreamError(stream, error))
        else if (error instanceof NatsError) this.#fail(error)
        else await new Promise((resolve) => setTimeout(resolve, RETRY_WAIT_MS))
      }
    }
  }

  #consumerConfig(inbox: string): Partial<ConsumerConfig> {
    const { filters } = this.#options
    return {
      deliver_subject: inbox,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#deliveredSeq + 1,
      replay_policy: ReplayPolicy.Instant,
      ack_policy: AckPolicy.None,
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: nanos(HEARTBEAT_MS),
      inactive_threshold: nanos(INACTIVE_MS),
      mem_storage: true,
      num_replicas: 1,
      ...(filters.length === 1 && { filter_subject: filters[0]! }),
      ...(filters.length > 1 && { filter_subjects: [...filters] }),
    }
  }

  #checkRange(firstSeq: number, lastSeq: number, messages: number): void {
    const { stream } = this.#options
    const wanted = this.#deliveredSeq + 1
    if (wanted > lastSeq + 1) {
      throw new NatsError(
        'NATS_TAPE_BEHIND',
        `${stream} ends at ${lastSeq}, but ${wanted} is wanted: the stream was replaced or lost its end. ` +
          'Restore it, or delete the snapshots made from the longer one',
      )
    }
    if (messages > 0 && wanted > 1 && wanted < firstSeq) {
      throw new NatsError(
        'NATS_TAPE_TRIMMED',
        `${stream} begins at ${firstSeq}, but ${wanted} is wanted: older records were removed`,
      )
    }
  }

  #onStarted(name: string, isNothingWaiting: boolean): void {
    this.#consumerName = name
    this.#lastHeardMs = performance.now()
    if (isNothingWaiting) this.#receive(this.#newestAtStart)
  }

  /** A throw in here would end the client's read loop: failures are handed to the reader instead. */
  #onMessage(msg: Msg): void {
    try {
      this.#lastHeardMs = performance.now()
      const delivery = parseDelivery(msg.reply ?? '')
      if (delivery) this.#onDelivery(msg, delivery)
      else this.#onControl(msg)
    } catch (error) {
      this.#fail(error)
    }
  }

  #onDelivery(msg: Msg, delivery: Delivery): void {
    const { streamSeq, consumerSeq, pending } = delivery
    if (consumerSeq !== this.#consumerSeq + 1) {
      this.#restart()
      return
    }
    this.#consumerSeq = consumerSeq
    assert(streamSeq > this.#deliveredSeq, `delivered ${streamSeq} after ${this.#deliveredSeq}`)
    this.#deliveredSeq = streamSeq
    this.#receive(streamSeq, this.#options.decode(msg, delivery))
    if (pending === 0) this.#receive(this.#newestAtStart)
  }

  /** Idle heartbeats and flow control requests. */
  #onControl(msg: Msg): void {
    if (msg.headers?.code !== 100) return
    const stalledReply = msg.headers.get('Nats-Consumer-Stalled')
    const flowReply = msg.reply || stalledReply
    if (flowReply) {
      const last = this.#chunks.at(-1)
      if (last) last.flowReply = flowReply
      else this.#answerFlowControl(flowReply)
    }
    if (msg.reply || stalledReply) return
    const delivered = Number(msg.headers.get('Nats-Last-Consumer'))
    if (delivered !== this.#consumerSeq) this.#restart()
    else this.#receive(Number(msg.headers.get('Nats-Last-Stream')))
  }

  /** All up to `seq` was delivered or does not match: also news when nothing was accepted. */
  #receive(seq: number, item?: T): void {
    if (seq <= this.#throughSeq && item === undefined) return
    let chunk = this.#chunks.at(-1)
    if (!chunk || chunk.items.length >= BATCH_MAX) {
      chunk = { items: [], throughSeq: 0, flowReply: '' }
      this.#chunks.push(chunk)
    }
    if (item !== undefined) chunk.items.push(item)
    this.#throughSeq = Math.max(this.#throughSeq, seq)
    chunk.throughSeq = this.#throughSeq
    this.#resume()
  }

  #answerFlowControl(reply: string): void {
    if (!this.#nats.connection.isClosed()) this.#nats.connection.publish(reply)
  }

  #checkSilence(): void {
    const isSilent = performance.now() - this.#lastHeardMs > SILENCE_MAX_MS
    if (isSilent && this.#nats.isConnected) this.#restart()
  }

  #dropConsumer(): void {
    if (!this.#nats.connection.isClosed()) this.#subscription?.unsubscribe()
    this.#subscription = undefined
    if (this.#consumerName) this.#deleteConsumer(this.#consumerName)
    this.#consumerName = undefined
  }

  /** A courtesy: the server removes a consumer nobody listens to by itself. */
  #deleteConsumer(name: string): void {
    if (this.#nats.connection.isClosed()) return
    this.#nats.manager.consumers.delete(this.#options.stream, name).catch(() => {})
  }

  #fail(error: unknown): void {
    if (this.#failure || this.#isClosed) return
    this.#failure = error
    this.#generation++
    this.#dropConsumer()
    this.#resume()
  }

  #resume(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}

const noStreamError = (stream: string, cause: unknown): NatsError =>
  new NatsError('NATS_NO_STREAM', `there is no stream ${stream}: run ensureStreams first`, {
    cause,
  })
