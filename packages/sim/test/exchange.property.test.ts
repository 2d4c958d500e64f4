import { Prng, assert } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import type { Account, OrderRequest } from '../src/index.ts'
import { restingOf } from '../src/index.ts'
import { Bench, OPENING_MICROS, US } from './exchange-harness.ts'

const KEYS = ['alice', 'bob', 'carol']
type Side = 'yes' | 'no'

/** The outside market: never crossed with itself, it comes, goes and trades at its best. */
class RandomFlow {
  readonly levels = { yes: new Map<number, number>(), no: new Map<number, number>() }
  printed = 0

  best(side: Side): number {
    return Math.max(0, ...this.levels[side].keys())
  }

  change(side: Side, cents: number, count: number): void {
    const after = (this.levels[side].get(cents) ?? 0) + count
    if (after === 0) this.levels[side].delete(cents)
    else this.levels[side].set(cents, after)
  }

  step(bench: Bench, prng: Prng): void {
    const side: Side = prng.nextInt(2) === 0 ? 'yes' : 'no'
    const other = side === 'yes' ? 'no' : 'yes'
    const levels = [...this.levels[side]]
    const dice = prng.nextInt(20)
    if (dice === 0) {
      this.levels.yes = new Map([[40 + prng.nextInt(5), 100 + prng.nextInt(400)]])
      this.levels.no = new Map([[40 + prng.nextInt(5), 100 + prng.nextInt(400)]])
      const bps = (which: Side): [number, number][] =>
        [...this.levels[which]].map(([cents, count]) => [cents * 100, count])
      return bench.play({ type: 'book-replaced', yes: bps('yes'), no: bps('no') })
    }
    if (dice < 10 || levels.length === 0) {
      const cents = 35 + prng.nextInt(30)
      if (cents + this.best(other) >= 100) return
      const count = 50 + prng.nextInt(400)
      this.change(side, cents, count)
      return bench.level(side, cents, count)
    }
    const [cents, size] =
      dice < 15
        ? levels[prng.nextInt(levels.length)]!
        : [this.best(side), this.levels[side].get(this.best(side))!]
    const count = 1 + prng.nextInt(size)
    this.change(side, cents, -count)
    if (dice < 15) return bench.level(side, cents, -count)
    const from = bench.published.length
    bench.trade(other, side === 'yes' ? cents : 100 - cents, count)
    const prints = bench.published.slice(from).map(({ event }) => event)
    const total = prints.reduce(
      (sum, event) => sum + (event.type === 'trade-printed' ? event.countCenti : 0),
      0,
    )
    assert(total === count, 'a trade of the flow is printed once, whoever it filled')
  }
}

function randomRequest(bench: Bench, prng: Prng, account: Account): OrderRequest {
  const kind = prng.nextInt(10)
  const timeInForce =
    kind === 0 ? 'fill_or_kill' : kind <= 2 ? 'immediate_or_cancel' : 'good_till_canceled'
  const isResting = timeInForce === 'good_till_canceled'
  const group = [...account.groups.values()].find(({ isTriggered }) => !isTriggered)
  return bench.request({
    side: prng.nextInt(2) === 0 ? 'bid' : 'ask',
    yesPriceBps: (35 + prng.nextInt(30)) * 100,
    countCenti: 1 + prng.nextInt(700),
    timeInForce,
    isPostOnly: isResting && prng.nextInt(4) === 0,
    isReduceOnly: timeInForce === 'immediate_or_cancel' && prng.nextInt(2) === 0,
    selfTrade: prng.nextInt(2) === 0 ? 'maker' : 'taker_at_cross',
    expirationUs:
      isResting && prng.nextInt(3) === 0
        ? bench.exchange.nowUs + 1 + prng.nextInt(30_000)
        : undefined,
    groupId: prng.nextInt(4) === 0 ? group?.groupId : undefined,
  })
}

function command(bench: Bench, prng: Prng): void {
  const { exchange } = bench
  const account = bench.account(KEYS[prng.nextInt(KEYS.length)])
  const resting = [...restingOf(account)]
  const order = resting[prng.nextInt(Math.max(1, resting.length))]
  const dice = prng.nextInt(20)
  if (dice === 0) exchange.createGroup(account, 0, 100 + prng.nextInt(900))
  else if (dice === 1)
    for (const group of account.groups.values()) exchange.resetGroup(account, group)
  else if (dice < 12 || !order) exchange.place(account, randomRequest(bench, prng, account))
  else if (dice < 15) exchange.cancel(account, order.orderId)
  else if (dice < 16)
    exchange.decrease(account, order.orderId, { by: prng.nextInt(order.remainingCenti + 1) })
  else {
    exchange.amend(account, order.orderId, {
      marketTicker: bench.ticker,
      side: order.side === 'yes' ? 'bid' : 'ask',
      yesPriceBps: order.yesPriceBps + (prng.nextInt(5) - 2) * 100,
      countCenti: order.filledCenti + 1 + prng.nextInt(700),
      clientOrderId: undefined,
      updatedClientOrderId: undefined,
      expirationUs: undefined,
    })
  }
}

