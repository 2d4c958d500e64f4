import type { DataOf } from '@kwm/contracts'
import type { OpenOrder } from '@kwm/model-orders'
import { Ledger, type LedgerSnapshot } from '@kwm/model-positions'
import {
  bracketOf,
  checkPartition,
  feeRates,
  scheduleFeeMicros,
  type Bracket,
  type FeeRates,
} from '@kwm/model-venue'
import { bracketPosition } from './exposure.ts'
import { worstCase, type BracketOrder, type BracketPosition } from './worst-case.ts'

type Listed = DataOf<'md.market-listed.v1'>
export type RiskMarket = {
  readonly listed: Listed
  /** Null when its fees are not understood. */
  readonly rates: FeeRates | null
  readonly isActive: boolean
  readonly isFresh: boolean
}

export type RiskBooksSnapshot = {
  readonly markets: readonly (readonly [string, RiskMarket])[]
  readonly ledger: LedgerSnapshot
}

/** What risk knows of markets and positions, and the worst that can come of them. */
export class RiskBooks {
  readonly ledger: Ledger
  readonly #markets: Map<string, RiskMarket>

  constructor(saved?: RiskBooksSnapshot) {
    this.ledger = new Ledger(saved?.ledger)
    this.#markets = new Map(saved?.markets)
  }

  market(marketTicker: string): RiskMarket | undefined {
    return this.#markets.get(marketTicker)
  }

  list(listed: Listed): void {
    const rates = feeRates(listed, 'always')
    const known = this.#markets.get(listed.marketTicker)
    this.#markets.set(listed.marketTicker, {
      listed,
      rates: rates.ok ? rates.rates : null,
      isActive: known?.isActive ?? listed.status === 'active',
      isFresh: known?.isFresh ?? false,
    })
  }

  setActive(marketTicker: string, isActive: boolean): void {
    this.#change(marketTicker, { isActive })
  }

  setFresh(marketTicker: string, isFresh: boolean): void {
    this.#change(marketTicker, { isFresh })
  }

  settle({ marketTicker, settlementValueBps: valueBps }: DataOf<'exec.settled.v1'>): void {
    this.ledger.applySettlement({ marketTicker, result: 'scalar', valueBps })
  }

  /** Realised profit less fees, all markets, micro-dollars. */
  realizedMicros(): number {
    const { realizedPnlMicros, feesMicros } = this.ledger.totals()
    return realizedPnlMicros - feesMicros
  }

  /** Events with a position or an open order. */
  tradedEvents(orders: readonly OpenOrder[]): readonly string[] {
    const held = this.ledger.positions().filter((position) => position.positionCenti !== 0)
    const ofPositions = held.map((p) => this.#markets.get(p.marketTicker)?.listed.eventTicker)
    const all = new Set([...ofPositions, ...orders.map((order) => order.eventTicker)])
    return [...all].filter((event): event is string => event !== undefined)
  }

  /**
   * Worst settlement P&L of an event with all of `orders` on it filled against us, micro-dollars.
   * Brackets that are not known to exclude each other are each taken at their own worst.
   */
  worstCaseMicros(eventTicker: string, orders: readonly OpenOrder[]): number {
    const markets = [...this.#markets.values()].filter((m) => m.listed.eventTicker === eventTicker)
    const brackets = markets.map((market) => bracketOf(market.listed))
    const known = brackets.filter((bracket): bracket is Bracket => bracket !== undefined)
    const isPartition = known.length === markets.length && checkPartition(known).valid
    const groups = isPartition ? [markets] : markets.map((market) => [market])
    return groups.reduce((sum, group) => sum + this.#worst(group, orders, !isPartition), 0)
  }

  snapshot(): RiskBooksSnapshot {
    return {
      markets: [...this.#markets].map(([ticker, market]) => [ticker, { ...market }] as const),
      ledger: this.ledger.snapshot(),
    }
  }

  #worst(group: readonly RiskMarket[], orders: readonly OpenOrder[], noneCanWin: boolean): number {
    const indexOf = new Map(group.map((market, index) => [market.listed.marketTicker, index]))
    const positions = group
      .map(({ listed }, index) => bracketPosition(this.ledger.position(listed.marketTicker), index))
      .filter((position): position is BracketPosition => position !== undefined)
    const openOrders = orders.flatMap((order): BracketOrder[] => {
      const bracketIndex = indexOf.get(order.marketTicker)
      if (bracketIndex === undefined) return []
      const { side, priceBps, remainingCenti: countCenti } = order
      const rates = group[bracketIndex]!.rates
      const feeMicros = rates ? scheduleFeeMicros(rates, 'maker', priceBps, countCenti) : 0
      return [{ bracketIndex, side, priceBps, countCenti, feeMicros }]
    })
    const exposure = { bracketCount: group.length, positions, openOrders, noneCanWin }
    return worstCase(exposure).worstWithOrdersMicros
  }

  #change(marketTicker: string, change: Partial<RiskMarket>): void {
    const market = this.#markets.get(marketTicker)
    if (market) this.#markets.set(marketTicker, { ...market, ...change })
  }
}
