import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ClientBooks, restBook } from './harness.ts'
import type { Client, Venue } from './harness.ts'
import { TICKER, Trader, dollarsOf, openFor, quotesOf } from './trader.ts'

const ORDERS = '/portfolio/events/orders'

let alice: Trader
let bob: Trader
let venue: Venue
let askCents: number

beforeEach(async () => {
  alice = new Trader('alice')
  bob = new Trader('bob')
  venue = await openFor([alice, bob])
  ;({ askCents } = await quotesOf(venue))
})
afterEach(() => venue.close())

const countOf = ({ messages }: Client, type: string): number =>
  messages.filter((message) => message.type === type).length

const codeOf = (body: Record<string, unknown>): unknown => (body['error'] as { code: string }).code

describe('orders over REST', () => {
  test('placed, read, amended, decreased, cancelled', async () => {
    const placed = await alice.place({ client_order_id: 'a-1' })
    expect(placed).toMatchObject({
      status: 201,
      body: { client_order_id: 'a-1', fill_count: '0.00', remaining_count: '2.00' },
    })
    expect(placed.body).not.toHaveProperty('average_fill_price')
    const id = String(placed.body['order_id'])
    expect(await venue.get('/admin/status')).toMatchObject({
      orders: [{ account: 1, ticker: TICKER, side: 'yes', yesPriceBps: 100, clientOrderId: 'a-1' }],
    })
    expect((await alice.call('GET', `/portfolio/orders/${id}`)).body['order']).toMatchObject({
      status: 'resting',
      book_side: 'bid',
      outcome_side: 'yes',
      yes_price_dollars: '0.0100',
      no_price_dollars: '0.9900',
    })
    const book = restBook(await venue.get(`/trade-api/v2/markets/${TICKER}/orderbook`))
    expect(book.get('yes 0.0100')).toBeGreaterThanOrEqual(200)
    const amend = { ticker: TICKER, side: 'bid', price: '0.0100', count: '1.5' }
    expect(await alice.call('POST', `${ORDERS}/${id}/amend`, amend)).toMatchObject({
      status: 200,
      body: { remaining_count: '1.50', fill_count: '0.00', average_fill_price: null },
    })
    expect(
      await alice.call('POST', `${ORDERS}/${id}/decrease`, { reduce_by: '0.25' }),
    ).toMatchObject({
      body: { remaining_count: '1.25' },
    })
    const position = await alice.call('GET', `/portfolio/orders/${id}/queue_position`)
    expect(Number(position.body['queue_position_fp'])).toBeGreaterThan(0)
    const { body: list } = await alice.call(
      'GET',
      `/portfolio/orders/queue_positions?market_tickers=${TICKER}`,
    )
    expect(list['queue_positions']).toMatchObject([{ order_id: id, ...position.body }])
    expect(await alice.call('GET', '/portfolio/summary/total_resting_order_value')).toMatchObject({
      body: {
        total_resting_order_value: 1,
        resting_order_value_breakdown: [{ balance: '0.0125' }],
      },
    })
    expect(await alice.call('DELETE', `${ORDERS}/${id}`)).toMatchObject({
      status: 200,
      body: { order_id: id, client_order_id: 'a-1', reduced_by: '1.25' },
    })
    expect((await alice.call('DELETE', `${ORDERS}/${id}`)).status).toBe(404)
    expect((await alice.call('GET', `/portfolio/orders/${id}`)).body['order']).toMatchObject({
      status: 'canceled',
    })
    expect(
      restBook(await venue.get(`/trade-api/v2/markets/${TICKER}/orderbook`)).get('yes 0.0100'),
    ).toBe((book.get('yes 0.0100') ?? 0) - 200 || undefined)
  })

  test('a taker pays, holds and can read all of it; nobody else can', async () => {
    const taken = await alice.place({ count: '1.00', price: dollarsOf(askCents) })
    expect(taken.body).toMatchObject({
      fill_count: '1.00',
      average_fill_price: dollarsOf(askCents),
    })
    const { body: fills } = await alice.call('GET', `/portfolio/fills?ticker=${TICKER}`)
    expect(fills['fills']).toMatchObject([{ is_taker: true, count_fp: '1.00', book_side: 'bid' }])
    const { body: positions } = await alice.call('GET', '/portfolio/positions')
    expect(positions).toMatchObject({
      market_positions: [
        { ticker: TICKER, position_fp: '1.00', market_exposure_dollars: dollarsOf(askCents) },
      ],
      event_positions: [{ total_cost_shares_fp: '1.00' }],
    })
    const { body: balance } = await alice.call('GET', '/portfolio/balance')
    const [fill] = fills['fills'] as { fee_cost: string }[]
    const paid = askCents / 100 + Number(fill!.fee_cost)
    expect(Number(balance['balance_dollars'])).toBeCloseTo(1_000 - paid, 6)
    expect((await bob.call('GET', '/portfolio/fills')).body['fills']).toEqual([])
    expect((await bob.call('GET', '/portfolio/balance')).body).toMatchObject({ balance: 100_000 })
    const id = String(taken.body['order_id'])
    expect((await bob.call('GET', `/portfolio/orders/${id}`)).status).toBe(404)
  })

  test('a repeated client order id is a conflict, and the order is there once', async () => {
    await alice.place({ client_order_id: 'once' })
    const again = await alice.place({ client_order_id: 'once' })
    expect([again.status, codeOf(again.body)]).toEqual([409, 'order_already_exists'])
    expect((await alice.call('GET', '/portfolio/orders')).body['orders']).toHaveLength(1)
    expect((await bob.place({ client_order_id: 'once' })).status).toBe(201)
  })

  test('what cannot be is refused by name', async () => {
    const refusal = async (changes: Record<string, unknown>) => {
      const { status, body } = await alice.place(changes)
      return [status, codeOf(body)]
    }
    expect(await refusal({ price: '0.0150' })).toEqual([400, 'invalid_price'])
    expect(await refusal({ price: 0.01 })).toEqual([400, 'invalid_parameters'])
    expect(await refusal({ count: '1.001' })).toEqual([400, 'invalid_parameters'])
    expect(await refusal({ count: '0' })).toEqual([400, 'invalid_order_size'])
    expect(await refusal({ side: 'yes' })).toEqual([400, 'invalid_parameters'])
    expect(await refusal({ ticker: 'NONE' })).toEqual([400, 'market_not_found'])
    expect(await refusal({ count: '100001.00' })).toEqual([400, 'available_balance_too_low'])
    expect(await refusal({ subaccount: 1 })).toEqual([400, 'invalid_parameters'])
    expect(await refusal({ exchange_index: 2 })).toEqual([400, 'exchange_index_mismatch'])
    expect(await refusal({ order_group_id: 'none' })).toEqual([400, 'order_group_not_found'])
    expect((await alice.call('GET', '/portfolio/orders?limit=0')).status).toBe(400)
    expect((await alice.call('POST', `${ORDERS}/none/amend`, {})).status).toBe(400)
    const stranger = new Trader('stranger')
    stranger.join(venue)
    const { status, body } = await stranger.place()
    expect([status, codeOf(body)]).toEqual([401, 'unauthorized'])
  })

  test('batches answer item by item', async () => {
    const orders = [
      alice.order({ client_order_id: 'b-1' }),
      alice.order({ price: '2' }),
      { side: 1 },
    ]
    const created = await alice.call('POST', `${ORDERS}/batched`, { orders })
    expect(created.status).toBe(201)
    expect(created.body['orders']).toMatchObject([
      { client_order_id: 'b-1', remaining_count: '2.00' },
      { fill_count: null, error: { code: 'invalid_price' } },
      { error: { code: 'invalid_parameters' } },
    ])
    const [first] = created.body['orders'] as { order_id: string }[]
    const gone = { orders: [{ order_id: first!.order_id }, { order_id: 'none' }] }
    expect((await alice.call('DELETE', `${ORDERS}/batched`, gone)).body['orders']).toMatchObject([
      { order_id: first!.order_id, reduced_by: '2.00' },
      { order_id: 'none', reduced_by: '0.00', error: { code: 'not_found' } },
    ])
    await alice.place()
    expect((await alice.call('DELETE', ORDERS)).status).toBe(204)
    expect((await alice.call('GET', '/portfolio/orders?status=resting')).body['orders']).toEqual([])
  })

  test('lists come page by page, newest first, and stay put when news arrive', async () => {
    for (let i = 0; i < 5; i++) await alice.place({ client_order_id: `p-${i}` })
    const names = (body: Record<string, unknown>) =>
      (body['orders'] as { client_order_id: string }[]).map((order) => order.client_order_id)
    const { body: first } = await alice.call('GET', '/portfolio/orders?limit=3')
    expect(names(first)).toEqual(['p-4', 'p-3', 'p-2'])
    await alice.place({ client_order_id: 'p-5' })
    const next = await alice.call(
      'GET',
      `/portfolio/orders?limit=3&cursor=${String(first['cursor'])}`,
    )
    expect([names(next.body), next.body['cursor']]).toEqual([['p-1', 'p-0'], ''])
    expect((await alice.call('GET', '/portfolio/orders?cursor=x')).status).toBe(400)
  })

  test('cash moves between shards', async () => {
    const move = {
      ...{ source: 'event_contract', destination: 'event_contract', amount: 100_000 },
      ...{ source_exchange_shard: 0, destination_exchange_shard: 2 },
    }
    const { status, body } = await alice.call(
      'POST',
      '/portfolio/intra_exchange_instance_transfer',
      move,
    )
    expect(status).toBe(200)
    expect((await alice.call('GET', '/portfolio/balance')).body['balance_breakdown']).toEqual([
      { exchange_index: 0, balance: '990.0000' },
      { exchange_index: 2, balance: '10.0000' },
    ])
    const path = `/portfolio/intra_exchange_instance_transfers/${String(body['transfer_id'])}`
    expect((await alice.call('GET', path)).body['transfer']).toMatchObject({ amount: '10.0000' })
  })

  test('order groups: created, listed, triggered, reset, limited, deleted', async () => {
    const { body } = await alice.call('POST', '/portfolio/order_groups/create', {
      contracts_limit: 5,
    })
    const groups = '/portfolio/order_groups'
    const group = `${groups}/${String(body['order_group_id'])}`
    const { body: placed } = await alice.place({ order_group_id: body['order_group_id'] })
    expect((await alice.call('GET', group)).body).toMatchObject({
      contracts_limit_fp: '5.00',
      orders: [placed['order_id']],
    })
    expect((await alice.call('PUT', `${group}/trigger`)).status).toBe(200)
    expect((await alice.place({ order_group_id: body['order_group_id'] })).status).toBe(400)
    expect((await alice.call('PUT', `${group}/reset`, {})).status).toBe(200)
    expect((await alice.call('PUT', `${group}/limit`, { contracts_limit_fp: '7.50' })).status).toBe(
      200,
    )
    expect((await alice.call('PUT', `${group}/limit`, {})).status).toBe(400)
    expect((await alice.call('GET', groups)).body['order_groups']).toMatchObject([
      { contracts_limit_fp: '7.50' },
    ])
    expect((await bob.call('GET', group)).status).toBe(404)
    expect((await alice.call('DELETE', group)).status).toBe(200)
    expect((await alice.call('GET', group)).status).toBe(404)
  })
})

