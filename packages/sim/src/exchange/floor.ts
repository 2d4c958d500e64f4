import type { FeeRates, OutcomeSide, RestingBid } from '@kwm/model-venue'
import {
  TRADE_FEE_STEP_2026_09_MICROS,
  chargeFill,
  costMicros,
  oppositeSide,
  priceOfSide,
  quadraticFeeMicros,
} from '@kwm/model-venue'
import type { Prng } from '@kwm/std'
import { assert } from '@kwm/std'
import { randomUuid } from '../venue/uuid.ts'
import type { VenueEvent } from '../venue/venue-event.ts'
import type { VenueState } from '../venue/venue-state.ts'
import { tickerOf } from '../venue/venue-state.ts'
import type { Account } from './account.ts'
import type { UpdateReason } from './client-order.ts'
import { ClientOrder } from './client-order.ts'
import type { Cause, ExchangeObserver, Fill, GroupChange } from './exchange-event.ts'
import { ExchangeMarket } from './exchange-market.ts'
import type { OrderGroup } from './order-group.ts'

/** The accounts are direct members: the balance is kept to $0.0001. */
const ROUNDING = { precisionMicros: 100, netFeeFloor: true }

/** Who meets whom. A side without an order is the outside market. */
export type Meeting = {
  readonly makerSide: OutcomeSide
  readonly makerPriceBps: number
  readonly countCenti: number
  readonly maker: ClientOrder | undefined
  readonly taker: ClientOrder | undefined
}

/**
 * What trades, rests and leaves, and what that does to money, holdings and what is published: the
 * few moves that orders (order-entry.ts) and the flow (flow.ts) are made of.
 */
export class Floor {
  readonly state: VenueState
  readonly markets = new Map<string, ExchangeMarket>()
  readonly observer: ExchangeObserver
  readonly #prng: Prng
  readonly #passed: { readonly account: Account; readonly group: OrderGroup }[] = []
  nowUs: number
  feesMicros = 0

  constructor(
    state: VenueState,
    rates: (seriesTicker: string) => FeeRates,
    prng: Prng,
    observer: ExchangeObserver,
  ) {
    this.state = state
    this.nowUs = state.nowUs
    this.observer = observer
    this.#prng = prng
    for (const market of state.markets) {
      const { ticker, seriesTicker } = market.market
      this.markets.set(ticker, new ExchangeMarket(market, rates(seriesTicker)))
    }
  }

