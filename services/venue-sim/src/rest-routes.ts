import type { JsonObject, MarketState, MarketStatus } from '@kwm/sim'
import { eventJson, marketJson, orderbookJson, seriesJson, tradeJson } from '@kwm/sim'
import type { FastifyInstance } from 'fastify'
import type { VenueSim } from './service.ts'

const API = '/trade-api/v2'
const MARKETS_LIMIT = { fallback: 100, max: 1_000 }
const EVENTS_LIMIT = { fallback: 200, max: 200 }

type Query = Readonly<Record<string, string | undefined>>

/** The filter has other words than the field. */
const FILTER_WORDS: Readonly<Record<MarketStatus, string>> = {
  initialized: 'unopened',
  inactive: 'paused',
  active: 'open',
  closed: 'closed',
  determined: 'closed',
  finalized: 'settled',
}

class BadRequest extends Error {
  readonly statusCode = 400
}

class NotFound extends Error {
  readonly statusCode = 404
}

/** The venue's public reads. No signature is asked for, as at the venue. */
export function addRestRoutes(app: FastifyInstance, sim: VenueSim): void {
  app.get(`${API}/exchange/status`, () => exchangeStatus(sim))
  app.get(`${API}/exchange/schedule`, () => schedule())
  app.get<{ Params: { ticker: string } }>(`${API}/series/:ticker`, ({ params }) => {
    const { series, isSynthetic } = sim.source
    if (params.ticker !== series.ticker) throw new NotFound('series not found')
    return { series: seriesJson(series, isSynthetic) }
  })
  app.get<{ Querystring: Query }>(`${API}/events`, ({ query }) => listEvents(sim, query))
  app.get<{ Params: { ticker: string }; Querystring: Query }>(
    `${API}/events/:ticker`,
    ({ params, query }) => {
      const event = eventsOf(sim).find((item) => item['event_ticker'] === params.ticker)
      if (!event) throw new NotFound('event not found')
      const markets = marketsOf(sim, params.ticker)
      return isTrue(query['with_nested_markets'])
        ? { event: { ...event, markets } }
        : { event, markets }
    },
  )
  app.get<{ Querystring: Query }>(`${API}/markets`, ({ query }) => listMarkets(sim, query))
  app.get<{ Querystring: Query }>(`${API}/markets/trades`, ({ query }) => listTrades(sim, query))
  app.get<{ Params: { ticker: string } }>(`${API}/markets/:ticker`, ({ params }) => ({
    market: marketJson(known(sim, params.ticker)),
  }))
  app.get<{ Params: { ticker: string }; Querystring: Query }>(
    `${API}/markets/:ticker/orderbook`,
    ({ params, query }) => orderbookJson(known(sim, params.ticker), integer(query, 'depth', 0)),
  )
}

function known(sim: VenueSim, ticker: string): MarketState {
  const state = sim.state.market(ticker)
  if (!state) throw new NotFound('market not found')
  return state
}

const eventsOf = (sim: VenueSim): JsonObject[] =>
  sim.source.events.map((event) => eventJson(event, sim.source.isSynthetic))

const marketsOf = (sim: VenueSim, eventTicker: string): JsonObject[] =>
  [...sim.state.markets].filter(({ market }) => market.eventTicker === eventTicker).map(marketJson)

function listEvents(sim: VenueSim, query: Query): JsonObject {
  const statuses = statusFilter(query)
  const wanted = sim.source.events.filter(({ eventTicker, seriesTicker }) => {
    if (query['series_ticker'] && query['series_ticker'] !== seriesTicker) return false
    const states = [...sim.state.markets].filter(({ market }) => market.eventTicker === eventTicker)
    return !statuses || states.some(({ status }) => statuses.has(FILTER_WORDS[status]))
  })
  const { items, cursor } = page(wanted, query, EVENTS_LIMIT)
  const events = items.map((event) => ({
    ...eventJson(event, sim.source.isSynthetic),
    ...(isTrue(query['with_nested_markets']) ? { markets: marketsOf(sim, event.eventTicker) } : {}),
  }))
  return { events, cursor }
}

