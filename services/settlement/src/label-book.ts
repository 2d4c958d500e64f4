import type { DataOf } from '@kwm/contracts'

export type LabelSource = DataOf<'wx.settlement.v1'>['source']

/** Who is to be believed first. The ledger's truth is the venue's own result. */
export const SOURCE_ORDER: readonly LabelSource[] = ['kalshi', 'cli-final', 'cf6', 'iem', 'ncei']

/** What one source says of an event's day. `range`: the values that the bracket that won holds. */
export type Label = {
  readonly maxTempF: number | null
  readonly range: readonly [lowest: number, highest: number] | null
  /** How often this source changed its mind. */
  readonly changes: number
  readonly knownUs: number
}

export type SaidLabel = {
  readonly eventTicker: string
  readonly source: LabelSource
  readonly maxTempF: number | null
  readonly range?: Label['range']
  readonly ingestTimeUs: number
}

export type LabelVerdict = 'new' | 'changed' | 'known' | 'late'
type Labels = Map<LabelSource, Label>
export type BookSnapshot = readonly (readonly [
  string,
  readonly (readonly [LabelSource, Label])[],
])[]

/** Of the newest days: 24 stations over more than a quarter of a year. */
const EVENTS_MAX = 2_400
const CHANGES_MAX = 1_000

/**
 * Every source's label of every event. A final report is the first one with a number: a later one
 * that differs is `late`, told and not believed, since the market settled on the first. All other
 * sources may change.
 */
export class LabelBook {
  readonly #events = new Map<string, Labels>()

  /** What was known no later than the label we have is no news: reports are read again at a start. */
  record({ eventTicker, source, maxTempF, range = null, ingestTimeUs }: SaidLabel): LabelVerdict {
    const labels = this.#labels(eventTicker)
    const known = labels.get(source)
    if (!known) {
      labels.set(source, { maxTempF, range, changes: 0, knownUs: ingestTimeUs })
      return 'new'
    }
    if (known.maxTempF === maxTempF || ingestTimeUs <= known.knownUs) {
      if (range) labels.set(source, { ...known, range })
      return 'known'
    }
    if (source === 'cli-final') return 'late'
    const changes = Math.min(CHANGES_MAX, known.changes + 1)
    labels.set(source, { maxTempF, range: range ?? known.range, changes, knownUs: ingestTimeUs })
    return 'changed'
  }

  /** A label that is on the tape already. */
  learn({ eventTicker, source, maxTempF, ingestTimeUs }: SaidLabel, changes: number): void {
    const labels = this.#labels(eventTicker)
    const range = labels.get(source)?.range ?? null
    labels.set(source, { maxTempF, range, changes, knownUs: ingestTimeUs })
  }

  label(eventTicker: string, source: LabelSource): Label | undefined {
    return this.#events.get(eventTicker)?.get(source)
  }

  /** The label of the source to be believed first, if it has a number. */
  official(eventTicker: string): (Label & { readonly source: LabelSource }) | undefined {
    for (const source of SOURCE_ORDER) {
      const label = this.label(eventTicker, source)
      if (label && label.maxTempF !== null) return { ...label, source }
    }
    return undefined
  }

  get eventTickers(): readonly string[] {
    return [...this.#events.keys()]
  }

  snapshot(): BookSnapshot {
    return [...this.#events].map(([eventTicker, labels]) => [eventTicker, [...labels]] as const)
  }

  restore(snapshot: BookSnapshot): void {
    for (const [eventTicker, labels] of snapshot) this.#events.set(eventTicker, new Map(labels))
  }

  #labels(eventTicker: string): Labels {
    const known = this.#events.get(eventTicker)
    if (known) return known
    const labels: Labels = new Map()
    this.#events.set(eventTicker, labels)
    if (this.#events.size > EVENTS_MAX) this.#events.delete(this.#events.keys().next().value!)
    return labels
  }
}
