import { assert } from '@kwm/std'
import { nextOrder, type OpenOrder, type OrderEvent } from './order.ts'

/** More than this at once is a fault of ours, far beyond the venue's own patience with a retail key. */
export const OPEN_ORDERS_MAX = 10_000

/** The orders that may still fill, in the order they were opened. */
export class OpenOrders {
  readonly #orders: Map<string, OpenOrder>

  constructor(orders: readonly OpenOrder[] = []) {
    this.#orders = new Map(orders.map((order) => [order.clientOrderId, order]))
  }

  get size(): number {
    return this.#orders.size
  }

  get(clientOrderId: string): OpenOrder | undefined {
    return this.#orders.get(clientOrderId)
  }

  open(order: OpenOrder): void {
    assert(!this.#orders.has(order.clientOrderId), `order ${order.clientOrderId} is open already`)
    assert(this.#orders.size < OPEN_ORDERS_MAX, 'too many open orders')
    this.#orders.set(order.clientOrderId, order)
  }

  /** False when the order is not open: done long ago, or not ours. */
  apply(clientOrderId: string, event: OrderEvent): boolean {
    const order = this.#orders.get(clientOrderId)
    if (!order) return false
    const next = nextOrder(order, event)
    if (next) this.#orders.set(clientOrderId, next)
    else this.#orders.delete(clientOrderId)
    return true
  }

  /** In the order they were opened. */
  list(): readonly OpenOrder[] {
    return [...this.#orders.values()]
  }

  ofMarket(marketTicker: string): readonly OpenOrder[] {
    return this.list().filter((order) => order.marketTicker === marketTicker)
  }

  snapshot(): readonly OpenOrder[] {
    return this.list().map((order) => ({ ...order }))
  }
}
