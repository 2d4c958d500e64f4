import { AssertionError, assert } from '@kwm/std'
import { OrderBook } from './order-book.ts'
import type { OrderBookSnapshot } from './order-book.ts'

/** Named so a malformed event cannot grow the process: the widest real ladder has 188 rungs. */
export const LADDER_RUNGS_MAX = 1_024

export type LadderBracket = { readonly marketTicker: string }
export type BracketLadderSnapshot<B extends LadderBracket> = {
  readonly v: 1
  readonly brackets: readonly B[]
  readonly books: readonly OrderBookSnapshot[]
}

/**
 * The markets of one event with their books, by lower edge, the `less` tail first. The order comes
 * from the caller, who knows the strikes. Mutable through its books.
 */
export class BracketLadder<B extends LadderBracket> {
  readonly brackets: readonly B[]
  readonly books: readonly OrderBook[]
  readonly #rungOf: ReadonlyMap<string, number>

  constructor(brackets: readonly B[], books: readonly OrderBook[] = brackets.map(newBook)) {
    assert(brackets.length > 0 && brackets.length <= LADDER_RUNGS_MAX, 'ladder size')
    assert(books.length === brackets.length, 'a book for every bracket')
    this.brackets = [...brackets]
    this.books = [...books]
    this.#rungOf = new Map(brackets.map((bracket, rung) => [bracket.marketTicker, rung]))
    assert(this.#rungOf.size === brackets.length, 'a market twice in one ladder')
  }

  static restore<B extends LadderBracket>(saved: BracketLadderSnapshot<B>): BracketLadder<B> {
    return new BracketLadder(
      saved.brackets.map((bracket) => ({ ...bracket })),
      saved.books.map((book) => OrderBook.restore(book)),
    )
  }

  get size(): number {
    return this.books.length
  }

  /** The rung of a market, -1 when it is not of this event. */
  rungOf(marketTicker: string): number {
    return this.#rungOf.get(marketTicker) ?? -1
  }

  bookOf(marketTicker: string): OrderBook | undefined {
    return this.books[this.rungOf(marketTicker)]
  }

  bookAt(rung: number): OrderBook {
    const book = this.books[rung]
    if (book === undefined) throw new AssertionError(`no rung ${rung}`)
    return book
  }

  /** Fresh, and quoted on both sides without crossing. */
  isTwoSided(rung: number): boolean {
    const book = this.bookAt(rung)
    return !book.isStale && book.quoteState === 'two'
  }

  /** True when no book is stale: what a statement about the whole ladder needs. */
  get isFresh(): boolean {
    return this.books.every((book) => !book.isStale)
  }

  /** Above 10000, selling every bracket pays before fees. An empty side counts as 0. */
  get sumYesBidBps(): number {
    return this.books.reduce((sum, book) => sum + book.bestYesBidBps, 0)
  }

  /** Below 10000, buying every bracket pays before fees. An empty side counts as 10000. */
  get sumYesAskBps(): number {
    return this.books.reduce((sum, book) => sum + book.bestYesAskBps, 0)
  }

  snapshot(): BracketLadderSnapshot<B> {
    return {
      v: 1,
      brackets: this.brackets.map((bracket) => ({ ...bracket })),
      books: this.books.map((book) => book.snapshot()),
    }
  }
}

const newBook = (): OrderBook => new OrderBook()
