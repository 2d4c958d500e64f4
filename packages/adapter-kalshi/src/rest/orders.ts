import type { z } from 'zod'
import type { VenueFault } from '../error-body.ts'
import { OrderArgumentError, VenueAnswerError, type VenueRequestError } from '../errors.ts'
import { amendmentBody, cancelItem, idOf, orderBody, reductionBody } from './order-bodies.ts'
import * as schemas from './order-schemas.ts'
import type { AmendedOrder, CanceledOrder, DecreasedOrder, PlacedOrder } from './order-schemas.ts'
import type { KalshiTransport, Request } from './transport.ts'
import type { WriteOutcome } from './write-outcome.ts'

/** On the YES leg: a bid buys YES, an ask buys NO at 1 - price. */
export type OrderRequest = {
  readonly marketTicker: string
  /** Ours, and required: the only way to find an order whose answer was lost. */
  readonly clientOrderId: string
  readonly side: 'bid' | 'ask'
  readonly yesPriceBps: number
  readonly countCenti: number
  readonly timeInForce: 'good_till_canceled' | 'immediate_or_cancel' | 'fill_or_kill'
  readonly isPostOnly?: boolean
  /** With `immediate_or_cancel` only. */
  readonly isReduceOnly?: boolean
  /** Default `taker_at_cross`. */
  readonly selfTradePrevention?: 'taker_at_cross' | 'maker'
  readonly isCanceledOnPause?: boolean
  /** Rounded down to the second; with `good_till_canceled` only. */
  readonly expirationTimeUs?: number
  readonly orderGroupId?: string
  /** The shard of the market. Left out, the venue routes by ticker, later and from another bucket. */
  readonly exchangeIndex?: number
  readonly subaccount?: number
}

export type OrderRef = {
  readonly orderId: string
  readonly marketTicker?: string
  readonly exchangeIndex?: number
  readonly subaccount?: number
}

export type Amendment = {
  readonly orderId: string
  readonly marketTicker: string
  readonly side: 'bid' | 'ask'
  readonly yesPriceBps: number
  /** Filled already and wanted still, together. */
  readonly countCenti: number
  readonly clientOrderId?: string
  readonly updatedClientOrderId?: string
  /** 0 clears it. */
  readonly expirationTimeUs?: number
  readonly exchangeIndex?: number
  readonly subaccount?: number
}

export type Reduction = { readonly byCenti: number } | { readonly toCenti: number }

/** `duplicate`: an order with this client order id exists; look it up. */
export type CreateOutcome =
  | WriteOutcome<PlacedOrder>
  | { readonly outcome: 'duplicate'; readonly error: VenueRequestError }
/** `gone`: nothing rests under that id: cancelled or filled before, or never there. */
export type CancelOutcome =
  | WriteOutcome<CanceledOrder>
  | { readonly outcome: 'gone'; readonly error: VenueRequestError }

/** One item of a batch, in the order of the request. */
export type BatchItem<Ack> =
  | { readonly outcome: 'accepted'; readonly ack: Ack }
  | { readonly outcome: 'rejected'; readonly fault: VenueFault }
export type BatchOutcome<Ack> = WriteOutcome<readonly BatchItem<Ack>[]>

const ORDERS = '/portfolio/events/orders'
const BATCH_MAX = 1_000
const DUPLICATE = 409
const NOT_THERE = 404

/**
 * The order calls (V2). Nothing here is sent twice except cancels. A request that cannot be right is
 * refused before it is sent. After `unknown` and `duplicate`, look the order up
 * (`KalshiAccount.findOrder`) before anything else is sent.
 */
export class KalshiOrders {
  readonly #transport: KalshiTransport

  constructor(transport: KalshiTransport) {
    this.#transport = transport
  }

  /** @throws {OrderArgumentError} The request cannot be right; it names the field. */
  async create(order: OrderRequest, signal?: AbortSignal): Promise<CreateOutcome> {
    const request = { template: ORDERS, body: orderBody(order), shard: order.exchangeIndex, signal }
    const made = await this.#transport.write({ ...request, method: 'POST' }, schemas.placed)
    return made.outcome === 'rejected' && made.error.status === DUPLICATE
      ? { outcome: 'duplicate', error: made.error }
      : made
  }

