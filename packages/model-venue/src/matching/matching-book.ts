import { assert } from '@kwm/std'
import type { OutcomeSide } from '../payoff.ts'
import { PAYOUT_BPS } from '../price-grid.ts'
import { ANONYMOUS, RestingBid } from './resting-bid.ts'

/** One price: a queue, first come first served. */
type Level = {
  totalCenti: number
  /** Of that, bids with an owner. */
  ownedCenti: number
  head: RestingBid | undefined
  tail: RestingBid | undefined
}

const WORDS = Math.ceil((PAYOUT_BPS + 1) / 32)

class Side {
  readonly levels: (Level | undefined)[] = Array.from({ length: PAYOUT_BPS + 1 })
  /** One bit a price: is there anything? */
  readonly #occupied = new Int32Array(WORDS)
  bestBps = 0
  ownedBids = 0

  level(priceBps: number): Level {
    const level = this.levels[priceBps]
    if (level) return level
    assert(Number.isSafeInteger(priceBps) && priceBps > 0 && priceBps < PAYOUT_BPS, 'bid price')
    return (this.levels[priceBps] = {
      totalCenti: 0,
      ownedCenti: 0,
      head: undefined,
      tail: undefined,
    })
  }

  occupy(priceBps: number): void {
    this.#occupied[priceBps >>> 5]! |= 1 << (priceBps & 31)
    if (priceBps > this.bestBps) this.bestBps = priceBps
  }

  vacate(priceBps: number): void {
    this.#occupied[priceBps >>> 5]! &= ~(1 << (priceBps & 31))
    if (priceBps === this.bestBps) this.bestBps = this.nextBelow(priceBps)
  }

  /** The best price below, 0 when there is none. */
  nextBelow(priceBps: number): number {
    let word = priceBps >>> 5
    let bits = this.#occupied[word]! & ((1 << (priceBps & 31)) - 1)
    while (bits === 0 && word > 0) bits = this.#occupied[--word]!
    return bits === 0 ? 0 : (word << 5) + 31 - Math.clz32(bits)
  }
}

/**
 * One market's bids for YES and for NO, bid by bid, in price-time order. It holds and orders; it
 * does not trade (see match.ts), so a crossed pair of bids is the caller's business. A size that
 * nobody owns (`addAnonymous`) is queued like any other. Mutable, with exactly one owner.
 */
export class MatchingBook {
  readonly #yes = new Side()
  readonly #no = new Side()

  /** 0 when there is none. */
  bestBps(side: OutcomeSide): number {
    return this.#side(side).bestBps
  }

  /** The best occupied price strictly below, 0 when none. */
  nextBelowBps(side: OutcomeSide, priceBps: number): number {
    return this.#side(side).nextBelow(priceBps)
  }

  countAt(side: OutcomeSide, priceBps: number): number {
    return this.#side(side).levels[priceBps]?.totalCenti ?? 0
  }

  /** Of the level's count, what belongs to somebody. */
  ownedAt(side: OutcomeSide, priceBps: number): number {
    return this.#side(side).levels[priceBps]?.ownedCenti ?? 0
  }

  anonymousAt(side: OutcomeSide, priceBps: number): number {
    return this.countAt(side, priceBps) - this.ownedAt(side, priceBps)
  }

  hasOwnedBids(side: OutcomeSide): boolean {
    return this.#side(side).ownedBids > 0
  }

  /** First in the queue of a price. */
  firstAt(side: OutcomeSide, priceBps: number): RestingBid | undefined {
    return this.#side(side).levels[priceBps]?.head
  }

  first(side: OutcomeSide): RestingBid | undefined {
    const { bestBps, levels } = this.#side(side)
    return bestBps === 0 ? undefined : levels[bestBps]!.head
  }

  /** Best first; allocates. */
  levels(side: OutcomeSide): (readonly [priceBps: number, countCenti: number])[] {
    const all: (readonly [number, number])[] = []
    for (let bps = this.bestBps(side); bps > 0; bps = this.nextBelowBps(side, bps)) {
      all.push([bps, this.countAt(side, bps)])
    }
    return all
  }

  /** Joins the back of its price. */
  add(bid: RestingBid): void {
    assert(!bid.isQueued, 'this bid is queued already')
    assert(Number.isSafeInteger(bid.remainingCenti) && bid.remainingCenti > 0, 'bid size')
    const side = this.#side(bid.side)
    const level = side.level(bid.priceBps)
    if (level.totalCenti === 0) side.occupy(bid.priceBps)
    level.totalCenti += bid.remainingCenti
    if (bid.ownerNo !== ANONYMOUS) {
      level.ownedCenti += bid.remainingCenti
      side.ownedBids++
    }
    bid.previous = level.tail
    bid.next = undefined
    if (level.tail) level.tail.next = bid
    else level.head = bid
    level.tail = bid
    bid.isQueued = true
  }

  /** Makes a bid smaller; it keeps its place, or leaves when nothing remains. */
  reduce(bid: RestingBid, byCenti: number): void {
    assert(bid.isQueued && byCenti > 0 && byCenti <= bid.remainingCenti, 'reduced by too much')
    const side = this.#side(bid.side)
    const level = side.levels[bid.priceBps]!
    bid.remainingCenti -= byCenti
    level.totalCenti -= byCenti
    const isOwned = bid.ownerNo !== ANONYMOUS
    if (isOwned) level.ownedCenti -= byCenti
    if (bid.remainingCenti > 0) return
    if (isOwned) side.ownedBids--
    if (bid.previous) bid.previous.next = bid.next
    else level.head = bid.next
    if (bid.next) bid.next.previous = bid.previous
    else level.tail = bid.previous
    bid.previous = undefined
    bid.next = undefined
    bid.isQueued = false
    if (level.totalCenti === 0) side.vacate(bid.priceBps)
  }

  /** Nobody's size at the back of a price. */
  addAnonymous(side: OutcomeSide, priceBps: number, countCenti: number): void {
    const levels = this.#side(side)
    const level = levels.level(priceBps)
    const { tail } = level
    if (tail?.ownerNo !== ANONYMOUS) {
      return this.add(new RestingBid(ANONYMOUS, side, priceBps, countCenti))
    }
    assert(Number.isSafeInteger(countCenti) && countCenti > 0, 'anonymous size')
    tail.remainingCenti += countCenti
    level.totalCenti += countCenti
  }

  /** Takes nobody's size away, from the back: those ahead of an owned bid are the last to go. */
  removeAnonymous(side: OutcomeSide, priceBps: number, countCenti: number): void {
    assert(countCenti <= this.anonymousAt(side, priceBps), 'more than the outside market has there')
    let left = countCenti
    let bid = this.#side(side).levels[priceBps]?.tail
    while (left > 0 && bid) {
      const { previous } = bid
      if (bid.ownerNo === ANONYMOUS) {
        const taken = Math.min(left, bid.remainingCenti)
        this.reduce(bid, taken)
        left -= taken
      }
      bid = previous
    }
  }

  /** What trades before this bid does: better prices, and those before it at its own. */
  aheadCenti(bid: RestingBid): number {
    assert(bid.isQueued, 'only a queued bid has a place')
    let ahead = 0
    for (let bps = this.bestBps(bid.side); bps > bid.priceBps;) {
      ahead += this.countAt(bid.side, bps)
      bps = this.nextBelowBps(bid.side, bps)
    }
    for (let other = bid.previous; other; other = other.previous) ahead += other.remainingCenti
    return ahead
  }

  #side(side: OutcomeSide): Side {
    return side === 'yes' ? this.#yes : this.#no
  }
}
