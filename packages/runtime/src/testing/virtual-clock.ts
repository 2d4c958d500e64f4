import type { Clock } from '../ports.ts'

type Sleeper = { readonly atUs: number; readonly wake: () => void }

/**
 * Time that stands still while anything can go on, files being written among it, then jumps to the
 * next one who sleeps. With no sockets in between, a run is the same every time.
 */
export class VirtualClock implements Clock {
  #nowUs: number
  readonly #sleepers: Sleeper[] = []
  #isArmed = false
  readonly sleptMs: number[] = []

  constructor(startUs = Date.UTC(2026, 10, 21) * 1_000) {
    this.#nowUs = startUs
  }

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
      signal?.addEventListener('abort', () => this.#wake(sleeper), { once: true })
      this.#arm()
    })
  }

  #wake(sleeper: Sleeper): void {
    const index = this.#sleepers.indexOf(sleeper)
    if (index < 0) return
    this.#sleepers.splice(index, 1)
    sleeper.wake()
  }

  #arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    setImmediate(() => {
      this.#isArmed = false
      const next = this.#sleepers.toSorted((a, b) => a.atUs - b.atUs)[0]
      if (!next) return
      if (!isBusyWithFiles()) {
        this.#nowUs = Math.max(this.#nowUs, next.atUs)
        this.#wake(next)
      }
      this.#arm()
    })
  }
}

const isBusyWithFiles = (): boolean =>
  process.getActiveResourcesInfo().some((name) => /^FS|Close|Zlib/.test(name))
