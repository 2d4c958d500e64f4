import { DataRefusedError } from '@kwm/adapter-pg'
import type { Clock, DeadLetterLog, EventLog } from '@kwm/runtime'
import { Batch } from './batch.ts'
import { PoisonError } from './errors.ts'
import type { Metrics } from './metrics.ts'
import type { Origin } from './origin.ts'
import type { ShardStore } from './shard-store.ts'

/** Records mapped to rows between two looks at the sockets. */
const SLICE_RECORDS = 32

export type RecordingPorts = {
  readonly log: EventLog
  readonly deadLetters: DeadLetterLog
  readonly store: ShardStore
  readonly clock: Clock
  readonly metrics: Metrics
  readonly onCommit: (throughSeq: number) => void
}

export type RecordingOptions = {
  readonly fromSeq: number
  readonly origin: Origin
  readonly batchMaxRows: number
  readonly flushMs: number
  /** Records whose typed rows PostgreSQL will not have, and why. */
  readonly refused: ReadonlyMap<number, string>
}

/**
 * From a stored position on: one batch is filled while the one before it is written. Ends with the
 * signal, after committing what it has, or with the first failure.
 */
export class Recording {
  readonly #ports: RecordingPorts
  readonly #options: RecordingOptions
  /** Ends the reading; with a failure or with the caller's signal. */
  readonly #stop = new AbortController()
  #batch: Batch
  #committedSeq: number
  #committing: Promise<void> | undefined
  #isDue = false
  #failure: unknown

  constructor(ports: RecordingPorts, options: RecordingOptions) {
    this.#ports = ports
    this.#options = options
    this.#committedSeq = options.fromSeq - 1
    this.#batch = new Batch(ports.log.shard, options.origin)
  }

  async run(signal: AbortSignal): Promise<void> {
    const stopped = AbortSignal.any([signal, this.#stop.signal])
    try {
      await this.#read(stopped)
      await this.#settled()
      if (this.#failure === undefined) await this.#commit()
    } finally {
      this.#stop.abort()
      await this.#settled()
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { log, metrics } = this.#ports
    const { fromSeq, refused } = this.#options
    let nextSeq = fromSeq
    const batches = log.read({ fromSeq, accepts: () => true, signal })
    for await (const { records, throughSeq } of batches) {
      let sliced = 0
      for (const record of records) {
        if (record.seq < nextSeq) continue // Delivered again: it is in the rows already.
        metrics.missingRecordsTotal.inc(record.seq - nextSeq)
        nextSeq = record.seq + 1
        if (this.#batch.records === 0) this.#startTimer(this.#batch)
        this.#batch.add(record, refused.get(record.seq))
        if (this.#batch.rows >= this.#options.batchMaxRows) await this.#handOver()
        else if (++sliced % SLICE_RECORDS === 0) await eventLoopTurn()
        if (this.#stop.signal.aborted) return
      }
      this.#batch.passOver(throughSeq)
      if (signal.aborted) return
    }
  }

  /** The batch is full: write it as soon as the one before it is written, and fill the next. */
  async #handOver(): Promise<void> {
    await this.#settled()
    if (this.#failure === undefined && this.#batch.records > 0) this.#startCommit()
    await eventLoopTurn()
  }

  /** No batch is being written: a due one may have followed the one we waited for. */
  async #settled(): Promise<void> {
    while (this.#committing) await this.#committing
  }

  #startTimer(batch: Batch): void {
    const { clock } = this.#ports
    const onDue = (): void => {
      if (batch !== this.#batch || this.#stop.signal.aborted) return
      if (this.#committing) this.#isDue = true
      else this.#startCommit()
    }
    void clock.sleep(this.#options.flushMs, this.#stop.signal).then(onDue)
  }

  #startCommit(): void {
    this.#committing = this.#commit()
      .catch((error: unknown) => {
        this.#failure ??= error
        this.#stop.abort()
      })
      .finally(() => {
        this.#committing = undefined
        if (this.#isDue && !this.#stop.signal.aborted) this.#startCommit()
      })
  }

  async #commit(): Promise<void> {
    const { log, deadLetters, store, clock, metrics, onCommit } = this.#ports
    const batch = this.#batch
    this.#batch = new Batch(log.shard, this.#options.origin)
    this.#isDue = false
    if (batch.throughSeq <= this.#committedSeq) return
    const startedUs = clock.nowUs()
    // Before the rows: a letter sent twice is stored once, a letter lost would be lost for good.
    await Promise.all(batch.letters.map((letter) => deadLetters.append(letter)))
    try {
      await store.commit(batch, this.#committedSeq)
    } catch (error) {
      if (!(error instanceof DataRefusedError)) throw error
      throw new PoisonError(this.#committedSeq + 1, batch.throughSeq, batch.records, error)
    }
    this.#committedSeq = batch.throughSeq
    metrics.commitSeconds.observe((clock.nowUs() - startedUs) / 1e6)
    metrics.batchRows.observe(batch.rows)
    metrics.recordsTotal.inc(batch.records)
    metrics.deadLettersTotal.inc(batch.letters.length)
    metrics.tapePosition.set(batch.throughSeq)
    for (const { table, count } of batch.copies()) metrics.rowsTotal.labels(table).inc(count)
    onCommit(batch.throughSeq)
  }
}

/** Let the sockets have their turn: mapping a batch would keep them waiting. */
const eventLoopTurn = (): Promise<void> => new Promise((resume) => setImmediate(resume))
