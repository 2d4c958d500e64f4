import { readFileSync } from 'node:fs'
import { syntheticDay } from '@kwm/sim'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Client } from './harness.ts'
import { openVenue, type Venue } from './harness.ts'
import { areSpecsThere, ASYNCAPI, OPENAPI, schemasOf } from './published-specs.ts'
import { Trader } from './trader.ts'

const API = '/trade-api/v2'
const source = syntheticDay({ seed: 'public', fromHour: 14, toHour: 15 }).source
const [market] = source.markets
const { ticker, eventTicker, seriesTicker } = market!
const range = `start_ts=0&end_ts=9999999999&period_interval=1`

/** Every public read we serve, and the schema that the specification gives its answer. */
const READS: Readonly<Record<string, readonly [query: string, schema: string]>> = {
  '/exchange/status': ['', 'ExchangeStatus'],
  '/exchange/schedule': ['', 'GetExchangeScheduleResponse'],
  '/exchange/user_data_timestamp': ['', 'GetUserDataTimestampResponse'],
  '/series': ['', 'GetSeriesListResponse'],
  '/series/fee_changes': ['', 'GetSeriesFeeChangesResponse'],
  '/events/fee_changes': ['', 'GetEventFeeChangesResponse'],
  [`/series/${seriesTicker}`]: ['', 'GetSeriesResponse'],
  '/events': ['with_nested_markets=true', 'GetEventsResponse'],
  [`/events/${eventTicker}`]: ['', 'GetEventResponse'],
  '/markets': ['', 'GetMarketsResponse'],
  [`/markets/${ticker}`]: ['', 'GetMarketResponse'],
  [`/markets/${ticker}/orderbook`]: ['', 'GetMarketOrderbookResponse'],
  '/markets/orderbooks': [`tickers=${ticker}`, 'GetMarketOrderbooksResponse'],
  '/markets/trades': ['', 'GetTradesResponse'],
  '/markets/candlesticks': [
    `market_tickers=${ticker}&${range}`,
    'BatchGetMarketCandlesticksResponse',
  ],
  [`/series/${seriesTicker}/markets/${ticker}/candlesticks`]: [
    range,
    'GetMarketCandlesticksResponse',
  ],
  [`/series/${seriesTicker}/events/${eventTicker}/candlesticks`]: [
    range,
    'GetEventCandlesticksResponse',
  ],
  '/historical/cutoff': ['', 'GetHistoricalCutoffResponse'],
  '/historical/markets': ['', 'GetMarketsResponse'],
  [`/historical/markets/${ticker}`]: ['', 'GetMarketResponse'],
  [`/historical/markets/${ticker}/candlesticks`]: [
    range,
    'GetMarketCandlesticksHistoricalResponse',
  ],
  '/historical/trades': ['', 'GetTradesResponse'],
  '/account/endpoint_costs': ['', 'GetAccountEndpointCostsResponse'],
}

/** What only our objects carry: the mark that they are synthetic. */
function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => name !== 'is_synthetic')
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutMarks(inner)]))
}

describe.skipIf(!areSpecsThere)('public reads against the published specification', () => {
  const member = new Trader('member')
  let venue: Venue
  let listener: Client

  beforeAll(async () => {
    const keys = new Map([[member.keyId, member.publicKey]])
    venue = await openVenue(source, { start: 'manual' }, keys)
    member.join(venue)
    const channels = ['orderbook_delta', 'ticker', 'trade', 'market_lifecycle_v2']
    listener = await member.listen(
      channels,
      source.markets.map((one) => one.ticker),
    )
    venue.sim.player.start()
    await listener.until(() => venue.sim.player.isFinished)
  })
  afterAll(() => venue.close())

  test.each(Object.entries(READS))('%s', async (path, [query, schema]) => {
    const body = await venue.get(`${API}${path}${query && `?${query}`}`)
    const validate = schemasOf(OPENAPI)(schema)
    validate(withoutMarks(body))
    expect(validate.errors ?? [], JSON.stringify(body).slice(0, 400)).toEqual([])
  })

  test('something is in the answers', async () => {
    const path = `${API}/series/${seriesTicker}/events/${eventTicker}/candlesticks?${range}`
    const candles = (await venue.get(path)) as { market_candlesticks: unknown[][] }
    expect(candles.market_candlesticks.flat().length).toBeGreaterThan(50)
    const { markets } = (await venue.get(`${API}/historical/markets`)) as { markets: unknown[] }
    expect(markets).toHaveLength(source.markets.length)
  })

  test('the limits of the account', async () => {
    const { body } = await member.call('GET', '/account/limits')
    const validate = schemasOf(OPENAPI)('GetAccountApiLimitsResponse')
    validate(body)
    expect(validate.errors ?? []).toEqual([])
  })

  test('every public path that is served is among those checked', () => {
    const spec = parse(readFileSync(OPENAPI, 'utf8')) as { paths: Record<string, unknown> }
    const known = Object.keys(spec.paths)
    const template = (path: string): string =>
      path
        .replace(`/${ticker}`, '/{ticker}')
        .replace(`/${eventTicker}`, '/{ticker}')
        .replace(`/${seriesTicker}`, '/{series_ticker}')
    const unknown = Object.keys(READS)
      .map(template)
      .map((path) => path.replace('/events/{ticker}', '/events/{event_ticker}'))
      .filter(
        (path) =>
          !known.includes(path) && !known.includes(path.replace('{event_ticker}', '{ticker}')),
      )
    expect(unknown).toEqual([])
    const served = [...venue.server.routes].filter(
      // What needs a signature is held against the specification with the orders.
      (route) => !/portfolio|account\/limits|historical\/(?:orders|fills|positions)/.test(route),
    )
    const checked = Object.keys(READS).map((path) => new RegExp(`^${path.replace(/[.]/g, '\\.')}$`))
    const matches = (route: string): boolean =>
      Object.keys(READS).some((path) =>
        new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`).test(path),
      )
    expect(served.filter((route) => !matches(route))).toEqual([])
    expect(served.length).toBeGreaterThanOrEqual(checked.length - 2)
  })

  test('every kind of public frame', () => {
    const schema = schemasOf(ASYNCAPI)
    const names: Readonly<Record<string, string>> = {
      orderbook_snapshot: 'orderbookSnapshotPayload',
      orderbook_delta: 'orderbookDeltaPayload',
      trade: 'tradePayload',
      ticker: 'tickerPayload',
      market_lifecycle_v2: 'marketLifecycleV2Payload',
    }
    const seen = new Set<string>()
    const faults: unknown[] = []
    const validators = new Map(Object.entries(names).map(([type, name]) => [type, schema(name)]))
    for (const frame of listener.messages) {
      const { type } = frame
      const validate = validators.get(type)
      if (!validate) continue
      seen.add(type)
      validate(withoutMarks(frame))
      // Their ticker pattern forbids the dot that their tickers have.
      const real = (validate.errors ?? []).filter((error) => error.keyword !== 'pattern')
      if (real.length > 0 && faults.length < 3) faults.push([real, frame])
    }
    expect(faults).toEqual([])
    expect([...seen].toSorted()).toEqual(Object.keys(names).toSorted())
  })
})
