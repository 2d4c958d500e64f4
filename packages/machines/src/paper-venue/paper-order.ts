import type { DataOf } from '@kwm/contracts'
import type { FeeAccumulator, QueueModel, QueuePosition } from '@kwm/model-venue'
import {
  joinQueue,
  newFeeAccumulator,
  oppositeSide,
  priceOfSide,
  stepQueue,
} from '@kwm/model-venue'

type Submitted = DataOf<'exec.order-submitted.v1'>

/** An order as the paper venue holds it. `queue` is null until it becomes active. Plain data. */
export type PaperOrder = Pick<
  Submitted,
  | 'clientOrderId'
  | 'eventTicker'
  | 'marketTicker'
  | 'side'
  | 'priceBps'
  | 'countCenti'
  | 'isPostOnly'
> & {
  readonly activeAtUs: number
  readonly cancelAtUs: number | null
  readonly cancelReason: string
  readonly queue: QueuePosition | null
  readonly filledCenti: number
  readonly fillCount: number
  readonly fees: FeeAccumulator
}

export const newPaperOrder = (submitted: Submitted, activeAtUs: number): PaperOrder => ({
  clientOrderId: submitted.clientOrderId,
  eventTicker: submitted.eventTicker,
  marketTicker: submitted.marketTicker,
  side: submitted.side,
  priceBps: submitted.priceBps,
  countCenti: submitted.countCenti,
  isPostOnly: submitted.isPostOnly,
  activeAtUs,
  cancelAtUs: null,
  cancelReason: '',
  queue: null,
  filledCenti: 0,
  fillCount: 0,
  fees: newFeeAccumulator,
})

export const remainingOf = (order: PaperOrder): number => order.countCenti - order.filledCenti

/** At the back of its level. */
export const activated = (order: PaperOrder, levelCenti: number): PaperOrder => ({
  ...order,
  queue: joinQueue(levelCenti, order.countCenti),
})

export type Reach = { readonly order: PaperOrder; readonly filledCenti: number }

/**
 * What a print does to an active order. Only takers of the other leg can hit us. A print worse than
 * our limit swept our level: we fill up to its size. A print at our limit eats the queue first.
 */
export function reachedByPrint(
  order: PaperOrder,
  print: Pick<DataOf<'md.trade.v1'>, 'takerSide' | 'yesPriceBps'>,
  countCenti: number,
  model: QueueModel,
): Reach {
  const { queue } = order
  const untouched = { order, filledCenti: 0 }
  if (!queue || countCenti <= 0 || print.takerSide !== oppositeSide(order.side)) return untouched
  const printBps = priceOfSide(order.side, print.yesPriceBps)
  if (printBps > order.priceBps) return untouched
  if (printBps < order.priceBps) {
    return { order, filledCenti: Math.min(remainingOf(order), countCenti) }
  }
  const next = stepQueue(queue, { type: 'trade', countCenti }, model)
  return {
    order: { ...order, queue: next },
    filledCenti: Math.min(remainingOf(order), Math.max(0, next.filledCenti - queue.filledCenti)),
  }
}

/** The level we rest on has a new total. */
export function afterDepth(order: PaperOrder, levelCenti: number, model: QueueModel): PaperOrder {
  if (!order.queue) return order
  return { ...order, queue: stepQueue(order.queue, { type: 'depth', levelCenti }, model) }
}
