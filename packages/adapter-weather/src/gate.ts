import type { Clock } from '@kwm/runtime'
import type { ProviderLimits } from './provider.ts'

/**
 * Lets requests through one after the other: so many at once, and so long after each other at
 * least, in the order in which they came.
 */
export class Gate {
  readonly #limits: Pick<ProviderLimits, 'minIntervalMs' | 'concurrencyMax'>
  readonly #clock: Clock
  #inside = 0
  #nextUs = 0
  #freed: (() => void)[] = []
  #order: Promise<unknown> = Promise.resolve()

  constructor(limits: Pick<ProviderLimits, 'minIntervalMs' | 'concurrencyMax'>, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Resolves with the way out, or with undefined when the signal came first. */
  enter(signal: AbortSignal): Promise<(() => void) | undefined> {
    const turn = this.#order.then(() => this.#pass(signal))
    this.#order = turn
    return turn
  }

  async #pass(signal: AbortSignal): Promise<(() => void) | undefined> {
    while (this.#inside >= this.#limits.concurrencyMax && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          signal.removeEventListener('abort', go)
          resolve()
        }
        this.#freed.push(go)
        signal.addEventListener('abort', go)
      })
    }
    const waitMs = Math.ceil((this.#nextUs - this.#clock.nowUs()) / 1_000)
    if (waitMs > 0 && !signal.aborted) await this.#clock.sleep(waitMs, signal)
    if (signal.aborted) return undefined
    this.#inside++
    this.#nextUs = this.#clock.nowUs() + this.#limits.minIntervalMs * 1_000
    return () => {
      this.#inside--
      this.#freed.shift()?.()
    }
  }
}
