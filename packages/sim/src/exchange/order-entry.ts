import type { MatchEnd, Taker } from '@kwm/model-venue'
import {
  TRADE_FEE_STEP_2026_09_MICROS,
  crossableCenti,
  isOnGrid,
  match,
  quadraticFeeMicros,
  wouldCross,
} from '@kwm/model-venue'
import type { Account } from './account.ts'
import { ClientOrder } from './client-order.ts'
import type { UpdateReason } from './client-order.ts'
import type { ExchangeMarket } from './exchange-market.ts'
import { settleRemoval } from './flow.ts'
import type { Floor } from './floor.ts'
import { asOrder } from './floor.ts'
import type { AmendRequest, OrderRequest } from './order-request.ts'
import { Refusal } from './order-request.ts'

export const OPEN_ORDERS_MAX = 200_000
const COUNT_CENTI_MAX = 1_000_000_000

/** What one request did to an order; the averages are over its own fills. */
export type OrderResult = {
  readonly order: ClientOrder
  readonly filledCenti: number
  readonly remainingCenti: number
  readonly averageYesPriceMicros: number | undefined
  readonly averageFeeMicros: number | undefined
  /** An amendment that left the size as it was and traded nothing. */
  readonly isUnchanged: boolean
}

/** What members ask of the floor. Each answer is a result or the venue's `Refusal`. */
export class OrderEntry {
  readonly #floor: Floor
  readonly #expires: (order: ClientOrder) => void

  constructor(floor: Floor, expires: (order: ClientOrder) => void) {
    this.#floor = floor
    this.#expires = expires
  }

