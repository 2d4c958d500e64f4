import type { RawFrame } from '@kwm/contracts'
import { eventSchemas, eventTypeOf, isEventType, type AnyEvent } from '@kwm/contracts'
import { MemoryLog, MemorySnapshotStore } from '@kwm/runtime'
import type { Ack, DeadLetter, EventLog, Outgoing, RawLog, RawRecord } from '@kwm/runtime'

/** What outlives a process. `order` is the order in which things were stored, by their ids. */
export class MemoryBroker {
  readonly raw: RawRecord[] = []
  readonly tape = new MemoryLog('main')
  readonly letters: DeadLetter[] = []
  readonly snapshots = new MemorySnapshotStore()
  readonly order: string[] = []
  /** Appended a second time. A real broker stores it twice when the first is minutes ago. */
  readonly repeated: string[] = []
  /** Events lost on the way, as in a crash. */
  lost = 0

  /** `tapeMax`: what comes behind so many facts on the tape is lost on the way, as in a crash. */
  connect(tapeMax = Infinity) {
    let appended = 0
    const raw: RawLog = {
      append: (subject, frame) => this.#appendRaw(subject, frame),
      replay: ({ subject, fromSeq }) => this.#replay(subject, fromSeq),
      lastSeq: () => Promise.resolve(this.raw.length),
    }
    const tape: EventLog = {
      shard: 'main',
      append: (outgoing: Outgoing): Promise<Ack> => {
        if (outgoing.subject.includes('.wx.')) appended++
        if (appended > tapeMax) {
          this.lost++
          return new Promise(() => undefined)
        }
        this.order.push(outgoing.id)
        const ack = this.tape.appendNow(outgoing)
        if (ack.isDuplicate) this.repeated.push(outgoing.id)
        return new Promise((resolve) => {
          setImmediate(resolve, ack)
        })
      },
      read: (options) => this.tape.read(options),
      lastSeq: () => this.tape.lastSeq(),
    }
    const deadLetters = {
      append: (letter: DeadLetter): Promise<void> => {
        this.letters.push(letter)
        return Promise.resolve()
      },
    }
    return { raw, tape, deadLetters, snapshots: this.snapshots }
  }

  /** Checked against their schemas. */
  events(): AnyEvent[] {
    return this.tape.records.map(({ subject, body }) => {
      const type = eventTypeOf(subject)
      if (!isEventType(type)) throw new Error(`no event: ${subject}`)
      return eventSchemas[type].parse(JSON.parse(body))
    })
  }

  weather(): AnyEvent[] {
    return this.events().filter(({ type }) => type.startsWith('wx.'))
  }

  #appendRaw(subject: string, frame: RawFrame): Promise<Ack> {
    const seq = this.raw.length + 1
    this.raw.push({ ...frame, bytes: new Uint8Array(frame.bytes), seq, subject })
    this.order.push(`${frame.connectionId}-${frame.frameNo}`)
    return new Promise((resolve) => {
      setImmediate(resolve, { seq, isDuplicate: false })
    })
  }

  async *#replay(subject: string, fromSeq: number): AsyncIterable<RawRecord> {
    const prefix = subject.replace(/\*$/, '')
    for (const record of this.raw.slice(fromSeq - 1)) {
      if (record.subject.startsWith(prefix)) yield record
    }
  }
}
