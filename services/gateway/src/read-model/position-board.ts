import type { DataOf, EventOf, LadderRow } from '@kwm/contracts'
import { POSITIONS_MAX } from './limits.ts'
import { RevisedMap } from './revised-map.ts'
import type { Money, PositionView } from './view.ts'

const PAYOUT_BPS = 10_000

type Describe = (data: { readonly eventTicker: string; readonly marketTicker: string }) => {
  readonly label: string
  readonly isSynthetic: boolean
}
type Forgotten = { feesMicros: number; realizedPnlMicros: number }

/**
 * Positions as the ledger tells them (`exec.position`, `exec.settled`), beside what selling would
 * bring now. Nothing is booked here: fields of the ledger's events are shown, and summed.
 */
export class PositionBoard {
  readonly #positions: RevisedMap<PositionView>
  readonly #describe: Describe
  readonly #forgotten: Forgotten = { feesMicros: 0, realizedPnlMicros: 0 }

  constructor(describe: Describe, onForget: () => void) {
    this.#describe = describe
    this.#positions = new RevisedMap({
      max: POSITIONS_MAX,
      isOver: (position) => position.settled !== null,
      onForget: (_, { feesMicros, realizedPnlMicros }) => {
        this.#forgotten.feesMicros += feesMicros
        this.#forgotten.realizedPnlMicros += realizedPnlMicros
        onForget()
      },
    })
  }

  onPosition(event: EventOf<'exec.position.v1'>, seq: number): void {
    const { marketTicker, positionCenti, costMicros, feesMicros, realizedPnlMicros } = event.data
    const { id, eventTimeUs: timeUs } = event
    const before = this.#positions.get(marketTicker) ?? this.#begin(event)
    // A mark of another count would be a wrong number: the next frame brings the right one.
    const mark = positionCenti === before.positionCenti ? before.mark : null
    const ledger = { positionCenti, costMicros, feesMicros, realizedPnlMicros }
    this.#positions.set(marketTicker, { ...before, ...ledger, id, timeUs, mark }, seq)
  }

  onSettled(event: EventOf<'exec.settled.v1'>, seq: number): void {
    const { settlementValueBps: valueBps, positionCenti, payoutMicros } = event.data
    const { marketTicker, feesMicros, pnlMicros } = event.data
    const before = this.#positions.get(marketTicker) ?? this.#begin(event)
    const after: PositionView = {
      ...before,
      positionCenti: 0,
      costMicros: 0,
      feesMicros,
      // The ledger's own identity: pnl = realized - fees.
      realizedPnlMicros: pnlMicros + feesMicros,
      mark: null,
      settled: { id: event.id, valueBps, positionCenti, payoutMicros, pnlMicros },
    }
    this.#positions.set(marketTicker, after, seq)
  }

  /** Marks come from the ladder. */
  onRow(row: LadderRow, seq: number): void {
    const position = this.#positions.get(row.marketTicker)
    if (!position || position.positionCenti === 0) return
    const mark = markOf(position.positionCenti, row)
    const { mark: before } = position
    const isSame = before?.priceBps === mark.priceBps && before.isStale === mark.isStale
    if (!isSame) this.#positions.set(row.marketTicker, { ...position, mark }, seq)
  }

  money(): Money {
    let { feesMicros, realizedPnlMicros } = this.#forgotten
    let unrealizedPnlMicros = 0
    let unmarked = 0
    for (const position of this.#positions.values()) {
      feesMicros += position.feesMicros
      realizedPnlMicros += position.realizedPnlMicros
      if (position.mark) unrealizedPnlMicros += position.mark.valueMicros - position.costMicros
      else if (position.positionCenti !== 0) unmarked++
    }
    const pnlMicros = realizedPnlMicros - feesMicros
    return { feesMicros, realizedPnlMicros, pnlMicros, unrealizedPnlMicros, unmarked }
  }

  since(seq: number): PositionView[] {
    return this.#positions.since(seq)
  }

  get size(): number {
    return this.#positions.size
  }

  #begin(event: EventOf<'exec.position.v1' | 'exec.settled.v1'>): PositionView {
    const { marketTicker, eventTicker }: DataOf<'exec.position.v1' | 'exec.settled.v1'> = event.data
    return {
      marketTicker,
      eventTicker,
      ...this.#describe(event.data),
      id: event.id,
      timeUs: event.eventTimeUs,
      positionCenti: 0,
      costMicros: 0,
      feesMicros: 0,
      realizedPnlMicros: 0,
      mark: null,
      settled: null,
    }
  }
}

/** YES is sold to the YES bid, NO to the NO bid, which is the other side of the YES offer. */
function markOf(positionCenti: number, row: LadderRow): NonNullable<PositionView['mark']> {
  const priceBps = positionCenti > 0 ? row.bidBps : PAYOUT_BPS - row.askBps
  const isStale = row.quoteState === 'stale' || row.quoteState === 'crossed'
  return { priceBps, valueMicros: priceBps * Math.abs(positionCenti), isStale }
}
