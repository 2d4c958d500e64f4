import type { Clock } from '@kwm/runtime'

type Sleeper = { readonly atUs: number; readonly wake: () => void }

/**
 * Time that stands still while anything can go on, then jumps to the next one who sleeps. With no
 * real input or output in between, a run is the same every time.
 */
export class VirtualClock implements Clock {
  #nowUs = Date.UTC(2026, 10, 21) * 1_000
  #sleepers: Sleeper[] = []
  #isArmed = false
  readonly sleptMs: number[] = []

  nowUs(): number {
    return this.#nowUs
  }

  advance(ms: number): void {
    this.#nowUs += ms * 1_000
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleptMs.push(ms)
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const sleeper = { atUs: this.#nowUs + Math.ceil(ms * 1_000), wake: resolve }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        resolve()
      })
      this.#arm()
    })
  }

  #arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    setImmediate(() => {
      this.#isArmed = false
      const next = this.#sleepers.toSorted((a, b) => a.atUs - b.atUs)[0]
      if (!next) return
      this.#sleepers = this.#sleepers.filter((other) => other !== next)
      this.#nowUs = Math.max(this.#nowUs, next.atUs)
      next.wake()
      if (this.#sleepers.length > 0) this.#arm()
    })
  }
}
