import type { Clock } from '@kwm/runtime'

/** Time that passes when everybody sleeps: to the next one due, in one leap. */
export class VirtualClock implements Clock {
  #nowUs = 1_795_000_000_000_000
  readonly #sleepers: { readonly atUs: number; readonly wake: () => void }[] = []

  nowUs(): number {
    return this.#nowUs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ atUs: this.#nowUs + Math.max(0, ms) * 1_000, wake })
      signal?.addEventListener('abort', () => wake(), { once: true })
    })
  }

  /** Runs until `work` is done, waking sleepers in order. Between two, everything else settles. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = work.finally(() => (isDone = true))
    done.catch(() => undefined)
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (isDone) return done
      this.#wakeNext()
    }
  }

  #wakeNext(): void {
    const next = this.#sleepers.toSorted((a, b) => a.atUs - b.atUs)[0]
    if (!next) return
    this.#sleepers.splice(this.#sleepers.indexOf(next), 1)
    this.#nowUs = Math.max(this.#nowUs, next.atUs)
    next.wake()
  }
}
