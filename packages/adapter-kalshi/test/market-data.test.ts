import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@kwm/runtime'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KalshiRest, VenueAnswerError, VenueRequestError, parseErrorBody } from '../src/index.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void
let answers: Answer[] = []
let seen: string[] = []
let server: Server
let rest: KalshiRest

const json =
  (body: unknown, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

/** Waits pass at once, and are remembered. */
let waits: number[] = []
const hastyClock = {
  ...systemClock,
  sleep: (ms: number) => {
    waits.push(ms)
    return Promise.resolve()
  },
}

beforeEach(async () => {
  answers = []
  seen = []
  waits = []
  server = createServer((request, response) => {
    seen.push(request.url ?? '')
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  rest = new KalshiRest({
    baseUrl: `http://127.0.0.1:${port}/trade-api/v2/`,
    clock: hastyClock,
    random: () => 0.5,
    timeoutMs: 200,
  })
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const market = (ticker: string) => ({
  ticker,
  event_ticker: 'E',
  status: 'active',
  open_time: '2026-11-19T15:00:00Z',
  close_time: '2026-11-21T05:00:00Z',
  a_field_of_tomorrow: {},
})

test('reads follow the cursor to the last page and keep the query', async () => {
  answers = [
    json({ markets: [market('A')], cursor: 'c 1' }),
    json({ markets: [market('B')], cursor: '' }),
  ]
  const markets = await rest.markets({ seriesTicker: 'KXHIGHNY', status: 'open' })
  expect(markets.map(({ ticker }) => ticker)).toEqual(['A', 'B'])
  const query = '/trade-api/v2/markets?limit=1000&series_ticker=KXHIGHNY&status=open'
  expect(seen).toEqual([query, `${query}&cursor=c+1`])
})

test('each read asks where the reference says', async () => {
  answers = [json({ exchange_active: true, trading_active: false })]
  expect(await rest.exchangeStatus()).toMatchObject({ trading_active: false })
  answers = [json({ series: { ticker: 'S', fee_type: 'quadratic', fee_multiplier: 1 } })]
  expect(await rest.series('S')).toMatchObject({ fee_multiplier: 1 })
  answers = [json({ event: { event_ticker: 'E', series_ticker: 'S', markets: [market('A')] } })]
  expect((await rest.event('E')).markets).toHaveLength(1)
  answers = [json({ event: { event_ticker: 'E', series_ticker: 'S' }, markets: [market('A')] })]
  expect((await rest.event('E')).markets).toHaveLength(1)
  answers = [json({ events: null, cursor: null })]
  expect(await rest.events('S', 'open')).toEqual([])
  answers = [json({ orderbook_fp: { yes_dollars: [['0.4200', '13.00']], no_dollars: null } })]
  expect(await rest.orderbook('A')).toEqual({ yes: [[4_200, 1_300]], no: [] })
  expect(seen).toEqual([
    '/trade-api/v2/exchange/status',
    '/trade-api/v2/series/S',
    '/trade-api/v2/events/E?with_nested_markets=true',
    '/trade-api/v2/events/E?with_nested_markets=true',
    '/trade-api/v2/events?series_ticker=S&status=open&with_nested_markets=true&limit=200',
    '/trade-api/v2/markets/A/orderbook',
  ])
})

test('429, 5xx and a cut line are tried again, ever later, and then given up', async () => {
  const cut: Answer = (request) => request.socket.destroy()
  const status = { exchange_active: true, trading_active: true }
  answers = [json({ error: 'too many requests' }, 429), json('oops', 502), cut, json(status)]
  expect(await rest.exchangeStatus()).toEqual(status)
  expect(waits).toEqual([250, 500, 1_000])

  answers = [json({ error: 'too many requests' }, 429)]
  const error = await rest.exchangeStatus().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(VenueRequestError)
  expect((error as VenueRequestError).status).toBe(429)
  expect((error as VenueRequestError).message).toContain('too many requests')
  expect(seen).toHaveLength(8)
})

test('a refusal is not repeated', async () => {
  answers = [json({ code: 'not_found', message: 'no such market' }, 404)]
  await expect(rest.event('X')).rejects.toThrow('GET /events/X: 404 not_found: no such market')
  expect(seen).toHaveLength(1)
})

test('an answer that does not come times out', async () => {
  answers = [() => undefined]
  await expect(rest.exchangeStatus()).rejects.toThrow(/no answer: none in/)
})

test('a wrong answer names the field', async () => {
  answers = [json({ markets: [{ ...market('A'), close_time: 'soon' }] })]
  const error = await rest.markets({}).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(VenueAnswerError)
  expect((error as Error).message).toMatch(/GET \/markets: .*markets\.0\.close_time/)
  answers = [json('<html>')]
  await expect(rest.markets({})).rejects.toThrow(/not JSON/)
})

test.each([
  ['{"code":"a","message":"b","details":"c"}', 'a', 'b', 'c'],
  ['{"error":{"code":"a","message":"b","details":"c","service":"s"}}', 'a', 'b', 'c'],
  ['{"error":{"code":"a","details":"c"}}', 'a', 'c', 'c'],
  ['{"error":"too many requests"}', '', 'too many requests', ''],
  ['{"error":""}', '', 'no message', ''],
  ['{"error":null,"code":"a"}', 'a', 'no message', ''],
  ['{"code":7,"message":["x"]}', '', 'no message', ''],
  ['<html>\nrest', '', '<html>', ''],
  ['', '', 'no message', ''],
  ['[1]', '', '[1]', ''],
  ['null', '', 'null', ''],
])('the error body %s', (body, code, message, details) => {
  expect(parseErrorBody(body)).toEqual({ code, message, details })
})
