import type { DataOf } from '@kwm/contracts'

export type OrderTerms = Pick<
  DataOf<'exec.order-submitted.v1'>,
  'eventTicker' | 'marketTicker' | 'side' | 'priceBps' | 'countCenti'
>

/** `submitted`: the venue has not answered. `canceling`: asked to cancel, may still fill. */
export type OrderStatus = 'submitted' | 'resting' | 'canceling'

/** An order that may still fill. Done orders are forgotten; the tape remembers them. */
export type OpenOrder = OrderTerms & {
  readonly clientOrderId: string
  readonly status: OrderStatus
  readonly remainingCenti: number
  readonly expireTimeUs: number
}

export type OrderEvent =
  | { readonly type: 'accepted'; readonly remainingCenti: number }
  | { readonly type: 'cancel-requested' }
  | { readonly type: 'fill'; readonly countCenti: number }
  | { readonly type: 'canceled' }
  | { readonly type: 'rejected' }

/**
 * The order after the event, or `undefined` when it is done.
 *
 * The venue's answers may come in any order (a fill before its acceptance, a fill after a cancel was
 * asked for): what is left only ever shrinks, and nothing reopens an order.
 */
export function nextOrder(order: OpenOrder, event: OrderEvent): OpenOrder | undefined {
  switch (event.type) {
    case 'accepted':
      return alive({
        ...order,
        status: order.status === 'submitted' ? 'resting' : order.status,
        remainingCenti: Math.min(order.remainingCenti, event.remainingCenti),
      })
    case 'cancel-requested':
      return { ...order, status: 'canceling' }
    case 'fill':
      return alive({ ...order, remainingCenti: order.remainingCenti - event.countCenti })
    case 'canceled':
    case 'rejected':
      return undefined
  }
}

const alive = (order: OpenOrder): OpenOrder | undefined =>
  order.remainingCenti > 0 ? order : undefined
