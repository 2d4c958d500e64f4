import type { AnyEvent, DataOf } from '@kwm/contracts'

export type PlainBook = ReadonlyMap<string, number>
type FeedStatus = DataOf<'ops.feed-status.v1'>

/** What a reader of the tape believes, and whether the tape ever asked it to believe nonsense. */
export class TapeBooks {
  /** Of markets whose book is fresh. */
  readonly books = new Map<string, Map<string, number>>()
  readonly tickers = new Set<string>()
  /** Changes of a book that was stale, or that took a level below zero. */
  readonly faults: string[] = []
  /** From losing the feed to having every book again, each in ms. */
  readonly reconnectsMs: number[] = []
  readonly staleReasons = new Map<string, number>()
  status: FeedStatus | undefined
  #lostUs: number | undefined

  take(event: AnyEvent): void {
    const { type, data, ingestTimeUs } = event
    switch (type) {
      case 'md.market-listed.v1':
        this.tickers.add(data.marketTicker)
        return
      case 'md.book-stale.v1':
        this.books.delete(data.marketTicker)
        this.staleReasons.set(data.reason, (this.staleReasons.get(data.reason) ?? 0) + 1)
        return
      case 'md.book-snapshot.v1':
        this.books.set(data.marketTicker, bookOf(data))
        return
      case 'md.book-delta.v1':
        return this.#change(data)
      case 'ops.feed-status.v1':
        return this.#onStatus(data, ingestTimeUs)
      default:
        return
    }
  }

  #change(data: DataOf<'md.book-delta.v1'>): void {
    const { marketTicker, side, priceBps, countDeltaCenti } = data
    const book = this.books.get(marketTicker)
    if (!book) {
      this.faults.push(`${marketTicker}: a change of a book that is not believed`)
      return
    }
    const key = `${side}${priceBps}`
    const centi = (book.get(key) ?? 0) + countDeltaCenti
    if (centi < 0) this.faults.push(`${marketTicker} ${key} below zero`)
    if (centi === 0) book.delete(key)
    else book.set(key, centi)
  }

  #onStatus(status: FeedStatus, atUs: number): void {
    this.status = status
    if (status.status === 'disconnected') this.#lostUs ??= atUs
    if (status.status !== 'live' || this.#lostUs === undefined) return
    this.reconnectsMs.push((atUs - this.#lostUs) / 1_000)
    this.#lostUs = undefined
  }
}

const bookOf = ({ yes, no }: DataOf<'md.book-snapshot.v1'>): Map<string, number> =>
  new Map([
    ...yes.map(([bps, centi]) => [`yes${bps}`, centi] as const),
    ...no.map(([bps, centi]) => [`no${bps}`, centi] as const),
  ])

/** Sides of a REST answer, in the same form. */
export function restBook(answer: unknown): PlainBook {
  const { orderbook_fp: book } = answer as {
    orderbook_fp: Record<'yes_dollars' | 'no_dollars', [string, string][] | null>
  }
  const scaled = (text: string, scale: number): number => Math.round(Number(text) * scale)
  const side = (name: string, levels: [string, string][] | null): [string, number][] =>
    (levels ?? []).map(([price, count]) => [`${name}${scaled(price, 1e4)}`, scaled(count, 100)])
  return new Map([...side('yes', book.yes_dollars), ...side('no', book.no_dollars)])
}

export const textOf = (book: PlainBook): string =>
  [...book]
    .map(([key, centi]) => `${key}=${centi}`)
    .toSorted()
    .join(' ')
