import type { BookSide } from '@kwm/model-book'
import type { Prng } from '@kwm/std'
import type { RestingOrder, SimBook } from './sim-book.ts'

export type MakerStyle = {
  /** Half the width of the quote around the estimate, in cents. */
  readonly halfSpreadCents: number
  readonly levelCount: number
  /** Contracts at the best level; deeper levels hold more. */
  readonly baseContracts: number
  /** Standard deviation of the estimate's error, cents, for a price in the middle. */
  readonly noiseCents: number
  /** Quotes parts of a contract. */
  readonly isFractional: boolean
}

/** An estimate moves this far before the ladder follows: makers do not chase every wiggle. */
const REQUOTE_CENTS = 0.55
const NOISE_PERSISTENCE = 0.85
/** A level filled below this share is topped up. */
const TOP_UP_SHARE = 0.4

/** One maker in one market: a ladder of bids on both sides around a noisy, lagged estimate. */
export class MarketMaker {
  readonly #style: MakerStyle
  readonly #book: SimBook
  readonly #prng: Prng
  readonly #orders: Readonly<Record<BookSide, Map<number, RestingOrder>>> = {
    yes: new Map(),
    no: new Map(),
  }
  #noiseCents = 0
  #quotedCents: number | undefined

  constructor(style: MakerStyle, book: SimBook, prng: Prng) {
    this.#style = style
    this.#book = book
    this.#prng = prng
  }

  /** Look at the (old) truth and move the ladder where it is too far from the new estimate. */
  requote(trueProbability: number): void {
    const spread = Math.sqrt(4 * trueProbability * (1 - trueProbability))
    const innovation = this.#style.noiseCents * Math.sqrt(1 - NOISE_PERSISTENCE ** 2)
    this.#noiseCents = NOISE_PERSISTENCE * this.#noiseCents + innovation * this.#prng.nextNormal()
    const estimate = 100 * trueProbability + spread * this.#noiseCents
    const quoted = this.#quotedCents
    const isStill = quoted !== undefined && Math.abs(estimate - quoted) < REQUOTE_CENTS
    const centre = isStill ? quoted : estimate
    this.#quotedCents = centre
    const half = this.#style.halfSpreadCents * (0.5 + 0.5 * spread)
    const top = { yes: Math.floor(centre - half), no: Math.floor(100 - centre - half) }
    // What is now too dear goes first, then the new levels, then the levels left behind: the best
    // prices are never missing in between.
    for (const side of ['yes', 'no'] as const) this.#cancelAbove(side, top[side])
    for (const side of ['yes', 'no'] as const) this.#sweep(side, top[side])
    const wanted = { yes: this.#prices('yes', top.yes), no: this.#prices('no', top.no) }
    for (const side of ['yes', 'no'] as const) this.#placeMissing(side, wanted[side])
    for (const side of ['yes', 'no'] as const) this.#cancelUnwanted(side, wanted[side])
  }

  #prices(side: BookSide, topCents: number): number[] {
    const top = Math.min(topCents, 99, this.#book.ask(side) - 1)
    return Array.from({ length: this.#style.levelCount }, (_, depth) => top - depth).filter(
      (cents) => cents >= 1,
    )
  }

  /** Stale orders of others in the way of the quote are taken, a lot at a time. */
  #sweep(side: BookSide, limitCents: number): void {
    if (limitCents < 1 || this.#book.ask(side) > limitCents) return
    this.#book.take(side, limitCents, this.#style.baseContracts * 100)
  }

  #cancelAbove(side: BookSide, topCents: number): void {
    for (const [cents, order] of this.#orders[side]) {
      if (cents > topCents) this.#drop(side, order)
    }
  }

  #cancelUnwanted(side: BookSide, wanted: readonly number[]): void {
    for (const [cents, order] of this.#orders[side]) {
      if (!wanted.includes(cents)) this.#drop(side, order)
    }
  }

  #drop(side: BookSide, order: RestingOrder): void {
    this.#book.cancel(order)
    this.#orders[side].delete(order.cents)
  }

  #placeMissing(side: BookSide, wanted: readonly number[]): void {
    for (const [depth, cents] of wanted.entries()) {
      const held = this.#orders[side].get(cents)
      const target = this.#style.baseContracts * (1 + 0.6 * depth)
      if (held && held.countCenti >= TOP_UP_SHARE * 100 * target) continue
      const contracts = Math.max(1, Math.round(target * (0.6 + 0.8 * this.#prng.nextFloat())))
      const fraction = this.#style.isFractional ? this.#prng.nextInt(100) : 0
      // Topping up is cancel and replace: the rest of the old order gives up its place.
      if (held) this.#book.cancel(held)
      const placed = this.#book.place(side, cents, contracts * 100 + fraction)
      if (placed) this.#orders[side].set(cents, placed)
      else this.#orders[side].delete(cents)
    }
  }
}
