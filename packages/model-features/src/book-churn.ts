import type { BookSide, OrderBook } from '@kwm/model-book'
import { PAYOUT_BPS } from '@kwm/model-book'
import { SlidingSums } from '@kwm/quant'
import type { SlidingSumsSnapshot } from '@kwm/quant'
import { assert } from '@kwm/std'

export type BookChurnConfig = {
  readonly windowUs?: number
  /** Only changes among this many best levels of a side count. */
  readonly levels?: number
}

export type BookChurnSnapshot = {
  readonly v: 1
  readonly levels: number
  readonly state: readonly number[]
  readonly removals: readonly number[]
  readonly prints: readonly number[]
  readonly sums: SlidingSumsSnapshot
}

export const CHURN_WINDOW_US = 60_000_000
/** Book and trade channels are separate: what belongs together is this close in time. */
export const MATCH_US = 250_000
const LEVELS = 5
const [ADDS, REMOVES, TRADED, DEPTH, STATES, EMPTIES] = [0, 1, 2, 3, 4, 5] as const
const COLUMNS = 6
const CENTI = 100

/**
 * How restless the top of one book is (MODELS 1.4): contracts added, traded away and cancelled among
 * the best levels over a trailing window. A removal that a print at the same price explains within
 * 250 ms, before or after it, was traded; the rest was cancelled.
 */
export class BookChurn {
  readonly windowUs: number
  readonly #levels: number
  readonly #sums: SlidingSums
  readonly #row = new Float64Array(COLUMNS)
  readonly #removals = new Unmatched()
  readonly #prints = new Unmatched()
  /** Depth of the best levels: YES, NO. */
  readonly #depths = new Float64Array(2)
  #hasState = false

  constructor(config: BookChurnConfig = {}, sums?: SlidingSums) {
    const { windowUs = CHURN_WINDOW_US, levels = LEVELS } = config
    assert(Number.isInteger(levels) && levels > 0, `levels ${levels}`)
    this.windowUs = windowUs
    this.#levels = levels
    this.#sums = sums ?? new SlidingSums({ columns: COLUMNS, windowsUs: [windowUs] })
  }

  static restore(saved: BookChurnSnapshot): BookChurn {
    const { levels, sums } = saved
    const config = { windowUs: sums.windowsUs[0]!, levels }
    const churn = new BookChurn(config, SlidingSums.restore(sums))
    churn.#depths.set(saved.state.slice(0, 2))
    churn.#hasState = saved.state[2] === 1
    churn.#removals.fill(saved.removals)
    churn.#prints.fill(saved.prints)
    return churn
  }

  /** A whole new book: what happened in between is unknown, so nothing was added nor removed. */
  resync(timeUs: number, book: OrderBook): void {
    this.#readDepth(book, 'yes')
    this.#readDepth(book, 'no')
    this.#hasState = true
    this.#row.fill(0)
    this.#pushState(timeUs)
  }

  /** The book is stale: until the next `resync` nothing counts. */
  disconnect(): void {
    this.#hasState = false
  }

