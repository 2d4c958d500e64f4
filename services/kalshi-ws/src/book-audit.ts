import type { MarketEntry } from '@kwm/machines'
import { isFresh, isOver } from '@kwm/machines'
import { OperatingError } from '@kwm/runtime'
import type { Clock } from '@kwm/runtime'
import type { FrameLevel } from '@kwm/contracts'
import type { VenueReads } from './venue-reads.ts'

export type AuditOutcome = 'match' | 'mismatch' | 'skipped' | 'failed'

export type AuditPorts = {
  readonly rest: Pick<VenueReads, 'orderbook'>
  readonly clock: Clock
  readonly markets: () => ReadonlyMap<string, MarketEntry>
  readonly onOutcome: (outcome: AuditOutcome, mismatchRate: number, marketTicker: string) => void
  /** The book is not to be believed. */
  readonly onFailed: (marketTicker: string) => void
}

export type AuditOptions = {
  /** 0: no audits. */
  readonly everyMs: number
  /** How old a REST answer may be: the venue's cache keeps one for 15 s. */
  readonly lookbackMs?: number
  /** How long the stream may lag behind REST. */
  readonly settleMs?: number
}

const LOOKBACK_MS = 15_000
const SETTLE_MS = 2_000
/** In a row, of one market: one may be an order that came and went between two states. */
const MISMATCHES_MAX = 2
const STATES_MAX = 50_000
const RATE_OVER = 50

type Watched = { readonly ticker: string; readonly states: Set<string>; isBroken: boolean }

/**
 * Compares the book REST gives with every state the streamed book had around the request, one
 * market after the other. A REST book that never was is a mismatch; a second one in a row
 * condemns the book.
 */
export class BookAudit {
  readonly #ports: AuditPorts
  readonly #options: AuditOptions
  readonly #mismatches = new Map<string, number>()
  readonly #verdicts: boolean[] = []
  #watched: Watched | undefined
  #last = ''

  constructor(ports: AuditPorts, options: AuditOptions) {
    this.#ports = ports
    this.#options = options
  }

  /** To be told of every book event, after the book changed. */
  onBookEvent(marketTicker: string): void {
    const watched = this.#watched
    if (watched?.ticker !== marketTicker) return
    const market = this.#ports.markets().get(marketTicker)
    if (!market?.book || !isFresh(market) || watched.states.size >= STATES_MAX) {
      watched.isBroken = true
      return
    }
    watched.states.add(printOf(market.book.levels('yes'), market.book.levels('no')))
  }

  async run(signal: AbortSignal): Promise<void> {
    const { everyMs } = this.#options
    if (everyMs === 0) return
    while (!signal.aborted) {
      await this.#ports.clock.sleep(everyMs, signal)
      const ticker = this.#nextTicker()
      if (ticker !== undefined && !signal.aborted) await this.#audit(ticker, signal)
    }
  }

  /** Suspects first, then the markets in turn. */
  #nextTicker(): string | undefined {
    const auditable = [...this.#ports.markets().values()]
      .filter((market) => isFresh(market) && !isOver(market))
      .map(({ marketTicker }) => marketTicker)
      .toSorted()
    const suspect = auditable.find((ticker) => this.#mismatches.has(ticker))
    if (suspect !== undefined) return suspect
    this.#last = auditable.find((ticker) => ticker > this.#last) ?? auditable[0] ?? ''
    return this.#last === '' ? undefined : this.#last
  }

  async #audit(ticker: string, signal: AbortSignal): Promise<void> {
    const { clock, rest } = this.#ports
    const { lookbackMs = LOOKBACK_MS, settleMs = SETTLE_MS } = this.#options
    const watched: Watched = { ticker, states: new Set(), isBroken: false }
    this.#watched = watched
    try {
      this.onBookEvent(ticker)
      await clock.sleep(lookbackMs, signal)
      const { yes, no } = await rest.orderbook(ticker, signal)
      await clock.sleep(settleMs, signal)
      if (signal.aborted) return
      const isMatch = watched.states.has(printOf(yes, no))
      this.#judge(ticker, isMatch ? 'match' : watched.isBroken ? 'skipped' : 'mismatch')
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error
      if (!signal.aborted) this.#judge(ticker, 'failed')
    } finally {
      this.#watched = undefined
    }
  }

  #judge(ticker: string, outcome: AuditOutcome): void {
    if (outcome === 'match' || outcome === 'mismatch') {
      this.#verdicts.push(outcome === 'mismatch')
      if (this.#verdicts.length > RATE_OVER) this.#verdicts.shift()
    }
    const rate = this.#verdicts.filter(Boolean).length / Math.max(1, this.#verdicts.length)
    this.#ports.onOutcome(outcome, rate, ticker)
    if (outcome !== 'mismatch') {
      if (outcome === 'match') this.#mismatches.delete(ticker)
      return
    }
    const mismatches = (this.#mismatches.get(ticker) ?? 0) + 1
    if (mismatches < MISMATCHES_MAX) this.#mismatches.set(ticker, mismatches)
    else {
      this.#mismatches.delete(ticker)
      this.#ports.onFailed(ticker)
    }
  }
}

/** Equal books have equal prints, in whatever order their levels come. */
function printOf(yes: readonly FrameLevel[], no: readonly FrameLevel[]): string {
  const side = (levels: readonly FrameLevel[]): string =>
    levels
      .toSorted(([a], [b]) => a - b)
      .map(([priceBps, countCenti]) => `${priceBps}:${countCenti}`)
      .join()
  return `${side(yes)}|${side(no)}`
}
