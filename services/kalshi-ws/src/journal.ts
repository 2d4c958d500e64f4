import { rawFrameId, rawSubject, subjectKey, tapeSubject } from '@kwm/contracts'
import type { AnyEvent, RawFrame } from '@kwm/contracts'
import type { FeedConfig, FeedMachine, FeedSnapshot, FeedState, FeedStep } from '@kwm/machines'
import type {
  Ack,
  Clock,
  DeadLetterLog,
  EventLog,
  Outgoing,
  RawLog,
  SnapshotStore,
} from '@kwm/runtime'
import { AssertionError, assert } from '@kwm/std'
import type { Metrics } from './metrics.ts'
import { replayFeed } from './recovery.ts'
import type { RecoveryReport } from './recovery.ts'

export type JournalPorts = {
  readonly raw: RawLog
  readonly tape: EventLog
  readonly deadLetters: DeadLetterLog
  readonly snapshots: SnapshotStore
  readonly clock: Clock
  readonly metrics: Metrics
  readonly machine: FeedMachine
}

export type JournalOptions = {
  readonly feed: FeedConfig
  readonly snapshotEveryRecords?: number
  /** Called after each record taken live, not in a replay. */
  readonly onStep?: (step: FeedStep, record: RawFrame) => void
  /** True: stop the source for a while; false: go on. */
  readonly onPressure?: (isHigh: boolean) => void
}

export const RAW_SUBJECT = rawSubject('kalshi', 'ws')

/**
 * While fewer RAW appends than this are unacknowledged, an append goes out at once, and so before
 * the typed events made from it; the broker's client holds back beyond about 2,000.
 */
const RAW_IN_FLIGHT_MAX = 1_024
const IN_FLIGHT_HIGH = 16_384
const IN_FLIGHT_LOW = 4_096
const WAITING_MAX = 262_144
const SNAPSHOT_EVERY_RECORDS = 10_000

type StoredState = { readonly v: 1; readonly rawSeq: number; readonly feed: FeedSnapshot }

/**
 * The feed machine between RAW and the tape. Each record goes to RAW, then through the machine,
 * then its events go to the tape; nothing waits for an acknowledgement, and one that fails fails
 * the process. After a crash RAW is what was received: what the tape lacks is made again from it.
 */
export class FeedJournal {
  readonly #ports: JournalPorts
  readonly #options: JournalOptions
  readonly #name: string
  #state: FeedState
  #waiting: RawFrame[] = []
  #rawInFlight = 0
  #inFlight = 0
  #isPressed = false
  #lastRaw: Promise<Ack> | undefined
  #lastTape: Promise<Ack> | undefined
  #rawSeq = 0
  #tapeSeq = 0
  #recordsSinceSnapshot = 0
  #saving: Promise<void> | undefined
  #idle: (() => void)[] = []
  readonly #failed = new AbortController()
  #failure: Error | undefined

  constructor(ports: JournalPorts, options: JournalOptions) {
    this.#ports = ports
    this.#options = options
    // The bucket of snapshots is shared by all shards.
    this.#name = `${options.feed.feed}-${ports.tape.shard}`
    this.#state = ports.machine.initial(options.feed)
  }

  /** Read only: the journal alone steps it. */
  get state(): FeedState {
    return this.#state
  }

  /** Aborts when an append failed; `flush` then throws it. */
  get failed(): AbortSignal {
    return this.#failed.signal
  }

