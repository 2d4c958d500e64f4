import type { AnyEvent, DataOf } from '@kwm/contracts'
import { NO_PRICE_RANGES, STRIKE_UNKNOWN, UNKNOWN_TEMPLATE } from '@kwm/machines'
import type { Log } from './service.ts'

type Listing = DataOf<'md.market-listed.v1'>
export type UntradableKind =
  | 'none'
  | 'no-price-ranges'
  | 'strike-unknown'
  | 'unknown-template'
  | 'disagreement'

export type MarketLogPorts = {
  readonly log: Log
  readonly onCounts: (counts: ReadonlyMap<UntradableKind, number>) => void
}

type Known = { kind: UntradableKind; openTimeUs: number; hasOpened: boolean; isQuoted: boolean }

const MARKETS_MAX = 4_000

/**
 * When each market was listed, opened and first quoted, and which may not be traded and why, in the
 * log. RAW and the tape hold the same; this is what a person reads first.
 */
export class MarketLog {
  readonly #ports: MarketLogPorts
  readonly #known = new Map<string, Known>()

  constructor(ports: MarketLogPorts) {
    this.#ports = ports
  }

  onEvent(event: AnyEvent): void {
    switch (event.type) {
      case 'md.market-listed.v1':
        return this.#onListed(event.data, event.ingestTimeUs)
      case 'md.market-status.v1':
        if (event.data.status === 'active') this.#onOpen(event.data.marketTicker, event)
        return
      case 'md.book-snapshot.v1': {
        const { marketTicker, yes, no } = event.data
        if (yes.length + no.length > 0) this.#onQuote(marketTicker, event)
        return
      }
      case 'md.book-delta.v1':
        return this.#onQuote(event.data.marketTicker, event)
      default:
        return
    }
  }

  #onListed(listing: Listing, atUs: number): void {
    const { marketTicker, untradableReason, openTimeUs, closeTimeUs, status } = listing
    const kind = kindOf(untradableReason)
    const known = this.#known.get(marketTicker)
    if (!known) {
      if (this.#known.size >= MARKETS_MAX) this.#known.delete(this.#known.keys().next().value!)
      const hasOpened = status === 'active'
      this.#known.set(marketTicker, { kind, openTimeUs, hasOpened, isQuoted: false })
      this.#ports.log.info({ marketTicker, openTimeUs, closeTimeUs, status, atUs }, 'market listed')
    }
    if (known?.kind !== kind) this.#onKind(listing, kind)
    if (known) known.kind = kind
    this.#count()
  }

  #onKind({ marketTicker, untradableReason, rulesPrimary }: Listing, kind: UntradableKind): void {
    if (kind === 'none' || kind === 'strike-unknown') return
    this.#ports.log.error(
      { marketTicker, reason: untradableReason, rulesPrimary },
      'NOT TRADABLE: read the rules, and extend packages/model-venue/src/rules-templates.ts if they are sound',
    )
  }

  #onOpen(marketTicker: string, { ingestTimeUs: atUs, eventTimeUs }: AnyEvent): void {
    const known = this.#known.get(marketTicker)
    if (!known || known.hasOpened) return
    known.hasOpened = true
    const { openTimeUs } = known
    this.#ports.log.info({ marketTicker, openTimeUs, eventTimeUs, atUs }, 'market opened')
  }

  #onQuote(marketTicker: string, { ingestTimeUs: atUs, eventTimeUs }: AnyEvent): void {
    const known = this.#known.get(marketTicker)
    if (!known || known.isQuoted) return
    known.isQuoted = true
    const afterOpenMs = Math.round((eventTimeUs - known.openTimeUs) / 1_000)
    this.#ports.log.info({ marketTicker, eventTimeUs, atUs, afterOpenMs }, 'market first quoted')
  }

  #count(): void {
    const counts = new Map<UntradableKind, number>(KINDS.map((kind) => [kind, 0]))
    for (const { kind } of this.#known.values()) counts.set(kind, counts.get(kind)! + 1)
    this.#ports.onCounts(counts)
  }
}

const KINDS = [
  ...(['none', 'no-price-ranges', 'strike-unknown', 'unknown-template', 'disagreement'] as const),
]

function kindOf(reason: string | null): UntradableKind {
  if (reason === null) return 'none'
  if (reason === NO_PRICE_RANGES) return 'no-price-ranges'
  if (reason === STRIKE_UNKNOWN) return 'strike-unknown'
  return reason.startsWith(UNKNOWN_TEMPLATE) ? 'unknown-template' : 'disagreement'
}
