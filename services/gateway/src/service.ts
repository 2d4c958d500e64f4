import { randomUUID } from 'node:crypto'
import { eventTypeOf, type AnyEvent } from '@kwm/contracts'
import { decodeRecord, encodeEvent } from '@kwm/machines'
import type { Ack, Clock, EventLog, TapeRecord } from '@kwm/runtime'
import { UnparsableRecordError } from '@kwm/runtime'
import type { Metrics } from './metrics.ts'
import { isReadModelEvent, ReadModel, readModelTypes } from './read-model/read-model.ts'
import { explain, EventIndex, type Why } from './why.ts'

type Log = { warn(fields: object, message: string): void; info(f: object, m: string): void }

export type GatewayOptions = {
  readonly events: EventLog
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly tailRecords: number
}
export type ControlRequest = {
  readonly action: 'halt' | 'resume'
  readonly reason: string
  readonly requestedBy: string
  /** Repeated when a request is sent again, so that it is on the tape once. */
  readonly requestId?: string | undefined
}

const WANTED = new Set<string>(readModelTypes)

/** Follows the tape into the read model, and puts an operator's requests onto it. Decides nothing. */
export class GatewayService {
  readonly model = new ReadModel()
  readonly #index = new EventIndex()
  readonly #options: GatewayOptions
  #headSeq = 0
  #isCaughtUp = false
  #onChange: () => void = () => {}
  #onBroken: (error: unknown) => void = () => {}

  constructor(options: GatewayOptions) {
    this.#options = options
  }

  get shard(): string {
    return this.#options.events.shard
  }

  /** The end of the tape as last heard of. */
  get headSeq(): number {
    return Math.max(this.#headSeq, this.model.tapeSeq)
  }

  /** Everything that was on the tape at the start is in the read model. */
  get isReady(): boolean {
    return this.#isCaughtUp
  }

  /** One listener, called after each batch. */
  onChange(listener: () => void): void {
    this.#onChange = listener
  }

  /** Until the signal. Rejects when the tape cannot be read, or an append to it failed. */
  async run(signal: AbortSignal): Promise<void> {
    const broken = new Promise<never>((_, reject) => {
      this.#onBroken = reject
    })
    await Promise.race([this.#follow(signal), broken])
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { events, tailRecords, metrics, log } = this.#options
    this.#headSeq = await events.lastSeq()
    this.#isCaughtUp = this.#headSeq === 0
    const fromSeq = tailRecords === 0 ? 1 : Math.max(1, this.#headSeq - tailRecords + 1)
    const accepts = (subject: string): boolean => WANTED.has(eventTypeOf(subject))
    for await (const batch of events.read({
      fromSeq,
      accepts,
      eventTypes: readModelTypes,
      signal,
    })) {
      for (const record of batch.records) this.#take(record)
      this.model.skipTo(batch.throughSeq)
      metrics.tapeSeq.set(this.model.tapeSeq)
      if (!this.#isCaughtUp && this.model.tapeSeq >= this.#headSeq) {
        this.#isCaughtUp = true
        log.info({ tapeSeq: this.model.tapeSeq }, 'caught up')
      }
      for (const [kind, size] of Object.entries(this.model.sizes())) {
        metrics.readModelItems.set({ kind }, size)
      }
      this.#onChange()
    }
  }

  why(id: string): Promise<Why | undefined> {
    return explain(this.#options.events, this.#index, id)
  }

  /** Ask risk to halt or resume. Resolves when the request is on the tape, not when it is obeyed. */
  async request({
    action,
    reason,
    requestedBy,
    requestId,
  }: ControlRequest): Promise<Ack & { id: string }> {
    const id = `gateway-${action}-${requestId ?? randomUUID()}`
    const timeUs = this.#nowUs()
    const event: AnyEvent = {
      type: action === 'halt' ? 'ops.halt-requested.v1' : 'ops.resume-requested.v1',
      id,
      causationId: `operator-${requestedBy}`,
      eventTimeUs: timeUs,
      ingestTimeUs: timeUs,
      data: { reason, requestedBy },
    }
    try {
      const ack = await this.#options.events.append(encodeEvent(event, this.shard, 0))
      return { ...ack, id }
    } catch (error) {
      this.#onBroken(error) // Not known to be stored: crash, and let the operator ask again.
      throw error
    }
  }

  /** The tape's own time where it is not the wall's: a request must not come from its future. */
  #nowUs(): number {
    const { tickSource, eventTimeUs } = this.model
    return tickSource === 'tape' ? eventTimeUs : this.#options.clock.nowUs()
  }

  #take(record: TapeRecord): void {
    const event = this.#decode(record)
    if (event !== null && !isReadModelEvent(event)) return
    this.model.apply(event, record.seq)
    if (event !== null && event.type !== 'ops.tick.v1') this.#index.add(record.id, record.seq)
    this.#options.metrics.recordsTotal.inc({ outcome: event ? 'applied' : 'unparsable' })
  }

  /** A record nobody can read is the reader's dead letter, not ours: it is counted and passed over. */
  #decode(record: TapeRecord): AnyEvent | null {
    try {
      return decodeRecord(record)
    } catch (error) {
      if (!(error instanceof UnparsableRecordError)) throw error
      this.#options.log.warn({ seq: record.seq, reason: error.message }, 'unparsable record')
      return null
    }
  }
}
