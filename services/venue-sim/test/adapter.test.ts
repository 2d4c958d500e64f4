import { generateKeyPairSync } from 'node:crypto'
import {
  KalshiAccount,
  KalshiOrderGroups,
  KalshiOrders,
  KalshiRest,
  KalshiTransport,
  toTimeUs,
  type OrderRequest,
  type WriteOutcome,
} from '@kwm/adapter-kalshi'
import { systemClock } from '@kwm/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openVenue, type Venue } from './harness.ts'
import { day, quotesOf, TICKER } from './trader.ts'

/** The platform's own client on the platform's own exchange, over real HTTP, with a real signature. */
const KEY_ID = 'the-platform'
const { publicKey, privateKey } = generateKeyPairSync('ed25519')

let venue: Venue
let account: KalshiAccount
let groups: KalshiOrderGroups
let orders: KalshiOrders
let rest: KalshiRest

beforeAll(async () => {
  venue = await openVenue(day, { start: 'manual' }, new Map([[KEY_ID, publicKey]]))
  const transport = new KalshiTransport({
    baseUrl: `http://127.0.0.1:${venue.server.port}/trade-api/v2`,
    credentials: { keyId: KEY_ID, privateKey },
    clock: systemClock,
    attemptsMax: 2,
  })
  account = new KalshiAccount(transport)
  groups = new KalshiOrderGroups(transport)
  orders = new KalshiOrders(transport)
  rest = new KalshiRest(transport)
})
afterAll(() => venue.close())

const order = (clientOrderId: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
  marketTicker: TICKER,
  clientOrderId,
  side: 'bid',
  yesPriceBps: 200,
  countCenti: 300,
  timeInForce: 'good_till_canceled',
  ...more,
})

/** What the venue said yes to. */
async function ackOf<Ack>(write: Promise<WriteOutcome<Ack>>): Promise<Ack> {
  const made = await write
  if (made.outcome !== 'accepted') throw made.error
  return made.ack
}
const place = async (request: OrderRequest) => {
  const made = await orders.create(request)
  if (made.outcome === 'duplicate') throw made.error
  return ackOf(Promise.resolve(made))
}

test('an order lives: placed, read, decreased, amended, cancelled; it is in the book meanwhile', async () => {
  const before = await rest.orderbook(TICKER)
  const placed = await place(order('a', { isPostOnly: true }))
  expect(placed).toMatchObject({ clientOrderId: 'a', filledCenti: 0, remainingCenti: 300 })
  const { orderId } = placed
  expect(await account.order(orderId)).toMatchObject({ side: 'yes', yesPriceBps: 200 })
  const sizeAt = (book: typeof before, priceBps: number) =>
    book.yes.find(([bps]) => bps === priceBps)?.[1] ?? 0
  expect(sizeAt(await rest.orderbook(TICKER), 200)).toBe(sizeAt(before, 200) + 300)
  expect(await account.queuePositions({ marketTickers: [TICKER] })).toMatchObject([{ orderId }])

  const ref = { orderId, marketTicker: TICKER }
  const decreased = await ackOf(orders.decrease(ref, { toCenti: 200 }))
  expect(decreased).toMatchObject({ remainingCenti: 200 })
  const amendment = { ...ref, side: 'bid', yesPriceBps: 100, countCenti: 200 } as const
  expect(await ackOf(orders.amend(amendment))).toMatchObject({ orderId })
  expect(await account.orders({ marketTicker: TICKER, status: 'resting' })).toMatchObject([
    { orderId, yesPriceBps: 100, remainingCenti: 200 },
  ])
  expect(await orders.cancel(ref)).toMatchObject({ ack: { canceledCenti: 200 } })
  expect(await orders.cancel(ref)).toMatchObject({ outcome: 'gone' })
  expect((await rest.orderbook(TICKER)).yes).toEqual(before.yes)
})