  /** The book after one applied delta. */
  onDelta(
    timeUs: number,
    book: OrderBook,
    side: BookSide,
    priceBps: number,
    deltaCenti: number,
  ): void {
    if (!this.#hasState) return
    const row = this.#row.fill(0)
    const at = side === 'yes' ? 0 : 1
    const wasEmpty = this.#depths[at] === 0
    const lowestBps = this.#readDepth(book, side)
    if (priceBps >= lowestBps) {
      if (deltaCenti > 0) row[ADDS] = deltaCenti
      else {
        row[REMOVES] = -deltaCenti
        const key = keyOf(side, priceBps)
        const left = this.#prints.take(timeUs, key, -deltaCenti)
        row[TRADED] = -deltaCenti - left
        if (left > 0) this.#removals.add(timeUs, key, left)
      }
    }
    if (!wasEmpty && this.#depths[at] === 0) row[EMPTIES] = 1
    this.#pushState(timeUs)
  }

  /** A print on the book: a taker of YES takes NO bids at the other end of the price. */
  onPrint(timeUs: number, takerSide: BookSide, yesPriceBps: number, countCenti: number): void {
    if (!this.#hasState) return
    const isYes = takerSide === 'yes'
    const key = isYes ? keyOf('no', PAYOUT_BPS - yesPriceBps) : keyOf('yes', yesPriceBps)
    const left = this.#removals.take(timeUs, key, countCenti)
    if (left > 0) this.#prints.add(timeUs, key, left)
    if (left === countCenti) return
    const row = this.#row.fill(0)
    row[TRADED] = countCenti - left
    this.#sums.push(timeUs, row)
  }

  advance(nowUs: number): void {
    this.#sums.advance(nowUs)
  }

  /** A number that differs whenever the window may. */
  get changes(): number {
    return this.#sums.changes(0)
  }

  get addsCenti(): number {
    return this.#sums.sum(0, ADDS)
  }

  get removesCenti(): number {
    return this.#sums.sum(0, REMOVES)
  }

  get cancelsCenti(): number {
    return Math.max(0, this.removesCenti - this.#sums.sum(0, TRADED))
  }

  /** Times a side of the book has run empty. */
  get emptyCount(): number {
    return this.#sums.sum(0, EMPTIES)
  }

  /** (adds + cancels) / (window x mean depth of both sides), per second; null without depth. */
  get churnRate(): number | null {
    const states = this.#sums.sum(0, STATES)
    const meanDepthCenti = states > 0 ? this.#sums.sum(0, DEPTH) / states : 0
    if (meanDepthCenti === 0) return null
    return (this.addsCenti + this.cancelsCenti) / ((this.windowUs / 1e6) * meanDepthCenti)
  }

  /** Contracts cancelled over contracts added and one; null before the first state. */
  get cancelRatio(): number | null {
    if (this.#sums.sum(0, STATES) === 0) return null
    return this.cancelsCenti / CENTI / (this.addsCenti / CENTI + 1)
  }

  snapshot(): BookChurnSnapshot {
    return {
      v: 1,
      levels: this.#levels,
      state: [this.#depths[0]!, this.#depths[1]!, this.#hasState ? 1 : 0],
      removals: this.#removals.list(),
      prints: this.#prints.list(),
      sums: this.#sums.snapshot(),
    }
  }

  #pushState(timeUs: number): void {
    this.#row[DEPTH] = this.#depths[0]! + this.#depths[1]!
    this.#row[STATES] = 1
    this.#sums.push(timeUs, this.#row)
  }

  /** Takes the side's depth over and says the price of its last level that counts. */
  #readDepth(book: OrderBook, side: BookSide): number {
    let depth = 0
    let lowestBps = 0
    let priceBps = book.bestBidBps(side)
    for (let i = 0; i < this.#levels && priceBps > 0; i++) {
      depth += book.countAt(side, priceBps)
      if (i === this.#levels - 1) lowestBps = priceBps
      priceBps = book.nextBelowBps(side, priceBps)
    }
    this.#depths[side === 'yes' ? 0 : 1] = depth
    return lowestBps
  }
}

const keyOf = (side: BookSide, priceBps: number): number =>
  side === 'yes' ? priceBps : PAYOUT_BPS + priceBps

/** More than this are never open within 250 ms; beyond it the oldest is given up as unmatched. */
const UNMATCHED_MAX = 32

/** Counts at a price that wait for their other half, oldest given up first. */
class Unmatched {
  readonly #timesUs = new Float64Array(UNMATCHED_MAX)
  readonly #keys = new Float64Array(UNMATCHED_MAX)
  readonly #counts = new Float64Array(UNMATCHED_MAX)
  #end = 0

  add(timeUs: number, key: number, countCenti: number): void {
    const slot = this.#end++ % UNMATCHED_MAX
    this.#timesUs[slot] = timeUs
    this.#keys[slot] = key
    this.#counts[slot] = countCenti
  }

  /** Takes what waits at a price within the time, oldest first; returns what found no match. */
  take(timeUs: number, key: number, countCenti: number): number {
    let left = countCenti
    const first = Math.max(0, this.#end - UNMATCHED_MAX)
    for (let i = first; i < this.#end && left > 0; i++) {
      const slot = i % UNMATCHED_MAX
      if (this.#keys[slot] !== key || timeUs - this.#timesUs[slot]! > MATCH_US) continue
      const taken = Math.min(left, this.#counts[slot]!)
      this.#counts[slot]! -= taken
      left -= taken
    }
    return left
  }

  list(): number[] {
    const out = [this.#end]
    const slots = Math.min(this.#end, UNMATCHED_MAX)
    for (let slot = 0; slot < slots; slot++) {
      out.push(this.#timesUs[slot]!, this.#keys[slot]!, this.#counts[slot]!)
    }
    return out
  }

  fill(list: readonly number[]): void {
    this.#end = list[0]!
    for (let slot = 0; 1 + slot * 3 < list.length; slot++) {
      this.#timesUs[slot] = list[1 + slot * 3]!
      this.#keys[slot] = list[2 + slot * 3]!
      this.#counts[slot] = list[3 + slot * 3]!
    }
  }
}
