import { assert } from '@kwm/std'
import { settledYesBps, type SettlementResult } from '@kwm/model-venue'
import {
  flatPosition,
  liquidationValueMicros,
  positionAfterFill,
  positionAfterSettlement,
  settlementPayoutMicros,
  type LiquidationQuote,
  type Position,
  type PositionFill,
} from './position.ts'

export type Settlement = {
  readonly marketTicker: string
  readonly result: SettlementResult
  /** The value of YES; read for a scalar only. */
  readonly valueBps: number
}

/** What a settlement did. `conflicting`: paid out before at another value; nothing was changed. */
export type SettlementOutcome =
  | {
      readonly kind: 'settled'
      readonly positionCenti: number
      readonly payoutMicros: number
      readonly position: Position
    }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'conflicting'; readonly settledYesValueBps: number }

/** Sums over all markets, past and present. Micro-dollars. `pnl = realized - fees`. */
export type LedgerTotals = {
  readonly costMicros: number
  readonly feesMicros: number
  readonly realizedPnlMicros: number
  readonly cashMicros: number
}

export type LedgerSnapshot = {
  readonly v: 1
  readonly positions: readonly Position[]
  readonly settled: readonly (readonly [marketTicker: string, yesValueBps: number])[]
  /** Sums of the markets that were forgotten. */
  readonly closed: LedgerTotals
}

const NOTHING: LedgerTotals = { costMicros: 0, feesMicros: 0, realizedPnlMicros: 0, cashMicros: 0 }

/**
 * All positions of one account: the only place where money is added up.
 *
 * Mutable, one owner. Each fill must be applied once (the tape sees to it: fill ids are not kept
 * here). Fills and settlements of a market may come in any order: a fill that arrives after the
 * settlement is paid out at the same value at once, so the final P&L is the same.
 */
export class Ledger {
  readonly #positions: Map<string, Position>
  readonly #settled: Map<string, number>
  #closed: LedgerTotals

  constructor(snapshot?: LedgerSnapshot) {
    this.#positions = new Map(snapshot?.positions.map((p) => [p.marketTicker, { ...p }]))
    this.#settled = new Map(snapshot?.settled)
    this.#closed = { ...(snapshot?.closed ?? NOTHING) }
  }

  /** Book a fill and return the market's position after it. */
  applyFill(fill: PositionFill): Position {
    const { marketTicker } = fill
    const bought = positionAfterFill(this.position(marketTicker), fill)
    const settledBps = this.#settled.get(marketTicker)
    const after = settledBps === undefined ? bought : positionAfterSettlement(bought, settledBps)
    this.#positions.set(marketTicker, after)
    return after
  }

  /** Pay a market out. The venue repeats itself, and may be wrong once: see `SettlementOutcome`. */
  applySettlement(settlement: Settlement): SettlementOutcome {
    const { marketTicker } = settlement
    const yesValueBps = settledYesBps(settlement.result, settlement.valueBps)
    const before = this.#settled.get(marketTicker)
    if (before === yesValueBps) return { kind: 'repeated' }
    if (before !== undefined) return { kind: 'conflicting', settledYesValueBps: before }
    const held = this.position(marketTicker)
    const position = positionAfterSettlement(held, yesValueBps)
    this.#positions.set(marketTicker, position)
    this.#settled.set(marketTicker, yesValueBps)
    return {
      kind: 'settled',
      positionCenti: held.positionCenti,
      payoutMicros: settlementPayoutMicros(held, yesValueBps),
      position,
    }
  }

  /** The market's position; flat when we never traded it. */
  position(marketTicker: string): Position {
    return this.#positions.get(marketTicker) ?? flatPosition(marketTicker)
  }

  /** Positions in the order in which they were first touched. */
  positions(): readonly Position[] {
    return [...this.#positions.values()]
  }

  isSettled(marketTicker: string): boolean {
    return this.#settled.has(marketTicker)
  }

  totals(): LedgerTotals {
    return this.positions().reduce(addTo, this.#closed)
  }

  /** Realized and unrealized profit at the liquidation side, after fees paid. */
  markedPnlMicros(quoteOf: (marketTicker: string) => LiquidationQuote): number {
    const { cashMicros } = this.totals()
    return this.positions().reduce(
      (sum, p) => safe(sum + liquidationValueMicros(p, quoteOf(p.marketTicker))),
      cashMicros,
    )
  }

  /**
   * Drop a settled market and keep its sums, so that the ledger does not grow for ever. Afterwards
   * it would be taken for new: wait until no late fill or repeated settlement can come.
   */
  forget(marketTicker: string): void {
    assert(this.#settled.has(marketTicker), `${marketTicker} is not settled`)
    this.#closed = addTo(this.#closed, this.position(marketTicker))
    this.#positions.delete(marketTicker)
    this.#settled.delete(marketTicker)
  }

  snapshot(): LedgerSnapshot {
    return {
      v: 1,
      positions: this.positions().map((position) => ({ ...position })),
      settled: [...this.#settled],
      closed: { ...this.#closed },
    }
  }
}

function addTo(totals: LedgerTotals, position: Position): LedgerTotals {
  return {
    costMicros: safe(totals.costMicros + position.costMicros),
    feesMicros: safe(totals.feesMicros + position.feesMicros),
    realizedPnlMicros: safe(totals.realizedPnlMicros + position.realizedPnlMicros),
    cashMicros: safe(totals.cashMicros + position.cashMicros),
  }
}

function safe(micros: number): number {
  assert(Number.isSafeInteger(micros), `money out of range: ${micros}`)
  return micros
}
