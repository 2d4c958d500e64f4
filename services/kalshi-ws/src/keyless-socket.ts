import type { Command, ConnectionCallbacks, VenueBook } from '@kwm/adapter-kalshi'
import { BATCH_TICKERS_MAX } from '@kwm/adapter-kalshi'
import { KEYLESS_OPEN_PREFIX } from '@kwm/contracts'
import type { FrameLevel } from '@kwm/contracts'
import { OperatingError } from '@kwm/runtime'
import type { Clock } from '@kwm/runtime'
import { formatFixed } from '@kwm/std'
import type { VenueReads } from './venue-reads.ts'

export type KeylessOptions = {
  readonly rest: Pick<VenueReads, 'orderbook' | 'orderbooks'>
  readonly clock: Clock
  readonly idPrefix: string
  readonly callbacks: ConnectionCallbacks
  /** Read tokens a second that polling may spend. */
  readonly tokensPerSecond: number
  readonly onPoll: (poll: { markets: number; requests: number; roundMs: number }) => void
}

const READ_COST_TOKENS = 10
const BOOK_SID = 1
/** Two rounds a second bring nothing: the venue's cache answers the same for up to 15 s. */
const ROUND_MIN_MS = 1_000
/** A book that did not change is said again this often: a reader sees that it is looked at. */
const REPEAT_EVERY_US = 10_000_000
/** After this long without an answer the books are as good as disconnected. */
const SILENCE_MAX_US = 25_000_000

type Polled = { body: string; saidUs: number }

/**
 * What a socket is to the ingest, without a key: books are polled over REST, and each that changed
 * is handed on as a snapshot frame with the next sequence number. Frames are of our making, prices
 * and counts the venue's. No trades, no ticker, no lifecycle: those come by discovery or not at all.
 */
export class KeylessSocket {
  readonly #options: KeylessOptions
  readonly #polled = new Map<string, Polled>()
  #openings = 0
  #isOpen = false
  #commandId = 0
  #seq = 0
  #heardUs = 0
  #canBatch = true
  #hasBatched = false
  #isPaused = false
  #requests = 0

  constructor(options: KeylessOptions) {
    this.#options = options
  }