describe('a lost acknowledgement', () => {
  test('the order stands though no response came; the retry is told so', async () => {
    venue.sim.lostAcknowledgements.arm(1)
    await expect(alice.place({ client_order_id: 'lost' })).rejects.toThrow('fetch failed')
    const { body } = await alice.call('GET', '/portfolio/orders')
    expect(body['orders']).toMatchObject([{ client_order_id: 'lost', status: 'resting' }])
    expect((await alice.place({ client_order_id: 'lost' })).status).toBe(409)
    expect((await alice.place({ client_order_id: 'next' })).status).toBe(201)
  })

  test('a refused order is answered, and the fault waits', async () => {
    venue.sim.lostAcknowledgements.arm(1)
    expect((await alice.place({ count: '0' })).status).toBe(400)
    expect(venue.sim.lostAcknowledgements.armed).toBe(1)
  })
})

describe('the private channels', () => {
  const CHANNELS = ['fill', 'user_orders', 'market_positions', 'order_group_updates']

  test('tell the owner, and nobody else', async () => {
    const mine = await alice.listen(CHANNELS)
    const others = await bob.listen(CHANNELS)
    await alice.place({ client_order_id: 'w', price: dollarsOf(askCents), count: '1.00' })
    await mine.until(({ texts }) => texts.some((text) => text.includes('"market_position"')))
    const types = mine.messages.map(({ type }) => type).filter((type) => type !== 'subscribed')
    expect(types).toEqual(['fill', 'market_position', 'user_order'])
    const fill = mine.messages.find(({ type }) => type === 'fill')!
    expect(fill).not.toHaveProperty('seq')
    expect(fill.msg).toMatchObject({ client_order_id: 'w', is_taker: true, count_fp: '1.00' })
    await alice.call('POST', '/portfolio/order_groups/create', { contracts_limit: 5 })
    await mine.until(({ texts }) =>
      texts.some((text) => text.includes('order_group_updates","sid')),
    )
    expect(mine.messages.at(-1)).toMatchObject({ seq: 1, msg: { event_type: 'created' } })
    await bob.call('GET', '/portfolio/balance')
    expect(others.messages.filter(({ type }) => type !== 'subscribed')).toEqual([])
  })

  test('a market filter filters', async () => {
    const elsewhere = await alice.listen(['user_orders'], ['NONE'])
    const here = await alice.listen(['user_orders'], [TICKER])
    await alice.place()
    await here.until(({ texts }) => texts.length === 2)
    expect(here.messages[1]).toMatchObject({ type: 'user_order', msg: { status: 'resting' } })
    expect(elsewhere.texts).toHaveLength(1)
  })

  test('the book says to the owner which order changed it; books rebuilt from frames agree', async () => {
    const mine = await alice.listen(['orderbook_delta', 'trade', 'ticker'], [TICKER])
    const others = await bob.listen(['orderbook_delta'], [TICKER])
    await alice.place({ client_order_id: 'rest' })
    await bob.place({ price: dollarsOf(askCents), count: '1.00' })
    await mine.until((client) => countOf(client, 'ticker') === 2)
    await others.until((client) => countOf(client, 'orderbook_delta') === 2)
    const deltas = mine.messages.filter(({ type }) => type === 'orderbook_delta')
    expect(deltas.map(({ msg }) => msg['client_order_id'])).toEqual(['rest', undefined])
    const theirs = others.messages.filter(({ type }) => type === 'orderbook_delta')
    expect(theirs.map(({ msg }) => msg['client_order_id'])).toEqual([undefined, undefined])
    expect(mine.messages.find(({ type }) => type === 'trade')!.msg).toMatchObject({
      taker_book_side: 'bid',
      yes_price_dollars: dollarsOf(askCents),
      count_fp: '1.00',
    })
    const books = new ClientBooks()
    for (const message of others.messages) if (message.type !== 'subscribed') books.apply(message)
    const book = await venue.get(`/trade-api/v2/markets/${TICKER}/orderbook`)
    expect(books.books.get(TICKER)).toEqual(restBook(book))
  })
})

