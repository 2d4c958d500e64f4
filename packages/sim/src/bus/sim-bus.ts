import type { Ack, EventLog, Outgoing, ReadOptions, TapeBatch, TapeRecord } from '@kwm/runtime'
import { assert, type Prng } from '@kwm/std'

export type SimBusFaults = {
  /** Probability that an append is stored and its acknowledgement never comes. */
  readonly ackLoss: number
  /** Most records delivered at once. */
  readonly batchMax: number
  /** False: the broker has forgotten every id, as after its dedupe window. */
  readonly dedupes: boolean
}

type Append = {
  readonly record: Outgoing
  readonly resolve: (ack: Ack) => void
  readonly reject: (error: Error) => void
}

/**
 * A tape on a simulated network. Nothing happens until `step`: then one thing that could happen
 * next does, chosen by the seed: a record reaches the broker, an acknowledgement or a batch reaches
 * a client. Appends of one connection stay in order; everything else is up to chance.
 */
export class SimBus {
  readonly shard: string
  readonly records: TapeRecord[] = []
  readonly #prng: Prng
  readonly #faults: SimBusFaults
  readonly #seqById = new Map<string, number>()
  readonly #connections = new Set<SimConnection>()

  constructor(shard: string, prng: Prng, faults: SimBusFaults) {
    this.shard = shard
    this.#prng = prng
    this.#faults = faults
  }

  connect(): SimConnection {
    const connection = new SimConnection(this, this.#prng, this.#faults)
    this.#connections.add(connection)
    return connection
  }

  /**
   * The process behind the connection dies: it hears nothing more, and of what it had sent some
   * first part still arrives.
   */
  kill(connection: SimConnection): void {
    connection.die()
    this.#connections.delete(connection)
  }

  /** One thing happens. False when nothing can. */
  step(): boolean {
    const possible = [...this.#connections].flatMap((connection) => connection.possible())
    if (possible.length === 0) return false
    possible[this.#prng.nextInt(possible.length)]!()
    return true
  }

  store(record: Outgoing): Ack {
    const known = this.#seqById.get(record.id)
    if (known !== undefined && this.#faults.dedupes) return { seq: known, isDuplicate: true }
    const seq = this.records.length + 1
    this.records.push({ ...record, seq, storedTimeUs: 0 })
    this.#seqById.set(record.id, seq)
    return { seq, isDuplicate: false }
  }
}

/** One process's connection. Everything it awaits is settled by `SimBus.step`, or never. */
export class SimConnection implements EventLog {
  readonly shard: string
  readonly #bus: SimBus
  readonly #prng: Prng
  readonly #faults: SimBusFaults
  readonly #sent: Append[] = []
  readonly #acks: (() => void)[] = []
  readonly #readers = new Set<SimReader>()
  readonly #questions: (() => void)[] = []
  #isDead = false

  constructor(bus: SimBus, prng: Prng, faults: SimBusFaults) {
    this.shard = bus.shard
    this.#bus = bus
    this.#prng = prng
    this.#faults = faults
  }

  append(record: Outgoing): Promise<Ack> {
    return new Promise((resolve, reject) => {
      if (!this.#isDead) this.#sent.push({ record, resolve, reject })
    })
  }

  lastSeq(): Promise<number> {
    return new Promise((resolve) => {
      this.#questions.push(() => resolve(this.#bus.records.length))
    })
  }

  read(options: ReadOptions): AsyncIterable<TapeBatch> {
    const reader = new SimReader(this.#bus, options)
    this.#readers.add(reader)
    return reader
  }

  possible(): (() => void)[] {
    const readable = [...this.#readers].filter((reader) => reader.canDeliver())
    return [
      ...(this.#sent.length > 0 ? [() => this.#storeNext()] : []),
      ...(this.#acks.length > 0 ? [() => this.#acks.shift()!()] : []),
      ...(this.#questions.length > 0 ? [() => this.#questions.shift()!()] : []),
      ...readable.map(
        (reader) => () => reader.deliver(1 + this.#prng.nextInt(this.#faults.batchMax)),
      ),
    ]
  }

  die(): void {
    this.#isDead = true
    const arriving = this.#prng.nextInt(this.#sent.length + 1)
    for (const { record } of this.#sent.slice(0, arriving)) this.#bus.store(record)
    this.#sent.length = 0
  }

  #storeNext(): void {
    const { record, resolve, reject } = this.#sent.shift()!
    const ack = this.#bus.store(record)
    const isLost = this.#prng.nextFloat() < this.#faults.ackLoss
    this.#acks.push(
      isLost ? () => reject(new Error(`no ack of ${record.id} in time`)) : () => resolve(ack),
    )
  }
}

class SimReader implements AsyncIterable<TapeBatch>, AsyncIterator<TapeBatch> {
  readonly #bus: SimBus
  readonly #options: ReadOptions
  #nextSeq: number
  #waiting: ((result: IteratorResult<TapeBatch>) => void) | undefined
  #isOver = false

  constructor(bus: SimBus, options: ReadOptions) {
    this.#bus = bus
    this.#options = options
    this.#nextSeq = options.fromSeq
    if (options.signal.aborted) this.#end()
    options.signal.addEventListener('abort', () => this.#end(), { once: true })
  }

  [Symbol.asyncIterator](): AsyncIterator<TapeBatch> {
    return this
  }

  next(): Promise<IteratorResult<TapeBatch>> {
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined })
    assert(!this.#waiting, 'one next at a time')
    return new Promise((resolve) => (this.#waiting = resolve))
  }

  return(): Promise<IteratorResult<TapeBatch>> {
    this.#isOver = true
    return Promise.resolve({ done: true, value: undefined })
  }

  canDeliver(): boolean {
    return this.#waiting !== undefined && this.#nextSeq <= this.#bus.records.length
  }

  deliver(most: number): void {
    const from = this.#nextSeq - 1
    const slice = this.#bus.records.slice(from, from + most)
    this.#nextSeq += slice.length
    const records = slice.filter((record) => this.#options.accepts(record.subject))
    this.#settle({ done: false, value: { records, throughSeq: this.#nextSeq - 1 } })
  }

  #end(): void {
    this.#isOver = true
    this.#settle({ done: true, value: undefined })
  }

  #settle(result: IteratorResult<TapeBatch>): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.(result)
  }
}
