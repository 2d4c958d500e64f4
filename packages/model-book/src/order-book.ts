import { AssertionError, assert } from '@kwm/std'

export type BookSide = 'yes' | 'no'
export type Level = readonly [priceBps: number, countCenti: number]
export type QuoteState = 'two' | 'bidOnly' | 'askOnly' | 'empty' | 'crossed'
export type DeltaResult = 'ok' | 'negative-level' | 'stale'
export type SnapshotResult = 'ok' | 'malformed'
export type OrderBookSnapshot = {
  readonly v: 1
  readonly staleReason: string | null
  readonly yes: readonly Level[]
  readonly no: readonly Level[]
}

export const PAYOUT_BPS = 10_000
export const STALE_NEVER_SNAPSHOT = 'no-snapshot'
export const STALE_MALFORMED = 'malformed-snapshot'

/**
 * The slots of one side. A multiple of 1,024, so that a side's occupancy is whole words on both
 * floors of the bitset: 32 slots to a leaf word, 32 leaf words to a summary word.
 */
const SIDE_SLOTS = 10_240
const NO_AT = SIDE_SLOTS

/**
 * One market's book: the resting bids for YES and for NO, in hundredths of a contract by price.
 * A NO bid at p is a YES offer at 10000 - p.
 *
 * Counts lie flat by price, and a two-floor bitset says which prices are occupied, so a delta costs
 * a few array accesses and the next best level is found in constant time. Nothing is allocated by
 * a delta. Mutable, with exactly one owner; equal deltas in equal order give equal snapshots.
 */
export class OrderBook {
  readonly #counts = new Float64Array(2 * SIDE_SLOTS)
  readonly #leaves = new Int32Array((2 * SIDE_SLOTS) / 32)
  readonly #summary = new Int32Array((2 * SIDE_SLOTS) / 1024)
  #bestYes = 0
  #bestNo = 0
  #staleReason: string | null = STALE_NEVER_SNAPSHOT

  static restore(snapshot: OrderBookSnapshot): OrderBook {
    const book = new OrderBook()
    const result = book.applySnapshot(snapshot.yes, snapshot.no)
    assert(result === 'ok', 'a saved book is malformed')
    book.#staleReason = snapshot.staleReason
    return book
  }

  /**
   * Replaces both sides; the arrays come in any order and a count of zero is no level. What is not
   * a book (a price off the grid, a negative or fractional count, a price twice) leaves the book
   * empty and stale.
   */
  applySnapshot(yes: readonly Level[], no: readonly Level[]): SnapshotResult {
    this.#clear()
    if (!this.#fill('yes', yes) || !this.#fill('no', no)) {
      this.#clear()
      this.#staleReason = STALE_MALFORMED
      return 'malformed'
    }
    this.#staleReason = null
    return 'ok'
  }

