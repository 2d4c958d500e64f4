import { formatFixed } from '@kwm/std'
import { OrderArgumentError } from '../errors.ts'
import type { Amendment, OrderRef, OrderRequest, Reduction } from './orders.ts'

const PRICE_BPS_MAX = 9_999
const COUNT_CENTI_MAX = 100_000_000_000
const ID_LENGTH_MAX = 64

/** @throws {OrderArgumentError} */
export function orderBody(request: OrderRequest) {
  const { timeInForce, expirationTimeUs } = request
  if (timeInForce !== 'good_till_canceled' && expirationTimeUs !== undefined) {
    throw new OrderArgumentError('expirationTimeUs', `not with ${timeInForce}`)
  }
  if (request.isReduceOnly === true && timeInForce !== 'immediate_or_cancel') {
    throw new OrderArgumentError('isReduceOnly', 'with immediate_or_cancel only')
  }
  return {
    ticker: idOf('marketTicker', request.marketTicker),
    client_order_id: idOf('clientOrderId', request.clientOrderId),
    side: request.side,
    count: countOf('countCenti', request.countCenti),
    price: priceOf(request.yesPriceBps),
    time_in_force: timeInForce,
    self_trade_prevention_type: request.selfTradePrevention ?? 'taker_at_cross',
    post_only: request.isPostOnly,
    reduce_only: request.isReduceOnly,
    cancel_order_on_pause: request.isCanceledOnPause,
    expiration_time: secondsOf(expirationTimeUs),
    order_group_id: request.orderGroupId,
    exchange_index: request.exchangeIndex,
    subaccount: request.subaccount,
  }
}

export function amendmentBody(amendment: Amendment) {
  const { expirationTimeUs } = amendment
  return {
    ticker: idOf('marketTicker', amendment.marketTicker),
    side: amendment.side,
    price: priceOf(amendment.yesPriceBps),
    count: countOf('countCenti', amendment.countCenti),
    client_order_id: amendment.clientOrderId,
    updated_client_order_id: amendment.updatedClientOrderId,
    expiration_time: expirationTimeUs === 0 ? 0 : secondsOf(expirationTimeUs),
    exchange_index: amendment.exchangeIndex,
  }
}

export function reductionBody(reduction: Reduction, { marketTicker, exchangeIndex }: OrderRef) {
  const routing = { market_ticker: marketTicker, exchange_index: exchangeIndex }
  return 'byCenti' in reduction
    ? { ...routing, reduce_by: countOf('byCenti', reduction.byCenti) }
    : { ...routing, reduce_to: countOf('toCenti', reduction.toCenti, 0) }
}

export const cancelItem = (order: OrderRef) => ({
  order_id: idOf('orderId', order.orderId),
  market_ticker: order.marketTicker,
  exchange_index: order.exchangeIndex,
  subaccount: order.subaccount,
})

export function idOf(field: string, value: string): string {
  if (value.length > 0 && value.length <= ID_LENGTH_MAX) return value
  throw new OrderArgumentError(field, `1 to ${ID_LENGTH_MAX} characters`)
}

export function countOf(field: string, countCenti: number, min = 1): string {
  if (Number.isInteger(countCenti) && countCenti >= min && countCenti <= COUNT_CENTI_MAX) {
    return formatFixed(countCenti, 2)
  }
  throw new OrderArgumentError(field, `a whole number from ${min} to ${COUNT_CENTI_MAX}`)
}

function priceOf(yesPriceBps: number): string {
  if (Number.isInteger(yesPriceBps) && yesPriceBps >= 1 && yesPriceBps <= PRICE_BPS_MAX) {
    return formatFixed(yesPriceBps, 4)
  }
  throw new OrderArgumentError('yesPriceBps', `a whole number from 1 to ${PRICE_BPS_MAX}`)
}

function secondsOf(timeUs: number | undefined): number | undefined {
  if (timeUs === undefined) return undefined
  const seconds = Math.floor(timeUs / 1e6)
  if (Number.isSafeInteger(seconds) && seconds > 0) return seconds
  throw new OrderArgumentError('expirationTimeUs', 'microseconds since 1970')
}
