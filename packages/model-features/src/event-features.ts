import type { DataOf, LadderRow } from '@kwm/contracts'
import {
  bracketOf,
  checkPartition,
  continuousEdges,
  sortBrackets,
  type Bracket,
} from '@kwm/model-venue'
import { binCentresF } from './centre-of-mass.ts'
import type { MarketFeatures } from './market-features.ts'
import { relativeAccelerations } from './relative-acceleration.ts'

type Listed = DataOf<'md.market-listed.v1'>
type Frame = DataOf<'feature.ladder-frame.v1'>

export type EventFeaturesSnapshot = {
  readonly listed: readonly Listed[]
  readonly frameUs: number
  readonly isDirty: boolean
}

/** The ladder of one event: its brackets in order, and when it was last framed. */
export class EventFeatures {
  readonly #listed = new Map<string, Listed>()
  #order: readonly string[] = []
  #centres: readonly number[] = []
  #isPartition = false
  #closeTimeUs = 0
  #seriesTicker = ''
  frameUs = 0
  isDirty = false

  static restore(saved: EventFeaturesSnapshot): EventFeatures {
    const event = new EventFeatures()
    for (const listed of saved.listed) event.list(listed)
    event.frameUs = saved.frameUs
    event.isDirty = saved.isDirty
    return event
  }

  get closeTimeUs(): number {
    return this.#closeTimeUs
  }

  get marketTickers(): readonly string[] {
    return this.#order
  }

  /** A market of the event, for the first time or with new terms. */
  list(listed: Listed): void {
    this.#listed.set(listed.marketTicker, listed)
    this.#closeTimeUs = listed.closeTimeUs
    this.#seriesTicker = listed.seriesTicker
    const all = [...this.#listed.values()]
    const brackets = sortBrackets(all.map(bracketOf).filter((b): b is Bracket => b !== undefined))
    const known = new Set(brackets.map((bracket) => bracket.marketTicker))
    const unknown = all.filter(({ marketTicker }) => !known.has(marketTicker))
    const bins = brackets.map((bracket) => {
      const [lowF, highF] = continuousEdges(bracket)
      return { lowF, highF }
    })
    this.#order = [...brackets, ...unknown].map(({ marketTicker }) => marketTicker)
    this.#centres = [...binCentresF(bins), ...unknown.map(() => 0)]
    this.#isPartition = unknown.length === 0 && checkPartition(brackets).valid
  }

  frame(
    eventTicker: string,
    timeUs: number,
    trigger: Frame['trigger'],
    marketOf: (ticker: string) => MarketFeatures,
  ): Frame {
    this.frameUs = timeUs
    this.isDirty = false
    const bare = this.#order.map((ticker) => marketOf(ticker).row(timeUs))
    const relative = relativeAccelerations(
      bare.map(({ acceleration, accelerationSe: se, isActive }) => ({
        acceleration,
        se,
        isActive,
      })),
    )
    const rows: LadderRow[] = bare.map((row, rung) => ({
      ...row,
      ras: relative[rung]?.ras ?? null,
      rasZ: relative[rung]?.z ?? null,
    }))
    return {
      eventTicker,
      seriesTicker: this.#seriesTicker,
      closeTimeUs: this.#closeTimeUs,
      centres: [...this.#centres],
      rows,
      isPartition: this.#isPartition,
      trigger,
    }
  }

  snapshot(): EventFeaturesSnapshot {
    return {
      listed: [...this.#listed.values()],
      frameUs: this.frameUs,
      isDirty: this.isDirty,
    }
  }
}
