import type {
  Ack,
  EventLog,
  Outgoing,
  ReadOptions,
  SnapshotStore,
  StoredSnapshot,
  TapeBatch,
  TapeRecord,
} from './ports.ts'

/** The tape in memory: backtests, the in-process demo, tests. Appending is immediate. */
export class MemoryLog implements EventLog {
  readonly shard: string
  readonly #records: TapeRecord[] = []
  readonly #seqById = new Map<string, number>()
  #wake: (() => void)[] = []

  constructor(shard: string, records: readonly TapeRecord[] = []) {
    this.shard = shard
    for (const record of records) {
      this.#records.push(record)
      this.#seqById.set(record.id, record.seq)
    }
  }

  get records(): readonly TapeRecord[] {
    return this.#records
  }

  /** Append at once; an id that is already there is a duplicate. */
  appendNow(record: Outgoing, storedTimeUs = 0): Ack {
    const known = this.#seqById.get(record.id)
    if (known !== undefined) return { seq: known, isDuplicate: true }
    const seq = (this.#records.at(-1)?.seq ?? 0) + 1
    this.#records.push({ ...record, seq, storedTimeUs })
    this.#seqById.set(record.id, seq)
    const wake = this.#wake
    this.#wake = []
    for (const resume of wake) resume()
    return { seq, isDuplicate: false }
  }

  append(record: Outgoing): Promise<Ack> {
    return Promise.resolve(this.appendNow(record))
  }

  lastSeq(): Promise<number> {
    return Promise.resolve(this.#records.at(-1)?.seq ?? 0)
  }

  async *read({ fromSeq, accepts, signal }: ReadOptions): AsyncIterable<TapeBatch> {
    let index = this.#records.findIndex((record) => record.seq >= fromSeq)
    if (index < 0) index = this.#records.length
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    while (!signal.aborted) {
      if (index === this.#records.length) {
        await Promise.race([new Promise<void>((resolve) => this.#wake.push(resolve)), stopped])
        continue
      }
      const slice = this.#records.slice(index)
      index += slice.length
      yield {
        records: slice.filter((record) => accepts(record.subject)),
        throughSeq: slice.at(-1)!.seq,
      }
    }
  }
}

export class MemorySnapshotStore implements SnapshotStore {
  readonly #snapshots = new Map<string, StoredSnapshot>()

  load(service: string): Promise<StoredSnapshot | undefined> {
    return Promise.resolve(this.#snapshots.get(service))
  }

  save(service: string, snapshot: StoredSnapshot): Promise<void> {
    this.#snapshots.set(service, snapshot)
    return Promise.resolve()
  }
}
