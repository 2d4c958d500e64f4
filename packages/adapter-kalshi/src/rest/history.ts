import { VenueAnswerError, VenueRequestError } from '../errors.ts'
import { readCutoff } from './cutoff.ts'
import * as schemas from './history-schemas.ts'
import type { HistoricalCutoff, VenueCandle, VenueTrade } from './history-schemas.ts'
import { marketsAnswer, type VenueMarket } from './market-schemas.ts'
import { BATCH_TICKERS_MAX } from './market-data.ts'
import { pages } from './pages.ts'
import type { KalshiTransport, Request } from './transport.ts'

export type CandleInterval = 1 | 60 | 1_440
export type TimeRange = { readonly fromUs: number; readonly toUs: number }

/** A page of a listing, and where to go on: `nextCursor` is empty behind the last one. */
export type HistoryPage<T> = { readonly items: readonly T[]; readonly nextCursor: string }

export type CandlesOf = { readonly marketTicker: string; readonly candles: readonly VenueCandle[] }

const PAGE_SIZE = 1_000
const CANDLES_PER_BATCH_MAX = 10_000
const EVENT_SLICES_MAX = 10_000

/**
 * What happened before: the live endpoints behind the cutoff, `/historical` before it. Times are
 * microseconds; the venue's own filters count in seconds, so what lies outside a range is cut off here.
 */
export class KalshiHistory {
  readonly #transport: KalshiTransport

  constructor(transport: KalshiTransport) {
    this.#transport = transport
  }

