import { generateKeyPairSync } from 'node:crypto'
import { KalshiAccount, KalshiRest, KalshiTransport, type OrderRequest } from '@kwm/adapter-kalshi'
import { systemClock } from '@kwm/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openVenue, type Venue } from './harness.ts'
import { day, quotesOf, TICKER } from './trader.ts'

/** The platform's own client on the platform's own exchange, over real HTTP, with a real signature. */
const KEY_ID = 'the-platform'
const { publicKey, privateKey } = generateKeyPairSync('ed25519')

let venue: Venue
let account: KalshiAccount
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

test('an order lives: placed, read, decreased, amended, cancelled; it is in the book meanwhile', async () => {
  const before = await rest.orderbook(TICKER)
  const placed = await account.create(order('a', { isPostOnly: true }))
  expect(placed).toMatchObject({ clientOrderId: 'a', filledCenti: 0, remainingCenti: 300 })
  const { orderId } = placed
  expect(await account.order(orderId)).toMatchObject({ side: 'yes', yesPriceBps: 200 })
  const sizeAt = (book: typeof before, priceBps: number) =>
    book.yes.find(([bps]) => bps === priceBps)?.[1] ?? 0
  expect(sizeAt(await rest.orderbook(TICKER), 200)).toBe(sizeAt(before, 200) + 300)
  expect(await account.queuePositions([TICKER])).toMatchObject([{ orderId }])

  const ref = { orderId, marketTicker: TICKER }
  expect(await account.decreaseTo(ref, 200)).toMatchObject({ remainingCenti: 200 })
  const amendment = {
    marketTicker: TICKER,
    side: 'bid',
    yesPriceBps: 100,
    countCenti: 200,
  } as const
  expect(await account.amend(orderId, amendment)).toMatchObject({ filledCenti: 0 })
  expect(await account.orders({ marketTicker: TICKER, status: 'resting' })).toMatchObject([
    { orderId, yesPriceBps: 100, remainingCenti: 200 },
  ])
  expect(await account.cancel(ref)).toMatchObject({ canceledCenti: 200 })
  expect((await rest.orderbook(TICKER)).yes).toEqual(before.yes)
})

test('an order that takes: fill, fee, position and balance agree to the micro-dollar', async () => {
  const { balanceMicros: before } = await account.balance()
  const { askCents } = await quotesOf(venue)
  const taking = { yesPriceBps: askCents * 100, timeInForce: 'immediate_or_cancel' } as const
  const placed = await account.create(order('taker', { ...taking, countCenti: 100 }))
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

test('the acknowledgement is lost after acceptance: the outcome is unknown, and found by its id', async () => {
  venue.sim.lostAcknowledgements.arm(1)
  const lost = await account.create(order('lost')).catch((error: unknown) => error)
  expect(lost).toMatchObject({ isOutcomeUnknown: true })
  const resting = await account.orders({ marketTicker: TICKER, status: 'resting' })
  expect(resting.filter(({ clientOrderId }) => clientOrderId === 'lost')).toHaveLength(1)
  await expect(account.create(order('lost'))).rejects.toMatchObject({
    ...{ status: 409, isOutcomeUnknown: false, venueCode: 'order_already_exists' },
  })
})

test('a batch: the good one rests, the bad one says why', async () => {
  const results = await account.createBatch([order('b1'), order('b2', { yesPriceBps: 205 })])
  expect(results.map(({ ok }) => ok)).toEqual([true, false])
  const [first] = results
  if (!first?.ok) throw new Error('the first one rests')
  const canceled = await account.cancelBatch([{ orderId: first.value.orderId }])
  expect(canceled).toMatchObject([{ ok: true, value: { canceledCenti: 300 } }])
})

test('a group that is triggered takes its orders with it', async () => {
  const orderGroupId = await account.createGroup(10_000)
  const { orderId } = await account.create(order('grouped', { orderGroupId }))
  await account.triggerGroup(orderGroupId)
  expect((await account.order(orderId)).status).toBe('canceled')
  await account.resetGroup(orderGroupId)
  await expect(account.create(order('again', { orderGroupId }))).resolves.toBeTruthy()
})