/** Contract by contract: what rests, but for the cheapest of those that close. */
function reservedOracle(account: Account): number {
  let total = 0
  for (const holding of account.holdings.values()) {
    for (const side of ['yes', 'no'] as const) {
      const prices: number[] = []
      for (const order of account.orders.values()) {
        if (order.holding !== holding || order.side !== side || order.status !== 'resting') continue
        for (let i = 0; i < order.remainingCenti; i++) prices.push(order.priceBps)
      }
      const closes = side === 'yes' ? -holding.signedCenti : holding.signedCenti
      prices.sort((a, b) => a - b)
      for (const price of prices.slice(Math.max(0, closes))) total += price
    }
  }
  return total
}

function check(bench: Bench, flow: RandomFlow): void {
  const { exchange } = bench
  const market = exchange.markets.get(bench.ticker)!
  expect(bench.totalMicros(), 'money is conserved').toBe(exchange.accounts.size * OPENING_MICROS)
  const signed = market.holdings.reduce((sum, { signedCenti }) => sum + signedCenti, 0)
  expect(signed + market.outsideSignedCenti === 0, 'every YES has its NO').toBe(true)
  for (const side of ['yes', 'no'] as const) {
    const expected = new Map<number, number>()
    for (const [cents, count] of flow.levels[side]) {
      const consumed = market.consumedAt(side, cents * 100)
      expect(consumed).toBeLessThanOrEqual(count)
      if (count > consumed) expected.set(cents, count - consumed)
    }
    for (const account of exchange.accounts.values()) {
      for (const order of account.orders.values()) {
        if (order.status !== 'resting' || order.side !== side) continue
        const cents = order.priceBps / 100
        expected.set(cents, (expected.get(cents) ?? 0) + order.remainingCenti)
      }
    }
    const levels = [...expected].sort(([a], [b]) => b - a)
    expect(bench.bids(side), 'the book is the sum of its orders').toEqual(levels)
  }
  const { book } = market.state
  expect(book.bestYesBidBps + book.bestNoBidBps, 'never crossed').toBeLessThan(10_000)
  for (const account of exchange.accounts.values()) {
    const { cashMicros, reservedMicros } = account.shard(0)
    expect(reservedMicros).toBe(reservedOracle(account))
    expect(cashMicros - reservedMicros).toBeGreaterThanOrEqual(-100 * account.fills.size)
    const filled = account.fills
      .toArray()
      .reduce((sum, { side, countCenti }) => sum + (side === 'yes' ? countCenti : -countCenti), 0)
    expect(bench.position(account.keyId)).toBe(filled)
  }
}

function run(seed: number, steps: number, checks: boolean): Bench {
  const bench = new Bench()
  const prng = new Prng(seed)
  const flow = new RandomFlow()
  bench.play({ type: 'book-replaced', yes: [], no: [] })
  for (const key of KEYS) bench.account(key)
  // One has little, so that collateral matters.
  const poor = bench.account('carol')
  bench.exchange.transfer(poor, 0, 7, OPENING_MICROS - 20 * US)
  for (let i = 0; i < steps; i++) {
    if (prng.nextInt(2) === 0) flow.step(bench, prng)
    else command(bench, prng)
    if (checks) check(bench, flow)
  }
  expect(bench.exchange.inconsistentChanges).toBe(0)
  expect(bench.exchange.state.inconsistentChanges).toBe(0)
  return bench
}

describe('whatever members and the outside market do', () => {
  test('money is conserved, books are the sum of their orders and never crossed', () => {
    let fills = 0
    let tooPoor = 0
    for (let seed = 1; seed <= 12; seed++) {
      const bench = run(seed, 400, true)
      for (const { fills: own } of bench.exchange.accounts.values()) fills += own.size
      tooPoor += bench.refused({ countCenti: 90_000, yesPriceBps: 9_900 }, 'carol') === '' ? 0 : 1
      bench.play({ type: 'market-closed' })
      bench.play({
        type: 'market-determined',
        result: seed % 2 === 0 ? 'yes' : 'no',
        expirationValue: '',
      })
      bench.play({ type: 'market-settled' })
      expect(bench.totalMicros()).toBe(KEYS.length * OPENING_MICROS)
      for (const account of bench.exchange.accounts.values()) {
        expect(bench.position(account.keyId) === 0).toBe(true)
        expect(account.shard(0).reservedMicros).toBe(0)
      }
    }
    expect(fills).toBeGreaterThan(500)
    expect(tooPoor).toBe(12)
  })

  test('the same again is the same again, to the byte', () => {
    const once = run(5, 600, false)
    const again = run(5, 600, false)
    expect(JSON.stringify(again.published)).toBe(JSON.stringify(once.published))
    expect(JSON.stringify(again.told)).toBe(JSON.stringify(once.told))
  })
})
