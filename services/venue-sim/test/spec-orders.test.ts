import type { ValidateFunction } from 'ajv'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Venue } from './harness.ts'
import { areSpecsThere, ASYNCAPI, OPENAPI, schemasOf } from './published-specs.ts'
import { TICKER, Trader, dollarsOf, openFor, quotesOf } from './trader.ts'

const ORDERS = '/portfolio/events/orders'

describe.skipIf(!areSpecsThere)('against the published specifications', () => {
  const alice = new Trader('alice')
  const bob = new Trader('bob')
  let venue: Venue
  let askCents: number
  let rest: (name: string) => ValidateFunction
  let orderId: string

  beforeAll(async () => {
    rest = schemasOf(OPENAPI)
    venue = await openFor([alice, bob])
    ;({ askCents } = await quotesOf(venue))
    await alice.place({ client_order_id: 'taken', price: dollarsOf(askCents), count: '1.00' })
    const { body } = await alice.place({ client_order_id: 'rests' })
    orderId = String(body['order_id'])
  })
  afterAll(() => venue.close())

  /** The errors of a body, with the schema they are of. */
  const faultsOf = (name: string, body: unknown): unknown[] => {
    const validate = rest(name)
    validate(body)
    return (validate.errors ?? []).map((error) => [name, error, body])
  }

  test('what is read conforms', async () => {
    const reads: Record<string, string> = {
      '/portfolio/orders': 'GetOrdersResponse',
      [`/portfolio/orders/${orderId}`]: 'GetOrderResponse',
      '/portfolio/orders/queue_positions': 'GetOrderQueuePositionsResponse',
      [`/portfolio/orders/${orderId}/queue_position`]: 'GetOrderQueuePositionResponse',
      '/portfolio/fills': 'GetFillsResponse',
      '/portfolio/positions': 'GetPositionsResponse',
      '/portfolio/balance': 'GetBalanceResponse',
      '/portfolio/settlements': 'GetSettlementsResponse',
      '/historical/orders': 'GetOrdersResponse',
      '/historical/fills': 'GetFillsResponse',
      '/historical/positions': 'GetPositionsResponse',
      '/portfolio/summary/total_resting_order_value': 'GetPortfolioRestingOrderTotalValueResponse',
    }
    for (const [path, schema] of Object.entries(reads)) {
      const { status, body } = await alice.call('GET', path)
      expect(status).toBe(200)
      expect(faultsOf(schema, body)).toEqual([])
    }
  })

  test('what is written answers as specified', async () => {
    const taken = await bob.place({ price: dollarsOf(askCents), count: '1.00' })
    expect(faultsOf('CreateOrderV2Response', taken.body)).toEqual([])
    const placed = await bob.place({ client_order_id: 'w' })
    expect(faultsOf('CreateOrderV2Response', placed.body)).toEqual([])
    const path = `${ORDERS}/${String(placed.body['order_id'])}`
    const amend = { ticker: TICKER, side: 'bid', price: '0.0200', count: '2.00' }
    expect(
      faultsOf('AmendOrderV2Response', (await bob.call('POST', `${path}/amend`, amend)).body),
    ).toEqual([])
    expect(
      faultsOf('AmendOrderV2Response', (await bob.call('POST', `${path}/amend`, amend)).body),
    ).toEqual([])
    expect(
      faultsOf(
        'DecreaseOrderV2Response',
        (await bob.call('POST', `${path}/decrease`, { reduce_by: '1' })).body,
      ),
    ).toEqual([])
    expect(faultsOf('CancelOrderV2Response', (await bob.call('DELETE', path)).body)).toEqual([])
    const batch = { orders: [bob.order({ client_order_id: 'b' }), bob.order({ price: '3' })] }
    const { body } = await bob.call('POST', `${ORDERS}/batched`, batch)
    expect(faultsOf('BatchCreateOrdersV2Response', body)).toEqual([])
    const [{ order_id }] = body['orders'] as [{ order_id: string }]
    const gone = { orders: [{ order_id }, { order_id: 'none' }] }
    expect(
      faultsOf(
        'BatchCancelOrdersV2Response',
        (await bob.call('DELETE', `${ORDERS}/batched`, gone)).body,
      ),
    ).toEqual([])
    expect(faultsOf('ErrorResponse', (await bob.place({ count: '0' })).body)).toEqual([])
    const move = { source: 'event_contract', destination: 'event_contract', amount: 10 }
    const transfer = await bob.call('POST', '/portfolio/intra_exchange_instance_transfer', move)
    expect(faultsOf('IntraExchangeInstanceTransferResponse', transfer.body)).toEqual([])
    const transfers = '/portfolio/intra_exchange_instance_transfers'
    expect(
      faultsOf(
        'GetIntraExchangeInstanceTransfersResponse',
        (await bob.call('GET', transfers)).body,
      ),
    ).toEqual([])
  })

  test('order groups conform', async () => {
    const groups = '/portfolio/order_groups'
    const { body } = await bob.call('POST', `${groups}/create`, { contracts_limit: 5 })
    expect(faultsOf('CreateOrderGroupResponse', body)).toEqual([])
    expect(faultsOf('GetOrderGroupsResponse', (await bob.call('GET', groups)).body)).toEqual([])
    const group = `${groups}/${String(body['order_group_id'])}`
    expect(faultsOf('GetOrderGroupResponse', (await bob.call('GET', group)).body)).toEqual([])
    expect(faultsOf('EmptyResponse', (await bob.call('DELETE', group)).body)).toEqual([])
  })

  test('the private channels conform', async () => {
    const schemas = schemasOf(ASYNCAPI)
    const payloads: Record<string, string> = {
      fill: 'fillPayload',
      user_order: 'userOrderPayload',
      market_position: 'marketPositionPayload',
      order_group_updates: 'orderGroupUpdatesPayload',
      orderbook_delta: 'orderbookDeltaPayload',
      trade: 'tradePayload',
      ticker: 'tickerPayload',
      market_lifecycle_v2: 'marketLifecycleV2Payload',
    }
    const own = await alice.listen([
      'fill',
      'user_orders',
      'market_positions',
      'order_group_updates',
    ])
    const book = await alice.listen(
      ['orderbook_delta', 'trade', 'ticker', 'market_lifecycle_v2'],
      [TICKER],
    )
    const { body } = await alice.call('POST', '/portfolio/order_groups/create', {
      contracts_limit: 5,
    })
    const order_group_id = String(body['order_group_id'])
    await alice.place({ price: dollarsOf(askCents), count: '1.00', order_group_id })
    await alice.call('PUT', `/portfolio/order_groups/${order_group_id}/trigger`)
    venue.sim.exchange.pauseTrading(TICKER)
    await book.until(({ texts }) => texts.some((text) => text.includes('deactivated')))
    await own.until(({ texts }) => texts.some((text) => text.includes('triggered')))
    const frames = [...own.messages, ...book.messages].filter(({ type }) => type in payloads)
    expect([...new Set(frames.map(({ type }) => type))].toSorted()).toEqual(
      Object.keys(payloads).toSorted(),
    )
    for (const frame of frames) {
      const validate = schemas(payloads[frame.type]!)
      validate(frame)
      // Its pattern of tickers has no dot; the venue's own tickers do.
      const errors = (validate.errors ?? []).filter(
        ({ schemaPath }) => !schemaPath.endsWith('marketTicker/pattern'),
      )
      expect(errors, JSON.stringify(frame)).toEqual([])
    }
  })
})
