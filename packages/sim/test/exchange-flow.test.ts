import { describe, expect, test } from 'vitest'
import { Refusal, balanceJson, settlementJson } from '../src/index.ts'
import { Bench, OPENING_MICROS, US } from './exchange-harness.ts'

/** YES bid 40 × 10 and an order of alice's behind it. */
function queued(countCenti = 500) {
  const bench = new Bench()
  bench.play({ type: 'book-replaced', yes: [[4_000, 1_000]], no: [[5_500, 1_000]] })
  const { order } = bench.place({ countCenti })
  return { bench, order, ahead: () => bench.exchange.queuePosition(order) }
}

describe('the flow and the queue', () => {
  test('its trades at the price take the front first, then the client', () => {
    const { bench, order, ahead } = queued()
    bench.trade('no', 40, 600)
    expect([ahead(), order.filledCenti]).toEqual([400, 0])
    bench.level('yes', 40, 300)
    bench.trade('no', 40, 700)
    // Four contracts were ahead, three fill the client; the flow's level goes on as recorded.
    expect(order).toMatchObject({ filledCenti: 300, remainingCenti: 200, status: 'resting' })
    expect(ahead()).toBe(0)
    expect(bench.bids('yes')).toEqual([[40, 200]])
    const prints = bench.published.flatMap(({ event }) =>
      event.type === 'trade-printed' ? [event.countCenti] : [],
    )
    expect(prints).toEqual([600, 300, 400])
  })

  test('its cancels leave from the back: those ahead go last', () => {
    const { bench, ahead } = queued()
    bench.level('yes', 40, 300)
    bench.level('yes', 40, -200)
    expect(ahead()).toBe(1_000)
    bench.level('yes', 40, -400)
    expect(ahead()).toBe(700)
    bench.level('yes', 40, -700)
    expect(ahead()).toBe(0)
    expect(bench.exchange.inconsistentChanges).toBe(0)
    bench.level('yes', 40, -1)
    expect(bench.exchange.inconsistentChanges).toBe(1)
  })

  test('a trade at a worse price fills the better client first, at his price', () => {
    const { bench } = queued()
    const { order } = bench.place({ yesPriceBps: 4_200, countCenti: 300 }, 'bob')
    bench.trade('no', 40, 1_000)
    expect(order.status).toBe('executed')
    expect(bench.cashMicros('bob')).toBe(OPENING_MICROS - 3 * 420_000)
    expect(bench.position()).toBe(0)
  })

  test('size that crosses a client trades with him and does not show', () => {
    const { bench, order } = queued()
    bench.level('no', 60, 200)
    expect(order.filledCenti).toBe(200)
    expect(bench.bids('no')).toEqual([[55, 1_000]])
    bench.level('no', 60, 500)
    expect([order.status, bench.bids('no')[0]]).toEqual(['executed', [60, 200]])
    // The flow takes its seven away; five of them were never shown.
    bench.level('no', 60, -700)
    expect(bench.bids('no')).toEqual([[55, 1_000]])
    expect(bench.exchange.inconsistentChanges).toBe(0)
  })

  test('what a client took stays taken until the level is emptied or the book replaced', () => {
    const bench = new Bench()
    const yes = [[4_000, 1_000]] as const
    const no = [[5_500, 1_000]] as const
    bench.play({ type: 'book-replaced', yes, no })
    bench.place({ yesPriceBps: 4_500, countCenti: 600 })
    expect(bench.bids('no')).toEqual([[55, 400]])
    bench.level('no', 55, 100)
    expect(bench.bids('no')).toEqual([[55, 500]])
    bench.level('no', 55, -1_100)
    expect(bench.bids('no')).toEqual([])
    bench.level('no', 55, 700)
    expect(bench.bids('no')).toEqual([[55, 700]])
    bench.place({ yesPriceBps: 4_500, countCenti: 100 })
    bench.play({ type: 'book-replaced', yes, no })
    expect(bench.bids('no')).toEqual([[55, 1_000]])
  })

  test('a replaced book keeps the client his place', () => {
    const { bench, ahead } = queued()
    bench.play({ type: 'book-replaced', yes: [[4_000, 1_200]], no: [] })
    expect(ahead()).toBe(1_000)
    bench.play({ type: 'book-replaced', yes: [[4_000, 300]], no: [] })
    expect([ahead(), bench.bids('yes')]).toEqual([300, [[40, 800]]])
  })

  test('the ticker shows the book with the clients in it, and their volume', () => {
    const { bench } = queued()
    bench.place({ yesPriceBps: 4_500, countCenti: 100 })
    const flow = { lastPriceBps: 4_500, lastTradeCenti: 100, volumeCenti: 5_000 }
    const quotes = { yesBidBps: 1, yesAskBps: 2, yesBidCenti: 3, yesAskCenti: 4 }
    bench.play({ type: 'ticker-changed', ...flow, ...quotes, openInterestCenti: 900 })
    expect(bench.published.at(-1)!.event).toMatchObject({
      yesBidBps: 4_000,
      yesBidCenti: 1_500,
      yesAskBps: 4_500,
      yesAskCenti: 900,
      volumeCenti: 5_100,
      openInterestCenti: 1_000,
    })
  })

  test('without clients it is published as it came', () => {
    const bench = new Bench()
    bench.play({ type: 'book-replaced', yes: [[4_000, 1_000]], no: [] })
    bench.level('yes', 41, 100)
    bench.trade('no', 41, 100)
    expect(bench.published.map(({ event }) => event.type)).toEqual([
      'level-changed',
      'level-changed',
      'level-changed',
      'trade-printed',
    ])
  })
})