test('orders live through a played hour: filled as makers, settled at the end', async () => {
  for (const cents of [2, 6, 10]) {
    const [price, offer] = [dollarsOf(askCents - cents), dollarsOf(askCents + cents)]
    expect((await alice.place({ price, count: '5.00', post_only: true })).status).toBe(201)
    expect(
      (await bob.place({ side: 'ask', price: offer, count: '5.00', post_only: true })).status,
    ).toBe(201)
  }
  const watcher = await alice.listen(['orderbook_delta'], [TICKER])
  venue.sim.player.start()
  await watcher.until(() => venue.sim.player.isFinished, 30_000)
  const books = new ClientBooks()
  for (const message of watcher.messages) if (message.type !== 'subscribed') books.apply(message)
  expect(venue.sim.status().inconsistentChanges).toBe(0)
  const held: number[] = []
  for (const trader of [alice, bob]) {
    const { body: orders } = await trader.call('GET', '/portfolio/orders')
    for (const { status } of orders['orders'] as { status: string }[]) {
      expect(status).not.toBe('resting')
    }
    const { body: fills } = await trader.call('GET', '/portfolio/fills')
    held.push((fills['fills'] as unknown[]).length)
    const { body: balance } = await trader.call('GET', '/portfolio/balance')
    const { cashMicros, reservedMicros } = venue.sim.exchange.account(trader.keyId).shard(0)
    expect([reservedMicros, Number(balance['balance_dollars'])]).toEqual([0, cashMicros / 1e6])
  }
  expect(held[0]! + held[1]!).toBeGreaterThan(0)
  const settled = [alice, bob].map(async (trader) => {
    const { body } = await trader.call('GET', '/portfolio/settlements')
    return (body['settlements'] as unknown[]).length
  })
  expect(await Promise.all(settled)).toEqual(held.map((fills) => (fills > 0 ? 1 : 0)))
  expect(codeOf((await alice.place()).body)).toBe('market_inactive')
})
