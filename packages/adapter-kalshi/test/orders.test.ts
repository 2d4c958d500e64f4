import { generateKeyPairSync } from 'node:crypto'
import { systemClock } from '@kwm/runtime'
import { VirtualClock } from '@kwm/runtime/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  KalshiAccount,
  KalshiOrderGroups,
  KalshiOrders,
  KalshiTransport,
  OrderArgumentError,
  RateBudget,
} from '../src/index.ts'
import type { OrderRequest } from '../src/index.ts'
import { RestServer, cut, json, silent } from './rest-server.ts'
import { ackJson, cancelJson, cutoffJson, orderJson } from './samples.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const request: OrderRequest = {
  marketTicker: 'KXHIGHNY-26NOV20-B48.5',
  clientOrderId: 'c1',
  side: 'bid',
  yesPriceBps: 4_200,
  countCenti: 1_050,
  timeInForce: 'good_till_canceled',
}

let server: RestServer
let transport: KalshiTransport
let orders: KalshiOrders
let groups: KalshiOrderGroups
beforeEach(async () => {
  server = await RestServer.open()
  const clock = new VirtualClock()
  transport = new KalshiTransport({
    baseUrl: server.url,
    clock,
    budget: new RateBudget({ clock, random: () => 0.5 }),
    credentials: { keyId: 'k', privateKey },
    random: () => 0.5,
    timeoutMs: 1_500,
  })
  orders = new KalshiOrders(transport)
  groups = new KalshiOrderGroups(transport)
})
afterEach(async () => {
  await server.close()
})
const sent = () =>
  server.seen.map(({ method, url, body }) => [
    `${method} ${url.replace('/trade-api/v2', '')}`,
    body === '' ? null : (JSON.parse(body) as unknown),
  ])
const error = { error: { code: 'invalid_order_size', message: 'no', details: '', service: 'x' } }

