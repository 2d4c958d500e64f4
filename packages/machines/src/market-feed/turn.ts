import { rawFrameId } from '@kwm/contracts'
import type { AnyEvent, DataOf, EventType, RawFrame } from '@kwm/contracts'
import type {
  FeedEffect,
  FeedStep,
  FrameOutcome,
  QuarantineReason,
  RejectReason,
} from './output.ts'
import { lacksBook } from './state.ts'
import type { FeedState } from './state.ts'

/** The work on one record: what it has caused so far. */
export class Turn {
  readonly state: FeedState
  readonly record: RawFrame
  readonly #events: AnyEvent[] = []
  readonly #effects: FeedEffect[] = []
  #report: 'none' | 'if-changed' | 'always' = 'none'
  #cause = ''

  constructor(state: FeedState, record: RawFrame) {
    this.state = state
    this.record = record
  }

  /** Without a time of its own an event is as late as the newest time the venue gave. */
  emit<T extends EventType>(type: T, data: DataOf<T>, venueTimeUs: number | null = null): void {
    const { state, record } = this
    const causationId = rawFrameId(record)
    const event = {
      type,
      id: `${state.config.feed}-${causationId}-${this.#events.length}`,
      causationId,
      eventTimeUs: venueTimeUs ?? (state.venueTimeUs || record.receivedTimeUs),
      ingestTimeUs: record.receivedTimeUs,
      data,
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- type and data belong together by `T`
    this.#events.push(event as unknown as AnyEvent)
  }

  request(effect: FeedEffect): void {
    this.#effects.push(effect)
  }

  /** Count the frame, say so if the feed's status changed, and hand over. */
  finish(
    outcome: FrameOutcome | null = null,
    reason: QuarantineReason | RejectReason | '' = '',
    detail = '',
  ): FeedStep {
    const { counts } = this.state
    if (outcome !== null) {
      counts.framesIn++
      counts[outcome]++
    }
    if (this.#report !== 'none') this.#reportStatus()
    return { outcome, reason, detail, events: this.#events, effects: this.#effects }
  }

  /** Something happened on which the status of the feed depends. The last cause is named. */
  checkStatus(cause: string): void {
    if (this.#report === 'none') this.#report = 'if-changed'
    this.#cause = cause
  }

  /** Report the status also if it is what it was. */
  reportStatus(): void {
    this.#report = 'always'
  }

  #reportStatus(): void {
    const { state } = this
    const status = currentStatus(state)
    if (this.#report === 'if-changed' && status === state.status) return
    const reason = status === state.status ? '' : this.#cause
    state.status = status
    const { config, connectionId, counts, isSynthetic } = state
    const data = { feed: config.feed, status, reason, connectionId, ...counts, isSynthetic }
    this.emit('ops.feed-status.v1', state.isKeyless ? { ...data, mode: 'keyless' } : data)
  }
}

function currentStatus({ isConnected, markets }: FeedState): FeedState['status'] {
  if (!isConnected) return 'disconnected'
  for (const market of markets.values()) if (lacksBook(market)) return 'stale'
  return 'live'
}