  newId(): string {
    return randomUuid(this.#prng)
  }

  publish(event: VenueEvent, cause?: Cause): void {
    for (const change of this.state.apply(event)) this.observer.published(change, cause)
  }

  publishLevel(
    market: ExchangeMarket,
    side: OutcomeSide,
    priceBps: number,
    countDeltaCenti: number,
    cause?: ClientOrder,
  ): void {
    if (countDeltaCenti === 0) return
    const { nowUs: timeUs } = this
    const marketTicker = market.info.ticker
    const type = 'level-changed'
    this.publish(
      { type, timeUs, venueTimeUs: timeUs, marketTicker, side, priceBps, countDeltaCenti },
      cause && causeOf(cause),
    )
  }

  at(market: ExchangeMarket): { timeUs: number; venueTimeUs: number; marketTicker: string } {
    return { timeUs: this.nowUs, venueTimeUs: this.nowUs, marketTicker: market.info.ticker }
  }

  /** One ticker for all that a command or a change of the flow has done. */
  publishTicker(market: ExchangeMarket): void {
    if (!market.isTickerDue) return
    market.isTickerDue = false
    market.state.openInterestCenti = market.flowOpenInterestCenti + market.openCenti
    this.publish(tickerOf(market.state, this.nowUs))
  }

  /** Into the book, behind everything at its price. */
  rest(order: ClientOrder): void {
    const { market, account } = order.holding
    market.book.add(order)
    touch(market)
    order.holding.rested(order, order.remainingCenti)
    account.reserve(order.holding)
    this.publishLevel(market, order.side, order.priceBps, order.remainingCenti, order)
  }

  /** Out of the book, for now or for good; what it had left is unchanged. */
  unrest(order: ClientOrder): void {
    const { market, account } = order.holding
    const countCenti = order.remainingCenti
    market.book.reduce(order, countCenti)
    touch(market)
    order.holding.unrested(order, countCenti)
    order.remainingCenti = countCenti
    account.reserve(order.holding)
    this.publishLevel(market, order.side, order.priceBps, -countCenti, order)
  }

  /** Returns what had been left of it. */
  cancel(order: ClientOrder, reason: UpdateReason): number {
    const countCenti = order.remainingCenti
    if (order.isQueued) this.unrest(order)
    order.remainingCenti = 0
    order.status = 'canceled'
    this.#over(order)
    this.tellOrder(order, reason)
    return countCenti
  }

  tellOrder(order: ClientOrder, reason: UpdateReason): void {
    order.lastReason = reason
    order.updatedUs = this.nowUs
    const { account } = order.holding
    account.updatedUs = this.nowUs
    this.observer.told(account, { type: 'order-updated', order }, this.nowUs)
  }

  tellGroup(account: Account, group: OrderGroup, change: GroupChange): void {
    this.observer.told(account, { type: 'group-changed', group, change }, this.nowUs)
  }

  /**
   * One trade at the maker's price. The counts of both orders and the book's are reduced already;
   * here the level is published, the trade printed, and both sides pay.
   */
  trade(market: ExchangeMarket, meeting: Meeting): void {
    const { makerSide, makerPriceBps, countCenti, maker, taker } = meeting
    const takerSide = oppositeSide(makerSide)
    const tradeId = this.newId()
    this.publishLevel(market, makerSide, makerPriceBps, -countCenti, taker)
    const yesPriceBps = priceOfSide(makerSide, makerPriceBps)
    this.publish({
      type: 'trade-printed',
      ...this.at(market),
      tradeId,
      yesPriceBps,
      countCenti,
      takerSide,
    })
    touch(market)
    const takerPriceBps = priceOfSide('no', makerPriceBps)
    if (maker) {
      maker.holding.unrested(maker, countCenti)
      this.#fill(maker, tradeId, countCenti, makerPriceBps, false)
    } else market.outsideBuys(makerSide, makerPriceBps, countCenti)
    if (taker) this.#fill(taker, tradeId, countCenti, takerPriceBps, true)
    else market.outsideBuys(takerSide, takerPriceBps, countCenti)
  }

  /** Cancels the groups that passed their limit; when no queue is being walked. */
  triggerGroups(): void {
    for (const { account, group } of this.#passed.splice(0)) this.trigger(account, group)
  }

  trigger(account: Account, group: OrderGroup): void {
    if (group.isTriggered) return
    group.isTriggered = true
    this.tellGroup(account, group, 'triggered')
    for (const order of group.orders) if (order.isQueued) this.cancel(order, '')
  }

  done(order: ClientOrder): void {
    order.status = 'executed'
    this.#over(order)
  }

  #over(order: ClientOrder): void {
    order.group?.orders.delete(order)
    order.holding.account.finished(order)
  }

  #fill(
    order: ClientOrder,
    tradeId: string,
    countCenti: number,
    priceBps: number,
    isTaker: boolean,
  ): void {
    const { holding, side } = order
    const { market, account } = holding
    const feeMicros = this.#charge(order, countCenti, priceBps, isTaker)
    const yesPriceBps = priceOfSide(side, priceBps)
    order.filledCenti += countCenti
    order.filledYesMicros += costMicros(yesPriceBps, countCenti)
    if (isTaker) {
      order.takerCostMicros += costMicros(priceBps, countCenti)
      order.takerFeesMicros += feeMicros
    } else {
      order.makerCostMicros += costMicros(priceBps, countCenti)
      order.makerFeesMicros += feeMicros
    }
    const { info } = market
    const fill: Fill = {
      tradeId,
      order,
      marketTicker: info.ticker,
      eventTicker: info.eventTicker,
      exchangeIndex: info.exchangeIndex,
      side,
      yesPriceBps,
      countCenti,
      isTaker,
      feeMicros,
      postPositionCenti: holding.signedCenti,
      timeUs: this.nowUs,
    }
    account.fills.push(fill)
    this.observer.told(account, { type: 'filled', fill }, this.nowUs)
    if (!isTaker) {
      if (order.remainingCenti === 0) this.done(order)
      this.tellOrder(order, 'Trade')
    }
    this.observer.told(account, { type: 'position-changed', holding }, this.nowUs)
    const { group } = order
    if (group?.record(countCenti, this.nowUs)) this.#passed.push({ account, group })
  }

  /** The fill's money: price, fee by the order's accumulator, and a dollar for each pair closed. */
  #charge(order: ClientOrder, countCenti: number, priceBps: number, isTaker: boolean): number {
    const { holding, side } = order
    const { market, account } = holding
    const liquidity = isTaker ? 'taker' : 'maker'
    const step = TRADE_FEE_STEP_2026_09_MICROS
    const tradeFeeMicros = quadraticFeeMicros(market.rates, liquidity, priceBps, countCenti, step)
    const bought = { direction: 'buy', priceBps, countCenti, tradeFeeMicros } as const
    const { accumulator, row } = chargeFill(order.feeAccumulator, bought, ROUNDING)
    order.feeAccumulator = accumulator
    const closedCenti = holding.buy(side, priceBps, countCenti, this.nowUs)
    holding.payFee(row.netFeeMicros)
    this.feesMicros += row.netFeeMicros
    const shard = account.shard(market.info.exchangeIndex)
    shard.cashMicros += row.balanceChangeMicros + row.rebateMicros + closedCenti * 10_000
    assert(Number.isSafeInteger(shard.cashMicros), 'cash out of range')
    account.reserve(holding)
    account.updatedUs = this.nowUs
    return row.netFeeMicros
  }
}

export const asOrder = (bid: RestingBid): ClientOrder | undefined =>
  bid instanceof ClientOrder ? bid : undefined

const causeOf = ({ ownerNo, clientOrderId }: ClientOrder): Cause => ({
  accountNo: ownerNo,
  clientOrderId,
})

function touch(market: ExchangeMarket): void {
  market.isTouched = true
  market.isTickerDue = true
}
