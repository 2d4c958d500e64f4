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
  /** The venue takes it with the status `settled`, and the closing times only without. */
  readonly minSettledTs?: number
}

export type SeriesFilter = { readonly category?: string; readonly tag?: string }

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

  /** Not exhaustive, as the venue says itself; without a filter some 14,000. */
  async seriesList(filter: SeriesFilter = {}, signal?: AbortSignal): Promise<VenueSeries[]> {
    const answer = await this.transport.json(
      { template: '/series', query: { category: filter.category, tags: filter.tag }, signal },
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
    return bookOf(ticker, orderbook_fp)
  }

  /** Up to 100 markets a request; more tickers take more requests. Needs a key. */
  async orderbooks(
    tickers: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, VenueBook>> {
    const books = new Map<string, VenueBook>()
    for (let from = 0; from < tickers.length; from += BATCH_TICKERS_MAX) {
      const query = { tickers: tickers.slice(from, from + BATCH_TICKERS_MAX) }
      const request = { template: '/markets/orderbooks', query, signal }
      const answer = await this.transport.json(request, schemas.orderbooksAnswer)
      for (const { ticker, orderbook_fp } of answer.orderbooks ?? []) {
        books.set(ticker, bookOf(ticker, orderbook_fp))
      }
    }
    return books
  }

  /** Announced and past changes of the fees of series, in order of time. */
  async feeChanges(signal?: AbortSignal): Promise<SeriesFeeChange[]> {
    const request = { template: '/series/fee_changes', query: { show_historical: true }, signal }
    const answer = await this.transport.json(request, schemas.seriesFeeChangesAnswer)
    return (answer.series_fee_change_arr ?? []).toSorted(
      (a, b) => a.effectiveTimeUs - b.effectiveTimeUs,
    )
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
  min_settled_ts: filter.minSettledTs,
})

function bookOf(ticker: string, { yes_dollars, no_dollars }: schemas.VenueOrderbook): VenueBook {
  const yes = readLevels(yes_dollars)
  const no = readLevels(no_dollars)
  const faults = [
    ...(typeof yes === 'string' ? [`${ticker} yes: ${yes}`] : []),
    ...(typeof no === 'string' ? [`${ticker} no: ${no}`] : []),
  ]
  if (typeof yes === 'string' || typeof no === 'string') {
    throw new VenueAnswerError('order book', faults)
  }
  return { yes, no }
}
