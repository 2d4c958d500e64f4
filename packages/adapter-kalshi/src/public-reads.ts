import { z } from 'zod'
import { parseErrorBody } from './error-body.ts'
import { VenueAnswerError, VenueRequestError } from './errors.ts'
import { readLevels } from './frame-fields.ts'
import { toTimeUs } from './market-mapper.ts'
import type { ListedFeeChange } from './market-mapper.ts'
import { KalshiRest } from './rest-client.ts'
import type { RestOptions, VenueBook } from './rest-client.ts'
import { orderbook, series } from './rest-schemas.ts'
import type { VenueSeries } from './rest-schemas.ts'

export type SeriesFilter = { readonly category?: string; readonly tag?: string }
export type SeriesFeeChange = ListedFeeChange & { readonly seriesTicker: string }

/** The venue's own limit of `GET /markets/orderbooks`. */
export const BOOKS_PER_READ = 100
const TIMEOUT_MS = 10_000
const FEE_CHANGES_MAX = 10_000

const seriesListAnswer = z.looseObject({ series: z.array(series).nullish() })
const booksAnswer = z.looseObject({
  orderbooks: z
    .array(z.looseObject({ ticker: z.string(), orderbook_fp: orderbook }))
    .max(BOOKS_PER_READ)
    .nullish(),
})
const feeChangesAnswer = z.looseObject({
  series_fee_change_arr: z
    .array(
      z.looseObject({
        series_ticker: z.string(),
        fee_type: z.string(),
        fee_multiplier: z.number().nonnegative(),
        scheduled_ts: z.iso.datetime({ offset: true }),
      }),
    )
    .max(FEE_CHANGES_MAX)
    .nullish(),
})

/** The reads of discovery and of the keyless mode. One attempt each: the caller repeats them anyway. */
export class PublicReads extends KalshiRest {
  readonly #root: string
  readonly #fetch: typeof fetch
  readonly #timeoutMs: number

  constructor(options: RestOptions) {
    super(options)
    this.#root = options.baseUrl.replace(/\/+$/, '')
    this.#fetch = options.fetch ?? fetch
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  }

  /** Not exhaustive, says the venue; without a filter some 14,000 series. */
  async seriesList(filter: SeriesFilter, signal?: AbortSignal): Promise<VenueSeries[]> {
    const query = new URLSearchParams()
    if (filter.category !== undefined) query.set('category', filter.category)
    if (filter.tag !== undefined) query.set('tags', filter.tag)
    return (await this.#get('/series', query, seriesListAnswer, signal)).series ?? []
  }

  /** Up to `BOOKS_PER_READ` books in one read; the documents mark it as needing a key. */
  async orderbooks(
    tickers: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, VenueBook>> {
    const path = '/markets/orderbooks'
    const query = new URLSearchParams()
    for (const ticker of tickers) query.append('tickers', ticker)
    const { orderbooks } = await this.#get(path, query, booksAnswer, signal)
    const books = new Map<string, VenueBook>()
    for (const { ticker, orderbook_fp } of orderbooks ?? []) {
      const yes = readLevels(orderbook_fp.yes_dollars)
      const no = readLevels(orderbook_fp.no_dollars)
      if (typeof yes === 'string') throw new VenueAnswerError(path, [`${ticker} yes: ${yes}`])
      if (typeof no === 'string') throw new VenueAnswerError(path, [`${ticker} no: ${no}`])
      books.set(ticker, { yes, no })
    }
    return books
  }

  /** Announced and past changes of the fees of series, in order of time. */
  async feeChanges(signal?: AbortSignal): Promise<SeriesFeeChange[]> {
    const query = new URLSearchParams({ show_historical: 'true' })
    const answer = await this.#get('/series/fee_changes', query, feeChangesAnswer, signal)
    return (answer.series_fee_change_arr ?? [])
      .map((change) => ({
        seriesTicker: change.series_ticker,
        effectiveTimeUs: toTimeUs(change.scheduled_ts),
        feeType: change.fee_type,
        feeMultiplierMilli: Math.round(change.fee_multiplier * 1_000),
      }))
      .toSorted((a, b) => a.effectiveTimeUs - b.effectiveTimeUs)
  }

  async #get<T>(
    path: string,
    query: URLSearchParams,
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
    const [issue] = parsed.error.issues
    throw new VenueAnswerError(path, [`${issue!.path.join('.') || 'body'}: ${issue!.message}`])
  }

  async #read(path: string, query: URLSearchParams, signal?: AbortSignal): Promise<string> {
    const timeout = AbortSignal.timeout(this.#timeoutMs)
    try {
      const response = await this.#fetch(`${this.#root}${path}?${query.toString()}`, {
        headers: { accept: 'application/json' },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      const body = await response.text()
      if (response.ok) return body
      const { code, message } = parseErrorBody(body)
      throw new VenueRequestError({ path, status: response.status, venueCode: code, message })
    } catch (cause) {
      if (cause instanceof VenueRequestError) throw cause
      const message = timeout.aborted ? 'timed out' : 'the request failed'
      throw new VenueRequestError({ path, status: 0, message }, { cause })
    }
  }
}
