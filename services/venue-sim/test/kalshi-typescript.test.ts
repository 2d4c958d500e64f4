import { generateKeyPairSync } from 'node:crypto'
import {
  Configuration,
  MarketApi,
  OrderGroupsApi,
  OrdersApi,
  PortfolioApi,
} from 'kalshi-typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openVenue } from './harness.ts'
import type { Venue } from './harness.ts'
import { TICKER, day } from './trader.ts'

/**
 * The venue's own published client, unchanged: only its base path is configured. It signs with
 * RSA-PSS and sends what its generator made of the venue's specification.
 */
const KEY_ID = 'a-member'
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })

let venue: Venue
let client: Configuration

beforeAll(async () => {
  venue = await openVenue(day, { start: 'manual' }, new Map([[KEY_ID, publicKey]]))
  client = new Configuration({
    apiKey: KEY_ID,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    basePath: `http://127.0.0.1:${venue.server.port}/trade-api/v2`,
  })
})
afterAll(() => venue.close())

const order = {
  ticker: TICKER,
  side: 'bid',
  count: '3.00',
  price: '0.0200',
  time_in_force: 'good_till_canceled',
  self_trade_prevention_type: 'taker_at_cross',
} as const

describe('the published TypeScript client', () => {
  test('lists markets and reads a book', async () => {
    const markets = new MarketApi(client)
    const { data } = await markets.getMarkets()
    expect(data.markets.map(({ ticker }) => ticker)).toContain(TICKER)
    const { data: book } = await markets.getMarketOrderbook(TICKER)
    expect(book.orderbook_fp.yes_dollars.length).toBeGreaterThan(0)
  })

  test('places, reads, amends, decreases and cancels an order', async () => {
    const orders = new OrdersApi(client)
    const placed = await orders.createOrderV2({
      ...order,
      client_order_id: 'mine',
      post_only: true,
    })
    expect([placed.status, placed.data.remaining_count]).toEqual([201, '3.00'])
    const { order_id: id } = placed.data
    const { data: resting } = await orders.getOrders(
      TICKER,
      undefined,
      undefined,
      undefined,
      'resting',
    )
    expect(resting.orders.map((one) => one.order_id)).toEqual([id])
    const { data: queue } = await orders.getOrderQueuePositions(TICKER)
    expect(queue.queue_positions[0]!.order_id).toBe(id)
    const amended = await orders.amendOrderV2(id, {
      ...{ ticker: TICKER, side: 'bid', price: '0.0300', count: '2.00' },
      updated_client_order_id: 'renamed',
    })
    expect(amended.data).toMatchObject({ client_order_id: 'renamed', remaining_count: '2.00' })
    const { data: smaller } = await orders.decreaseOrderV2(id, { reduce_to: '1.00' })
    expect(smaller.remaining_count).toBe('1.00')
    const { data: canceled } = await orders.cancelOrderV2(id)
    expect(canceled.reduced_by).toBe('1.00')
    const { data: after } = await orders.getOrder(id)
    expect(after.order.status).toBe('canceled')
  })

  test('is told of a conflict', async () => {
    const orders = new OrdersApi(client)
    await orders.createOrderV2({ ...order, client_order_id: 'again' })
    await expect(
      orders.createOrderV2({ ...order, client_order_id: 'again' }),
    ).rejects.toMatchObject({
      response: { status: 409, data: { error: { code: 'order_already_exists' } } },
    })
  })

  test('takes, and reads its fills, positions and balance', async () => {
    const { data: taken } = await new OrdersApi(client).createOrderV2({
      ...{ ...order, price: '0.9900', count: '1.00' },
      time_in_force: 'immediate_or_cancel',
    })
    expect(taken.fill_count).toBe('1.00')
    const portfolio = new PortfolioApi(client)
    const { data: fills } = await portfolio.getFills(TICKER)
    expect(fills.fills[0]).toMatchObject({ order_id: taken.order_id, count_fp: '1.00' })
    const { data: positions } = await portfolio.getPositions()
    expect(positions.market_positions[0]).toMatchObject({ ticker: TICKER, position_fp: '1.00' })
    const { data: balance } = await portfolio.getBalance()
    expect(balance.balance).toBeLessThan(1_000_000)
    expect((await portfolio.getSettlements()).data.settlements).toEqual([])
  })

  test('batches, and keeps an order group', async () => {
    const orders = new OrdersApi(client)
    const { data } = await orders.batchCreateOrdersV2({ orders: [order, order] })
    const ids = data.orders.map(({ order_id: id }) => ({ order_id: id! }))
    const { data: gone } = await orders.batchCancelOrdersV2({ orders: ids })
    expect(gone.orders.map(({ reduced_by: count }) => count)).toEqual(['3.00', '3.00'])
    const groups = new OrderGroupsApi(client)
    const { data: group } = await groups.createOrderGroup({ contracts_limit: 10 })
    await groups.resetOrderGroup(group.order_group_id)
    expect((await groups.getOrderGroups()).data.order_groups).toHaveLength(1)
  })
})
