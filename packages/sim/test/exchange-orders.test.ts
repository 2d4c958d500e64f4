import { describe, expect, test } from 'vitest'
import { Refusal, amendedJson, placedJson } from '../src/index.ts'
import type { AmendRequest, ClientOrder } from '../src/index.ts'
import { Bench, OPENING_MICROS, US } from './exchange-harness.ts'

/** YES bid 40 × 10, YES ask 45 × 10 and 46 × 10. */
function quoted(): Bench {
  const bench = new Bench()
  bench.play({
    type: 'book-replaced',
    yes: [[4_000, 1_000]],
    no: [
      [5_500, 1_000],
      [5_400, 1_000],
    ],
  })
  return bench
}

const amendment = (order: ClientOrder, changes: Partial<AmendRequest> = {}): AmendRequest => ({
  marketTicker: order.holding.market.info.ticker,
  side: order.side === 'yes' ? 'bid' : 'ask',
  yesPriceBps: order.yesPriceBps,
  countCenti: order.filledCenti + order.remainingCenti,
  clientOrderId: undefined,
  updatedClientOrderId: undefined,
  expirationUs: undefined,
  ...changes,
})

describe('time in force', () => {
  test('good till cancelled trades what crosses at the makers’ prices and rests the rest', () => {
    const bench = quoted()
    const result = bench.place({ yesPriceBps: 4_500, countCenti: 1_500 })
    expect(placedJson(result, bench.exchange.nowUs)).toMatchObject({
      client_order_id: 'order-1',
      fill_count: '10.00',
      remaining_count: '5.00',
      average_fill_price: '0.4500',
      // 0.07 × 0.45 × 0.55 = 0.017325 a contract.
      average_fee_paid: '0.017330',
    })
    expect(bench.bids('yes')[0]).toEqual([45, 500])
    expect(bench.bids('no')).toEqual([[54, 1_000]])
    // 10 × 0.45, a fee of 0.17325 brought to 0.1733 by the balance's precision.
    expect(bench.cashMicros()).toBe(OPENING_MICROS - 4_500_000 - 173_300)
    expect(bench.account().availableMicros(0)).toBe(bench.cashMicros() - 5 * 450_000)
  })

  test('immediate or cancel leaves nothing behind', () => {
    const bench = quoted()
    const { order, filledCenti } = bench.place({
      timeInForce: 'immediate_or_cancel',
      yesPriceBps: 4_600,
      countCenti: 2_500,
    })
    expect([filledCenti, order.remainingCenti, order.status]).toEqual([2_000, 0, 'canceled'])
    expect(bench.bids('yes')).toEqual([[40, 1_000]])
  })

  test('fill or kill trades all or nothing', () => {
    const bench = quoted()
    const fok = { timeInForce: 'fill_or_kill', yesPriceBps: 4_600 } as const
    expect(bench.place({ ...fok, countCenti: 2_001 }).filledCenti).toBe(0)
    expect(bench.bids('no')).toHaveLength(2)
    expect(bench.place({ ...fok, countCenti: 2_000 }).order.status).toBe('executed')
    expect(bench.bids('no')).toEqual([])
  })

  test('an order expires when its time has come, also unasked', () => {
    const bench = quoted()
    const { nowUs } = bench.exchange
    const { order } = bench.place({ expirationUs: nowUs + US })
    bench.exchange.advanceTo(nowUs + US - 1)
    expect(order.status).toBe('resting')
    bench.level('yes', 39, 100)
    bench.exchange.advanceTo(nowUs + US)
    expect(order).toMatchObject({
      status: 'canceled',
      lastReason: 'ExpiryCancel',
      updatedUs: nowUs + US,
    })
    expect(bench.refused({ expirationUs: nowUs })).toBe('invalid_expiration_time')
  })

  test('however often it is amended, it expires at the last time named', () => {
    const bench = quoted()
    const account = bench.account()
    const { nowUs } = bench.exchange
    const { order: other } = bench.place({ expirationUs: nowUs + 5 * US })
    const { order } = bench.place({ expirationUs: nowUs + US })
    for (let i = 1; i <= 25_000; i++) {
      const expirationUs = nowUs + US + i
      bench.exchange.amend(account, order.orderId, amendment(order, { expirationUs }))
    }
    bench.exchange.advanceTo(nowUs + US + 24_999)
    expect(order.status).toBe('resting')
    bench.exchange.advanceTo(nowUs + US + 25_000)
    expect([order.status, other.status]).toEqual(['canceled', 'resting'])
    bench.exchange.advanceTo(nowUs + 5 * US)
    expect(other.lastReason).toBe('ExpiryCancel')
  })

  test('post-only that would cross is cancelled, else it rests', () => {
    const bench = quoted()
    const { order } = bench.place({ isPostOnly: true, yesPriceBps: 4_500 })
    expect(order).toMatchObject({ status: 'canceled', lastReason: 'PostOnlyCrossCancel' })
    expect(bench.place({ isPostOnly: true, yesPriceBps: 4_400 }).order.status).toBe('resting')
  })

  test('reduce-only trades no more than closes', () => {
    const bench = quoted()
    const reduce = {
      timeInForce: 'immediate_or_cancel',
      isReduceOnly: true,
      side: 'ask',
      yesPriceBps: 4_000,
    } as const
    expect(bench.place(reduce).order.lastReason).toBe('ReduceOnlyCancel')
    bench.place({ yesPriceBps: 4_500, countCenti: 300 })
    expect(bench.place({ ...reduce, countCenti: 800 }).filledCenti).toBe(300)
    expect(bench.position()).toBe(0)
    expect(bench.refused({ isReduceOnly: true })).toBe('invalid_parameters')
  })
})

