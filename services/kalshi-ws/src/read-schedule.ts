/** A fruitless read is repeated less and less often, up to this many times its usual wait. */
const SLOWER_MAX = 16
const RETRY_US = 2_000_000
const RETRY_MAX_US = 300_000_000
const KEYS_MAX = 20_000

type Entry = { readonly atUs: number; readonly fruitless: number; readonly failures: number }
export type ReadOutcome = 'fruitful' | 'fruitless' | 'failed'

/** When each thing is read next: often while it brings news, seldom while it brings none. */
export class ReadSchedule {
  readonly #entries = new Map<string, Entry>()

  isDue(key: string, nowUs: number): boolean {
    return nowUs >= (this.#entries.get(key)?.atUs ?? 0)
  }

  done(key: string, nowUs: number, everyUs: number, outcome: ReadOutcome): void {
    const { fruitless = 0, failures = 0 } = this.#entries.get(key) ?? {}
    if (this.#entries.size >= KEYS_MAX) this.#entries.delete(this.#entries.keys().next().value!)
    if (outcome === 'failed') {
      const atUs = nowUs + Math.min(RETRY_MAX_US, RETRY_US * 2 ** failures)
      this.#entries.set(key, { atUs, fruitless, failures: Math.min(failures + 1, 20) })
      return
    }
    const times = outcome === 'fruitful' ? 0 : fruitless
    const atUs = nowUs + everyUs * Math.min(SLOWER_MAX, 2 ** times)
    const more = outcome === 'fruitful' ? 0 : Math.min(times + 1, 20)
    this.#entries.set(key, { atUs, fruitless: more, failures: 0 })
  }

  /** Something happened to it: read now. */
  hasten(key: string, nowUs: number): void {
    const entry = this.#entries.get(key)
    if (entry && entry.failures === 0) this.#entries.set(key, { ...entry, atUs: nowUs })
  }
}