test('an order that takes: fill, fee, position and balance agree to the micro-dollar', async () => {
  const { balanceMicros: before } = await account.balance()
  const { askCents } = await quotesOf(venue)
  const taking = { yesPriceBps: askCents * 100, timeInForce: 'immediate_or_cancel' } as const
  const placed = await place(order('taker', { ...taking, countCenti: 100 }))
  expect(placed.filledCenti).toBe(100)
  const [fill] = await account.fills({ marketTicker: TICKER })
  expect(fill).toMatchObject({
    orderId: placed.orderId,
    countCenti: 100,
    isTaker: true,
    side: 'yes',
  })
  const [position] = await account.positions({ marketTicker: TICKER })
  expect(position).toMatchObject({ positionCenti: 100, feesMicros: fill!.feeMicros })
  const { balanceMicros } = await account.balance()
  const cost = fill!.yesPriceBps * fill!.countCenti + fill!.feeMicros
  expect(Math.abs(before - balanceMicros - cost)).toBeLessThanOrEqual(100)
})

test('the acknowledgement is lost after acceptance: unknown, found by its id, never sent twice', async () => {
  const lost = { clientOrderId: 'lost', marketTicker: TICKER, sentTimeUs: await simTimeUs() }
  expect(await account.findOrder(lost)).toMatchObject({ outcome: 'absent' })
  venue.sim.lostAcknowledgements.arm(1)
  expect(await orders.create(order('lost'))).toMatchObject({ outcome: 'unknown' })
  expect(await account.findOrder(lost)).toMatchObject({
    outcome: 'found',
    order: { clientOrderId: 'lost', status: 'resting', remainingCenti: 300 },
  })
  const resting = await account.orders({ marketTicker: TICKER, status: 'resting' })
  expect(resting.filter(({ clientOrderId }) => clientOrderId === 'lost')).toHaveLength(1)
  expect(await orders.create(order('lost'))).toMatchObject({
    ...{ outcome: 'duplicate', error: { status: 409, venueCode: 'order_already_exists' } },
  })
})

test('a batch: the good one rests, the bad one says why', async () => {
  const made = await ackOf(orders.createBatch([order('b1'), order('b2', { yesPriceBps: 205 })]))
  expect(made.map(({ outcome }) => outcome)).toEqual(['accepted', 'rejected'])
  const [first] = made
  if (first?.outcome !== 'accepted') throw new Error('the first one rests')
  const canceled = await ackOf(orders.cancelBatch([{ orderId: first.ack.orderId }]))
  expect(canceled).toMatchObject([{ outcome: 'accepted', ack: { canceledCenti: 300 } }])
})

test('a group that is triggered takes its orders with it', async () => {
  const { orderGroupId } = await ackOf(groups.create(10_000))
  const group = { orderGroupId }
  const { orderId } = await place(order('grouped', { orderGroupId }))
  expect(await groups.find(group)).toMatchObject({ limitCenti: 10_000, orderIds: [orderId] })
  await ackOf(groups.setLimit(group, 20_000))
  expect(await groups.list()).toMatchObject([{ orderGroupId, limitCenti: 20_000 }])
  await ackOf(groups.trigger(group))
  expect((await account.order(orderId)).status).toBe('canceled')
  await ackOf(groups.reset(group))
  await place(order('again', { orderGroupId }))
  await ackOf(groups.delete(group))
})

test('what the account did before the cutoff is asked for on the other side', async () => {
  const { orderId } = await place(order('old'))
  await ackOf(orders.cancelBatch([{ orderId }]))
  const all = await account.orders({ marketTicker: TICKER })
  expect(all.filter((one) => one.orderId === orderId)).toHaveLength(1)
  expect(await account.positions({ settlementStatus: 'all' })).toHaveLength(1)
})

const simTimeUs = async (): Promise<number> => {
  const template = '/exchange/user_data_timestamp'
  const { as_of_time } = JSON.parse(await rest.transport.text({ template })) as {
    as_of_time: string
  }
  return toTimeUs(as_of_time)
}