  cutoff(signal?: AbortSignal): Promise<HistoricalCutoff> {
    return readCutoff(this.#transport, signal)
  }

  /** Prints of a market within `range`, newest first, on the side of the cutoff that is named. */
  trades(
    ticker: string,
    range: TimeRange,
    side: 'live' | 'historical',
    fromCursor = '',
    signal?: AbortSignal,
  ): AsyncGenerator<HistoryPage<VenueTrade>> {
    const template = side === 'live' ? '/markets/trades' : '/historical/trades'
    const query = { ticker, ...secondsOf(range), limit: PAGE_SIZE }
    return this.#trades({ template, query, signal }, range, fromCursor)
  }

  /** Settled markets of a series that only `/historical` knows. */
  async *markets(
    seriesTicker: string,
    fromCursor = '',
    signal?: AbortSignal,
  ): AsyncGenerator<HistoryPage<VenueMarket>> {
    const query = { series_ticker: seriesTicker, mve_filter: 'exclude', limit: PAGE_SIZE }
    const request = { template: '/historical/markets', query, signal }
    for await (const { page, nextCursor } of pages(
      this.#transport,
      request,
      marketsAnswer,
      fromCursor,
    )) {
      yield { items: page.markets ?? [], nextCursor }
    }
  }

  /** All brackets of an event, in as many requests as the venue's limit on one answer asks for. */
  async eventCandles(
    { seriesTicker, eventTicker }: { readonly seriesTicker: string; readonly eventTicker: string },
    range: TimeRange,
    interval: CandleInterval,
    signal?: AbortSignal,
  ): Promise<readonly CandlesOf[]> {
    const candlesOf = new Map<string, VenueCandle[]>()
    const template = '/series/{series_ticker}/events/{event_ticker}/candlesticks'
    const params = { series_ticker: seriesTicker, event_ticker: eventTicker }
    let { fromUs } = range
    for (let slice = 0; slice < EVENT_SLICES_MAX; slice++) {
      const query = candleQuery({ fromUs, toUs: range.toUs }, interval)
      const request = { template, params, query, signal }
      const answer = await this.#transport.json(request, schemas.eventCandlesAnswer)
      for (const [index, ticker] of answer.market_tickers.entries()) {
        const candles = candlesOf.get(ticker) ?? []
        candles.push(
          ...within(answer.market_candlesticks[index] ?? [], { fromUs, toUs: range.toUs }),
        )
        candlesOf.set(ticker, candles)
      }
      if (answer.adjusted_end_ts >= range.toUs) break
      if (answer.adjusted_end_ts <= fromUs) {
        throw new VenueAnswerError(template, ['adjusted_end_ts: does not move on'])
      }
      fromUs = answer.adjusted_end_ts
    }
    return [...candlesOf].map(([marketTicker, candles]) => ({ marketTicker, candles }))
  }

  /** Up to 100 markets of any events, within the venue's 10,000 candles an answer. */
  async candles(
    tickers: readonly string[],
    range: TimeRange,
    interval: CandleInterval,
    signal?: AbortSignal,
  ): Promise<readonly CandlesOf[]> {
    const periods = Math.max(1, Math.ceil((range.toUs - range.fromUs) / (interval * 60e6)))
    const perBatch = Math.floor(CANDLES_PER_BATCH_MAX / periods)
    const size = Math.max(1, Math.min(BATCH_TICKERS_MAX, perBatch))
    const found: CandlesOf[] = []
    for (let from = 0; from < tickers.length; from += size) {
      const market_tickers = tickers.slice(from, from + size).join(',')
      const query = { market_tickers, ...candleQuery(range, interval) }
      const request = { template: '/markets/candlesticks', query, signal }
      const { markets } = await this.#transport.json(request, schemas.batchCandlesAnswer)
      for (const { market_ticker, candlesticks } of markets) {
        found.push({ marketTicker: market_ticker, candles: within(candlesticks ?? [], range) })
      }
    }
    return found
  }

  /** Of one live market; at most 5,000 periods, as the venue has it. */
  async marketCandles(
    {
      seriesTicker,
      marketTicker,
    }: { readonly seriesTicker: string; readonly marketTicker: string },
    range: TimeRange,
    interval: CandleInterval,
    signal?: AbortSignal,
  ): Promise<readonly VenueCandle[]> {
    const template = '/series/{series_ticker}/markets/{ticker}/candlesticks'
    const params = { series_ticker: seriesTicker, ticker: marketTicker }
    const request = { template, params, query: candleQuery(range, interval), signal }
    const { candlesticks } = await this.#transport.json(request, schemas.candlesAnswer)
    return within(candlesticks ?? [], range)
  }

  /** Of a market settled before the cutoff. None when the venue does not know it. */
  async historicalCandles(
    ticker: string,
    range: TimeRange,
    interval: CandleInterval,
    signal?: AbortSignal,
  ): Promise<readonly VenueCandle[]> {
    const template = '/historical/markets/{ticker}/candlesticks'
    const request = { template, params: { ticker }, query: candleQuery(range, interval), signal }
    try {
      const answer = await this.#transport.json(request, schemas.oldCandlesAnswer)
      return within(answer.candlesticks ?? [], range)
    } catch (error) {
      if (error instanceof VenueRequestError && error.status === 404) return []
      throw error
    }
  }

  async *#trades(
    request: Request,
    { fromUs, toUs }: TimeRange,
    fromCursor: string,
  ): AsyncGenerator<HistoryPage<VenueTrade>> {
    const found = pages(this.#transport, request, schemas.tradesAnswer, fromCursor)
    for await (const { page, nextCursor } of found) {
      const items = (page.trades ?? []).filter(
        ({ createdTimeUs }) => createdTimeUs >= fromUs && createdTimeUs < toUs,
      )
      yield { items, nextCursor }
    }
  }
}

const secondsOf = ({ fromUs, toUs }: TimeRange) => ({
  min_ts: Math.floor(fromUs / 1e6),
  max_ts: Math.ceil(toUs / 1e6),
})

const candleQuery = ({ fromUs, toUs }: TimeRange, interval: CandleInterval) => ({
  start_ts: Math.floor(fromUs / 1e6),
  end_ts: Math.ceil(toUs / 1e6),
  period_interval: interval,
})

/** Candles are named by their end: (from, to]. */
const within = (candles: readonly VenueCandle[], { fromUs, toUs }: TimeRange) =>
  candles.filter(({ endTimeUs }) => endTimeUs > fromUs && endTimeUs <= toUs)
