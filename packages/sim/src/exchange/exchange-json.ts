import { priceOfSide } from '@kwm/model-venue'
import { formatFixed, unreachable } from '@kwm/std'
import { formatIso } from '../venue/civil-time.ts'
import type { PrivateChannel } from '../venue/venue-frames.ts'
import { contracts, dollars, msOf } from '../venue/venue-frames.ts'
import type { JsonObject } from '../venue/venue-rest.ts'
import type { Account } from './account.ts'
import type { ClientOrder } from './client-order.ts'
import type { Fill, PrivateEvent, Settlement } from './exchange-event.ts'
import type { Holding } from './holding.ts'
import type { OrderResult } from './order-entry.ts'
import type { OrderGroup } from './order-group.ts'

/** The venue's objects of orders and portfolios, over REST and on the private channels. */

const MICROS_PER_CENT = 10_000

/** Four decimals, or six where there are more. */
export function moneyText(micros: number): string {
  const text = formatFixed(micros, 6)
  return text.endsWith('00') ? text.slice(0, -2) : text
}

/** Direction in the venue's words of today and of yesterday. */
const directionJson = (side: 'yes' | 'no'): JsonObject => ({
  side,
  action: 'buy',
  outcome_side: side,
  book_side: side === 'yes' ? 'bid' : 'ask',
})

const costsJson = (order: ClientOrder): JsonObject => ({
  fill_count_fp: contracts(order.filledCenti),
  remaining_count_fp: contracts(order.remainingCenti),
  initial_count_fp: contracts(order.initialCenti),
  taker_fill_cost_dollars: moneyText(order.takerCostMicros),
  maker_fill_cost_dollars: moneyText(order.makerCostMicros),
  taker_fees_dollars: moneyText(order.takerFeesMicros),
  maker_fees_dollars: moneyText(order.makerFeesMicros),
})

export const orderJson = (order: ClientOrder): JsonObject => ({
  order_id: order.orderId,
  user_id: order.holding.account.userId,
  client_order_id: order.clientOrderId,
  ticker: order.holding.market.info.ticker,
  ...directionJson(order.side),
  type: 'limit',
  status: order.status,
  yes_price_dollars: dollars(order.yesPriceBps),
  no_price_dollars: dollars(priceOfSide('no', order.yesPriceBps)),
  ...costsJson(order),
  expiration_time: order.expirationUs === undefined ? null : formatIso(order.expirationUs),
  created_time: formatIso(order.createdUs),
  last_update_time: formatIso(order.updatedUs),
  self_trade_prevention_type: order.selfTrade,
  order_group_id: order.group?.groupId ?? null,
  cancel_order_on_pause: order.cancelOnPause,
  subaccount_number: 0,
  exchange_index: order.holding.market.info.exchangeIndex,
})

/** The answer to a placed order. */
export const placedJson = (result: OrderResult, nowUs: number): JsonObject => ({
  ...nameJson(result.order),
  fill_count: contracts(result.filledCenti),
  remaining_count: contracts(result.remainingCenti),
  ...averagesJson(result),
  ts_ms: msOf(nowUs),
})

/** The answer to an amendment: counts only where it changed them. */
export const amendedJson = (result: OrderResult, nowUs: number): JsonObject => ({
  ...nameJson(result.order),
  remaining_count: result.isUnchanged ? null : contracts(result.remainingCenti),
  fill_count: result.isUnchanged ? null : contracts(result.filledCenti),
  average_fill_price: null,
  average_fee_paid: null,
  ...averagesJson(result),
  ts_ms: msOf(nowUs),
})

export const nameJson = ({ orderId, clientOrderId }: ClientOrder): JsonObject => ({
  order_id: orderId,
  ...(clientOrderId === '' ? {} : { client_order_id: clientOrderId }),
})

const averagesJson = (result: OrderResult): JsonObject =>
  result.averageYesPriceMicros === undefined || result.averageFeeMicros === undefined
    ? {}
    : {
        average_fill_price: moneyText(result.averageYesPriceMicros),
        average_fee_paid: moneyText(result.averageFeeMicros),
      }

