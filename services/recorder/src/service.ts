import { ConnectionLostError, DatabaseUnavailableError } from '@kwm/adapter-pg'
import type { Session } from '@kwm/adapter-pg'
import type { Clock, DeadLetterLog, EventLog } from '@kwm/runtime'
import { PoisonError, TapeBehindError } from './errors.ts'
import type { Metrics } from './metrics.ts'
import { Recording } from './recording.ts'
import { ShardStore } from './shard-store.ts'

const RECONNECT_TRIES_MAX = 8
const BACKOFF_FIRST_MS = 100
const BACKOFF_MAX_MS = 5_000
const LOCK_POLL_MS = 250
const WATCH_MS = 500
/** This near to the end of the tape counts as caught up. */
const READY_WITHIN_RECORDS = 5_000

type Log = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export type RecorderPorts = {
  readonly log: Log
  readonly tape: EventLog
  readonly deadLetters: DeadLetterLog
  readonly connect: () => Promise<Session>
  readonly clock: Clock
  readonly metrics: Metrics
}

export type RecorderOptions = { readonly batchMaxRows: number; readonly flushMs: number }

/** Copies the tape of a shard into the database, every record once. */
export class RecorderService {
  readonly #ports: RecorderPorts
  readonly #options: RecorderOptions
  #state: 'starting' | 'waiting for another recorder' | 'recording' | 'database lost' = 'starting'
  #isCaughtUp = false
  #positionSeq = 0
  #failures = 0

  constructor(ports: RecorderPorts, options: RecorderOptions) {
    this.#ports = ports
    this.#options = options
  }

  /** Or the reason why not. */
  get readiness(): true | string {
    if (this.#state !== 'recording') return this.#state
    return this.#isCaughtUp || 'catching up with the tape'
  }

  /** All up to here is in the database. */
  get positionSeq(): number {
    return this.#positionSeq
  }

  /**
   * Until the signal; then what was read is committed. A lost database is tried again a bounded
   * number of times, counted anew after each commit.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { log, clock, metrics } = this.#ports
    while (!signal.aborted) {
      try {
        await this.#connectAndRecord(signal)
        return
      } catch (error) {
        if (!isDatabaseLost(error) || ++this.#failures > RECONNECT_TRIES_MAX) throw error
        const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (this.#failures - 1))
        metrics.reconnectsTotal.inc()
        this.#state = 'database lost'
        log.warn({ reason: error.message, tries: this.#failures, backoffMs }, 'database lost')
        await clock.sleep(backoffMs, signal)
      }
    }
  }

  async #connectAndRecord(signal: AbortSignal): Promise<void> {
    const { connect, tape, clock } = this.#ports
    this.#isCaughtUp = false
    const session = await connect()
    const watching = new AbortController()
    const watch = this.#watchTape(watching.signal)
    try {
      const store = new ShardStore(session, tape.shard, clock)
      if (await this.#awaitLock(store, signal)) await this.#recordAll(store, signal)
    } finally {
      watching.abort()
      await watch
      await session.close().catch(() => undefined)
    }
  }

  /** The other recorder may be a stand-by of ours, or a dead one whose server has not noticed yet. */
  async #awaitLock(store: ShardStore, signal: AbortSignal): Promise<boolean> {
    const { log, clock, tape } = this.#ports
    let isSaid = false
    while (!signal.aborted) {
      if (await store.tryLock()) return true
      this.#state = 'waiting for another recorder'
      if (!isSaid) log.info({ shard: tape.shard }, 'another recorder has this shard: waiting')
      isSaid = true
      await clock.sleep(LOCK_POLL_MS, signal)
    }
    return false
  }

  /** Record until the signal, in ever smaller batches around a record PostgreSQL will not have. */
  async #recordAll(store: ShardStore, signal: AbortSignal): Promise<void> {
    const { log } = this.#ports
    const refused = new Map<number, string>()
    let poison: PoisonError | undefined
    let batchMaxRows = this.#options.batchMaxRows
    for (;;) {
      const until = new AbortController()
      const isPast = (): boolean => poison !== undefined && this.#positionSeq >= poison.throughSeq
      const onCommit = (): void => {
        if (isPast()) until.abort()
      }
      try {
        await this.#record(store, AbortSignal.any([signal, until.signal]), {
          refused,
          batchMaxRows,
          onCommit,
        })
        if (signal.aborted) return
        poison = undefined
        batchMaxRows = this.#options.batchMaxRows
      } catch (error) {
        if (!(error instanceof PoisonError) || refused.has(error.firstSeq)) throw error
        log.warn({ reason: error.message, records: error.records }, 'a record is refused')
        if (error.records === 1) refused.set(error.throughSeq, error.message)
        else batchMaxRows = Math.max(1, Math.min(batchMaxRows, error.records) >> 1)
        if (poison === undefined || error.throughSeq > poison.throughSeq) poison = error
      }
    }
  }

  async #record(
    store: ShardStore,
    signal: AbortSignal,
    options: {
      readonly refused: ReadonlyMap<number, string>
      readonly batchMaxRows: number
      readonly onCommit: () => void
    },
  ): Promise<void> {
    const { tape, log } = this.#ports
    const { tapeSeq, origin } = await store.load()
    this.#positionSeq = tapeSeq
    const endSeq = await tape.lastSeq()
    if (endSeq < tapeSeq) throw new TapeBehindError(tape.shard, tapeSeq, endSeq)
    log.info({ shard: tape.shard, fromSeq: tapeSeq + 1, endSeq }, 'recording')
    const onCommit = (throughSeq: number): void => {
      this.#positionSeq = throughSeq
      this.#failures = 0
      options.onCommit()
    }
    const recording = new Recording(
      { ...this.#ports, log: tape, store, onCommit },
      { fromSeq: tapeSeq + 1, origin, flushMs: this.#options.flushMs, ...options },
    )
    this.#state = 'recording'
    await recording.run(signal)
  }

  /** How far behind we are, for the metric and for readiness. */
  async #watchTape(signal: AbortSignal): Promise<void> {
    const { tape, clock, metrics } = this.#ports
    while (!signal.aborted) {
      // A broker that is away for a moment is the reader's business.
      const endSeq = await tape.lastSeq().catch(() => undefined)
      if (endSeq !== undefined) {
        const lag = Math.max(0, endSeq - this.#positionSeq)
        metrics.tapeLag.set(lag)
        if (this.#state === 'recording' && lag <= READY_WITHIN_RECORDS) this.#isCaughtUp = true
      }
      await clock.sleep(this.#isCaughtUp ? WATCH_MS : WATCH_MS / 10, signal)
    }
  }
}

const isDatabaseLost = (error: unknown): error is Error =>
  error instanceof ConnectionLostError || error instanceof DatabaseUnavailableError
