import type { OutcomeSide } from '@kwm/model-venue'
import { PAYOUT_BPS, costMicros } from '@kwm/model-venue'
import type { Account } from './account.ts'
import type { ClientOrder } from './client-order.ts'
import type { ExchangeMarket } from './exchange-market.ts'
import { RestingSizes } from './resting-sizes.ts'

/** A bid that is to rest, perhaps instead of one that does. */
type Extra = {
  readonly side: OutcomeSide
  readonly priceBps: number
  readonly countCenti: number
  readonly instead: ClientOrder
}

/** What one account has in one market: its net position and what rests there. */
export class Holding {
  readonly account: Account
  readonly market: ExchangeMarket
  /** YES above zero, NO below. */
  signedCenti = 0
  /** What the open position cost, fees apart. */
  openCostMicros = 0
  /** Fees paid for what is still open. */
  openFeesMicros = 0
  realizedPnlMicros = 0
  feesMicros = 0
  spentMicros = 0
  volumeCenti = 0
  updatedUs = 0
  reservedMicros = 0
  readonly resting: Readonly<Record<OutcomeSide, Set<ClientOrder>>> = {
    yes: new Set(),
    no: new Set(),
  }
  readonly #sizes: Readonly<Record<OutcomeSide, RestingSizes>> = {
    yes: new RestingSizes(),
    no: new RestingSizes(),
  }
  /** The most that 0.01 contract can cost a maker: at even odds. */
  readonly #makerFeeMaxMicros: number

  constructor(account: Account, market: ExchangeMarket) {
    this.account = account
    this.market = market
    this.#makerFeeMaxMicros = Math.ceil(market.rates.makerRateE7 / 4_000)
  }

  /** How much a purchase of this side would only close. */
  closableCenti(side: OutcomeSide): number {
    return Math.max(0, side === 'yes' ? -this.signedCenti : this.signedCenti)
  }

  get orderCount(): number {
    return this.resting.yes.size + this.resting.no.size
  }

  get restingMicros(): number {
    return this.#sizes.yes.micros + this.#sizes.no.micros
  }

  /** `countCenti` of the order is now in the book. */
  rested(order: ClientOrder, countCenti: number): void {
    this.resting[order.side].add(order)
    this.#sizes[order.side].add(order.priceBps, countCenti)
  }

  /** `countCenti` of the order has left the book; call it after the order was reduced. */
  unrested(order: ClientOrder, countCenti: number): void {
    this.#sizes[order.side].add(order.priceBps, -countCenti)
    if (!order.isQueued) this.resting[order.side].delete(order)
  }

  /**
   * Cash that must stand behind what rests: each bid in full, but for those that close the position.
   * Of these the cheapest count as closing, so that in whatever order they fill, enough is left for
   * the others.
   */
  requiredMicros(): number {
    const { yes, no } = this.#sizes
    const fees = (yes.countCenti + no.countCenti) * this.#makerFeeMaxMicros
    const full = yes.micros + no.micros + fees
    if (this.signedCenti === 0) return full
    const side = this.signedCenti > 0 ? 'no' : 'yes'
    return full - this.#sizes[side].cheapestMicros(this.closableCenti(side))
  }

  /** What would be required were the bid to rest, perhaps instead of one that does. */
  requiredWith({ side, priceBps, countCenti, instead }: Extra): number {
    const sizes = this.#sizes[side]
    const moved = instead.isQueued ? instead.remainingCenti : 0
    if (this.closableCenti(side) === 0) {
      const fees = (countCenti - moved) * this.#makerFeeMaxMicros
      const freed = costMicros(instead.priceBps, moved)
      return this.requiredMicros() + costMicros(priceBps, countCenti) - freed + fees
    }
    if (moved > 0) sizes.add(instead.priceBps, -moved)
    sizes.add(priceBps, countCenti)
    const required = this.requiredMicros()
    sizes.add(priceBps, -countCenti)
    if (moved > 0) sizes.add(instead.priceBps, moved)
    return required
  }

  /** Returns how much of it closed the other side: each of those pays the full dollar at once. */
  buy(side: OutcomeSide, priceBps: number, countCenti: number, nowUs: number): number {
    const closed = Math.min(countCenti, this.closableCenti(side))
    if (closed > 0) {
      const size = this.closableCenti(side)
      const basis = portion(this.openCostMicros, closed, size)
      this.openCostMicros -= basis
      this.openFeesMicros -= portion(this.openFeesMicros, closed, size)
      this.realizedPnlMicros += costMicros(PAYOUT_BPS - priceBps, closed) - basis
    }
    const opened = countCenti - closed
    this.openCostMicros += costMicros(priceBps, opened)
    this.spentMicros += costMicros(priceBps, countCenti)
    this.volumeCenti += countCenti
    const before = this.signedCenti
    this.signedCenti += side === 'yes' ? countCenti : -countCenti
    this.market.held(before, this.signedCenti)
    this.updatedUs = nowUs
    return closed
  }

  payFee(micros: number): void {
    this.feesMicros += micros
    this.openFeesMicros = this.signedCenti === 0 ? 0 : this.openFeesMicros + micros
  }

  /** Closes the position at the settled value; returns the payout. */
  settle(yesValueBps: number, nowUs: number): number {
    const count = Math.abs(this.signedCenti)
    const valueBps = this.signedCenti > 0 ? yesValueBps : PAYOUT_BPS - yesValueBps
    const payout = costMicros(valueBps, count)
    this.realizedPnlMicros += payout - this.openCostMicros
    this.market.held(this.signedCenti, 0)
    this.signedCenti = 0
    this.openCostMicros = 0
    this.openFeesMicros = 0
    this.updatedUs = nowUs
    return payout
  }
}

/** `micros × part / whole`, down; the product passes 2^53. */
const portion = (micros: number, part: number, whole: number): number =>
  part === whole ? micros : Number((BigInt(micros) * BigInt(part)) / BigInt(whole))
