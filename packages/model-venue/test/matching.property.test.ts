import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OutcomeSide, SelfTradePrevention } from '../src/index.ts'
import {
  ANONYMOUS,
  MatchingBook,
  RestingBid,
  crossableCenti,
  match,
  wouldCross,
} from '../src/index.ts'

type Order = {
  id: number
  owner: number
  side: OutcomeSide
  price: number
  left: number
}
type Traded = readonly [makerId: number, count: number]

const other = (side: OutcomeSide): OutcomeSide => (side === 'yes' ? 'no' : 'yes')

/** The rules read aloud: look at every resting order for the best and oldest one, each time anew. */
class NaiveBook {
  orders: Order[] = []

  next(side: OutcomeSide, limit: number): Order | undefined {
    let found: Order | undefined
    for (const order of this.orders) {
      if (order.side !== other(side) || order.price + limit < 10_000) continue
      if (!found || order.price > found.price) found = order
    }
    return found
  }

  take(taker: Order, rule: SelfTradePrevention): Traded[] {
    const trades: Traded[] = []
    for (;;) {
      const maker = taker.left > 0 ? this.next(taker.side, taker.price) : undefined
      if (!maker) return trades
      if (maker.owner === taker.owner && taker.owner !== ANONYMOUS) {
        if (rule === 'taker_at_cross') return trades
        this.orders = this.orders.filter((order) => order !== maker)
        continue
      }
      const count = Math.min(maker.left, taker.left)
      maker.left -= count
      taker.left -= count
      trades.push([maker.id, count])
      this.orders = this.orders.filter(({ left }) => left > 0)
    }
  }

  levels(side: OutcomeSide): [number, number][] {
    const byPrice = new Map<number, number>()
    for (const order of this.orders) {
      if (order.side !== side) continue
      byPrice.set(order.price, (byPrice.get(order.price) ?? 0) + order.left)
    }
    return [...byPrice].sort(([a], [b]) => b - a)
  }
}

const side = fc.constantFrom<OutcomeSide>('yes', 'no')
const price = fc.integer({ min: 40, max: 60 }).map((cents) => cents * 100)
const count = fc.integer({ min: 1, max: 500 })
const command = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('place' as const),
      side,
      price,
      count,
      owner: fc.integer({ min: 0, max: 3 }),
      rule: fc.constantFrom<SelfTradePrevention>('taker_at_cross', 'maker'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reduce' as const),
      pick: fc.nat(),
      by: fc.integer({ min: 1, max: 600 }),
    }),
  },
)

describe('matching', () => {
  test('trades what a search through all orders for the best and oldest would trade', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 120 }), (commands) => {
        const book = new MatchingBook()
        const naive = new NaiveBook()
        const bids = new Map<number, RestingBid>()
        const ids = new Map<RestingBid, number>()
        commands.forEach((step, id) => {
          if (step.do === 'reduce') {
            const order = naive.orders[step.pick % Math.max(1, naive.orders.length)]
            if (!order) return
            const by = Math.min(step.by, order.left)
            order.left -= by
            naive.orders = naive.orders.filter(({ left }) => left > 0)
            book.reduce(bids.get(order.id)!, by)
            return
          }
          const taken: Order = {
            id,
            owner: step.owner,
            side: step.side,
            price: step.price,
            left: step.count,
          }
          const bid = new RestingBid(step.owner, step.side, step.price, step.count)
          const taker = {
            ownerNo: step.owner,
            side: step.side,
            limitBps: step.price,
            selfTrade: step.rule,
            remainingCenti: step.count,
          }
          const crossable = crossableCenti(book, taker)
          expect(wouldCross(book, step.side, step.price)).toBe(
            naive.next(step.side, step.price) !== undefined,
          )
          const trades: Traded[] = []
          const end = match(book, taker, {
            traded: (maker, traded) => {
              trades.push([ids.get(maker)!, traded])
              return true
            },
            selfTradePrevented: (maker) => book.reduce(maker, maker.remainingCenti),
          })
          expect(trades).toEqual(naive.take(taken, step.rule))
          expect(taker.remainingCenti).toBe(taken.left)
          expect(step.count - taken.left).toBe(crossable)
          if (end === 'no-cross') {
            naive.orders.push(taken)
            bid.remainingCenti = taker.remainingCenti
            book.add(bid)
            bids.set(id, bid)
            ids.set(bid, id)
          }
          for (const which of ['yes', 'no'] as const) {
            expect(book.levels(which)).toEqual(naive.levels(which))
          }
          expect(book.bestBps('yes') + book.bestBps('no')).toBeLessThan(10_000)
        })
        for (const order of naive.orders) {
          const before = naive.orders.filter(
            (one) =>
              one.side === order.side &&
              (one.price > order.price || (one.price === order.price && one.id < order.id)),
          )
          expect(book.aheadCenti(bids.get(order.id)!)).toBe(
            before.reduce((sum, { left }) => sum + left, 0),
          )
        }
      }),
      { numRuns: 300, seed: 7 },
    )
  })
})

describe("nobody's size", () => {
  test('joins behind what is there and leaves from the back', () => {
    const book = new MatchingBook()
    book.addAnonymous('yes', 4_000, 100)
    const own = new RestingBid(1, 'yes', 4_000, 50)
    book.add(own)
    book.addAnonymous('yes', 4_000, 30)
    expect(book.aheadCenti(own)).toBe(100)
    book.removeAnonymous('yes', 4_000, 30)
    expect(book.aheadCenti(own)).toBe(100)
    book.removeAnonymous('yes', 4_000, 60)
    expect(book.aheadCenti(own)).toBe(40)
    expect(book.anonymousAt('yes', 4_000)).toBe(40)
    expect(book.countAt('yes', 4_000)).toBe(90)
    expect(() => book.removeAnonymous('yes', 4_000, 41)).toThrow('outside market')
  })

  test('a book refuses prices and sizes that are none', () => {
    const book = new MatchingBook()
    expect(() => book.add(new RestingBid(1, 'yes', 10_000, 1))).toThrow('bid price')
    expect(() => book.add(new RestingBid(1, 'yes', 5_000, 0))).toThrow('bid size')
    const bid = new RestingBid(1, 'no', 5_000, 5)
    book.add(bid)
    expect(() => book.add(bid)).toThrow('queued already')
    expect(() => book.reduce(bid, 6)).toThrow('too much')
  })
})