export const fillJson = (fill: Fill): JsonObject => ({
  fill_id: fill.tradeId,
  trade_id: fill.tradeId,
  exchange_index: fill.exchangeIndex,
  order_id: fill.order.orderId,
  ticker: fill.marketTicker,
  market_ticker: fill.marketTicker,
  ...directionJson(fill.side),
  count_fp: contracts(fill.countCenti),
  yes_price_dollars: dollars(fill.yesPriceBps),
  no_price_dollars: dollars(priceOfSide('no', fill.yesPriceBps)),
  is_taker: fill.isTaker,
  created_time: formatIso(fill.timeUs),
  fee_cost: formatFixed(fill.feeMicros, 6),
  subaccount_number: 0,
  ts: Math.floor(fill.timeUs / 1_000_000),
})

export const positionJson = (holding: Holding): JsonObject => ({
  ticker: holding.market.info.ticker,
  exchange_index: holding.market.info.exchangeIndex,
  total_traded_dollars: moneyText(holding.spentMicros),
  position_fp: contracts(holding.signedCenti),
  market_exposure_dollars: moneyText(holding.openCostMicros),
  realized_pnl_dollars: moneyText(holding.realizedPnlMicros),
  fees_paid_dollars: moneyText(holding.feesMicros),
  resting_orders_count: holding.orderCount,
  last_updated_ts: formatIso(holding.updatedUs),
})

/** The holdings of one event together. */
export function eventPositionJson(eventTicker: string, holdings: readonly Holding[]): JsonObject {
  const sum = (of: (holding: Holding) => number): number =>
    holdings.reduce((total, holding) => total + of(holding), 0)
  return {
    event_ticker: eventTicker,
    total_cost_dollars: moneyText(sum(({ spentMicros }) => spentMicros)),
    total_cost_shares_fp: contracts(sum(({ volumeCenti }) => volumeCenti)),
    event_exposure_dollars: moneyText(sum(({ openCostMicros }) => openCostMicros)),
    realized_pnl_dollars: moneyText(sum(({ realizedPnlMicros }) => realizedPnlMicros)),
    fees_paid_dollars: moneyText(sum(({ feesMicros }) => feesMicros)),
  }
}

export const settlementJson = (settlement: Settlement): JsonObject => {
  const { signedCenti, costMicros } = settlement
  const yes = signedCenti > 0
  return {
    ticker: settlement.marketTicker,
    exchange_index: settlement.exchangeIndex,
    event_ticker: settlement.eventTicker,
    market_result: settlement.result,
    yes_count_fp: contracts(Math.max(0, signedCenti)),
    yes_total_cost_dollars: moneyText(yes ? costMicros : 0),
    no_count_fp: contracts(Math.max(0, -signedCenti)),
    no_total_cost_dollars: moneyText(yes ? 0 : costMicros),
    revenue: Math.floor(settlement.payoutMicros / MICROS_PER_CENT),
    settled_time: formatIso(settlement.timeUs),
    fee_cost: formatFixed(settlement.feesMicros, 6),
    value: settlement.result === 'yes' ? 100 : 0,
  }
}

/** Free cash, and positions at what the book bids for them now. */
export function balanceJson(account: Account, exchangeIndex: number | undefined): JsonObject {
  const wanted = (index: number): boolean => exchangeIndex === undefined || exchangeIndex === index
  const shards = [...account.shards.keys()].filter(wanted).sort((a, b) => a - b)
  const free = shards.map((index) => [index, account.availableMicros(index)] as const)
  const micros = free.reduce((sum, [, available]) => sum + available, 0)
  let valueMicros = 0
  for (const holding of account.holdings.values()) {
    if (wanted(holding.market.info.exchangeIndex)) valueMicros += liquidationMicros(holding)
  }
  return {
    balance: Math.floor(micros / MICROS_PER_CENT),
    balance_dollars: moneyText(micros),
    portfolio_value: Math.floor(valueMicros / MICROS_PER_CENT),
    updated_ts: Math.floor(account.updatedUs / 1_000_000),
    balance_breakdown: free.map(([index, available]) => ({
      exchange_index: index,
      balance: moneyText(available),
    })),
  }
}

function liquidationMicros({ signedCenti, market }: Holding): number {
  const { result, book } = market.state
  const side = signedCenti > 0 ? 'yes' : 'no'
  if (result !== '') return result === side ? Math.abs(signedCenti) * 10_000 : 0
  return Math.abs(signedCenti) * book.bestBidBps(side)
}

