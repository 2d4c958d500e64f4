import type { Run } from '@kwm/adapter-pg'
import type { AnyEvent, EventOf } from '@kwm/contracts'

const TICKERS_MAX = 200_000

/**
 * What of a shard's tape is real and what is synthetic. An event that says so itself is believed;
 * one that names a listed market or event is what its listing said; any other is of the current
 * run. Null: nothing was listed on the shard yet.
 */
export class Origin {
  readonly #byTicker = new Map<string, boolean>()
  #runIsSynthetic: boolean | null

  constructor(runIsSynthetic: boolean | null, listed: readonly (readonly [string, boolean])[]) {
    this.#runIsSynthetic = runIsSynthetic
    for (const [ticker, isSynthetic] of listed) this.#remember(ticker, isSynthetic)
  }

  /** Of the current run, for events that name nothing listed. */
  get runIsSynthetic(): boolean | null {
    return this.#runIsSynthetic
  }

  isSynthetic(event: AnyEvent): boolean | null {
    const data = event.data as Readonly<Record<string, unknown>>
    if (typeof data['isSynthetic'] === 'boolean') return data['isSynthetic']
    const ticker = data['marketTicker'] ?? data['eventTicker']
    const listed = typeof ticker === 'string' ? this.#byTicker.get(ticker) : undefined
    return listed ?? this.#runIsSynthetic
  }

  /** Take note of a listing. Returns the run that begins with it, if one does. */
  list(shard: string, tapeSeq: number, listing: EventOf<'md.market-listed.v1'>): Run | undefined {
    const { marketTicker, eventTicker, isSynthetic } = listing.data
    this.#remember(marketTicker, isSynthetic)
    this.#remember(eventTicker, isSynthetic)
    if (isSynthetic === this.#runIsSynthetic) return undefined
    this.#runIsSynthetic = isSynthetic
    const { eventTimeUs: startedTimeUs } = listing
    return { shard, firstTapeSeq: tapeSeq, startedTimeUs, seed: null, source: null, isSynthetic }
  }

  /** Beyond the maximum the longest listed are forgotten: their days are over. */
  #remember(ticker: string, isSynthetic: boolean): void {
    this.#byTicker.delete(ticker)
    this.#byTicker.set(ticker, isSynthetic)
    if (this.#byTicker.size <= TICKERS_MAX) return
    for (const oldest of this.#byTicker.keys()) {
      this.#byTicker.delete(oldest)
      return
    }
  }
}