  place(account: Account, request: OrderRequest): OrderResult | Refusal {
    const market = this.#floor.markets.get(request.marketTicker)
    if (!market) return new Refusal('market_not_found', `no market ${request.marketTicker}`)
    const refusal = this.#refusal(account, market, request)
    if (refusal) return refusal
    const holding = account.holding(market)
    const group = request.groupId === undefined ? undefined : account.groups.get(request.groupId)
    if (request.groupId !== undefined && !group) {
      return new Refusal('order_group_not_found', `no order group ${request.groupId}`)
    }
    if (group?.isTriggered) {
      return new Refusal('order_group_triggered', 'the order group was triggered: reset it first')
    }
    const identity = { orderId: this.#floor.newId(), holding, group, createdUs: this.#floor.nowUs }
    const order = new ClientOrder(identity, request, request.countCenti)
    if (request.isReduceOnly) {
      const closable = holding.closableCenti(order.side)
      order.remainingCenti = Math.min(order.remainingCenti, closable)
      if (closable > 0) order.initialCenti = order.remainingCenti
    }
    settleRemoval(market)
    const poor = this.#unaffordable(order)
    if (poor) return poor
    account.accepted(order)
    group?.orders.add(order)
    const result = this.#result(order, () => this.#work(order, request))
    this.#floor.triggerGroups()
    this.#floor.publishTicker(market)
    return result
  }

  /** Nothing about the order is possible once the market is closed, not even this. */
  cancel(order: ClientOrder): number | Refusal {
    const refusal = this.#closed(order.holding.market)
    if (refusal) return refusal
    if (order.status !== 'resting') return new Refusal('not_found', 'the order is not resting')
    settleRemoval(order.holding.market)
    const reducedBy = this.#floor.cancel(order, '')
    this.#floor.publishTicker(order.holding.market)
    return reducedBy
  }

  /** Smaller, and where it was in the queue. To nothing is a cancel. */
  decrease(order: ClientOrder, toCenti: number): OrderResult | Refusal {
    const { market, account } = order.holding
    const refusal = this.#closed(market)
    if (refusal) return refusal
    if (order.status !== 'resting') return new Refusal('not_found', 'the order is not resting')
    if (!(toCenti >= 0 && toCenti <= order.remainingCenti)) {
      return new Refusal('invalid_order_size', 'an order can only be decreased')
    }
    settleRemoval(market)
    const result = this.#result(order, () => {
      const by = order.remainingCenti - toCenti
      if (toCenti === 0) this.#floor.cancel(order, 'Decrease')
      else if (by > 0) {
        market.book.reduce(order, by)
        order.holding.unrested(order, by)
        order.initialCenti -= by
        account.reserve(order.holding)
        market.isTickerDue = true
        this.#floor.publishLevel(market, order.side, order.priceBps, -by, order)
        this.#floor.tellOrder(order, 'Decrease')
      }
    })
    this.#floor.publishTicker(market)
    return result
  }

  /**
   * Another price, size or expiry. Only a smaller size or another expiry at the same price keeps the
   * place in the queue; the rest joins the back, and trades first if it crosses.
   */
  amend(order: ClientOrder, request: AmendRequest): OrderResult | Refusal {
    const { market, account } = order.holding
    const refusal = this.#amendRefusal(order, request)
    if (refusal) return refusal
    const priceBps = order.side === 'yes' ? request.yesPriceBps : 10_000 - request.yesPriceBps
    const remaining = request.countCenti - order.filledCenti
    const keepsPlace = priceBps === order.priceBps && remaining <= order.remainingCenti
    settleRemoval(market)
    if (!keepsPlace) {
      const poor = this.#unaffordable(order, priceBps, remaining)
      if (poor) return poor
    }
    const result = this.#result(order, () => {
      this.#rename(account, order, request)
      const by = order.remainingCenti - remaining
      if (keepsPlace && by > 0) {
        market.book.reduce(order, by)
        order.holding.unrested(order, by)
        account.reserve(order.holding)
        market.isTickerDue = true
        this.#floor.publishLevel(market, order.side, order.priceBps, -by, order)
      }
      if (!keepsPlace) this.#floor.unrest(order)
      order.initialCenti = request.countCenti
      order.priceBps = priceBps
      order.remainingCenti = remaining
      this.#reschedule(order, request)
      if (keepsPlace) this.#floor.tellOrder(order, 'Amend')
      else this.#tradeAndRest(order, 'Amend')
    })
    this.#floor.triggerGroups()
    this.#floor.publishTicker(market)
    return result
  }

  #work(order: ClientOrder, request: OrderRequest): void {
    const { market } = order.holding
    if (order.remainingCenti === 0) return void this.#floor.cancel(order, 'ReduceOnlyCancel')
    if (request.timeInForce === 'good_till_canceled') {
      this.#expires(order)
      return this.#tradeAndRest(order, '')
    }
    const { timeInForce } = request
    if (
      timeInForce === 'fill_or_kill' &&
      crossableCenti(market.book, order) < order.remainingCenti
    ) {
      return void this.#floor.cancel(order, '')
    }
    const end = this.#match(order)
    if (order.remainingCenti > 0) this.#floor.cancel(order, cancelReason(end))
    else this.#finish(order)
  }

  #tradeAndRest(order: ClientOrder, reason: UpdateReason): void {
    const { market } = order.holding
    if (order.isPostOnly && wouldCross(market.book, order.side, order.priceBps)) {
      return void this.#floor.cancel(order, 'PostOnlyCrossCancel')
    }
    const end = this.#match(order)
    if (order.remainingCenti === 0) return this.#finish(order)
    const isStopped = end === 'self-trade' || end === 'stopped'
    if (isStopped) return void this.#floor.cancel(order, cancelReason(end))
    this.#floor.rest(order)
    this.#floor.tellOrder(order, reason)
  }

  #finish(order: ClientOrder): void {
    this.#floor.done(order)
    this.#floor.tellOrder(order, 'Trade')
  }

  #match(order: ClientOrder): MatchEnd {
    const { market } = order.holding
    return match(market.book, order satisfies Taker, {
      traded: (bid, countCenti) => {
        const { side: makerSide, priceBps: makerPriceBps } = bid
        const maker = asOrder(bid)
        if (!maker) market.consume(makerSide, makerPriceBps, countCenti)
        market.ownVolumeCenti += countCenti
        const taker = order
        this.#floor.trade(market, { makerSide, makerPriceBps, countCenti, maker, taker })
        this.#floor.triggerGroups()
        return order.group?.isTriggered !== true
      },
      selfTradePrevented: (bid) => this.#floor.cancel(asOrder(bid)!, 'SelfTradeCancel'),
    })
  }

  #refusal(account: Account, market: ExchangeMarket, request: OrderRequest): Refusal | undefined {
    const { info } = market
    const { exchangeIndex = -1, clientOrderId, countCenti } = request
    if (exchangeIndex !== -1 && exchangeIndex !== info.exchangeIndex) {
      return new Refusal('exchange_index_mismatch', `${info.ticker} is on ${info.exchangeIndex}`)
    }
    if (clientOrderId !== '' && account.ordersByClientId.has(clientOrderId)) {
      return new Refusal('order_already_exists', `client_order_id ${clientOrderId} was used`)
    }
    const inactive = this.#closed(market) ?? paused(market)
    if (inactive) return inactive
    if (!isSize(countCenti)) {
      return new Refusal('invalid_order_size', 'count must be 0.01 to 10000000 contracts')
    }
    if (!isOnGrid(info.priceRanges, request.yesPriceBps)) {
      return new Refusal('invalid_price', 'price is not on the price grid of the market')
    }
    const isImmediate = request.timeInForce !== 'good_till_canceled'
    if (request.isReduceOnly && request.timeInForce !== 'immediate_or_cancel') {
      return new Refusal('invalid_parameters', 'reduce_only needs immediate_or_cancel')
    }
    if (isImmediate && request.isPostOnly) {
      return new Refusal('invalid_parameters', 'post_only needs good_till_canceled')
    }
    const { expirationUs } = request
    if (expirationUs !== undefined && (isImmediate || expirationUs <= this.#floor.nowUs)) {
      const message = 'expiration_time must be ahead, with good_till_canceled'
      return new Refusal('invalid_expiration_time', message)
    }
    if (account.openOrders >= OPEN_ORDERS_MAX) {
      return new Refusal('too_many_orders', `at most ${OPEN_ORDERS_MAX} open orders`)
    }
    return undefined
  }

  #amendRefusal(order: ClientOrder, request: AmendRequest): Refusal | undefined {
    const { market, account } = order.holding
    const inactive = this.#closed(market) ?? paused(market)
    if (inactive) return inactive
    if (order.status !== 'resting') return new Refusal('not_found', 'the order is not resting')
    if (request.marketTicker !== market.info.ticker) {
      return new Refusal('order_ticker_mismatch', `the order is in ${market.info.ticker}`)
    }
    if ((request.side === 'bid') !== (order.side === 'yes')) {
      return new Refusal('order_side_mismatch', 'the side of an order cannot be amended')
    }
    if (request.clientOrderId !== undefined && request.clientOrderId !== order.clientOrderId) {
      return new Refusal('invalid_parameters', 'client_order_id is not that of the order')
    }
    const { updatedClientOrderId: renamed } = request
    if (renamed && renamed !== order.clientOrderId && account.ordersByClientId.has(renamed)) {
      return new Refusal('order_already_exists', `client_order_id ${renamed} was used`)
    }
    if (!isOnGrid(market.info.priceRanges, request.yesPriceBps)) {
      return new Refusal('invalid_price', 'price is not on the price grid of the market')
    }
    if (!isSize(request.countCenti) || request.countCenti <= order.filledCenti) {
      return new Refusal('invalid_order_size', 'count must be more than what is filled already')
    }
    if (typeof request.expirationUs === 'number' && request.expirationUs <= this.#floor.nowUs) {
      return new Refusal('invalid_expiration_time', 'expiration_time must be ahead')
    }
    return undefined
  }

  #closed(market: ExchangeMarket): Refusal | undefined {
    const { status } = market.state
    const isOpen = status === 'active' || status === 'inactive'
    if (isOpen && this.#floor.nowUs < market.info.closeTimeUs) return undefined
    return new Refusal('market_inactive', `MARKET_INACTIVE: ${market.info.ticker}`)
  }

  /** The cost of what it would open at its limit, and the fee if it trades at once. */
  #unaffordable(
    order: ClientOrder,
    priceBps = order.priceBps,
    countCenti = order.remainingCenti,
  ): Refusal | undefined {
    const { holding, side } = order
    const { account, market } = holding
    const shard = account.shard(market.info.exchangeIndex)
    const extra = { side, priceBps, countCenti, instead: order }
    const others = shard.reservedMicros - holding.reservedMicros
    let needed = others + holding.requiredWith(extra)
    if (wouldCross(market.book, side, priceBps)) {
      const opened = Math.max(0, countCenti - holding.closableCenti(side))
      const step = TRADE_FEE_STEP_2026_09_MICROS
      needed += quadraticFeeMicros(market.rates, 'taker', priceBps, opened, step)
    }
    if (needed <= shard.cashMicros || needed <= shard.reservedMicros) return undefined
    const message = `shard ${market.info.exchangeIndex} lacks the cash for it`
    return new Refusal('available_balance_too_low', message)
  }

  #rename(account: Account, order: ClientOrder, request: AmendRequest): void {
    const { updatedClientOrderId: renamed } = request
    if (!renamed) return
    account.ordersByClientId.delete(order.clientOrderId)
    account.ordersByClientId.set(renamed, order)
    order.clientOrderId = renamed
  }

  #reschedule(order: ClientOrder, { expirationUs }: AmendRequest): void {
    if (expirationUs === undefined) return
    order.expirationUs = expirationUs ?? undefined
    this.#expires(order)
  }

  #result(order: ClientOrder, work: () => void): OrderResult {
    const { filledCenti, filledYesMicros, feesMicros, remainingCenti } = order
    work()
    const filled = order.filledCenti - filledCenti
    const average = (sum: number): number | undefined =>
      filled > 0 ? Math.round((sum * 100) / filled) : undefined
    return {
      order,
      filledCenti: filled,
      remainingCenti: order.remainingCenti,
      averageYesPriceMicros: average(order.filledYesMicros - filledYesMicros),
      averageFeeMicros: average(order.feesMicros - feesMicros),
      isUnchanged: filled === 0 && order.remainingCenti === remainingCenti,
    }
  }
}

const isSize = (countCenti: number): boolean =>
  Number.isSafeInteger(countCenti) && countCenti > 0 && countCenti <= COUNT_CENTI_MAX

const paused = (market: ExchangeMarket): Refusal | undefined =>
  market.state.status === 'inactive'
    ? new Refusal('trading_is_paused', `trading in ${market.info.ticker} is paused`)
    : undefined

const cancelReason = (end: MatchEnd): UpdateReason =>
  end === 'self-trade' ? 'SelfTradeCancel' : ''
