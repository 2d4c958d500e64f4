import { syntheticDay } from '@kwm/sim'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openVenue } from './harness.ts'
import type { Venue } from './harness.ts'

const source = syntheticDay({ seed: 'rest', fromHour: 13, toHour: 14 }).source
const API = '/trade-api/v2'
const EVENT = 'KXHIGHSYN-26NOV20'

type Body = Record<string, never> & {
  markets: Record<string, unknown>[]
  events: { markets?: unknown[] }[]
  trades: Record<string, unknown>[]
  cursor: string
  error: { code: string }
}

let venue: Venue
const get = async (path: string): Promise<Body> => (await venue.get(API + path)) as Body

beforeAll(async () => {
  venue = await openVenue(source, { start: 'immediately', speed: 5_000 })
  const deadline = performance.now() + 30_000
  while (!venue.sim.player.isFinished && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})
afterAll(() => venue.close())

test('exchange, series, events', async () => {
  expect(await get('/exchange/status')).toMatchObject({
    exchange_active: true,
    exchange_index_statuses: [{ exchange_index: 0 }],
  })
  expect(await get('/exchange/schedule')).toMatchObject({ schedule: { maintenance_windows: [] } })
  expect(await get('/series/KXHIGHSYN')).toMatchObject({
    series: { fee_type: 'quadratic', fee_multiplier: 1, is_synthetic: true },
  })
  expect((await get('/series/NONE')).error.code).toBe('not_found')
  expect((await get('/nothing')).error.code).toBe('not_found')
  expect(await get(`/events/${EVENT}`)).toMatchObject({
    event: { event_ticker: EVENT, mutually_exclusive: true },
    markets: { length: 6 },
  })
  const nested = await get(`/events?series_ticker=KXHIGHSYN&with_nested_markets=true`)
  expect(nested.events[0]!.markets).toHaveLength(6)
  expect((await get('/events?status=open')).events).toHaveLength(0)
  expect((await get('/events?series_ticker=OTHER')).events).toHaveLength(0)
})

test('markets by filter, page by page', async () => {
  const all = await get(`/markets?event_ticker=${EVENT}`)
  expect(all.markets).toHaveLength(6)
  expect(all.cursor).toBe('')
  const seen: unknown[] = []
  let cursor = ''
  do {
    const part = await get(`/markets?limit=4${cursor && `&cursor=${cursor}`}`)
    seen.push(...part.markets)
    ;({ cursor } = part)
  } while (cursor !== '')
  expect(seen).toEqual(all.markets)
  expect((await get('/markets?status=open')).markets).toHaveLength(0)
  expect((await get('/markets?status=closed,settled')).markets).toHaveLength(6)
  expect((await get('/markets?status=active')).error.code).toBe('invalid_parameters')
  expect((await get('/markets?cursor=xyz')).error.code).toBe('invalid_parameters')
  expect((await get('/markets?limit=-1')).error.code).toBe('invalid_parameters')
  expect((await get(`/markets?max_close_ts=1000`)).markets).toHaveLength(0)
  const [one, two] = all.markets.map((market) => String(market['ticker']))
  expect((await get(`/markets?tickers=${one},${two}`)).markets).toHaveLength(2)
  expect(await get(`/markets/${one}`)).toMatchObject({
    market: {
      ticker: one,
      is_synthetic: true,
      status: 'finalized',
      price_ranges: [{ start: '0.0000', end: '1.0000', step: '0.0100' }],
      rules_primary: expect.stringContaining('(CLISYN)'),
    },
  })
  expect((await get('/markets/NONE')).error.code).toBe('not_found')
})

test('trades, newest first', async () => {
  const { trades, cursor } = await get('/markets/trades?limit=50')
  expect(trades).toHaveLength(50)
  expect(cursor).not.toBe('')
  const times = trades.map((trade) => String(trade['created_time']))
  expect(times.toSorted((a, b) => Date.parse(b) - Date.parse(a))).toEqual(times)
  const ticker = String(trades[0]!['ticker'])
  const own = await get(`/markets/trades?ticker=${ticker}&limit=1000`)
  expect(own.trades.every((trade) => trade['ticker'] === ticker)).toBe(true)
})

test('the operator sees it, and so does the scraper', async () => {
  expect(await venue.get('/admin/status')).toMatchObject({
    synthetic: true,
    sizes: 'synthetic',
    seed: 'rest',
    finished: true,
    progress: 1,
    events: [{ eventTicker: EVENT, markets: { length: 6 } }],
  })
  const base = `http://127.0.0.1:${venue.server.port}`
  expect(await (await fetch(`${base}/`)).text()).toContain('Venue simulator')
  expect(await (await fetch(`${base}/metrics`)).text()).toContain('venue_sim_events_total')
  expect((await fetch(`${base}/livez`)).status).toBe(200)
  expect((await fetch(`${base}/readyz`)).status).toBe(200)
})
