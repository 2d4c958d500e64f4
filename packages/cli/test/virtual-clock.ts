import type { Clock } from '@kwm/runtime'

type Sleeper = { readonly atUs: number; readonly wake: () => void }

/**
 * Time that stands still while anything can go on, files being written among it, then jumps to the
 * next one who sleeps.
 */
export class VirtualClock implements Clock {
  #nowUs: number
  readonly #sleepers: Sleeper[] = []
  #isArmed = false

  constructor(startUs: number) {
    this.#nowUs = startUs
  }

  nowUs(): number {
    return this.#nowUs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
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
