import type { BookSide, Level } from '@kwm/model-book'
import { assert } from '@kwm/std'

/** A resting bid for one side at a whole cent. `countCenti` falls as it is filled. */
export type RestingOrder = {
  readonly side: BookSide
  readonly cents: number
  countCenti: number
}

/** What a change of the book looks like from outside. */
export type BookObserver = {
  level(side: BookSide, cents: number, countDeltaCenti: number): void
  trade(takerSide: BookSide, yesCents: number, countCenti: number): void
}

const opposite = (side: BookSide): BookSide => (side === 'yes' ? 'no' : 'yes')

const countOf = (queue: readonly RestingOrder[]): number =>
  queue.reduce((sum, order) => sum + order.countCenti, 0)

/**
 * One market of the synthetic venue, order by order: bids only, first come first served within a
 * price. An order that would cross is refused, so the book is never crossed; only `take` trades.
 */
export class SimBook {
  readonly #queues: Readonly<Record<BookSide, RestingOrder[][]>> = {
    yes: Array.from({ length: 100 }, () => []),
    no: Array.from({ length: 100 }, () => []),
  }
  readonly #best: Record<BookSide, number> = { yes: 0, no: 0 }
  readonly #observer: BookObserver

  constructor(observer: BookObserver) {
    this.#observer = observer
  }

  /** The best bid in cents, 0 when there is none. */
  best(side: BookSide): number {
    return this.#best[side]
  }

  bestCountCenti(side: BookSide): number {
    return countOf(this.#queues[side][this.#best[side]]!)
  }

  /** The price at which this side can be bought at once, 100 when there is none. */
  ask(side: BookSide): number {
    return 100 - this.#best[opposite(side)]
  }

  /** `undefined` when it would cross or is no price. */
  place(side: BookSide, cents: number, countCenti: number): RestingOrder | undefined {
    if (cents < 1 || cents > 99 || cents >= this.ask(side)) return undefined
    assert(Number.isSafeInteger(countCenti) && countCenti > 0, `order size ${countCenti}`)
    const order = { side, cents, countCenti }
    this.#queues[side][cents]!.push(order)
    if (cents > this.#best[side]) this.#best[side] = cents
    this.#observer.level(side, cents, countCenti)
    return order
  }

  /** Nothing happens to an order that was filled. */
  cancel(order: RestingOrder): void {
    const { side, cents, countCenti } = order
    if (countCenti === 0) return
    const queue = this.#queues[side][cents]!
    queue.splice(queue.indexOf(order), 1)
    order.countCenti = 0
    this.#refreshBest(side)
    this.#observer.level(side, cents, -countCenti)
  }

  /** Buys up to `countCenti` of one side at no more than `limitCents`; the rest is not placed. */
  take(side: BookSide, limitCents: number, countCenti: number): number {
    const from = opposite(side)
    let left = countCenti
    while (left > 0 && this.#best[from] > 0 && this.ask(side) <= limitCents) {
      const cents = this.#best[from]
      const taken = this.#fillLevel(this.#queues[from][cents]!, left)
      left -= taken
      this.#refreshBest(from)
      this.#observer.level(from, cents, -taken)
      this.#observer.trade(side, from === 'yes' ? cents : 100 - cents, taken)
    }
    return countCenti - left
  }

  levels(side: BookSide): Level[] {
    return this.#queues[side].flatMap((queue, cents): Level[] => {
      const countCenti = countOf(queue)
      return countCenti > 0 ? [[cents * 100, countCenti]] : []
    })
  }

  /** Cancels everything, level by level: what the venue does when a market is determined. */
  clear(): void {
    for (const side of ['yes', 'no'] as const) {
      for (const [priceBps, countCenti] of this.levels(side)) {
        const queue = this.#queues[side][priceBps / 100]!
        for (const order of queue) order.countCenti = 0
        queue.length = 0
        this.#observer.level(side, priceBps / 100, -countCenti)
      }
      this.#best[side] = 0
    }
  }

  #fillLevel(queue: RestingOrder[], countCenti: number): number {
    let left = countCenti
    while (left > 0 && queue.length > 0) {
      const order = queue[0]!
      const taken = Math.min(left, order.countCenti)
      order.countCenti -= taken
      left -= taken
      if (order.countCenti === 0) queue.shift()
    }
    return countCenti - left
  }

  #refreshBest(side: BookSide): void {
    let cents = this.#best[side]
    while (cents > 0 && this.#queues[side][cents]!.length === 0) cents--
    this.#best[side] = cents
  }
}