describe('who is told what', () => {
  test('the cause of a change of the book is named; fills, orders and positions are private', () => {
    const { bench, order } = queued()
    expect(bench.published.findLast(({ event }) => event.type === 'level-changed')).toMatchObject({
      clientOrderId: order.clientOrderId,
    })
    bench.told.length = 0
    bench.trade('no', 40, 1_100)
    expect(bench.told.map(({ type }) => type)).toEqual(['fill', 'user_order', 'market_position'])
    expect(bench.told.every(({ keyId }) => keyId === 'alice')).toBe(true)
    expect(bench.told[0]!.msg).toMatchObject({
      client_order_id: 'order-1',
      is_taker: false,
      book_side: 'bid',
      yes_price_dollars: '0.4000',
      count_fp: '1.00',
      fee_cost: '0.000000',
      post_position_fp: '1.00',
    })
    expect(bench.told[1]!.msg).toMatchObject({
      status: 'resting',
      remaining_count_fp: '4.00',
      maker_fill_cost_dollars: '0.4000',
      last_update_reason: 'Trade',
    })
    expect(bench.told[2]!.msg).toMatchObject({
      position_fp: '1.00',
      position_cost_dollars: '0.4000',
    })
  })
})

describe('the life of a market', () => {
  const placed = (bench: Bench): string => bench.refused({ yesPriceBps: 100 })

  test('a pause allows cancels only; reopening cancels what rested', () => {
    const { bench, order } = queued()
    const { order: shy } = bench.place({ cancelOnPause: true })
    const { order: gone } = bench.place()
    expect(bench.exchange.pauseTrading(bench.ticker)).toBe(true)
    expect(shy).toMatchObject({ status: 'canceled', lastReason: 'HaltCancel' })
    expect(placed(bench)).toBe('trading_is_paused')
    expect(bench.exchange.cancel(bench.account(), gone.orderId)).toBe(1_000)
    expect(bench.exchange.resumeTrading(bench.ticker)).toBe(true)
    expect(order).toMatchObject({ status: 'canceled', lastReason: 'HaltCancel' })
    expect(placed(bench)).toBe('')
    expect(bench.exchange.resumeTrading(bench.ticker)).toBe(false)
  })

  test('the close cancels everything and refuses even cancels', () => {
    const { bench, order } = queued()
    bench.play({ type: 'market-closed' })
    expect(order).toMatchObject({ status: 'canceled', lastReason: 'CloseCancel' })
    expect(placed(bench)).toBe('market_inactive')
    expect(bench.exchange.cancel(bench.account(), order.orderId)).toMatchObject({
      code: 'market_inactive',
    })
    expect(bench.account().shard(0).reservedMicros).toBe(0)
  })

  test('the scheduled close needs no event', () => {
    const { bench, order } = queued()
    const { closeTimeUs } = bench.exchange.markets.get(bench.ticker)!.info
    bench.exchange.advanceTo(closeTimeUs - 1)
    expect(placed(bench)).toBe('')
    bench.exchange.advanceTo(closeTimeUs)
    expect(order.lastReason).toBe('CloseCancel')
    expect(placed(bench)).toBe('market_inactive')
  })

  test('settlement pays a dollar for each contract on the right side, once', () => {
    const { bench } = queued()
    bench.place({ yesPriceBps: 4_500, countCenti: 1_000 })
    bench.place({ side: 'ask', yesPriceBps: 4_000, countCenti: 1_000 }, 'bob')
    const before = bench.cashMicros()
    bench.play({ type: 'market-closed' })
    bench.play({ type: 'market-determined', result: 'yes', expirationValue: '70' })
    expect(balanceJson(bench.account(), undefined)).toMatchObject({ portfolio_value: 1_000 })
    bench.play({ type: 'market-settled' })
    bench.play({ type: 'market-settled' })
    expect(bench.cashMicros()).toBe(before + 10 * US)
    expect(settlementJson(bench.account().settlements.at(0)!)).toMatchObject({
      market_result: 'yes',
      yes_count_fp: '10.00',
      yes_total_cost_dollars: '4.5000',
      revenue: 1_000,
      value: 100,
    })
    expect(settlementJson(bench.account('bob').settlements.at(0)!)).toMatchObject({
      no_count_fp: '10.00',
      no_total_cost_dollars: '6.0000',
      revenue: 0,
    })
    expect(bench.account().settlements.size).toBe(1)
    expect(bench.totalMicros()).toBe(2 * OPENING_MICROS)
  })
})