  /** All are billed together and must fit the write bucket. */
  createBatch(
    orders: readonly OrderRequest[],
    signal?: AbortSignal,
  ): Promise<BatchOutcome<PlacedOrder>> {
    const request = { method: 'POST', body: { orders: orders.map(orderBody) }, signal } as const
    return this.#batch(request, orders.length, schemas.batchPlaced)
  }

  async cancel(order: OrderRef, signal?: AbortSignal): Promise<CancelOutcome> {
    const { order_id, ...query } = cancelItem(order)
    const request = {
      method: 'DELETE',
      lane: 'cancel',
      template: `${ORDERS}/{order_id}`,
      params: { order_id },
      ...{ query, shard: order.exchangeIndex, signal },
    } as const
    const made = await this.#transport.write(request, schemas.canceled)
    return made.outcome === 'rejected' && made.error.status === NOT_THERE
      ? { outcome: 'gone', error: made.error }
      : made
  }

  cancelBatch(
    orders: readonly OrderRef[],
    signal?: AbortSignal,
  ): Promise<BatchOutcome<CanceledOrder>> {
    const body = { orders: orders.map(cancelItem) }
    const request = { method: 'DELETE', lane: 'cancel', body, signal } as const
    return this.#batch(request, orders.length, schemas.batchCanceled)
  }

  /**
   * Every resting order of the account; orders sent within the next minute may go with it.
   * Documented for direct members only: elsewhere, cancel by `cancelBatch`.
   */
  cancelAll(signal?: AbortSignal): Promise<WriteOutcome<unknown>> {
    const request = { method: 'DELETE', lane: 'cancel', template: ORDERS, signal } as const
    return this.#transport.write(request, schemas.anyAnswer)
  }

  amend(amendment: Amendment, signal?: AbortSignal): Promise<WriteOutcome<AmendedOrder>> {
    const request = this.#change(amendment, 'amend', amendmentBody(amendment), signal)
    return this.#transport.write(request, schemas.amended)
  }

  /** Keeps the place in the queue. */
  decrease(
    order: OrderRef,
    reduction: Reduction,
    signal?: AbortSignal,
  ): Promise<WriteOutcome<DecreasedOrder>> {
    const request = this.#change(order, 'decrease', reductionBody(reduction, order), signal)
    return this.#transport.write(request, schemas.decreased)
  }

  #change(order: OrderRef, what: string, body: object, signal: AbortSignal | undefined): Request {
    return {
      method: 'POST',
      template: `${ORDERS}/{order_id}/${what}`,
      params: { order_id: idOf('orderId', order.orderId) },
      query: { subaccount: order.subaccount },
      ...{ body, shard: order.exchangeIndex, signal },
    }
  }

  /** An answer with another number of items cannot be told apart: nothing of it is relied on. */
  async #batch<Ack>(
    request: Omit<Request, 'template'>,
    items: number,
    schema: z.ZodType<{
      orders: readonly { readonly ack: Ack | null; readonly fault: VenueFault | null }[]
    }>,
  ): Promise<BatchOutcome<Ack>> {
    if (items === 0 || items > BATCH_MAX) {
      throw new OrderArgumentError('orders', `1 to ${BATCH_MAX} in a batch, not ${items}`)
    }
    const template = `${ORDERS}/batched`
    const made = await this.#transport.write({ ...request, template, items }, schema)
    if (made.outcome !== 'accepted') return made
    const { orders } = made.ack
    if (orders.length !== items) {
      const fault = `orders: ${orders.length} items answer a batch of ${items}`
      return { outcome: 'unknown', error: new VenueAnswerError(template, [fault]) }
    }
    const ack = orders.map((item): BatchItem<Ack> =>
      item.ack === null
        ? { outcome: 'rejected', fault: item.fault! }
        : { outcome: 'accepted', ack: item.ack },
    )
    return { outcome: 'accepted', ack }
  }
}
