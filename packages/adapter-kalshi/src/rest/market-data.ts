import type { FrameLevel } from '@kwm/contracts'
import { VenueAnswerError } from '../errors.ts'
import { readLevels } from '../frame-fields.ts'
import * as schemas from './market-schemas.ts'
import type {
  EventFeeChange,
  ExchangeStatus,
  SeriesFeeChange,
  VenueEvent,
  VenueMarket,
  VenueSeries,
} from './market-schemas.ts'
import { allItems } from './pages.ts'
import { KalshiTransport, type TransportOptions } from './transport.ts'

export type RestOptions = TransportOptions

export type MarketFilter = {
  readonly seriesTicker?: string
  readonly eventTicker?: string
  readonly tickers?: readonly string[]
  /** `unopened`, `open`, `paused`, `closed`, `settled`: the words of the filter, not of the field. */
  readonly status?: string
  /** Unix seconds. */
  readonly minCloseTs?: number
  readonly maxCloseTs?: number
}

export type SeriesFilter = { readonly category?: string; readonly tags?: string }

/** Prices in basis points of the payout, best last; counts in hundredths of a contract. */
export type VenueBook = { readonly yes: readonly FrameLevel[]; readonly no: readonly FrameLevel[] }

export const BATCH_TICKERS_MAX = 100
const PAGE_SIZE = 1_000
const EVENTS_PAGE_SIZE = 200

/** The public market data, and a batch of books for those who have a key. All of it safe to repeat. */
export class KalshiRest {
  readonly transport: KalshiTransport

  constructor(options: RestOptions | KalshiTransport) {
    this.transport = options instanceof KalshiTransport ? options : new KalshiTransport(options)
  }

  exchangeStatus(signal?: AbortSignal): Promise<ExchangeStatus> {
    return this.transport.json({ template: '/exchange/status', signal }, schemas.exchangeStatus)
  }

  async series(ticker: string, signal?: AbortSignal): Promise<VenueSeries> {
    const request = {
      template: '/series/{series_ticker}',
      params: { series_ticker: ticker },
      signal,
    }
    return (await this.transport.json(request, schemas.seriesAnswer)).series
  }

  /** Not exhaustive, as the venue says itself. */
  async seriesList(filter: SeriesFilter = {}, signal?: AbortSignal): Promise<VenueSeries[]> {
    const answer = await this.transport.json(
      { template: '/series', query: { ...filter }, signal },
      schemas.seriesListAnswer,
    )
    return answer.series ?? []
  }

  /** With its markets, wherever the answer has them. */
  async event(ticker: string, signal?: AbortSignal): Promise<VenueEvent> {
    const params = { event_ticker: ticker }
    const query = { with_nested_markets: true }
    const request = { template: '/events/{event_ticker}', params, query, signal }
    const answer = await this.transport.json(request, schemas.eventAnswer)
    return { ...answer.event, markets: answer.event.markets ?? answer.markets ?? [] }
  }

  events(seriesTicker: string, status: string, signal?: AbortSignal): Promise<VenueEvent[]> {
    const query = {
      ...{ series_ticker: seriesTicker, status, with_nested_markets: true },
      limit: EVENTS_PAGE_SIZE,
    }
    const request = { template: '/events', query, signal }
    return allItems(this.transport, request, schemas.eventsAnswer, (page) => page.events)
  }

  markets(filter: MarketFilter, signal?: AbortSignal): Promise<VenueMarket[]> {
    const request = { template: '/markets', query: marketQuery(filter), signal }
    return allItems(this.transport, request, schemas.marketsAnswer, (page) => page.markets)
  }

  async market(ticker: string, signal?: AbortSignal): Promise<VenueMarket> {
    const request = { template: '/markets/{ticker}', params: { ticker }, signal }
    return (await this.transport.json(request, schemas.marketAnswer)).market
  }

  async orderbook(ticker: string, signal?: AbortSignal): Promise<VenueBook> {
    const request = { template: '/markets/{ticker}/orderbook', params: { ticker }, signal }
    const { orderbook_fp } = await this.transport.json(request, schemas.orderbookAnswer)
    return bookOf(`/markets/${ticker}/orderbook`, orderbook_fp)
  }

  /** Up to 100 markets a request; more tickers take more requests. Needs a key. */
  async orderbooks(
    tickers: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, VenueBook>> {
    const books = new Map<string, VenueBook>()
    for (let from = 0; from < tickers.length; from += BATCH_TICKERS_MAX) {
      const query = { tickers: tickers.slice(from, from + BATCH_TICKERS_MAX).join(',') }
      const request = { template: '/markets/orderbooks', query, signal }
      const answer = await this.transport.json(request, schemas.orderbooksAnswer)
      for (const { ticker, orderbook_fp } of answer.orderbooks) {
        books.set(ticker, bookOf('/markets/orderbooks', orderbook_fp))
      }
    }
    return books
  }

  /** Also those that have taken effect. */
  async seriesFeeChanges(
    seriesTicker?: string,
    signal?: AbortSignal,
  ): Promise<readonly SeriesFeeChange[]> {
    const query = { series_ticker: seriesTicker, show_historical: true }
    const request = { template: '/series/fee_changes', query, signal }
    const answer = await this.transport.json(request, schemas.seriesFeeChangesAnswer)
    return answer.series_fee_change_arr ?? []
  }

  eventFeeChanges(eventTicker: string, signal?: AbortSignal): Promise<EventFeeChange[]> {
    const query = { event_ticker: eventTicker, limit: PAGE_SIZE }
    const request = { template: '/events/fee_changes', query, signal }
    return allItems(
      this.transport,
      request,
      schemas.eventFeeChangesAnswer,
      (page) => page.event_fee_changes,
    )
  }
}

const marketQuery = (filter: MarketFilter) => ({
  limit: PAGE_SIZE,
  series_ticker: filter.seriesTicker,
  event_ticker: filter.eventTicker,
  tickers: filter.tickers?.join(','),
  status: filter.status,
  min_close_ts: filter.minCloseTs,
  max_close_ts: filter.maxCloseTs,
})

function bookOf(path: string, { yes_dollars, no_dollars }: schemas.VenueOrderbook): VenueBook {
  const yes = readLevels(yes_dollars)
  const no = readLevels(no_dollars)
  if (typeof yes === 'string')
    throw new VenueAnswerError(path, [`orderbook_fp.yes_dollars: ${yes}`])
  if (typeof no === 'string') throw new VenueAnswerError(path, [`orderbook_fp.no_dollars: ${no}`])
  return { yes, no }
}
