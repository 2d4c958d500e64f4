import type { VenueEvent, VenueSource } from '@kwm/sim'

/** Events due within this long are played together. */
const BATCH_MS = 1
/** Behind by more than this, time is let go instead of made up for: no burst is longer. */
const CATCH_UP_MAX_MS = 250
const EVENTS_PER_BATCH_MAX = 2_000
/** Nothing for this long on tape and more than the wait on the wall: the gap is cut short. */
const IDLE_MIN_US = 600_000_000
const IDLE_WAIT_MAX_MS = 5_000
const SLEEP_MAX_MS = 1_000
/** Simulated time waits for slow readers, but not longer than this at a stretch. */
const HOLD_MAX_MS = 2_000
/** At a real pace a slow reader is the reader's problem, as at the venue. */
const HOLD_FROM_SPEED = 60

export type PlayerPorts = {
  readonly nowMs: () => number
  readonly apply: (event: VenueEvent) => void
  /** A subscriber has much unread. */
  readonly isCongested: () => boolean
  readonly onGapSkipped: (skippedUs: number) => void
  readonly onFinished: () => void
}

/** Plays a source's events at a multiple of real time, from start to end, once. */
export class Player {
  readonly #ports: PlayerPorts
  readonly #source: VenueSource
  readonly #events: Iterator<VenueEvent>
  #next: VenueEvent | undefined
  #speed: number
  #isPlaying = false
  #startedAtMs: number | null = null
  #simUs: number
  /** Simulated time was `anchorUs` at `anchorMs` of the wall clock. */
  #anchorUs: number
  #anchorMs = 0
  #heldSinceMs: number | null = null
  #timer: NodeJS.Timeout | undefined
  eventsPlayed = 0

  constructor(source: VenueSource, speed: number, ports: PlayerPorts) {
    this.#ports = ports
    this.#source = source
    this.#speed = speed
    this.#events = source.changes()[Symbol.iterator]()
    this.#simUs = source.startTimeUs
    this.#anchorUs = source.startTimeUs
    this.#advance()
  }

  get isPlaying(): boolean {
    return this.#isPlaying
  }

  get isFinished(): boolean {
    return this.#next === undefined
  }

  get startedAtMs(): number | null {
    return this.#startedAtMs
  }

  get speed(): number {
    return this.#speed
  }

  get simTimeUs(): number {
    if (!this.#isPlaying) return this.#simUs
    const due = this.#dueUs(this.#ports.nowMs())
    return Math.max(this.#simUs, Math.min(due, this.#next?.timeUs ?? due))
  }

  get progress(): number {
    if (this.isFinished) return 1
    const { startTimeUs, endTimeUs } = this.#source
    return (this.simTimeUs - startTimeUs) / Math.max(1, endTimeUs - startTimeUs)
  }

  /** The books as they are before anything happens: there to be seen before the start. */
  open(): void {
    while (this.#next?.type === 'book-replaced' && this.#next.timeUs <= this.#simUs) {
      this.#step(this.#next)
    }
  }

  /** Nothing happens when it is playing or finished. */
  start(): void {
    if (this.#isPlaying || this.isFinished) return
    this.#isPlaying = true
    this.#startedAtMs ??= this.#ports.nowMs()
    this.#anchor()
    this.#plan(0)
  }

  pause(): void {
    if (!this.#isPlaying) return
    this.#simUs = this.simTimeUs
    this.#isPlaying = false
    clearTimeout(this.#timer)
  }

  setSpeed(speed: number): void {
    this.#simUs = this.simTimeUs
    this.#speed = speed
    this.#anchor()
    if (this.#isPlaying) this.#plan(0)
  }

  #anchor(): void {
    this.#anchorUs = this.#simUs
    this.#anchorMs = this.#ports.nowMs()
  }

  #dueUs(nowMs: number): number {
    return this.#anchorUs + (nowMs - this.#anchorMs) * 1_000 * this.#speed
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#play(), delayMs)
  }

  #play(): void {
    const nowMs = this.#ports.nowMs()
    if (this.#mustHold(nowMs)) {
      this.#anchor()
      return this.#plan(BATCH_MS)
    }
    this.#letGo(nowMs)
    const dueUs = this.#dueUs(nowMs)
    for (let played = 0; played < EVENTS_PER_BATCH_MAX; played++) {
      if (!this.#next || this.#next.timeUs > dueUs) break
      this.#step(this.#next)
    }
    if (!this.#next) return this.#finish()
    this.#continue(this.#next, dueUs)
  }

  #continue(next: VenueEvent, dueUs: number): void {
    const waitMs = (next.timeUs - dueUs) / 1_000 / this.#speed
    if (next.timeUs - this.#simUs > IDLE_MIN_US && waitMs > IDLE_WAIT_MAX_MS) {
      const toUs = next.timeUs - IDLE_WAIT_MAX_MS * 1_000 * this.#speed
      this.#ports.onGapSkipped(toUs - dueUs)
      this.#simUs = toUs
      this.#anchor()
      return this.#plan(BATCH_MS)
    }
    this.#plan(Math.min(SLEEP_MAX_MS, Math.max(waitMs < 0 ? 0 : BATCH_MS, waitMs)))
  }

  /** An event that should have been played long ago is played now, and the rest after it in step. */
  #letGo(nowMs: number): void {
    if (!this.#next) return
    const lateMs = (this.#dueUs(nowMs) - this.#next.timeUs) / 1_000 / this.#speed
    if (lateMs <= CATCH_UP_MAX_MS) return
    this.#simUs = Math.max(this.#simUs, this.#next.timeUs)
    this.#anchor()
  }

  #step(event: VenueEvent): void {
    this.#simUs = Math.max(this.#simUs, event.timeUs)
    this.#ports.apply(event)
    this.eventsPlayed++
    this.#advance()
  }

  #mustHold(nowMs: number): boolean {
    if (this.#speed < HOLD_FROM_SPEED || !this.#ports.isCongested()) {
      this.#heldSinceMs = null
      return false
    }
    this.#heldSinceMs ??= nowMs
    return nowMs - this.#heldSinceMs < HOLD_MAX_MS
  }

  #finish(): void {
    this.#isPlaying = false
    clearTimeout(this.#timer)
    this.#ports.onFinished()
  }

  #advance(): void {
    const { done, value } = this.#events.next()
    this.#next = done ? undefined : value
  }
}
