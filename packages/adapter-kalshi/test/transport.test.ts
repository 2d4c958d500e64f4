import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { systemClock } from '@kwm/runtime'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  KalshiAccount,
  KalshiHistory,
  KalshiTransport,
  RateBudget,
  VenueAnswerError,
  VenueRequestError,
  type OrderRequest,
  type TransportOptions,
} from '../src/index.ts'

type Seen = {
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}
type Answer = (response: ServerResponse, seen: Seen) => void

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const KEY_ID = 'planted-key-id-7f3a'
const credentials = { keyId: KEY_ID, privateKey }

let server: Server
let answers: Answer[] = []
let seen: Seen[] = []
let port = 0

beforeEach(async () => {
  answers = []
  seen = []
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const one = { line: `${request.method} ${request.url}`, headers: request.headers, body }
      seen.push(one)
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!
      answer(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const json =
  (body: unknown, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
const cut: Answer = (response) => response.socket!.destroy()
const silence: Answer = () => undefined

const transportOf = (more: Partial<TransportOptions> = {}): KalshiTransport =>
  new KalshiTransport({
    ...{ baseUrl: `http://127.0.0.1:${port}/trade-api/v2`, credentials, timeoutMs: 150 },
    clock: { ...systemClock, sleep: () => Promise.resolve() },
    ...more,
  })

const order: OrderRequest = {
  marketTicker: 'M',
  clientOrderId: 'c-1',
  side: 'bid',
  yesPriceBps: 4_200,
  countCenti: 1_050,
  timeInForce: 'good_till_canceled',
  isPostOnly: true,
}
const placed = {
  ...{ order_id: 'o-1', client_order_id: 'c-1', fill_count: '0.00' },
  ...{ remaining_count: '10.50', ts_ms: 1_795_132_800_000 },
}

test('a creation is what the reference asks for, signed over method, path and time', async () => {
  answers = [json(placed, 201)]
  const result = await new KalshiAccount(transportOf()).create(order)
  expect(result).toMatchObject({ orderId: 'o-1', remainingCenti: 1_050, filledCenti: 0 })
  const [{ line, headers, body }] = seen as [Seen]
  expect(line).toBe('POST /trade-api/v2/portfolio/events/orders')
  expect(JSON.parse(body)).toEqual({
    ...{ ticker: 'M', client_order_id: 'c-1', side: 'bid', count: '10.50', price: '0.4200' },
    ...{ time_in_force: 'good_till_canceled', self_trade_prevention_type: 'taker_at_cross' },
    post_only: true,
  })
  const time = headers['kalshi-access-timestamp'] as string
  const signed = Buffer.from(`${time}POST/trade-api/v2/portfolio/events/orders`)
  const signature = Buffer.from(headers['kalshi-access-signature'] as string, 'base64')
  expect(verify(null, signed, publicKey, signature)).toBe(true)
})

describe('a write', () => {
  test.each([
    ['is cut off', cut],
    ['is not answered', silence],
    ['meets a 503', json({ code: 'unavailable', message: 'm' }, 503)],
  ])('that %s is sent once, and its outcome is unknown', async (_, answer) => {
    answers = [answer]
    const error = await new KalshiAccount(transportOf()).create(order).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(VenueRequestError)
    expect((error as VenueRequestError).isOutcomeUnknown).toBe(true)
    expect(seen).toHaveLength(1)
  })

  test('that is refused is known to be refused', async () => {
    answers = [json({ error: { code: 'order_already_exists', message: 'm' } }, 409)]
    const error = await new KalshiAccount(transportOf()).create(order).catch((e: unknown) => e)
    expect(error).toMatchObject({ status: 409, venueCode: 'order_already_exists' })
    expect((error as VenueRequestError).isOutcomeUnknown).toBe(false)
  })

  test('that meets a 429 was not carried out, and is sent again', async () => {
    answers = [json({ error: 'too many requests' }, 429), json(placed, 201)]
    await new KalshiAccount(transportOf()).create(order)
    expect(seen).toHaveLength(2)
    expect(seen[0]!.body).toBe(seen[1]!.body)
  })

  test('a cancel is repeated until there is an answer', async () => {
    answers = [cut, json({}, 502), json({ order_id: 'o-1', reduced_by: '3.00', ts_ms: 1 })]
    const account = new KalshiAccount(transportOf())
    const canceled = await account.cancel({ orderId: 'o-1', marketTicker: 'M' })
    expect(canceled.canceledCenti).toBe(300)
    const line = 'DELETE /trade-api/v2/portfolio/events/orders/o-1?market_ticker=M'
    expect(seen.map((one) => one.line)).toEqual([line, line, line])
  })
})

test('a batch says of each item what came of it, and is billed by the item', async () => {
  const fault = { error: { code: 'invalid_price', message: 'off the grid' } }
  answers = [json({ orders: [placed, fault] }, 201)]
  const spent: number[] = []
  const budget = new RateBudget({ clock: systemClock })
  const acquire = budget.acquire.bind(budget)
  budget.acquire = (lane, cost, signal) => (spent.push(cost), acquire(lane, cost, signal))
  const account = new KalshiAccount(transportOf({ budget }))
  expect(await account.createBatch([order, { ...order, yesPriceBps: 1 }])).toMatchObject([
    { ok: true, value: { orderId: 'o-1' } },
    { ok: false, fault: { code: 'invalid_price' } },
  ])
  expect(spent).toEqual([20])
})

test('pages that lead in a circle are told, not followed', async () => {
  answers = [
    json({ orders: [], cursor: 'a' }),
    json({ orders: [], cursor: 'b' }),
    json({ orders: [], cursor: 'a' }),
  ]
  await expect(new KalshiAccount(transportOf()).orders()).rejects.toThrow(VenueAnswerError)
})

test('candles of an event: slice by slice where the venue shortens the answer', async () => {
  const candle = (end: number) => ({
    ...{ end_period_ts: end, volume_fp: '1.00', open_interest_fp: '2.00' },
    yes_bid: { open_dollars: '0.4100', close_dollars: '0.4200' },
    ...{ yes_ask: { close_dollars: '1.0000' }, price: { close_dollars: null } },
  })
  const answer = (ends: number[], adjusted: number) =>
    json({
      market_tickers: ['M'],
      market_candlesticks: [ends.map(candle)],
      adjusted_end_ts: adjusted,
    })
  answers = [answer([60, 120], 120), answer([120, 180, 240], 300)]
  const of = { seriesTicker: 'S', eventTicker: 'E' }
  const history = new KalshiHistory(transportOf())
  const [market] = await history.eventCandles(of, { fromUs: 0, toUs: 240e6 }, 1)
  expect(market!.candles.map(({ endTimeUs }) => endTimeUs / 1e6)).toEqual([60, 120, 180, 240])
  expect(market!.candles[0]).toMatchObject({
    yesBid: { openBps: 4_100, highBps: null, closeBps: 4_200 },
    ...{ yesAsk: { closeBps: 10_000 }, price: { closeBps: null }, volumeCenti: 100 },
  })
})

test('no key, signature or token is in any error, label or hook', async () => {
  const heard: unknown[] = []
  const observer = {
    request: (...args: unknown[]) => void heard.push(args),
    raw: (...args: unknown[]) => void heard.push(args),
  }
  const account = new KalshiAccount(transportOf({ observer }))
  const faults: Answer[] = [
    ...[cut, silence, json({ code: 'x', message: 'm' }, 401), json({ error: 'e' }, 403)],
    ...[json({}, 500), json({ balance: 'not it' }), json('text')],
  ]
  const errors: unknown[] = []
  for (const fault of faults) {
    answers = [fault]
    errors.push(await account.create(order).catch((error: unknown) => error))
    errors.push(await account.balance().catch((error: unknown) => error))
  }
  const secrets = [
    KEY_ID,
    ...seen.map(({ headers }) => headers['kalshi-access-signature'] as string),
    privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64').slice(20, 60),
  ]
  const told =
    inspect([errors, heard], { depth: 10, showHidden: true }) + JSON.stringify([errors, heard])
  expect(seen.length).toBeGreaterThan(10)
  expect(told).toContain('/portfolio/balance')
  for (const secret of secrets) {
    expect(told.includes(secret), createHash('sha256').update(secret).digest('hex')).toBe(false)
  }
})