  /** Load, replay RAW and append what the tape lacks. To be awaited before the first record. */
  async recover(): Promise<RecoveryReport> {
    const { snapshots, machine } = this.#ports
    const stored = await snapshots.load(this.#name)
    if (stored) {
      const saved: StoredState = JSON.parse(stored.state)
      assert(saved.v === 1, `journal snapshot version ${String(saved.v)}`)
      this.#state = machine.restore(this.#options.feed, saved.feed)
      this.#rawSeq = saved.rawSeq
      this.#tapeSeq = stored.tapeSeq
    }
    const report = await replayFeed(
      {
        ...this.#ports,
        step: (record) => machine.step(this.#state, record),
        append: (outgoing) => this.#appendTape(outgoing, 0),
        letter: (record, step) => this.#appendLetter(record, step),
      },
      { feed: this.#options.feed.feed, rawSeq: this.#rawSeq, tapeSeq: this.#tapeSeq },
    )
    this.#rawSeq = report.rawSeq
    this.#tapeSeq = Math.max(this.#tapeSeq, report.tapeSeq)
    await this.flush()
    if (report.records > 0) await this.save()
    return report
  }

  /** Take a record. Records are numbered without holes by whoever owns their connection. */
  ingest(record: RawFrame): void {
    if (this.#failure) return
    if (this.#waiting.length === 0 && this.#rawInFlight < RAW_IN_FLIGHT_MAX) this.#take(record)
    else {
      assert(this.#waiting.length < WAITING_MAX, `${WAITING_MAX} frames wait for the broker`)
      this.#waiting.push(record)
    }
    this.#regulate()
  }

  /** Until everything taken is stored. */
  async flush(): Promise<void> {
    if (!this.#failure && this.#inFlight + this.#waiting.length > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve))
    }
    if (this.#failure) throw this.#failure
  }

  /** The state is taken at once, and stored when all that led to it is. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => (this.#saving = undefined))
    return this.#saving
  }

  async #save(): Promise<void> {
    const { snapshots, machine, metrics } = this.#ports
    this.#recordsSinceSnapshot = 0
    const feed = machine.snapshot(this.#state)
    const [raw, tape] = [this.#lastRaw, this.#lastTape]
    const rawSeq = raw ? (await raw).seq : this.#rawSeq
    const tapeSeq = tape ? (await tape).seq : this.#tapeSeq
    const stored: StoredState = { v: 1, rawSeq, feed }
    await snapshots.save(this.#name, { v: 1, tapeSeq, state: JSON.stringify(stored) })
    metrics.snapshotsTotal.inc()
  }

  #take(record: RawFrame): void {
    this.#rawInFlight++
    this.#lastRaw = this.#ports.raw.append(RAW_SUBJECT, record)
    this.#track(this.#lastRaw, () => {
      this.#rawInFlight--
      this.#pump()
    })
    const step = this.#stepLive(record)
    for (const event of step.events) {
      this.#appendTape(toOutgoing(this.#ports.tape.shard, event), record.receivedTimeUs)
    }
    if (step.outcome === 'quarantined') this.#appendLetter(record, step)
    this.#options.onStep?.(step, record)
    const every = this.#options.snapshotEveryRecords ?? SNAPSHOT_EVERY_RECORDS
    if (++this.#recordsSinceSnapshot >= every && !this.#saving) {
      this.save().catch((error: unknown) => this.#fail(error))
    }
  }

  /** A frame is counted when it is received, not when it is replayed. */
  #stepLive(record: RawFrame): FeedStep {
    const { machine, metrics } = this.#ports
    const gaps = this.#state.gaps
    const step = machine.step(this.#state, record)
    if (step.outcome !== null) metrics.framesTotal.inc({ outcome: step.outcome })
    if (step.outcome === 'quarantined') metrics.quarantinedTotal.inc({ reason: step.reason })
    if (step.outcome === 'rejected') metrics.rejectedTotal.inc({ reason: step.reason })
    if (this.#state.gaps > gaps) metrics.sequenceGapsTotal.inc(this.#state.gaps - gaps)
    return step
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#rawInFlight < RAW_IN_FLIGHT_MAX && !this.#failure) {
      const batch = this.#waiting.splice(0, RAW_IN_FLIGHT_MAX - this.#rawInFlight)
      for (const record of batch) this.#take(record)
    }
    this.#regulate()
  }

  #regulate(): void {
    const load = this.#inFlight + this.#waiting.length
    const isPressed = load > (this.#isPressed ? IN_FLIGHT_LOW : IN_FLIGHT_HIGH)
    if (isPressed === this.#isPressed) return
    this.#isPressed = isPressed
    this.#options.onPressure?.(isPressed)
  }

  #appendTape(outgoing: Outgoing, receivedTimeUs: number): void {
    const { tape, metrics, clock } = this.#ports
    this.#lastTape = tape.append(outgoing)
    metrics.eventsTotal.inc()
    this.#track(this.#lastTape, () => {
      if (receivedTimeUs === 0) return
      metrics.rawToTapeSeconds.observe(Math.max(0, clock.nowUs() - receivedTimeUs) / 1e6)
    })
  }

  #appendLetter(record: RawFrame, step: FeedStep): void {
    const { deadLetters } = this.#ports
    const letter = {
      service: this.#options.feed.feed,
      reason: step.detail === '' ? step.reason : `${step.reason}: ${step.detail}`,
      subject: RAW_SUBJECT,
      id: rawFrameId(record),
      body: record.bytes,
    }
    this.#track(deadLetters.append(letter))
  }

  #track<T>(stored: Promise<T>, then?: () => void): void {
    this.#inFlight++
    const onStored = (): void => {
      this.#inFlight--
      then?.()
      this.#ports.metrics.inFlight.set(this.#inFlight)
      if (this.#inFlight + this.#waiting.length === 0) this.#wake()
    }
    stored.then(onStored, (error: unknown) => this.#fail(error))
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new AssertionError(String(error))
    this.#failed.abort()
    this.#wake()
  }

  #wake(): void {
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}

export const toOutgoing = (shard: string, event: AnyEvent): Outgoing => ({
  subject: tapeSubject(shard, event.type, subjectKey(event)),
  id: event.id,
  inputSeq: 0,
  body: JSON.stringify(event),
})