function listMarkets(sim: VenueSim, query: Query): JsonObject {
  const statuses = statusFilter(query)
  const tickers = listOf(query['tickers'])
  const eventTickers = listOf(query['event_ticker'])
  const wanted = [...sim.state.markets].filter((state) => {
    const { market, status } = state
    if (query['series_ticker'] && query['series_ticker'] !== market.seriesTicker) return false
    if (eventTickers && !eventTickers.has(market.eventTicker)) return false
    if (tickers && !tickers.has(market.ticker)) return false
    if (statuses && !statuses.has(FILTER_WORDS[status])) return false
    return (
      isWithin(query, 'close_ts', market.closeTimeUs) &&
      isWithin(query, 'created_ts', market.openTimeUs) &&
      isWithin(query, 'settled_ts', state.settledTimeUs)
    )
  })
  const { items, cursor } = page(wanted, query, MARKETS_LIMIT)
  return { markets: items.map(marketJson), cursor }
}

function listTrades(sim: VenueSim, query: Query): JsonObject {
  const newestFirst = sim.state.trades.toArray().toReversed()
  const wanted = newestFirst.filter(
    (trade) =>
      (!query['ticker'] || query['ticker'] === trade.marketTicker) &&
      isWithin(query, 'ts', trade.venueTimeUs),
  )
  const { items, cursor } = page(wanted, query, MARKETS_LIMIT)
  return { trades: items.map(tradeJson), cursor }
}

function page<T>(
  all: readonly T[],
  query: Query,
  limits: { readonly fallback: number; readonly max: number },
): { items: readonly T[]; cursor: string } {
  const limit = Math.min(limits.max, integer(query, 'limit', limits.fallback))
  const from = query['cursor'] ? readCursor(query['cursor']) : 0
  const to = from + Math.max(1, limit)
  const cursor = to < all.length ? Buffer.from(`at ${to}`).toString('base64url') : ''
  return { items: all.slice(from, to), cursor }
}

function readCursor(cursor: string): number {
  const match = /^at (\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match) throw new BadRequest('invalid cursor')
  return Number(match[1])
}

/** `min_<name>` and `max_<name>`, in seconds. */
function isWithin(query: Query, name: string, timeUs: number | null): boolean {
  const min = integer(query, `min_${name}`, -Infinity)
  const max = integer(query, `max_${name}`, Infinity)
  if (min === -Infinity && max === Infinity) return true
  return timeUs !== null && timeUs >= min * 1_000_000 && timeUs <= max * 1_000_000
}

function statusFilter(query: Query): Set<string> | undefined {
  const words = listOf(query['status'])
  const allowed = new Set(['unopened', 'open', 'paused', 'closed', 'settled'])
  for (const word of words ?? []) {
    if (!allowed.has(word)) throw new BadRequest(`invalid status ${word}`)
  }
  return words
}

const listOf = (text: string | undefined): Set<string> | undefined =>
  text ? new Set(text.split(',')) : undefined

const isTrue = (text: string | undefined): boolean => text === 'true'

function integer(query: Query, name: string, fallback: number): number {
  const text = query[name]
  if (text === undefined || text === '') return fallback
  if (!/^\d{1,12}$/.test(text)) throw new BadRequest(`invalid ${name}`)
  return Number(text)
}

function exchangeStatus(sim: VenueSim): JsonObject {
  const active = {
    exchange_active: true,
    trading_active: !sim.player.isFinished,
    intra_exchange_transfers_active: false,
  }
  const description = sim.source.isSynthetic ? 'venue simulator, SYNTHETIC' : 'venue simulator'
  return { ...active, exchange_index_statuses: [{ exchange_index: 0, description, ...active }] }
}

function schedule(): JsonObject {
  const allDay = [{ open_time: '00:00', close_time: '00:00' }]
  const days = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ')
  return {
    schedule: {
      standard_hours: [
        {
          start_time: '2020-01-01T00:00:00Z',
          end_time: '2100-01-01T00:00:00Z',
          ...Object.fromEntries(days.map((day) => [day, allDay])),
        },
      ],
      maintenance_windows: [],
    },
  }
}