test('rounding overpaid over many small fills comes back a cent at a time', () => {
  const bench = quoted()
  const offer = { side: 'ask', yesPriceBps: 4_100 } as const
  for (let i = 0; i < 400; i++) bench.place({ ...offer, countCenti: 1 }, 'bob')
  bench.place({ ...offer, countCenti: 500 }, 'bob')
  const { order } = bench.place({ yesPriceBps: 4_100, countCenti: 900 })
  // 400 × $0.0002 and $0.0847, each at least what the formula asks; less the cent overpaid.
  expect(order.feesMicros).toBe(400 * 200 + 84_700 - 10_000)
  expect(bench.cashMicros()).toBe(OPENING_MICROS - 900 * 4_100 - order.feesMicros)
  expect(bench.totalMicros()).toBe(2 * OPENING_MICROS)
})

describe('self-trade prevention', () => {
  test('taker_at_cross stops the taker and keeps what it traded', () => {
    const bench = quoted()
    const { order: own } = bench.place({ side: 'ask', yesPriceBps: 4_600, countCenti: 300 })
    const taker = bench.place({ yesPriceBps: 4_700, countCenti: 5_000 })
    // The ask at 45, and at 46 those ahead of its own.
    expect(taker.filledCenti).toBe(2_000)
    expect(taker.order).toMatchObject({ status: 'canceled', lastReason: 'SelfTradeCancel' })
    expect(own.status).toBe('resting')
  })

  test('maker cancels the resting order and goes on', () => {
    const bench = quoted()
    const { order: own } = bench.place({ side: 'ask', yesPriceBps: 4_400, countCenti: 300 })
    const taker = bench.place({ yesPriceBps: 4_500, countCenti: 1_000, selfTrade: 'maker' })
    expect(taker.filledCenti).toBe(1_000)
    expect(own).toMatchObject({ status: 'canceled', lastReason: 'SelfTradeCancel' })
  })

  test('two accounts trade with each other', () => {
    const bench = quoted()
    bench.place({ yesPriceBps: 4_200 })
    expect(
      bench.place({ side: 'ask', yesPriceBps: 4_100, countCenti: 400 }, 'bob').filledCenti,
    ).toBe(400)
    expect([bench.position('alice'), bench.position('bob')]).toEqual([400, -400])
    // Makers pay no fee on this series; bob sold at alice's price.
    expect(bench.cashMicros('alice')).toBe(OPENING_MICROS - 4 * 420_000)
    expect(bench.totalMicros()).toBe(2 * OPENING_MICROS)
  })
})

