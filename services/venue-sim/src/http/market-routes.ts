import type { JsonObject, MarketState, MarketStatus } from '@kwm/sim'
import { eventJson, marketJson, orderbookJson, seriesJson, tradeJson } from '@kwm/sim'
import type { FastifyInstance } from 'fastify'
import type { VenueSim } from '../service.ts'
import type { Query } from './query.ts'
import {
  badRequest,
  integer,
  isTrue,
  isWithin,
  listOf,
  notFound,
  pageOf,
  setOf,
  text,
} from './query.ts'

const API = '/trade-api/v2'
const MARKETS_LIMIT = { fallback: 100, max: 1_000 }
const EVENTS_LIMIT = { fallback: 200, max: 200 }
const BOOKS_MAX = 100

type Asked = { Querystring: Query }
type Named = Asked & { Params: { ticker: string } }

/** The filter has other words than the field. */
const FILTER_WORDS: Readonly<Record<MarketStatus, string>> = {
  initialized: 'unopened',
  inactive: 'paused',
  active: 'open',
  closed: 'closed',
  determined: 'closed',
  finalized: 'settled',
}

/** Series, events, markets, books and prints. No signature is asked for, as at the venue. */
export function addMarketRoutes(app: FastifyInstance, sim: VenueSim): void {
  app.get<Asked>(`${API}/series`, ({ query }) => listSeries(sim, query))
  app.get<Named>(`${API}/series/:ticker`, ({ params }) => {
    const { series, isSynthetic } = sim.source
    if (params.ticker !== series.ticker) throw notFound('series')
    return { series: seriesJson(series, isSynthetic) }
  })
  app.get<Asked>(`${API}/events`, ({ query }) => listEvents(sim, query))
  app.get<Named>(`${API}/events/:ticker`, ({ params, query }) => {
    const event = sim.source.events.find(({ eventTicker }) => eventTicker === params.ticker)
    if (!event) throw notFound('event')
    const json = eventJson(event, sim.source.isSynthetic)
    const markets = marketsOf(sim, params.ticker)
    return isTrue(query, 'with_nested_markets')
      ? { event: { ...json, markets }, markets: [] }
      : { event: json, markets }
  })
  app.get<Asked>(`${API}/markets`, ({ query }) => listMarkets(sim, query))
  app.get<Asked>(`${API}/markets/trades`, ({ query }) => listTrades(sim, query))
  app.get<Asked>(`${API}/markets/orderbooks`, ({ query }) => {
    const tickers = listOf(query, 'tickers', BOOKS_MAX)
    if (!tickers) throw badRequest('tickers is required')
    return {
      orderbooks: tickers.map((ticker) => ({
        ticker,
        ...orderbookJson(knownMarket(sim, ticker), 0),
      })),
    }
  })
  app.get<Named>(`${API}/markets/:ticker`, ({ params }) => ({
    market: marketJson(knownMarket(sim, params.ticker)),
  }))
  app.get<Named>(`${API}/markets/:ticker/orderbook`, ({ params, query }) =>
    orderbookJson(knownMarket(sim, params.ticker), integer(query, 'depth', 0)),
  )
}

export function knownMarket(sim: VenueSim, ticker: string): MarketState {
  const state = sim.state.market(ticker)
  if (!state) throw notFound('market')
  return state
}

const marketsOf = (sim: VenueSim, eventTicker: string): JsonObject[] =>
  [...sim.state.markets].filter(({ market }) => market.eventTicker === eventTicker).map(marketJson)

function listSeries({ source }: VenueSim, query: Query): JsonObject {
  const category = text(query, 'category')
  const isWanted = category === undefined || category === source.series.category
  return { series: isWanted ? [seriesJson(source.series, source.isSynthetic)] : null }
}

function listEvents(sim: VenueSim, query: Query): JsonObject {
  const statuses = statusFilter(query)
  const series = text(query, 'series_ticker')
  const wanted = sim.source.events.filter(({ eventTicker, seriesTicker }) => {
    if (series && series !== seriesTicker) return false
    const states = [...sim.state.markets].filter(({ market }) => market.eventTicker === eventTicker)
    return !statuses || states.some(({ status }) => statuses.has(FILTER_WORDS[status]))
  })
  const { items, cursor } = pageOf(wanted, query, EVENTS_LIMIT)
  const events = items.map((event) => ({
    ...eventJson(event, sim.source.isSynthetic),
    ...(isTrue(query, 'with_nested_markets') ? { markets: marketsOf(sim, event.eventTicker) } : {}),
  }))
  return { events, cursor }
}

function listMarkets(sim: VenueSim, query: Query): JsonObject {
  const statuses = statusFilter(query)
  const tickers = setOf(query, 'tickers')
  const eventTickers = setOf(query, 'event_ticker')
  const series = text(query, 'series_ticker')
  const wanted = [...sim.state.markets].filter((state) => {
    const { market, status } = state
    if (series && series !== market.seriesTicker) return false
    if (eventTickers && !eventTickers.has(market.eventTicker)) return false
    if (tickers && !tickers.has(market.ticker)) return false
    if (statuses && !statuses.has(FILTER_WORDS[status])) return false
    return (
      isWithin(query, 'close_ts', market.closeTimeUs) &&
      isWithin(query, 'created_ts', market.openTimeUs) &&
      isWithin(query, 'settled_ts', state.settledTimeUs) &&
      isWithin(query, 'updated_ts', state.updatedTimeUs)
    )
  })
  const { items, cursor } = pageOf(wanted, query, MARKETS_LIMIT)
  return { markets: items.map(marketJson), cursor }
}

export function listTrades(sim: VenueSim, query: Query): JsonObject {
  const newestFirst = sim.state.trades.toArray().toReversed()
  const ticker = text(query, 'ticker')
  const wanted = newestFirst.filter(
    (trade) =>
      (!ticker || ticker === trade.marketTicker) && isWithin(query, 'ts', trade.venueTimeUs),
  )
  const { items, cursor } = pageOf(wanted, query, MARKETS_LIMIT)
  return { trades: items.map(tradeJson), cursor }
}

function statusFilter(query: Query): ReadonlySet<string> | undefined {
  const words = setOf(query, 'status')
  const allowed = new Set(Object.values(FILTER_WORDS))
  for (const word of words ?? []) {
    if (!allowed.has(word)) throw badRequest(`invalid status ${word}`)
  }
  return words
}
