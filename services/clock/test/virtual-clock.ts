import type { Clock } from '@kwm/runtime'

/** Time that passes only by sleeping. `drift` is added to each sleep: timers that are off. */
export class VirtualClock implements Clock {
  timeUs: number
  readonly #drift: (sleeps: number) => number
  sleeps = 0

  constructor(startUs: number, drift: (sleeps: number) => number = () => 0) {
    this.timeUs = startUs
    this.#drift = drift
  }

  nowUs(): number {
    return this.timeUs
  }

  sleep(ms: number): Promise<void> {
    this.timeUs += Math.max(1, ms * 1_000 + this.#drift(++this.sleeps))
    return new Promise((resolve) => setImmediate(resolve))
  }
}