describe('create', () => {
  test('goes out in the words of V2 and comes back in integers', async () => {
    server.replies = [json(ackJson('c1'), 201)]
    const full: OrderRequest = {
      ...request,
      isPostOnly: true,
      isCanceledOnPause: true,
      expirationTimeUs: 1_795_219_200_999_999,
      orderGroupId: 'g1',
      exchangeIndex: 0,
      subaccount: 3,
    }
    expect(await orders.create(full)).toEqual({
      outcome: 'accepted',
      ack: {
        orderId: 'o-c1',
        clientOrderId: 'c1',
        filledCenti: 100,
        remainingCenti: 900,
        averageYesPriceMicros: 420_000,
        averageFeeMicros: 17_052,
        venueTimeUs: 1_795_132_800_000_000,
      },
    })
    expect(sent()).toEqual([
      [
        'POST /portfolio/events/orders',
        {
          ticker: 'KXHIGHNY-26NOV20-B48.5',
          client_order_id: 'c1',
          side: 'bid',
          count: '10.50',
          price: '0.4200',
          time_in_force: 'good_till_canceled',
          self_trade_prevention_type: 'taker_at_cross',
          post_only: true,
          cancel_order_on_pause: true,
          expiration_time: 1_795_219_200,
          order_group_id: 'g1',
          exchange_index: 0,
          subaccount: 3,
        },
      ],
    ])
  })

  test.each([
    ['a silent venue', silent],
    ['a cut line', cut],
    ['a 500', json({ code: 'internal' }, 500)],
    ['a 503', json('down', 503)],
    ['an answer without an id', json({ fill_count: '0.00' }, 201)],
    ['an answer that is no JSON', json('<html>', 200)],
  ])('%s: unknown, and never sent twice', async (_name, reply) => {
    server.replies = [reply]
    expect(await orders.create(request)).toMatchObject({ outcome: 'unknown' })
    expect(server.seen).toHaveLength(1)
  })

  test.each([
    ['400', 400, 'rejected', 'invalid'],
    ['403', 403, 'rejected', 'forbidden'],
    ['429', 429, 'rejected', 'throttled'],
    ['409', 409, 'duplicate', 'conflict'],
  ])('%s: the venue said no, once', async (_name, status, outcome, fault) => {
    server.replies = [json(error, status)]
    const found = await orders.create(request)
    expect(found).toMatchObject({
      outcome,
      error: { fault, venueCode: 'invalid_order_size', isSent: true },
    })
    expect(server.seen).toHaveLength(1)
  })

  test('aborted while it waits for tokens: unsent', async () => {
    const found = await orders.create(request, AbortSignal.abort())
    expect(found).toMatchObject({ outcome: 'unsent', error: { fault: 'aborted' } })
    expect(server.seen).toHaveLength(0)
  })

  test('without a key: unsent', async () => {
    const keyless = new KalshiTransport({ baseUrl: server.url, clock: systemClock })
    expect(await new KalshiOrders(keyless).create(request)).toMatchObject({
      outcome: 'unsent',
      error: { fault: 'no-credentials' },
    })
    expect(server.seen).toHaveLength(0)
  })

  test('aborted under way: unknown', async () => {
    const controller = new AbortController()
    server.replies = [() => controller.abort()]
    expect(await orders.create(request, controller.signal)).toMatchObject({
      outcome: 'unknown',
      error: { fault: 'aborted' },
    })
  })

  test.each<[string, Partial<OrderRequest>]>([
    ['yesPriceBps', { yesPriceBps: 0 }],
    ['yesPriceBps', { yesPriceBps: 10_000 }],
    ['yesPriceBps', { yesPriceBps: 42.5 }],
    ['countCenti', { countCenti: 0 }],
    ['countCenti', { countCenti: Number.NaN }],
    ['clientOrderId', { clientOrderId: '' }],
    ['marketTicker', { marketTicker: '' }],
    [
      'expirationTimeUs',
      { timeInForce: 'immediate_or_cancel', expirationTimeUs: 1_795_219_200_000_000 },
    ],
    ['expirationTimeUs', { expirationTimeUs: -1 }],
    ['isReduceOnly', { isReduceOnly: true }],
  ])('%s is checked before it is sent', async (field, wrong) => {
    const thrown = await orders.create({ ...request, ...wrong }).catch((reason: unknown) => reason)
    expect(thrown).toBeInstanceOf(OrderArgumentError)
    expect((thrown as OrderArgumentError).field).toBe(field)
    expect(server.seen).toHaveLength(0)
  })

  test('the order of a lost answer is found by its client order id', async () => {
    const asOf = json({ as_of_time: '2026-11-20T12:00:01Z' })
    const listed = [orderJson('o7'), orderJson('o8', { client_order_id: 'c1' })]
    const found = [asOf, json({ orders: listed, cursor: '' }), json(cutoffJson)]
    server.replies = [cut, ...found, asOf, json({ orders: [], cursor: '' })]
    expect(await orders.create(request)).toMatchObject({ outcome: 'unknown' })
    const { clientOrderId, marketTicker } = request
    const lost = { clientOrderId, marketTicker, sentTimeUs: 1_795_132_800_999_999 }
    const account = new KalshiAccount(transport)
    expect(await account.findOrder(lost)).toMatchObject({
      outcome: 'found',
      order: { orderId: 'o8', side: 'no', remainingCenti: 900 },
    })
    expect(await account.findOrder(lost)).toEqual({
      outcome: 'absent',
      asOfUs: Date.UTC(2026, 10, 20, 12, 0, 1) * 1_000,
    })
    // A minute for the clocks, and a second for the filter.
    expect(server.seen[2]!.url).toContain('ticker=KXHIGHNY-26NOV20-B48.5&min_ts=1795132739&')
    expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })
})

