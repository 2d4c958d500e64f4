import { generateKeyPairSync, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@kwm/runtime'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  KalshiAccount,
  KalshiHistory,
  KalshiOrders,
  KalshiTransport,
  RateBudget,
  VenueAnswerError,
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
  const made = await new KalshiOrders(transportOf()).create(order)
  const ack = { orderId: 'o-1', remainingCenti: 1_050, filledCenti: 0 }
  expect(made).toMatchObject({ outcome: 'accepted', ack })
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

test('a batch is billed by the item', async () => {
  answers = [json({ orders: [placed, placed] }, 201)]
  const spent: number[] = []
  const budget = new RateBudget({ clock: systemClock })
  const acquire = budget.acquire.bind(budget)
  budget.acquire = (lane, cost, turn) => (spent.push(cost), acquire(lane, cost, turn))
  await new KalshiOrders(transportOf({ budget })).createBatch([order, order])
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