describe('order groups', () => {
  const grouped = (limitCenti: number) => {
    const { bench } = queued()
    const account = bench.account()
    const group = bench.exchange.createGroup(account, 0, limitCenti)
    if (group instanceof Refusal) throw new Error(group.message)
    const { groupId } = group
    const { order } = bench.place({ groupId, yesPriceBps: 3_000, countCenti: 100 })
    const taking = { groupId, yesPriceBps: 4_500 }
    return { bench, account, group, order, taking, groupId }
  }

  test('more than the limit within 15 seconds cancels the group and refuses new orders', () => {
    const { bench, account, group, order, taking } = grouped(300)
    bench.place({ ...taking, countCenti: 300 })
    expect(order.status).toBe('resting')
    const last = bench.place({ ...taking, countCenti: 1 })
    expect(last.filledCenti).toBe(1)
    expect([order.status, group.isTriggered, group.orders.size]).toEqual(['canceled', true, 0])
    expect(bench.refused({ ...taking, countCenti: 1 })).toBe('order_group_triggered')
    bench.exchange.resetGroup(account, group)
    expect(bench.refused({ ...taking, countCenti: 100 })).toBe('')
    expect(
      bench.told.flatMap(({ type, msg }) => (type === 'order_group_updates' ? [msg] : [])),
    ).toMatchObject([
      { event_type: 'created', contracts_limit_fp: '3.00' },
      { event_type: 'triggered' },
      { event_type: 'reset' },
    ])
  })

  test('after 15 seconds the same is allowed again', () => {
    const { bench, group, taking } = grouped(300)
    bench.place({ ...taking, countCenti: 300 })
    bench.exchange.advanceTo(bench.exchange.nowUs + 15 * US)
    bench.place({ ...taking, countCenti: 300 })
    expect(group.isTriggered).toBe(false)
  })

  test('a taker that passes the limit is stopped where it did', () => {
    const { bench, taking } = grouped(300)
    bench.place({ side: 'ask', yesPriceBps: 4_400, countCenti: 400 }, 'bob')
    const { order, filledCenti } = bench.place({ ...taking, countCenti: 900 })
    expect([filledCenti, order.status]).toEqual([400, 'canceled'])
  })

  test('a lower limit, a trigger and a deletion do what they say', () => {
    const { bench, account, group, order, taking, groupId } = grouped(300)
    bench.place({ ...taking, countCenti: 300 })
    bench.exchange.limitGroup(account, group, 299)
    expect(order.status).toBe('canceled')
    bench.exchange.resetGroup(account, group)
    const second = bench.place({ groupId, yesPriceBps: 3_000, countCenti: 100 })
    bench.exchange.triggerGroup(account, group)
    expect([second.order.status, group.isTriggered]).toEqual(['canceled', true])
    bench.exchange.resetGroup(account, group)
    const third = bench.place({ groupId, yesPriceBps: 3_000, countCenti: 100 })
    bench.exchange.deleteGroup(account, group)
    expect(third.order.status).toBe('canceled')
    expect(bench.refused({ groupId })).toBe('order_group_not_found')
  })
})
