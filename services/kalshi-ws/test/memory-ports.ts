import { createRegistry } from '@kwm/adapter-telemetry'
import type { RawFrame } from '@kwm/contracts'
import { MemoryLog, MemorySnapshotStore } from '@kwm/runtime'
import type {
  Ack,
  DeadLetter,
  DeadLetterLog,
  EventLog,
  Outgoing,
  RawLog,
  RawRecord,
} from '@kwm/runtime'
import { createMetrics } from '../src/metrics.ts'

/** A broker that outlives the process: acks come late, and after `crash` nothing is taken any more. */
export class MemoryBroker {
  readonly raw: RawRecord[] = []
  readonly tape: MemoryLog
  readonly letters: DeadLetter[] = []
  readonly snapshots = new MemorySnapshotStore()
  readonly shard: string

  constructor(shard = 'main') {
    this.shard = shard
    this.tape = new MemoryLog(shard)
  }

  /** What one process holds of it. `tapeMax`: its later appends to the tape are lost on the way. */
  connect(tapeMax = Infinity): BrokerClient {
    return new BrokerClient(this, tapeMax)
  }
}

export class BrokerClient {
  readonly #broker: MemoryBroker
  readonly #tapeMax: number
  #appended = 0
  #isCrashed = false

  constructor(broker: MemoryBroker, tapeMax: number) {
    this.#broker = broker
    this.#tapeMax = tapeMax
  }

  crash(): void {
    this.#isCrashed = true
  }

  readonly raw: RawLog = {
    append: (subject, frame) => this.#appendRaw(subject, frame),
    replay: (options) => this.#replay(options.subject, options.fromSeq),
    lastSeq: () => Promise.resolve(this.#broker.raw.length),
  }

  get tape(): EventLog {
    const { tape, shard } = this.#broker
    return {
      shard,
      append: (outgoing: Outgoing) => {
        if (this.#isCrashed || this.#appended >= this.#tapeMax) return lost()
        this.#appended++
        return later(tape.appendNow(outgoing))
      },
      read: (options) => tape.read(options),
      lastSeq: () => tape.lastSeq(),
    }
  }

  readonly deadLetters: DeadLetterLog = {
    append: async (letter) => {
      if (this.#isCrashed) return lost()
      this.#broker.letters.push(letter)
    },
  }

  get snapshots(): MemorySnapshotStore {
    return this.#broker.snapshots
  }

  #appendRaw(subject: string, frame: RawFrame): Promise<Ack> {
    if (this.#isCrashed) return lost()
    const seq = this.#broker.raw.length + 1
    this.#broker.raw.push({ ...frame, bytes: new Uint8Array(frame.bytes), seq, subject })
    return later({ seq, isDuplicate: false })
  }

  async *#replay(subject: string, fromSeq: number): AsyncIterable<RawRecord> {
    const end = this.#broker.raw.length
    for (let at = fromSeq - 1; at < end; at++) {
      const record = this.#broker.raw[at]!
      if (record.subject === subject) yield record
    }
  }
}

const later = (ack: Ack): Promise<Ack> =>
  new Promise((resolve) => {
    setImmediate(resolve, ack)
  })
const lost = (): Promise<never> => new Promise(() => undefined)

export const newMetrics = () => createMetrics(createRegistry('test'))
