import { eventTypeOf } from '@kwm/contracts'
import { AssertionError } from '@kwm/std'
import { Recovery } from './recovery.ts'
import type {
  Clock,
  DeadLetterLog,
  EventLog,
  Outgoing,
  Processor,
  SnapshotStore,
  TapeBatch,
  TapeRecord,
} from './ports.ts'
import { UnparsableRecordError } from './ports.ts'

export type HostObserver = {
  input(type: string, seconds: number): void
  output(type: string): void
  deadLetter(reason: string): void
  snapshot(bytes: number, seconds: number): void
  caughtUp(seconds: number, records: number): void
  position(throughSeq: number): void
}

export type HostOptions = {
  /** Names the snapshot and the dead letters. */
  readonly service: string
  readonly processor: Processor
  readonly log: EventLog
  readonly snapshots: SnapshotStore
  readonly deadLetters: DeadLetterLog
  readonly clock: Clock
  readonly observer?: Partial<HostObserver>
  /** Called for each record after it was processed and its outputs were handed to the log. */
  readonly onProcessed?: (record: TapeRecord) => void
  /** Called once when recovery is over, with the sequence it resumed from. */
  readonly onReady?: (resumedFromSeq: number) => Promise<void> | void
  readonly snapshotEveryRecords?: number
}

const SNAPSHOT_EVERY_RECORDS = 20_000
const MAX_IN_FLIGHT = 8_192

/**
 * Hosts a processor on the tape: recover, then read, step, publish, and now and then snapshot.
 *
 * A snapshot is stored only when every output up to it is acknowledged. Whatever fails, fails the
 * run: the process exits, and recovery puts on the tape exactly what was missing.
 */
export class MachineHost {
  readonly #options: HostOptions
  readonly #inputs: ReadonlySet<string>
  readonly #outputs: Outgoing[] = []
  #throughSeq = 0
  #savedSeq = 0
  #inFlight = 0
  #failure: Error | undefined
  #settled: (() => void) | undefined
  #lastAppend: Promise<unknown> = Promise.resolve()
  #lastLetter: Promise<unknown> = Promise.resolve()
  #saving: Promise<unknown> = Promise.resolve()
  #isSaving = false
  #isReady = false
  readonly #failed = new AbortController()

  constructor(options: HostOptions) {
    this.#options = options
    this.#inputs = new Set(options.processor.inputTypes)
  }

  /** True once the machine has caught up with the tape and published what it owed. */
  get isReady(): boolean {
    return this.#isReady
  }

  get throughSeq(): number {
    return this.#throughSeq
  }

