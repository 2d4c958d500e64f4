import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../ports.ts'

/** Time that passes `rate` times as fast as ours: for tests with real servers in between. */
export class FastClock implements Clock {
  readonly #rate: number
  readonly #zeroMs = performance.now()
  readonly #startUs: number

  constructor(rate: number, startUs: number) {
    this.#rate = rate
    this.#startUs = startUs
  }

  nowUs(): number {
    return this.#startUs + Math.floor((performance.now() - this.#zeroMs) * 1_000 * this.#rate)
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await delay(ms / this.#rate, undefined, signal ? { signal } : {}).catch(() => undefined)
  }
}