export const groupJson = (group: OrderGroup): JsonObject => ({
  is_auto_cancel_enabled: true,
  contracts_limit_fp: contracts(group.limitCenti),
  exchange_index: group.exchangeIndex,
})

/** What one private event is called on its channel, and what it says. */
export type PrivateMessage = {
  readonly channel: PrivateChannel
  readonly type: 'fill' | 'user_order' | 'market_position' | 'order_group_updates'
  /** `undefined` where no market filter applies. */
  readonly marketTicker: string | undefined
  readonly body: string
}

export function privateMessage(
  account: Account,
  event: PrivateEvent,
  timeUs: number,
): PrivateMessage {
  switch (event.type) {
    case 'filled': {
      const { marketTicker } = event.fill
      const body = JSON.stringify(fillMessage(event.fill))
      return { channel: 'fill', type: 'fill', marketTicker, body }
    }
    case 'order-updated': {
      const marketTicker = event.order.holding.market.info.ticker
      const body = JSON.stringify(orderMessage(event.order))
      return { channel: 'user_orders', type: 'user_order', marketTicker, body }
    }
    case 'position-changed': {
      const marketTicker = event.holding.market.info.ticker
      const body = JSON.stringify(positionMessage(account, event.holding))
      return { channel: 'market_positions', type: 'market_position', marketTicker, body }
    }
    case 'group-changed': {
      const { group, change } = event
      const hasLimit = change === 'created' || change === 'limit_updated'
      const body = JSON.stringify({
        event_type: change,
        order_group_id: group.groupId,
        ...(hasLimit ? { contracts_limit_fp: contracts(group.limitCenti) } : {}),
        ts_ms: msOf(timeUs),
      })
      const channel = 'order_group_updates'
      return { channel, type: channel, marketTicker: undefined, body }
    }
    default:
      return unreachable(event)
  }
}

const fillMessage = (fill: Fill): JsonObject => ({
  trade_id: fill.tradeId,
  order_id: fill.order.orderId,
  ...(fill.order.clientOrderId === '' ? {} : { client_order_id: fill.order.clientOrderId }),
  market_ticker: fill.marketTicker,
  exchange_index: fill.exchangeIndex,
  is_taker: fill.isTaker,
  ...directionJson(fill.side),
  purchased_side: fill.side,
  yes_price_dollars: dollars(fill.yesPriceBps),
  count_fp: contracts(fill.countCenti),
  fee_cost: formatFixed(fill.feeMicros, 6),
  post_position_fp: contracts(fill.postPositionCenti),
  ts: Math.floor(fill.timeUs / 1_000_000),
  ts_ms: msOf(fill.timeUs),
})

const orderMessage = (order: ClientOrder): JsonObject => ({
  order_id: order.orderId,
  user_id: order.holding.account.userId,
  ticker: order.holding.market.info.ticker,
  exchange_index: order.holding.market.info.exchangeIndex,
  status: order.status,
  side: order.side,
  is_yes: order.side === 'yes',
  outcome_side: order.side,
  book_side: order.side === 'yes' ? 'bid' : 'ask',
  yes_price_dollars: dollars(order.yesPriceBps),
  ...costsJson(order),
  client_order_id: order.clientOrderId,
  ...(order.group ? { order_group_id: order.group.groupId } : {}),
  self_trade_prevention_type: order.selfTrade,
  created_time: formatIso(order.createdUs),
  created_ts_ms: msOf(order.createdUs),
  last_updated_ts_ms: msOf(order.updatedUs),
  ...(order.expirationUs === undefined ? {} : { expiration_ts_ms: msOf(order.expirationUs) }),
  last_update_reason: order.lastReason,
  subaccount_number: 0,
})

const positionMessage = (account: Account, holding: Holding): JsonObject => ({
  user_id: account.userId,
  market_ticker: holding.market.info.ticker,
  position_fp: contracts(holding.signedCenti),
  position_cost_dollars: moneyText(holding.openCostMicros),
  realized_pnl_dollars: moneyText(holding.realizedPnlMicros),
  fees_paid_dollars: moneyText(holding.feesMicros),
  position_fee_cost_dollars: moneyText(holding.openFeesMicros),
  volume_fp: contracts(holding.volumeCenti),
})
