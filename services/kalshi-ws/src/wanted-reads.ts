export type WantedKind = 'market' | 'event'
type Due = { readonly kind: WantedKind; readonly ticker: string; readonly atUs: number }
type Asked = { readonly lastUs: number; readonly times: number }

/** The venue's cache may answer as it was 15 s ago: what is told of is read at once and once more. */
const SECOND_READ_US = 16_000_000
/** Asked for again within this long, a ticker waits longer each time. */
const STORM_US = 60_000_000
const HOLD_US = 1_000_000
const DUE_MAX = 10_000

/** Single markets and events to read because a frame spoke of them, at a bounded rate each. */
export class WantedReads {
  readonly #due = new Map<string, Due>()
  readonly #asked = new Map<string, Asked>()

  want(kind: WantedKind, ticker: string, nowUs: number): void {
    const key = `${kind} ${ticker}`
    const asked = this.#asked.get(key)
    const isStorm = asked !== undefined && nowUs - asked.lastUs < STORM_US
    const times = isStorm ? Math.min(asked.times + 1, 6) : 0
    const holdUs = isStorm ? Math.min(STORM_US, HOLD_US * 2 ** asked.times) : 0
    const atUs = isStorm ? Math.max(nowUs, asked.lastUs + holdUs) : nowUs
    const known = this.#due.get(key)
    if (known && known.atUs <= atUs) return
    if (!known && this.#due.size >= DUE_MAX) return
    this.#due.set(key, { kind, ticker, atUs })
    if (this.#asked.size >= DUE_MAX) this.#asked.delete(this.#asked.keys().next().value!)
    this.#asked.set(key, { lastUs: atUs, times })
  }

  /** What is due now. Each is due once more when the venue's cache has surely forgotten. */
  take(nowUs: number): Record<WantedKind, string[]> {
    const taken: Record<WantedKind, string[]> = { market: [], event: [] }
    for (const [key, { kind, ticker, atUs }] of this.#due) {
      if (atUs > nowUs) continue
      taken[kind].push(ticker)
      this.#due.delete(key)
      const asked = this.#asked.get(key)
      const isFirst = asked !== undefined && nowUs - asked.lastUs < SECOND_READ_US
      if (isFirst) this.#due.set(key, { kind, ticker, atUs: nowUs + SECOND_READ_US })
    }
    return taken
  }
}
