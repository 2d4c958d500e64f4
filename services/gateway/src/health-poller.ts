import type { Clock } from '@kwm/runtime'
import type { HealthTarget } from './config.ts'

const POLL_INTERVAL_MS = 5_000
const POLL_TIMEOUT_MS = 2_000

export type ServiceHealth = {
  readonly name: string
  readonly state: 'unknown' | 'ready' | 'not-ready' | 'unreachable'
  /** Wall-clock time of the last change of state. */
  readonly sinceUs: number
  readonly latencyMs: number | null
}

/** Asks the other services whether they are ready. */
export class HealthPoller {
  readonly #targets: readonly HealthTarget[]
  readonly #clock: Clock
  #view: readonly ServiceHealth[]
  #onChange: () => void = () => {}
  /** Grows with every change of a state. */
  revision = 0

  constructor(targets: readonly HealthTarget[], clock: Clock) {
    this.#targets = targets
    this.#clock = clock
    const sinceUs = clock.nowUs()
    this.#view = targets.map(({ name }) => ({ name, state: 'unknown', sinceUs, latencyMs: null }))
  }

  get view(): readonly ServiceHealth[] {
    return this.#view
  }

  onChange(listener: () => void): void {
    this.#onChange = listener
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#targets.length > 0) {
      await this.poll(signal)
      await this.#clock.sleep(POLL_INTERVAL_MS, signal)
    }
  }

  async poll(signal: AbortSignal): Promise<void> {
    const next = await Promise.all(this.#targets.map((target, i) => this.#ask(target, i, signal)))
    const isChanged = next.some((health, index) => health.state !== this.#view[index]!.state)
    this.#view = next
    if (!isChanged) return
    this.revision++
    this.#onChange()
  }

  async #ask(
    { name, url }: HealthTarget,
    index: number,
    signal: AbortSignal,
  ): Promise<ServiceHealth> {
    const before = this.#view[index]!
    const startUs = this.#clock.nowUs()
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(POLL_TIMEOUT_MS)])
    const state = await fetch(`${url}/readyz`, { signal: timeout, redirect: 'error' }).then(
      async (response) => {
        await response.body?.cancel()
        return response.ok ? ('ready' as const) : ('not-ready' as const)
      },
      () => 'unreachable' as const,
    )
    const nowUs = this.#clock.nowUs()
    const latencyMs = state === 'unreachable' ? null : Math.round((nowUs - startUs) / 1_000)
    return { name, state, sinceUs: state === before.state ? before.sinceUs : nowUs, latencyMs }
  }
}
