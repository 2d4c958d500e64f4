import type { KalshiHistory, TimeRange } from '@kwm/adapter-kalshi'
import type { HostRecord } from '@kwm/contracts'
import { venueNowUs, type FeedState } from '@kwm/machines'
import { OperatingError, type Clock } from '@kwm/runtime'

export type RefetchOutcome = 'ok' | 'cut' | 'failed'

export type MissedTradesPorts = {
  readonly history: Pick<KalshiHistory, 'trades'>
  readonly clock: Clock
  /** Read only. */
  readonly feed: () => FeedState
  readonly onFound: (record: HostRecord) => void
  readonly onRound: (outcome: RefetchOutcome, late: number, reason: string) => void
}

export type MissedTradesOptions = {
  /** How old a REST answer may be: what is newer than this is read once more. */
  readonly settleMs?: number
}

/** The venue's cache keeps an answer for 15 s. */
const SETTLE_MS = 16_000
const ROUND_MS_MAX = 300_000
const LOOK_EVERY_MS = 250
/** Of one market in one round: five thousand prints. */
const PAGES_MAX = 5
const PRICE_BPS_MAX = 9_999

/**
 * Reads over REST what the stream of prints may have lost, market by market, while the feed says that
 * some is missing. A round that fails is repeated, ever later; prints the tape has are left out here,
 * and by the machine once more.
 */
export class MissedTrades {
  readonly #ports: MissedTradesPorts
  readonly #settleMs: number
  #failures = 0

  constructor(ports: MissedTradesPorts, { settleMs = SETTLE_MS }: MissedTradesOptions = {}) {
    this.#ports = ports
    this.#settleMs = settleMs
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, feed } = this.#ports
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, signal)
      if (!feed().trades.missed || !feed().isConnected) continue
      const backoffMs = Math.min(ROUND_MS_MAX, this.#settleMs * 2 ** this.#failures)
      await clock.sleep(backoffMs, signal)
      if (!signal.aborted) await this.#round(signal)
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { clock, feed, onFound, onRound } = this.#ports
    const { missed } = feed().trades
    if (!missed) return
    const nowUs = venueNowUs(feed(), clock.nowUs())
    const range = { fromUs: missed.fromUs, toUs: nowUs }
    let late = 0
    let isCut = false
    try {
      for (const ticker of this.#marketsOf(range)) {
        const { found, isWhole } = await this.#read(ticker, range, signal)
        for (const record of found) onFound(record)
        late += found.length
        isCut ||= !isWhole
      }
      onFound({ kind: 'trades-read', throughUs: Math.floor(nowUs - this.#settleMs * 1_000) })
      this.#failures = 0
      onRound(isCut ? 'cut' : 'ok', late, '')
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error
      if (signal.aborted) return
      this.#failures = Math.min(this.#failures + 1, 10)
      onRound('failed', late, error.message)
    }
  }

  /** In trading at some time of the range. */
  #marketsOf({ fromUs, toUs }: TimeRange): string[] {
    return [...this.#ports.feed().markets.values()].flatMap(({ marketTicker, listing }) =>
      listing && listing.openTimeUs <= toUs && listing.closeTimeUs >= fromUs ? marketTicker : [],
    )
  }

  /** Oldest first: the venue says the newest first. */
  async #read(
    ticker: string,
    range: TimeRange,
    signal: AbortSignal,
  ): Promise<{ readonly found: readonly HostRecord[]; readonly isWhole: boolean }> {
    const { history, feed } = this.#ports
    const found: HostRecord[] = []
    let pages = 0
    for await (const page of history.trades(ticker, range, 'live', '', signal)) {
      for (const { createdTimeUs: eventTimeUs, ...data } of page.items) {
        const isReadable =
          data.marketTicker === ticker &&
          data.countCenti > 0 &&
          data.yesPriceBps > 0 &&
          data.yesPriceBps <= PRICE_BPS_MAX
        if (!isReadable || feed().trades.known.has(data.tradeId)) continue
        found.push({ kind: 'late-trade', eventTimeUs, data })
      }
      if (++pages >= PAGES_MAX && page.nextCursor !== '') {
        return { found: found.toReversed(), isWhole: false }
      }
    }
    return { found: found.toReversed(), isWhole: true }
  }
}
