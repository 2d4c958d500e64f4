import { formatFixed } from '@kwm/std'
import { z } from 'zod'
import { parseErrorBody, type VenueFault } from '../error-body.ts'
import * as schemas from './order-schemas.ts'
import type {
  AccountBalance,
  AccountFill,
  AccountOrder,
  AccountPosition,
  AccountSettlement,
  AmendedOrder,
  CanceledOrder,
  DecreasedOrder,
  PlacedOrder,
  QueuePositionOf,
} from './order-schemas.ts'
import { allItems } from './pages.ts'
import type { RateBudget } from './rate-budget.ts'
import type { KalshiTransport } from './transport.ts'

/** On the YES leg: a bid buys YES, an ask buys NO. */
export type OrderRequest = {
  readonly marketTicker: string
  /** Ours, and what makes sending it twice one order. */
  readonly clientOrderId: string
  readonly side: 'bid' | 'ask'
  readonly yesPriceBps: number
  readonly countCenti: number
  readonly timeInForce: 'good_till_canceled' | 'immediate_or_cancel' | 'fill_or_kill'
  readonly isPostOnly?: boolean
  readonly isReduceOnly?: boolean
  readonly selfTradePrevention?: 'taker_at_cross' | 'maker'
  readonly cancelOnPause?: boolean
  readonly expirationTimeUs?: number
  readonly orderGroupId?: string
  readonly exchangeIndex?: number
}

export type Amendment = {
  readonly marketTicker: string
  readonly side: 'bid' | 'ask'
  readonly yesPriceBps: number
  /** Filled already and wanted still, together. */
  readonly countCenti: number
  readonly clientOrderId?: string
  readonly updatedClientOrderId?: string
  readonly exchangeIndex?: number
}

export type OrderRef = {
  readonly orderId: string
  readonly marketTicker?: string
  readonly exchangeIndex?: number
}

export type ListFilter = {
  readonly marketTicker?: string
  readonly status?: string
  readonly minTs?: number
  readonly maxTs?: number
}

/** One item of a batch: what came of it, or why nothing did. */
export type BatchOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: VenueFault }

const ORDERS = '/portfolio/events/orders'
const GROUPS = '/portfolio/order_groups'
const PAGE_SIZE = 1_000

/**
 * The account behind a key: orders (V2), fills, positions, balance. A creation or amendment is sent
 * once: an error with `isOutcomeUnknown` means look it up (`orders`) before anything else is sent. A
 * cancel is repeated until there is an answer.
 */
export class KalshiAccount {
  readonly #transport: KalshiTransport

  constructor(transport: KalshiTransport) {
    this.#transport = transport
  }

  /** Ask the venue what this key may spend, and keep to it. Returns the tier. */
  async configure(budget: RateBudget, signal?: AbortSignal): Promise<string> {
    const [limits, costs] = await Promise.all([
      this.#transport.json({ template: '/account/limits', signal }, schemas.limitsAnswer),
      this.#transport.json({ template: '/account/endpoint_costs', signal }, schemas.costsAnswer),
    ])
    budget.configure(limits, costs.endpoint_costs, costs.default_cost)
    return limits.usage_tier
  }

  balance(signal?: AbortSignal): Promise<AccountBalance> {
    return this.#transport.json({ template: '/portfolio/balance', signal }, schemas.balanceAnswer)
  }

