import type { AnyEvent, DataOf } from '@kwm/contracts'
import { eventTypeOf } from '@kwm/contracts'
import type { TapeRecord } from '@kwm/runtime'

/** What a tape holds, counted. Money in micro-dollars. */
export type Tally = {
  readonly records: number
  readonly framesIn: number
  readonly applied: number
  readonly duplicate: number
  readonly quarantined: number
  readonly rejected: number
  readonly opportunities: number
  readonly intents: number
  readonly approved: number
  readonly denied: number
  readonly orders: number
  readonly accepted: number
  readonly fills: number
  readonly feesMicros: number
  readonly pnlMicros: number
  /** True when `framesIn = applied + duplicate + quarantined + rejected` on every feed. */
  readonly isConserved: boolean
  readonly isSynthetic: boolean
  readonly denials: Readonly<Record<string, number>>
  readonly noTrades: Readonly<Record<string, number>>
  /** Frames and answers that said nothing new, by feed. */
  readonly duplicates: Readonly<Record<string, number>>
}

const COUNTED: Readonly<Record<string, 'intents' | 'approved' | 'orders' | 'accepted'>> = {
  'signal.order-intent.v1': 'intents',
  'risk.order-approved.v1': 'approved',
  'exec.order-submitted.v1': 'orders',
  'exec.order-accepted.v1': 'accepted',
}

/** Counts a tape record by record. Most bodies are never parsed. */
export class TapeTally {
  #records = 0
  readonly #counts = { intents: 0, approved: 0, orders: 0, accepted: 0, opportunities: 0, fills: 0 }
  readonly #feeds = new Map<string, DataOf<'ops.feed-status.v1'>>()
  readonly #positions = new Map<string, DataOf<'exec.position.v1'>>()
  readonly #denials = new Map<string, number>()
  readonly #noTrades = new Map<string, number>()
  #isSynthetic = false

  add(record: Pick<TapeRecord, 'subject' | 'body'>): void {
    this.#records++
    const type = eventTypeOf(record.subject)
    const counted = COUNTED[type]
    if (counted) this.#counts[counted]++
    else if (PARSED.has(type)) this.#take(JSON.parse(record.body) as AnyEvent)
  }

  result(): Tally {
    const feeds = [...this.#feeds.values()]
    const total = (
      field: 'framesIn' | 'applied' | 'duplicate' | 'quarantined' | 'rejected',
    ): number => feeds.reduce((sum, feed) => sum + feed[field], 0)
    const positions = [...this.#positions.values()]
    const feesMicros = positions.reduce((sum, p) => sum + p.feesMicros, 0)
    return {
      records: this.#records,
      framesIn: total('framesIn'),
      applied: total('applied'),
      duplicate: total('duplicate'),
      quarantined: total('quarantined'),
      rejected: total('rejected'),
      ...this.#counts,
      denied: [...this.#denials.values()].reduce((sum, n) => sum + n, 0),
      feesMicros,
      pnlMicros: positions.reduce((sum, p) => sum + p.realizedPnlMicros, 0) - feesMicros,
      isConserved: feeds.every(
        (f) => f.framesIn === f.applied + f.duplicate + f.quarantined + f.rejected,
      ),
      isSynthetic: this.#isSynthetic,
      denials: Object.fromEntries(this.#denials),
      noTrades: Object.fromEntries(this.#noTrades),
      duplicates: Object.fromEntries(
        feeds.filter((f) => f.duplicate > 0).map((f) => [f.feed, f.duplicate]),
      ),
    }
  }

  #take(event: AnyEvent): void {
    switch (event.type) {
      case 'ops.feed-status.v1':
        this.#feeds.set(event.data.feed, event.data)
        this.#isSynthetic ||= event.data.isSynthetic
        break
      case 'md.market-listed.v1':
        this.#isSynthetic ||= event.data.isSynthetic
        break
      case 'exec.position.v1':
        this.#positions.set(event.data.marketTicker, event.data)
        break
      case 'exec.fill.v1':
        this.#counts.fills++
        break
      case 'risk.order-denied.v1':
        increment(this.#denials, event.data.reason)
        break
      case 'signal.opportunity.v1':
        this.#counts.opportunities++
        if (event.data.decision === 'no-trade' && event.data.isAllocated !== false) {
          increment(this.#noTrades, event.data.reason) // What runs in shadow would not trade anyway.
        }
        break
      case 'signal.shadow-evaluations.v1':
        this.#counts.opportunities += event.data.evaluations.length
        break
      default:
        break
    }
  }
}

const PARSED = new Set([
  'ops.feed-status.v1',
  'md.market-listed.v1',
  'exec.position.v1',
  'exec.fill.v1',
  'risk.order-denied.v1',
  'signal.opportunity.v1',
  'signal.shadow-evaluations.v1',
])

const increment = (counts: Map<string, number>, key: string): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1)