describe('batches', () => {
  test('each item has its own outcome, in order', async () => {
    const { error: fault } = error
    server.replies = [json({ orders: [ackJson('c1'), { order_id: null, error: fault }] }, 201)]
    const found = await orders.createBatch([request, { ...request, clientOrderId: 'c2' }])
    expect(found).toMatchObject({
      outcome: 'accepted',
      ack: [
        { outcome: 'accepted', ack: { orderId: 'o-c1' } },
        { outcome: 'rejected', fault: { code: 'invalid_order_size' } },
      ],
    })
    expect((sent()[0]![1] as { orders: unknown[] }).orders).toHaveLength(2)
  })

  test('an answer with too few items, or one that is neither, is unknown', async () => {
    server.replies = [json({ orders: [ackJson('c1')] }, 201)]
    expect(await orders.createBatch([request, request])).toMatchObject({
      outcome: 'unknown',
    })
    server.replies = [json({ orders: [{ order_id: 'o1' }] }, 201)]
    const found = await orders.createBatch([request])
    expect(found.outcome).toBe('unknown')
    const { error: reason } = found as { readonly error: Error }
    expect(reason.message).toMatch(/: orders\.0\.fill_count/)
  })

  test('what cannot fit the bucket at once is not sent', async () => {
    const eleven = Array.from({ length: 11 }, () => request)
    expect(await orders.createBatch(eleven)).toMatchObject({
      outcome: 'unsent',
      error: { code: 'KALSHI_BUSY' },
    })
    expect(server.seen).toHaveLength(0)
    await expect(orders.createBatch([])).rejects.toThrow(/orders: 1 to/)
  })

  test('cancels go in a body', async () => {
    server.replies = [json({ orders: [cancelJson('o1'), cancelJson('o2')] })]
    const found = await orders.cancelBatch([{ orderId: 'o1', exchangeIndex: 2 }, { orderId: 'o2' }])
    expect(found).toMatchObject({ outcome: 'accepted', ack: [{ ack: { canceledCenti: 900 } }, {}] })
    expect(sent()).toEqual([
      [
        'DELETE /portfolio/events/orders/batched',
        { orders: [{ order_id: 'o1', exchange_index: 2 }, { order_id: 'o2' }] },
      ],
    ])
  })
})

describe('cancel', () => {
  test('is tried again until it is known', async () => {
    server.replies = [silent, cut, json('', 503), json(cancelJson('o1'))]
    const cancel = { orderId: 'o1', marketTicker: 'T', exchangeIndex: 2, subaccount: 1 }
    expect(await orders.cancel(cancel)).toMatchObject({
      outcome: 'accepted',
      ack: { canceledCenti: 900 },
    })
    const line = 'DELETE /portfolio/events/orders/o1?market_ticker=T&exchange_index=2&subaccount=1'
    expect(sent()).toEqual(Array.from({ length: 4 }, () => [line, null]))
  })

  test('of an order that is not there: gone', async () => {
    server.replies = [cut, json({ code: 'not_found', message: 'no' }, 404)]
    expect(await orders.cancel({ orderId: 'o1' })).toMatchObject({ outcome: 'gone' })
  })

  test('sent once and then cut off from the venue: unknown, not unsent', async () => {
    server.replies = [
      (seen, response) => {
        cut(seen, response)
        void server.close()
      },
    ]
    expect(await orders.cancel({ orderId: 'o1' })).toMatchObject({
      outcome: 'unknown',
      error: { fault: 'network' },
    })
    expect(server.seen).toHaveLength(1)
    server = await RestServer.open()
  })

  test.each([
    ['a 429 to the end', json({ error: 'too many requests' }, 429)],
    ['a 401', json(error, 401)],
  ])('without an answer and then %s: unknown', async (_name, reply) => {
    server.replies = [cut, reply]
    expect(await orders.cancel({ orderId: 'o1' })).toMatchObject({ outcome: 'unknown' })
    server.replies = [reply]
    expect(await orders.cancel({ orderId: 'o1' })).toMatchObject({ outcome: 'rejected' })
  })

  test('without an answer to the end: unknown', async () => {
    server.replies = [cut]
    expect(await orders.cancel({ orderId: 'o1' })).toMatchObject({ outcome: 'unknown' })
    expect(server.seen).toHaveLength(4)
  })

  test('all of the account, answered by nothing', async () => {
    server.replies = [(_seen, response) => response.writeHead(204).end()]
    expect(await orders.cancelAll()).toMatchObject({ outcome: 'accepted' })
    expect(sent()).toEqual([['DELETE /portfolio/events/orders', null]])
  })
})