  /** Commands are obeyed here: there is no one else to obey them. */
  send(command: Command): number | undefined {
    if (!this.#isOpen) return undefined
    const id = ++this.#commandId
    // Answered like at the venue: not before the sender knows the id.
    queueMicrotask(() => this.#obey(id, command))
    return id
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    while (!signal.aborted) {
      const startedUs = clock.nowUs()
      const tickers = [...this.#polled.keys()]
      if (!this.#isPaused) await this.#round(tickers, signal)
      if (signal.aborted) break
      const spentMs = (clock.nowUs() - startedUs) / 1_000
      await clock.sleep(Math.max(10, this.#roundMs(tickers.length) - spentMs), signal)
    }
    if (this.#isOpen) this.#close('stopping')
  }

  /** How long a round must take at least, so that it stays within the budget. */
  #roundMs(markets: number): number {
    const requests = this.#canBatch ? Math.ceil(markets / BATCH_TICKERS_MAX) : markets
    const budgetMs = (requests * READ_COST_TOKENS * 1_000) / this.#options.tokensPerSecond
    return Math.max(ROUND_MIN_MS, budgetMs)
  }

  async #round(tickers: readonly string[], signal: AbortSignal): Promise<void> {
    const { clock, onPoll } = this.#options
    if (!this.#isOpen) this.#open()
    const requestsBefore = this.#requests
    try {
      if (this.#canBatch) await this.#pollBatches(tickers, signal)
      if (!this.#canBatch) await this.#pollSingles(tickers, signal)
      if (tickers.length === 0) this.#heardUs = clock.nowUs()
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error
      if (clock.nowUs() - this.#heardUs > SILENCE_MAX_US) this.#close(error.message)
    }
    const requests = this.#requests - requestsBefore
    onPoll({ markets: tickers.length, requests, roundMs: this.#roundMs(tickers.length) })
  }

  async #pollBatches(tickers: readonly string[], signal: AbortSignal): Promise<void> {
    for (let from = 0; from < tickers.length; from += BATCH_TICKERS_MAX) {
      const chunk = tickers.slice(from, from + BATCH_TICKERS_MAX)
      this.#requests++
      let books: ReadonlyMap<string, VenueBook>
      try {
        books = await this.#options.rest.orderbooks(chunk, signal)
      } catch (error) {
        if (this.#hasBatched || !isAnswered(error)) throw error
        this.#canBatch = false
        return
      }
      for (const [ticker, book] of books) this.#hear(ticker, book)
      this.#hasBatched ||= books.size > 0
      if (!this.#hasBatched) this.#canBatch = false
    }
  }

  /** One read each, evenly over the round. */
  async #pollSingles(tickers: readonly string[], signal: AbortSignal): Promise<void> {
    const { clock, rest, tokensPerSecond } = this.#options
    const everyMs = (READ_COST_TOKENS * 1_000) / tokensPerSecond
    let failure: unknown
    for (const ticker of tickers) {
      if (signal.aborted || this.#isPaused) return
      if (!this.#polled.has(ticker)) continue
      const startedUs = clock.nowUs()
      this.#requests++
      try {
        this.#hear(ticker, await rest.orderbook(ticker, signal))
      } catch (error) {
        if (!(error instanceof OperatingError)) throw error
        failure = error // One market of many may be gone.
      }
      await clock.sleep(Math.max(1, everyMs - (clock.nowUs() - startedUs) / 1_000), signal)
    }
    if (failure) throw failure
  }

  #hear(ticker: string, book: VenueBook): void {
    const nowUs = this.#options.clock.nowUs()
    this.#heardUs = nowUs
    const polled = this.#polled.get(ticker)
    if (!polled) return
    const sides = { yes_dollars_fp: texts(book.yes), no_dollars_fp: texts(book.no) }
    const body = JSON.stringify({ market_ticker: ticker, ...sides })
    if (body === polled.body && nowUs - polled.saidUs < REPEAT_EVERY_US) return
    polled.body = body
    polled.saidUs = nowUs
    const head = `{"type":"orderbook_snapshot","sid":${BOOK_SID},"seq":${++this.#seq},"msg":`
    this.#say(`${head}${body}}`)
  }

  #obey(id: number, command: Command): void {
    if (!this.#isOpen) return
    switch (command.kind) {
      case 'subscribe': {
        const { channel } = command
        const isBooks = channel === 'orderbook_delta'
        if (isBooks) this.#add(command.marketTickers)
        const sid = isBooks ? BOOK_SID : BOOK_SID + id
        return this.#say(JSON.stringify({ id, type: 'subscribed', msg: { channel, sid } }))
      }
      case 'add-markets':
        if (command.sid === BOOK_SID) this.#add(command.marketTickers)
        return
      case 'delete-markets':
        if (command.sid !== BOOK_SID) return
        for (const ticker of command.marketTickers) this.#polled.delete(ticker)
        return
      case 'get-snapshot':
        // Said with the next round, changed or not.
        return this.#add(command.marketTickers)
      default:
        return
    }
  }

  #add(tickers: readonly string[]): void {
    for (const ticker of tickers) this.#polled.set(ticker, { body: '', saidUs: 0 })
  }

  #open(): void {
    const { clock, callbacks, idPrefix } = this.#options
    this.#isOpen = true
    this.#seq = 0
    this.#polled.clear()
    this.#heardUs = clock.nowUs()
    callbacks.onOpen(`${idPrefix}-${++this.#openings}`, this.#heardUs)
  }

  #close(reason: string): void {
    this.#isOpen = false
    this.#polled.clear()
    this.#options.callbacks.onClose(reason, this.#options.clock.nowUs())
  }

  #say(text: string): void {
    this.#options.callbacks.onFrame(Buffer.from(text), this.#options.clock.nowUs())
  }
}

/** A refusal, for want of a key or of the endpoint; not the network's doing. */
const isAnswered = (error: unknown): boolean =>
  error instanceof OperatingError && 'status' in error && error.status !== 0

/** The text of the `open` record: by it a replay knows the mode. */
export const KEYLESS_OPEN = `${KEYLESS_OPEN_PREFIX}rest polling`

const texts = (levels: readonly FrameLevel[]): [string, string][] =>
  levels.map(([priceBps, countCenti]) => [formatFixed(priceBps, 4), formatFixed(countCenti, 2)])