  orders(filter: ListFilter = {}, signal?: AbortSignal): Promise<AccountOrder[]> {
    const request = { template: '/portfolio/orders', query: listQuery(filter), signal }
    return allItems(this.#transport, request, schemas.ordersAnswer, (page) => page.orders)
  }

  async order(orderId: string, signal?: AbortSignal): Promise<AccountOrder> {
    const request = {
      template: '/portfolio/orders/{order_id}',
      params: { order_id: orderId },
      signal,
    }
    return (await this.#transport.json(request, schemas.orderAnswer)).order
  }

  fills(filter: ListFilter = {}, signal?: AbortSignal): Promise<AccountFill[]> {
    const request = { template: '/portfolio/fills', query: listQuery(filter), signal }
    return allItems(this.#transport, request, schemas.fillsAnswer, (page) => page.fills)
  }

  positions(filter: ListFilter = {}, signal?: AbortSignal): Promise<AccountPosition[]> {
    const request = { template: '/portfolio/positions', query: listQuery(filter), signal }
    return allItems(
      this.#transport,
      request,
      schemas.positionsAnswer,
      (page) => page.market_positions,
    )
  }

  settlements(filter: ListFilter = {}, signal?: AbortSignal): Promise<AccountSettlement[]> {
    const request = { template: '/portfolio/settlements', query: listQuery(filter), signal }
    return allItems(this.#transport, request, schemas.settlementsAnswer, (page) => page.settlements)
  }

  async queuePositions(
    marketTickers: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly QueuePositionOf[]> {
    const query = { market_tickers: marketTickers.join(',') }
    const request = { template: '/portfolio/orders/queue_positions', query, signal }
    return (await this.#transport.json(request, schemas.queuePositionsAnswer)).queue_positions ?? []
  }

  create(order: OrderRequest, signal?: AbortSignal): Promise<PlacedOrder> {
    const body = orderBody(order)
    return this.#transport.json({ method: 'POST', template: ORDERS, body, signal }, schemas.placed)
  }

  createBatch(orders: readonly OrderRequest[], signal?: AbortSignal) {
    const body = { orders: orders.map(orderBody) }
    return this.#batch('POST', body, schemas.placed, signal)
  }

  amend(orderId: string, amendment: Amendment, signal?: AbortSignal): Promise<AmendedOrder> {
    const body = {
      ticker: amendment.marketTicker,
      side: amendment.side,
      price: formatFixed(amendment.yesPriceBps, 4),
      count: formatFixed(amendment.countCenti, 2),
      client_order_id: amendment.clientOrderId,
      updated_client_order_id: amendment.updatedClientOrderId,
      exchange_index: amendment.exchangeIndex,
    }
    const template = `${ORDERS}/{order_id}/amend`
    const params = { order_id: orderId }
    return this.#transport.json({ method: 'POST', template, params, body, signal }, schemas.amended)
  }

  /** Keeps the place in the queue. */
  decreaseTo(order: OrderRef, countCenti: number, signal?: AbortSignal): Promise<DecreasedOrder> {
    const body = { reduce_to: formatFixed(countCenti, 2), ...routing(order) }
    const template = `${ORDERS}/{order_id}/decrease`
    const params = { order_id: order.orderId }
    return this.#transport.json(
      { method: 'POST', template, params, body, signal },
      schemas.decreased,
    )
  }

  cancel(order: OrderRef, signal?: AbortSignal): Promise<CanceledOrder> {
    const request = {
      method: 'DELETE',
      lane: 'cancel',
      template: `${ORDERS}/{order_id}`,
      params: { order_id: order.orderId },
      query: routing(order),
      signal,
    } as const
    return this.#transport.json(request, schemas.canceled)
  }

  cancelBatch(orders: readonly OrderRef[], signal?: AbortSignal) {
    const body = {
      orders: orders.map(({ orderId, exchangeIndex }) => ({
        order_id: orderId,
        exchange_index: exchangeIndex,
      })),
    }
    return this.#batch('DELETE', body, schemas.canceled, signal)
  }

  /** Everything of this account; orders sent within the next minute may go with it. */
  async cancelAll(signal?: AbortSignal): Promise<void> {
    await this.#transport.text({ method: 'DELETE', lane: 'cancel', template: ORDERS, signal })
  }

  /** At most so much matched in a rolling 15 s; then all orders of the group are cancelled. */
  async createGroup(
    limitCenti: number,
    exchangeIndex?: number,
    signal?: AbortSignal,
  ): Promise<string> {
    const body = { contracts_limit_fp: formatFixed(limitCenti, 2), exchange_index: exchangeIndex }
    const request = { method: 'POST', template: `${GROUPS}/create`, body, signal } as const
    return (await this.#transport.json(request, schemas.groupCreated)).order_group_id
  }

  async resetGroup(groupId: string, signal?: AbortSignal): Promise<void> {
    const template = `${GROUPS}/{order_group_id}/reset`
    const params = { order_group_id: groupId }
    await this.#transport.text({ method: 'PUT', template, params, body: {}, signal })
  }

  /** Cancels all orders of the group and refuses new ones until it is reset. */
  async triggerGroup(groupId: string, signal?: AbortSignal): Promise<void> {
    const template = `${GROUPS}/{order_group_id}/trigger`
    const params = { order_group_id: groupId }
    await this.#transport.text({
      method: 'PUT',
      lane: 'cancel',
      template,
      params,
      body: {},
      signal,
    })
  }

  async #batch<T>(
    method: 'POST' | 'DELETE',
    body: { readonly orders: readonly unknown[] },
    schema: z.ZodType<T>,
    signal: AbortSignal | undefined,
  ): Promise<readonly BatchOutcome<T>[]> {
    const lane = method === 'DELETE' ? 'cancel' : 'write'
    const items = body.orders.length
    const request = { method, lane, template: `${ORDERS}/batched`, body, items, signal } as const
    const item = z.unknown().transform((value, context): BatchOutcome<T> => {
      const refusal = schemas.refusedItem.safeParse(value)
      if (refusal.success) {
        return { ok: false, fault: parseErrorBody(JSON.stringify(refusal.data.error)) }
      }
      const parsed = schema.safeParse(value)
      if (parsed.success) return { ok: true, value: parsed.data }
      for (const { path, message } of parsed.error.issues) {
        context.addIssue({ code: 'custom', path, message })
      }
      return z.NEVER
    })
    return (await this.#transport.json(request, z.looseObject({ orders: z.array(item) }))).orders
  }
}

const orderBody = (order: OrderRequest) => ({
  ticker: order.marketTicker,
  client_order_id: order.clientOrderId,
  side: order.side,
  count: formatFixed(order.countCenti, 2),
  price: formatFixed(order.yesPriceBps, 4),
  time_in_force: order.timeInForce,
  self_trade_prevention_type: order.selfTradePrevention ?? 'taker_at_cross',
  post_only: order.isPostOnly,
  reduce_only: order.isReduceOnly,
  cancel_order_on_pause: order.cancelOnPause,
  expiration_time:
    order.expirationTimeUs === undefined ? undefined : Math.floor(order.expirationTimeUs / 1e6),
  order_group_id: order.orderGroupId,
  exchange_index: order.exchangeIndex,
})

const routing = ({ marketTicker, exchangeIndex }: OrderRef) => ({
  market_ticker: marketTicker,
  exchange_index: exchangeIndex,
})

const listQuery = ({ marketTicker, status, minTs, maxTs }: ListFilter) => ({
  ...{ ticker: marketTicker, status, min_ts: minTs, max_ts: maxTs },
  limit: PAGE_SIZE,
})