describe('amend and decrease', () => {
  const setup = () => {
    const bench = quoted()
    const { order } = bench.place({ countCenti: 500 })
    bench.level('yes', 40, 200)
    return { bench, order, account: bench.account() }
  }

  test('a smaller size keeps its place in the queue, a larger one loses it', () => {
    const { bench, order, account } = setup()
    expect(bench.exchange.queuePosition(order)).toBe(1_000)
    bench.exchange.decrease(account, order.orderId, { to: 400 })
    bench.exchange.amend(account, order.orderId, amendment(order, { countCenti: 300 }))
    expect([order.remainingCenti, bench.exchange.queuePosition(order)]).toEqual([300, 1_000])
    bench.exchange.amend(account, order.orderId, amendment(order, { countCenti: 301 }))
    expect([order.remainingCenti, bench.exchange.queuePosition(order)]).toEqual([301, 1_200])
    expect(account.shard(0).reservedMicros).toBe(301 * 4_000)
  })

  test('another price loses it, also when it comes back', () => {
    const { bench, order, account } = setup()
    bench.exchange.amend(account, order.orderId, amendment(order, { yesPriceBps: 4_100 }))
    expect(bench.exchange.queuePosition(order)).toBe(0)
    bench.exchange.amend(account, order.orderId, amendment(order, { yesPriceBps: 4_000 }))
    expect(bench.exchange.queuePosition(order)).toBe(1_200)
  })

  test('another expiry alone keeps it, and the old one no longer counts', () => {
    const { bench, order, account } = setup()
    const { nowUs } = bench.exchange
    bench.exchange.amend(account, order.orderId, amendment(order, { expirationUs: nowUs + US }))
    bench.exchange.amend(account, order.orderId, amendment(order, { expirationUs: nowUs + 2 * US }))
    expect(bench.exchange.queuePosition(order)).toBe(1_000)
    bench.exchange.advanceTo(nowUs + US)
    expect(order.status).toBe('resting')
    bench.exchange.amend(account, order.orderId, amendment(order, { expirationUs: null }))
    bench.exchange.advanceTo(nowUs + 3 * US)
    expect(order.status).toBe('resting')
  })

  test('an amendment that crosses trades, and says so', () => {
    const { bench, order, account } = setup()
    const crossing = amendment(order, { yesPriceBps: 4_500, countCenti: 1_200 })
    const result = bench.exchange.amend(account, order.orderId, crossing)
    if (result instanceof Refusal) throw new Error(result.message)
    expect(amendedJson(result, 0)).toMatchObject({ fill_count: '10.00', remaining_count: '2.00' })
    expect(order).toMatchObject({ filledCenti: 1_000, remainingCenti: 200, initialCenti: 1_200 })
    const same = bench.exchange.amend(account, order.orderId, amendment(order))
    if (same instanceof Refusal) throw new Error(same.message)
    expect(amendedJson(same, 0)).toMatchObject({ fill_count: null, remaining_count: null })
  })

  test('what is not the order is refused', () => {
    const { bench, order, account } = setup()
    const code = (changes: Partial<AmendRequest>, id = order.orderId): string => {
      const result = bench.exchange.amend(account, id, amendment(order, changes))
      return result instanceof Refusal ? result.code : ''
    }
    expect(code({ side: 'ask' })).toBe('order_side_mismatch')
    expect(code({ marketTicker: bench.other })).toBe('order_ticker_mismatch')
    expect(code({ yesPriceBps: 4_050 })).toBe('invalid_price')
    expect(code({ countCenti: 0 })).toBe('invalid_order_size')
    expect(code({ countCenti: 900_000 })).toBe('available_balance_too_low')
    expect(code({}, 'none')).toBe('not_found')
    expect(bench.exchange.decrease(account, order.orderId, { to: 501 })).toBeInstanceOf(Refusal)
    bench.place({ clientOrderId: 'mine' })
    expect(code({ updatedClientOrderId: 'mine' })).toBe('order_already_exists')
    expect(code({ updatedClientOrderId: 'renamed' })).toBe('')
    expect(bench.refused({ clientOrderId: 'order-1' })).toBe('')
  })
})

describe('admission', () => {
  test('the same client order id is accepted once per account', () => {
    const bench = quoted()
    bench.place({ clientOrderId: 'twice' })
    expect(bench.refused({ clientOrderId: 'twice' })).toBe('order_already_exists')
    expect(bench.refused({ clientOrderId: 'twice' }, 'bob')).toBe('')
    expect([...bench.account().orders.values()]).toHaveLength(1)
  })

  test('prices off the grid, sizes that are none, markets that are not', () => {
    const bench = quoted()
    expect(bench.refused({ yesPriceBps: 4_050 })).toBe('invalid_price')
    expect(bench.refused({ yesPriceBps: 0 })).toBe('invalid_price')
    expect(bench.refused({ countCenti: 0 })).toBe('invalid_order_size')
    expect(bench.refused({ marketTicker: 'NONE' })).toBe('market_not_found')
    expect(bench.refused({ exchangeIndex: 2 })).toBe('exchange_index_mismatch')
    expect(bench.refused({ exchangeIndex: -1 })).toBe('')
  })

  test('cash stands behind every order, shard by shard', () => {
    const bench = quoted()
    const account = bench.account()
    expect(bench.refused({ countCenti: 250_001 })).toBe('available_balance_too_low')
    expect(bench.refused({ countCenti: 250_000 })).toBe('')
    expect(bench.refused({ countCenti: 1, yesPriceBps: 100 })).toBe('available_balance_too_low')
    expect(bench.exchange.transfer(account, 0, 2, 1)).toBeInstanceOf(Refusal)
    bench.exchange.cancelAll(account)
    bench.exchange.transfer(account, 0, 2, OPENING_MICROS - US)
    expect([bench.cashMicros(), bench.cashMicros('alice', 2)]).toEqual([US, OPENING_MICROS - US])
    // A taker's fee counts: 2.17 × 0.45 is 0.9765, and 0.0376 on top is too much.
    expect(bench.refused({ countCenti: 217, yesPriceBps: 4_500 })).toBe('available_balance_too_low')
    expect(bench.refused({ countCenti: 212, yesPriceBps: 4_500 })).toBe('')
  })

  test('closing a position needs no cash', () => {
    const bench = quoted()
    bench.place({ yesPriceBps: 4_500, countCenti: 1_000 })
    const account = bench.account()
    bench.exchange.transfer(account, 0, 2, bench.cashMicros())
    expect(bench.refused({ side: 'ask', yesPriceBps: 9_900, countCenti: 1_001 })).toBe(
      'available_balance_too_low',
    )
    expect(bench.refused({ side: 'ask', yesPriceBps: 4_100, countCenti: 1_000 })).toBe('')
    expect(account.shard(0).reservedMicros).toBe(0)
    bench.level('yes', 41, 1_000)
    expect(bench.position()).toBe(0)
    expect(bench.cashMicros()).toBe(10 * 410_000)
    expect(account.holdings.get(bench.ticker)!.realizedPnlMicros).toBe(-400_000)
  })
})