describe('changes', () => {
  test('amend and decrease, once', async () => {
    server.replies = [
      json({ order_id: 'o1', remaining_count: null, ts_ms: 1 }),
      json({ order_id: 'o1', remaining_count: '2.00', ts_ms: 1 }),
      cut,
    ]
    const { marketTicker, side, yesPriceBps, countCenti } = request
    const amend = {
      orderId: 'o1',
      marketTicker,
      side,
      yesPriceBps,
      countCenti,
      expirationTimeUs: 0,
    }
    expect(await orders.amend({ ...amend, subaccount: 2 })).toMatchObject({
      outcome: 'accepted',
      ack: { remainingCenti: null, filledCenti: null },
    })
    const ref = { orderId: 'o1' }
    expect(await orders.decrease(ref, { toCenti: 200 })).toMatchObject({
      ack: { remainingCenti: 200 },
    })
    expect(await orders.decrease(ref, { byCenti: 1 })).toMatchObject({
      outcome: 'unknown',
    })
    const body = { ticker: marketTicker, side: 'bid', price: '0.4200', count: '10.50' }
    expect(sent()).toEqual([
      ['POST /portfolio/events/orders/o1/amend?subaccount=2', { ...body, expiration_time: 0 }],
      ['POST /portfolio/events/orders/o1/decrease', { reduce_to: '2.00' }],
      ['POST /portfolio/events/orders/o1/decrease', { reduce_by: '0.01' }],
    ])
  })

  test('a group is stopped again and again, and started once', async () => {
    server.replies = [json('', 503), json({})]
    const ref = { orderGroupId: 'g1' }
    expect(await groups.trigger(ref)).toMatchObject({ outcome: 'accepted' })
    server.replies = [json('', 503), json({})]
    expect(await groups.reset(ref)).toMatchObject({ outcome: 'unknown' })
    expect(server.seen).toHaveLength(3)
  })

  test('order groups', async () => {
    const ref = { orderGroupId: 'g1', exchangeIndex: 2 }
    server.replies = [json({ order_group_id: 'g1', subaccount: 0, exchange_index: 2 }, 201)]
    const created = await groups.create(5_000, { exchangeIndex: 2 })
    expect(created).toMatchObject({ outcome: 'accepted', ack: { orderGroupId: 'g1' } })
    server.replies = [json({})]
    await groups.setLimit(ref, 100)
    await groups.trigger(ref)
    await groups.delete(ref)
    server.replies = [json('', 503)]
    expect(await groups.reset(ref)).toMatchObject({ outcome: 'unknown' })
    server.replies = [
      json({ is_auto_cancel_enabled: true, orders: ['o1'], contracts_limit_fp: '50.00' }),
    ]
    expect(await groups.find(ref)).toMatchObject({
      limitCenti: 5_000,
      orderIds: ['o1'],
    })
    server.replies = [json({ order_groups: [{ id: 'g1', is_auto_cancel_enabled: false }] })]
    expect(await groups.list()).toMatchObject([{ orderGroupId: 'g1' }])
    expect(sent()).toEqual([
      ['POST /portfolio/order_groups/create', { contracts_limit_fp: '50.00', exchange_index: 2 }],
      ['PUT /portfolio/order_groups/g1/limit?exchange_index=2', { contracts_limit_fp: '1.00' }],
      ['PUT /portfolio/order_groups/g1/trigger?exchange_index=2', {}],
      ['DELETE /portfolio/order_groups/g1?exchange_index=2', null],
      ['PUT /portfolio/order_groups/g1/reset?exchange_index=2', {}],
      ['GET /portfolio/order_groups/g1', null],
      ['GET /portfolio/order_groups', null],
    ])
  })
})