  /** Until the signal: then the outputs in flight are awaited and a last snapshot is stored. */
  async run(signal: AbortSignal): Promise<void> {
    const { service, processor, snapshots, log, onReady } = this.#options
    const stored = await snapshots.load(service)
    if (stored) processor.restore(stored.state)
    this.#throughSeq = this.#savedSeq = stored?.tapeSeq ?? 0
    const resumedFromSeq = this.#throughSeq

    await this.#recover(await log.lastSeq(), signal)
    if (signal.aborted) return
    await this.#save()
    await onReady?.(resumedFromSeq)
    this.#isReady = true

    for await (const batch of log.read({
      fromSeq: this.#throughSeq + 1,
      accepts: this.#accepts,
      eventTypes: processor.inputTypes,
      signal: AbortSignal.any([signal, this.#failed.signal]),
    })) {
      this.#step(batch)
      if (this.#inFlight > MAX_IN_FLIGHT) await this.#drain()
      if (!this.#isSaving && this.#isSnapshotDue()) this.#save().catch(this.#onFailed)
    }
    this.#isReady = false
    await this.#drain()
    await this.#save()
  }

  readonly #accepts = (subject: string): boolean => this.#inputs.has(eventTypeOf(subject))

  async #recover(lastSeq: number, signal: AbortSignal): Promise<void> {
    const { processor, log, clock, observer } = this.#options
    const startedUs = clock.nowUs()
    const recovery = new Recovery()
    const own = new Set(processor.outputTypes)
    const accepts = (subject: string): boolean =>
      this.#inputs.has(eventTypeOf(subject)) || own.has(eventTypeOf(subject))
    const eventTypes = [...new Set([...this.#inputs, ...own])]
    let records = 0
    const stop = new AbortController()
    const ends = AbortSignal.any([signal, stop.signal])
    const reading = { fromSeq: this.#throughSeq + 1, accepts, eventTypes, signal: ends }
    if (this.#throughSeq < lastSeq) {
      for await (const batch of log.read(reading)) {
        for (const record of batch.records) {
          const type = eventTypeOf(record.subject)
          if (own.has(type)) recovery.found(record)
          if (this.#inputs.has(type))
            for (const output of this.#process(record)) recovery.owe(output)
        }
        records += batch.records.length
        this.#throughSeq = Math.max(this.#throughSeq, batch.throughSeq)
        if (this.#throughSeq >= lastSeq) break
      }
      stop.abort()
    }
    for (const output of recovery.missing()) this.#publish(output)
    await this.#drain()
    observer?.caughtUp?.((clock.nowUs() - startedUs) / 1e6, records)
  }

  #step(batch: TapeBatch): void {
    for (const record of batch.records) {
      for (const output of this.#process(record)) this.#publish(output)
      this.#options.onProcessed?.(record)
    }
    this.#throughSeq = Math.max(this.#throughSeq, batch.throughSeq)
    this.#options.observer?.position?.(this.#throughSeq)
  }

  #process(record: TapeRecord): readonly Outgoing[] {
    const { processor, clock, observer } = this.#options
    this.#outputs.length = 0
    const startedUs = clock.nowUs()
    try {
      processor.process(record, this.#outputs)
    } catch (error) {
      if (!(error instanceof UnparsableRecordError)) throw error
      this.#deadLetter(record, error)
    }
    observer?.input?.(eventTypeOf(record.subject), (clock.nowUs() - startedUs) / 1e6)
    return this.#outputs
  }

  #publish(output: Outgoing): void {
    this.#lastAppend = this.#options.log.append(output)
    this.#track(this.#lastAppend)
    this.#options.observer?.output?.(eventTypeOf(output.subject))
  }

  #deadLetter({ subject, id, body }: TapeRecord, error: UnparsableRecordError): void {
    const { service, deadLetters, observer } = this.#options
    observer?.deadLetter?.(error.code)
    this.#lastLetter = deadLetters.append({ service, reason: error.message, subject, id, body })
    this.#track(this.#lastLetter)
  }

  #track(stored: Promise<unknown>): void {
    this.#inFlight++
    stored.then(this.#onStored, this.#onFailed)
  }

  readonly #onStored = (): void => {
    if (--this.#inFlight === 0) this.#settled?.()
  }

  readonly #onFailed = (error: unknown): void => {
    this.#failure ??= error instanceof Error ? error : new AssertionError(String(error))
    this.#failed.abort()
    this.#settled?.()
  }

  /** Until everything handed to the log is stored. */
  async #drain(): Promise<void> {
    if (this.#inFlight > 0 && !this.#failure) {
      await new Promise<void>((resolve) => (this.#settled = resolve))
      this.#settled = undefined
    }
    if (this.#failure) throw this.#failure
  }

  #isSnapshotDue(): boolean {
    const every = this.#options.snapshotEveryRecords ?? SNAPSHOT_EVERY_RECORDS
    return this.#throughSeq - this.#savedSeq >= every
  }

  /**
   * The state is taken at once; it is stored when everything said up to here is, while the machine
   * goes on. Appends are stored in the order of the calls, so the last one stands for all.
   */
  async #save(): Promise<void> {
    await this.#saving
    const tapeSeq = this.#throughSeq
    if (tapeSeq === this.#savedSeq) return
    this.#isSaving = true
    const { service, processor, snapshots, clock, observer } = this.#options
    const startedUs = clock.nowUs()
    const state = processor.snapshot()
    this.#savedSeq = tapeSeq
    this.#saving = Promise.all([this.#lastAppend, this.#lastLetter])
      .then(() => snapshots.save(service, { v: 1, tapeSeq, state }))
      .finally(() => (this.#isSaving = false))
    await this.#saving
    observer?.snapshot?.(state.length, (clock.nowUs() - startedUs) / 1e6)
  }
}
