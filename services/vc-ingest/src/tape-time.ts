import { eventTypeOf } from '@kwm/contracts'
import { tickSecond } from '@kwm/machines'
import type { Clock, EventLog } from '@kwm/runtime'

const TICK = 'ops.tick.v1'
const US_PER_SECOND = 1_000_000

type Sleeper = { readonly untilUs: number; readonly wake: () => void }

/**
 * The time of the tape: for a day that is simulated or played faster than it was. It stands still
 * between ticks, and nobody who sleeps by it wakes before the tape says so.
 */
export class TapeTime implements Clock {
  readonly #sleepers = new Set<Sleeper>()
  #nowUs = 0

  nowUs(): number {
    return this.#nowUs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const untilUs = this.#nowUs + ms * 1_000
    if (signal?.aborted || ms <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const sleeper = { untilUs, wake: () => wake() }
      const wake = (): void => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }

  /** Follow the ticks from the last one on the tape, until the signal. */
  async follow(tape: Pick<EventLog, 'read'>, fromSeq: number, signal: AbortSignal): Promise<void> {
    const accepts = (subject: string): boolean => eventTypeOf(subject) === TICK
    for await (const { records } of tape.read({ fromSeq, accepts, eventTypes: [TICK], signal })) {
      const newest = records.at(-1)
      if (newest) this.advance(tickSecond(newest) * US_PER_SECOND)
    }
  }

  /** Until the tape has a time at all. */
  async begun(signal: AbortSignal): Promise<void> {
    if (this.#nowUs === 0) await this.sleep(1, signal)
  }

  advance(toUs: number): void {
    if (toUs <= this.#nowUs) return
    this.#nowUs = toUs
    for (const sleeper of [...this.#sleepers]) if (sleeper.untilUs <= toUs) sleeper.wake()
  }
}
