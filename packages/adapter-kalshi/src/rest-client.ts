import type { Clock } from '@kwm/runtime'
import type { z } from 'zod'
import { parseErrorBody } from './error-body.ts'
import { VenueAnswerError, VenueRequestError } from './errors.ts'
import * as schemas from './rest-schemas.ts'
import type { ExchangeStatus, VenueEvent, VenueMarket, VenueSeries } from './rest-schemas.ts'
import { readLevels } from './frame-fields.ts'
import type { FrameLevel } from '@kwm/contracts'

export type RestOptions = {
  /** With the API root: `https://external-api.kalshi.com/trade-api/v2`. */
  readonly baseUrl: string
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random?: () => number
  readonly timeoutMs?: number
  readonly attemptsMax?: number
  readonly fetch?: typeof fetch
}

export type MarketFilter = {
  readonly seriesTicker?: string
  readonly eventTicker?: string
  readonly tickers?: readonly string[]
  /** `unopened`, `open`, `paused`, `closed`, `settled`: the words of the filter, not of the field. */
  readonly status?: string
}

/** One side is null where the venue sent no readable book. */
export type VenueBook = { readonly yes: readonly FrameLevel[]; readonly no: readonly FrameLevel[] }

const TIMEOUT_MS = 10_000
const ATTEMPTS_MAX = 4
const BACKOFF_MS = 250
const PAGES_MAX = 100
const PAGE_SIZE = 1_000
const EVENTS_PAGE_SIZE = 200
const ISSUES_MAX = 3

/**
 * The public reads the ingest needs. All are safe to repeat, so 429, 5xx and a broken network are
 * tried again, a bounded number of times, after a growing and random wait. Connections are kept
 * alive by the runtime's fetch.
 */
export class KalshiRest {
  readonly #options: RestOptions
  readonly #root: string

  constructor(options: RestOptions) {
    this.#options = options
    this.#root = options.baseUrl.replace(/\/+$/, '')
  }

  exchangeStatus(signal?: AbortSignal): Promise<ExchangeStatus> {
    return this.#get('/exchange/status', {}, schemas.exchangeStatus, signal)
  }

  async series(ticker: string, signal?: AbortSignal): Promise<VenueSeries> {
    const path = `/series/${encodeURIComponent(ticker)}`
    return (await this.#get(path, {}, schemas.seriesAnswer, signal)).series
  }

  /** With its markets, wherever the answer has them. */
  async event(ticker: string, signal?: AbortSignal): Promise<VenueEvent> {
    const path = `/events/${encodeURIComponent(ticker)}`
    const query = { with_nested_markets: 'true' }
    const answer = await this.#get(path, query, schemas.eventAnswer, signal)
    return { ...answer.event, markets: answer.event.markets ?? answer.markets ?? [] }
  }

  events(seriesTicker: string, status: string, signal?: AbortSignal): Promise<VenueEvent[]> {
    const limit = String(EVENTS_PAGE_SIZE)
    const query = { series_ticker: seriesTicker, status, with_nested_markets: 'true', limit }
    return this.#pages('/events', query, schemas.eventsAnswer, (page) => page.events, signal)
  }

  markets(filter: MarketFilter, signal?: AbortSignal): Promise<VenueMarket[]> {
    const query: Record<string, string> = { limit: String(PAGE_SIZE) }
    if (filter.seriesTicker !== undefined) query['series_ticker'] = filter.seriesTicker
    if (filter.eventTicker !== undefined) query['event_ticker'] = filter.eventTicker
    if (filter.tickers !== undefined) query['tickers'] = filter.tickers.join(',')
    if (filter.status !== undefined) query['status'] = filter.status
    return this.#pages('/markets', query, schemas.marketsAnswer, (page) => page.markets, signal)
  }

  async orderbook(ticker: string, signal?: AbortSignal): Promise<VenueBook> {
    const path = `/markets/${encodeURIComponent(ticker)}/orderbook`
    const { orderbook_fp } = await this.#get(path, {}, schemas.orderbookAnswer, signal)
    const yes = readLevels(orderbook_fp.yes_dollars)
    const no = readLevels(orderbook_fp.no_dollars)
    if (typeof yes === 'string')
      throw new VenueAnswerError(path, [`orderbook_fp.yes_dollars: ${yes}`])
    if (typeof no === 'string') throw new VenueAnswerError(path, [`orderbook_fp.no_dollars: ${no}`])
    return { yes, no }
  }

  async #pages<Page extends { readonly cursor?: string | null | undefined }, Item>(
    path: string,
    query: Record<string, string>,
    schema: z.ZodType<Page>,
    itemsOf: (page: Page) => readonly Item[] | null | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Item[]> {
    const items: Item[] = []
    let cursor = ''
    for (let page = 0; page < PAGES_MAX; page++) {
      const paged = cursor === '' ? query : { ...query, cursor }
      const answer = await this.#get(path, paged, schema, signal)
      items.push(...(itemsOf(answer) ?? []))
      const next = answer.cursor ?? ''
      if (next === '' || next === cursor) return items
      cursor = next
    }
    throw new VenueAnswerError(path, [`more than ${PAGES_MAX} pages`])
  }

  async #get<T>(
    path: string,
    query: Record<string, string>,
    schema: z.ZodType<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const body = await this.#read(path, query, signal)
    let value: unknown
    try {
      value = JSON.parse(body)
    } catch {
      throw new VenueAnswerError(path, ['not JSON'])
    }
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    const issues = parsed.error.issues.slice(0, ISSUES_MAX)
    throw new VenueAnswerError(
      path,
      issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`),
    )
  }

  async #read(
    path: string,
    query: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const { clock, attemptsMax = ATTEMPTS_MAX, random = Math.random } = this.#options
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(path, query, signal)
      if (typeof answer === 'string') return answer
      if (!isWorthRepeating(answer) || attempt >= attemptsMax || signal?.aborted) throw answer
      const waitMs = BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + random())
      await clock.sleep(waitMs, signal)
    }
  }

  async #attempt(
    path: string,
    query: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<string | VenueRequestError> {
    const search = new URLSearchParams(query).toString()
    const url = `${this.#root}${path}${search && `?${search}`}`
    const timeout = AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS)
    try {
      const response = await (this.#options.fetch ?? fetch)(url, {
        headers: { accept: 'application/json' },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      const body = await response.text()
      if (response.ok) return body
      const { code, message } = parseErrorBody(body)
      return new VenueRequestError({ path, status: response.status, venueCode: code, message })
    } catch (cause) {
      const message = timeout.aborted ? 'timed out' : reasonOf(cause)
      return new VenueRequestError({ path, status: 0, message }, { cause })
    }
  }
}

const isWorthRepeating = ({ status }: VenueRequestError): boolean =>
  status === 0 || status === 429 || status >= 500

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : 'the request failed'
}
