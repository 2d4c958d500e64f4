import type { EventOf } from '@kwm/contracts'
import { NO_TRADE_OPPORTUNITIES_MAX, REASONS_MAX, TRADE_OPPORTUNITIES_MAX } from './limits.ts'
import { RevisedMap } from './revised-map.ts'
import type { OpportunityView, ReasonView } from './view.ts'

type Describe = (eventTicker: string, marketTicker: string) => string

const OTHER = 'other reasons'

/** What strategies decided: trades, no-trades, and how often each reason was given. */
export class OpportunityBoard {
  readonly #trades = new RevisedMap<OpportunityView>({ max: TRADE_OPPORTUNITIES_MAX })
  readonly #noTrades = new RevisedMap<OpportunityView>({ max: NO_TRADE_OPPORTUNITIES_MAX })
  readonly #reasons = new RevisedMap<ReasonView>({ max: REASONS_MAX })
  readonly #label: Describe
  readonly #isSynthetic: (eventTicker: string) => boolean

  constructor(label: Describe, isSynthetic: (eventTicker: string) => boolean) {
    this.#label = label
    this.#isSynthetic = isSynthetic
  }

  apply(event: EventOf<'signal.opportunity.v1'>, seq: number): void {
    const { strategy, eventTicker, pmfId, decision, reason, evBps } = event.data
    const { leaderTicker, followerTicker } = event.data
    const { id, eventTimeUs: timeUs } = event
    const isSynthetic = this.#isSynthetic(eventTicker)
    const label = (ticker: string | null) => ticker && this.#label(eventTicker, ticker)
    const leader = label(leaderTicker)
    const follower = label(followerTicker)
    const isShadow = event.data.isAllocated === false
    const where = { id, timeUs, strategy, eventTicker, pmfId, isSynthetic }
    const base = { ...where, decision, isShadow, reason, evBps }
    const ring = decision === 'trade' ? this.#trades : this.#noTrades
    ring.set(id, { ...base, leader, follower }, seq)
    // Why nothing is traded: what runs in shadow would not trade anyway.
    if (decision === 'no-trade' && !isShadow) this.#count(reason, timeUs, seq)
  }

  /** Trades and no-trades are each in order; the reader merges them by time. */
  since(seq: number): OpportunityView[] {
    return [...this.#trades.since(seq), ...this.#noTrades.since(seq)]
  }

  reasonsSince(seq: number): ReasonView[] {
    return this.#reasons.since(seq)
  }

  #count(given: string, timeUs: number, seq: number): void {
    const hasRoom = this.#reasons.get(given) !== undefined || this.#reasons.size < REASONS_MAX - 1
    const reason = hasRoom ? given : OTHER
    const count = (this.#reasons.get(reason)?.count ?? 0) + 1
    this.#reasons.set(reason, { reason, count, timeUs }, seq)
  }
}
