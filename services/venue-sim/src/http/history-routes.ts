import type { Candle, JsonObject, MarketState } from '@kwm/sim'
import { candleJson, formatIso, historicalCandleJson, marketJson } from '@kwm/sim'
import type { FastifyInstance } from 'fastify'
import type { VenueSim } from '../service.ts'
import { knownMarket, listTrades } from './market-routes.ts'
import type { Query } from './query.ts'
import { badRequest, listOf, notFound, pageOf, required, setOf, text } from './query.ts'

const API = '/trade-api/v2'
const LIMIT = { fallback: 100, max: 1_000 }
const TICKERS_MAX = 100
const CANDLES_MAX = 10_000
/** Of one event's answer; a longer range is shortened, and the answer says to when. */
const EVENT_CANDLES_MAX = 5_000
const INTERVALS: readonly number[] = [1, 60, 1_440]

type Asked = { Querystring: Query }
type OfMarket = Asked & { Params: { ticker: string } }
type OfSeries = Asked & { Params: { series: string; ticker: string } }

/**
 * What was before: candles of what has been played so far, and `/historical`, which here knows the
 * markets that are settled. The cutoff lies at the start of the play: everything played is live.
 */
export function addHistoryRoutes(app: FastifyInstance, sim: VenueSim): void {
  app.get<OfSeries>(`${API}/series/:series/markets/:ticker/candlesticks`, ({ params, query }) => {
    const state = knownMarket(sim, params.ticker)
    if (state.market.seriesTicker !== params.series) throw notFound('market')
    return { ticker: params.ticker, candlesticks: candlesOf(state, query).map(candleJson) }
  })
  app.get<OfSeries>(`${API}/series/:series/events/:ticker/candlesticks`, ({ params, query }) =>
    eventCandles(sim, params.ticker, query),
  )
  app.get<Asked>(`${API}/markets/candlesticks`, ({ query }) => batchCandles(sim, query))
  app.get(`${API}/historical/cutoff`, () => {
    const start = formatIso(sim.source.startTimeUs)
    return { market_settled_ts: start, trades_created_ts: start, orders_updated_ts: start }
  })
  app.get<Asked>(`${API}/historical/markets`, ({ query }) => historicalMarkets(sim, query))
  app.get<OfMarket>(`${API}/historical/markets/:ticker`, ({ params }) => ({
    market: marketJson(settled(sim, params.ticker)),
  }))
  app.get<OfMarket>(`${API}/historical/markets/:ticker/candlesticks`, ({ params, query }) => ({
    ticker: params.ticker,
    candlesticks: candlesOf(settled(sim, params.ticker), query).map(historicalCandleJson),
  }))
  app.get<Asked>(`${API}/historical/trades`, ({ query }) => listTrades(sim, query))
}

function settled(sim: VenueSim, ticker: string): MarketState {
  const state = knownMarket(sim, ticker)
  if (state.status !== 'finalized') throw notFound('market')
  return state
}

function candlesOf(state: MarketState, query: Query): Candle[] {
  return state.candles.list(
    intervalOf(query),
    required(query, 'start_ts'),
    required(query, 'end_ts'),
  )
}

function intervalOf(query: Query): number {
  const interval = required(query, 'period_interval')
  if (!INTERVALS.includes(interval)) throw badRequest(`period_interval: 1, 60 or 1440`)
  return interval
}

function batchCandles(sim: VenueSim, query: Query): JsonObject {
  const tickers = listOf(query, 'market_tickers', TICKERS_MAX)
  if (!tickers) throw badRequest('market_tickers is required')
  const markets = tickers.flatMap((ticker) => {
    const state = sim.state.market(ticker)
    return state ? [{ market_ticker: ticker, candles: candlesOf(state, query) }] : []
  })
  const count = markets.reduce((sum, { candles }) => sum + candles.length, 0)
  if (count > CANDLES_MAX) throw badRequest(`more than ${CANDLES_MAX} candles: ask for fewer`)
  return {
    markets: markets.map(({ market_ticker, candles }) => ({
      market_ticker,
      candlesticks: candles.map(candleJson),
    })),
  }
}

function eventCandles(sim: VenueSim, eventTicker: string, query: Query): JsonObject {
  const states = [...sim.state.markets].filter(({ market }) => market.eventTicker === eventTicker)
  if (states.length === 0) throw notFound('event')
  const all = states.map((state) => candlesOf(state, query))
  const ends = all.flatMap((candles) => candles.map(({ endTs }) => endTs)).toSorted((a, b) => a - b)
  const asked = required(query, 'end_ts')
  const adjusted = ends.length > EVENT_CANDLES_MAX ? ends[EVENT_CANDLES_MAX - 1]! - 1 : asked
  return {
    market_tickers: states.map(({ market }) => market.ticker),
    market_candlesticks: all.map((candles) =>
      candles.filter(({ endTs }) => endTs <= adjusted).map(candleJson),
    ),
    adjusted_end_ts: adjusted,
  }
}

function historicalMarkets(sim: VenueSim, query: Query): JsonObject {
  const tickers = setOf(query, 'tickers')
  const [series, event] = [text(query, 'series_ticker'), text(query, 'event_ticker')]
  const wanted = [...sim.state.markets].filter(
    ({ market, status }) =>
      status === 'finalized' &&
      (!tickers || tickers.has(market.ticker)) &&
      (!series || series === market.seriesTicker) &&
      (!event || event === market.eventTicker),
  )
  const { items, cursor } = pageOf(wanted, query, LIMIT)
  return { markets: items.map(marketJson), cursor }
}