  /**
   * Adds to one level. A level that would fall below zero, or any delta to a stale book, changes
   * nothing: the caller resynchronises. A price or count off the integer grid is a bug of ours.
   */
  applyDelta(side: BookSide, priceBps: number, countDeltaCenti: number): DeltaResult {
    if (this.#staleReason !== null) return 'stale'
    if (!(priceBps > 0 && priceBps < PAYOUT_BPS) || priceBps !== (priceBps | 0)) {
      throw offGrid('price', priceBps)
    }
    const slot = side === 'yes' ? priceBps : NO_AT + priceBps
    const before = this.#counts[slot]!
    const after = before + countDeltaCenti
    if (after < 0) {
      if (Number.isSafeInteger(countDeltaCenti)) return 'negative-level'
      throw offGrid('count', countDeltaCenti)
    }
    if (!Number.isSafeInteger(after)) throw offGrid('count', countDeltaCenti)
    this.#counts[slot] = after
    if (before === 0) {
      if (after !== 0) this.#occupy(side, priceBps, slot)
    } else if (after === 0) this.#vacate(side, priceBps, slot)
    return 'ok'
  }

  /** The book stays as it was, but deltas are refused until the next snapshot. */
  markStale(reason: string): void {
    assert(reason !== '', 'a stale book needs a reason')
    this.#staleReason = reason
  }

  get isStale(): boolean {
    return this.#staleReason !== null
  }

  get staleReason(): string | null {
    return this.#staleReason
  }

  /** 0 when there is none. */
  get bestYesBidBps(): number {
    return this.#bestYes
  }

  /** 10000 when there is none. */
  get bestYesAskBps(): number {
    return PAYOUT_BPS - this.#bestNo
  }

  /** 0 when there is none. */
  get bestNoBidBps(): number {
    return this.#bestNo
  }

  /** 10000 when there is none. */
  get bestNoAskBps(): number {
    return PAYOUT_BPS - this.#bestYes
  }

  /** Also the count offered at the best NO ask. */
  get bestYesBidCountCenti(): number {
    return this.#counts[this.#bestYes]!
  }

  /** The count offered at the best YES ask: the best NO bid's. */
  get bestYesAskCountCenti(): number {
    return this.#counts[NO_AT + this.#bestNo]!
  }

  get quoteState(): QuoteState {
    if (this.#bestYes === 0) return this.#bestNo === 0 ? 'empty' : 'askOnly'
    if (this.#bestNo === 0) return 'bidOnly'
    return this.#bestYes + this.#bestNo >= PAYOUT_BPS ? 'crossed' : 'two'
  }

  bestBidBps(side: BookSide): number {
    return side === 'yes' ? this.#bestYes : this.#bestNo
  }

  /** Hundredths of a contract resting at a price of 1..9999; 0 where nothing rests. */
  countAt(side: BookSide, priceBps: number): number {
    if (!(priceBps > 0 && priceBps < PAYOUT_BPS)) return 0
    return this.#counts[(side === 'yes' ? 0 : NO_AT) + priceBps] ?? 0
  }

  /** The best occupied price strictly below `priceBps`, 0 when none: how levels are walked. */
  nextBelowBps(side: BookSide, priceBps: number): number {
    const base = side === 'yes' ? 0 : NO_AT
    return this.#lastBefore(base, base + priceBps)
  }

  /** The best `k` levels of one side's bids, best first, in a new array. */
  levels(side: BookSide, k = PAYOUT_BPS): Level[] {
    const out: Level[] = []
    let priceBps = this.bestBidBps(side)
    for (let i = 0; i < k && priceBps > 0; i++) {
      out.push([priceBps, this.countAt(side, priceBps)])
      priceBps = this.nextBelowBps(side, priceBps)
    }
    return out
  }

  /**
   * Writes [bid, bid count, ask, ask count] of the m-th best YES quotes, m = 1..`out.length / 4`,
   * into `out`; a missing bid is (0, 0) and a missing ask (10000, 0). Allocates nothing.
   */
  readQuotes(out: Float64Array): void {
    let bid = this.#bestYes
    let noBid = this.#bestNo
    for (let i = 0; i + 3 < out.length; i += 4) {
      out[i] = bid
      out[i + 1] = this.#counts[bid]!
      out[i + 2] = PAYOUT_BPS - noBid
      out[i + 3] = this.#counts[NO_AT + noBid]!
      if (bid > 0) bid = this.#lastBefore(0, bid)
      if (noBid > 0) noBid = this.#lastBefore(NO_AT, NO_AT + noBid)
    }
  }

  snapshot(): OrderBookSnapshot {
    const { staleReason } = this
    return { v: 1, staleReason, yes: this.levels('yes'), no: this.levels('no') }
  }

  #occupy(side: BookSide, priceBps: number, slot: number): void {
    const leaf = slot >>> 5
    this.#leaves[leaf]! |= 1 << (slot & 31)
    this.#summary[leaf >>> 5]! |= 1 << (leaf & 31)
    if (side === 'yes') {
      if (priceBps > this.#bestYes) this.#bestYes = priceBps
    } else if (priceBps > this.#bestNo) this.#bestNo = priceBps
  }

  #vacate(side: BookSide, priceBps: number, slot: number): void {
    const leaf = slot >>> 5
    const word = this.#leaves[leaf]! & ~(1 << (slot & 31))
    this.#leaves[leaf] = word
    if (word === 0) this.#summary[leaf >>> 5]! &= ~(1 << (leaf & 31))
    if (side === 'yes') {
      if (priceBps === this.#bestYes) this.#bestYes = this.#lastBefore(0, slot)
    } else if (priceBps === this.#bestNo) this.#bestNo = this.#lastBefore(NO_AT, slot)
  }

  /** The price of the last occupied slot of the side at `base` before `slot`, else 0. */
  #lastBefore(base: number, slot: number): number {
    let leaf = slot >>> 5
    let word = this.#leaves[leaf]! & ((1 << (slot & 31)) - 1)
    if (word === 0) {
      let page = leaf >>> 5
      let leaves = this.#summary[page]! & ((1 << (leaf & 31)) - 1)
      const firstPage = base >>> 10
      while (leaves === 0 && page > firstPage) leaves = this.#summary[--page]!
      if (leaves === 0) return 0
      leaf = (page << 5) + 31 - Math.clz32(leaves)
      word = this.#leaves[leaf]!
    }
    return (leaf << 5) + 31 - Math.clz32(word) - base
  }

  #fill(side: BookSide, levels: readonly Level[]): boolean {
    for (const [priceBps, countCenti] of levels) {
      const isOnGrid = Number.isInteger(priceBps) && priceBps > 0 && priceBps < PAYOUT_BPS
      if (!isOnGrid || !Number.isSafeInteger(countCenti) || countCenti < 0) return false
      if (countCenti === 0) continue
      const slot = (side === 'yes' ? 0 : NO_AT) + priceBps
      if (this.#counts[slot] !== 0) return false
      this.#counts[slot] = countCenti
      this.#occupy(side, priceBps, slot)
    }
    return true
  }

  #clear(): void {
    this.#counts.fill(0)
    this.#leaves.fill(0)
    this.#summary.fill(0)
    this.#bestYes = 0
    this.#bestNo = 0
  }
}

/** Built only when thrown: a message made for every delta would cost more than the delta. */
const offGrid = (what: string, value: number): AssertionError =>
  new AssertionError(`book ${what} off the integer grid: ${value}`)
