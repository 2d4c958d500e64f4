import { z } from 'zod'
import {
  countCenti,
  dollarsBps,
  dollarsMicros,
  listOf,
  maybe,
  maybeTimeUs,
  unixMsUs,
} from './fixed-point-fields.ts'
import { readOutcomeSide } from './side.ts'

const text = z.string()
const id = text.min(1)
const cursor = text.nullish()
const shard = maybe(z.int().nonnegative())

/** An order as the venue holds it; `status` is an open word. Prices are of the YES leg. */
export const order = z
  .looseObject({
    order_id: id,
    client_order_id: maybe(text),
    ticker: id,
    outcome_side: maybe(text),
    book_side: maybe(text),
    side: maybe(text),
    action: maybe(text),
    status: text,
    yes_price_dollars: dollarsBps,
    fill_count_fp: countCenti,
    remaining_count_fp: countCenti,
    initial_count_fp: countCenti,
    taker_fees_dollars: dollarsMicros,
    maker_fees_dollars: dollarsMicros,
    created_time: maybeTimeUs,
    last_update_time: maybeTimeUs,
    expiration_time: maybeTimeUs,
    order_group_id: maybe(text),
    exchange_index: shard,
    subaccount_number: shard,
  })
  .transform((given, context) => ({
    orderId: given.order_id,
    clientOrderId: given.client_order_id || null,
    marketTicker: given.ticker,
    side: readOutcomeSide(given, context),
    status: given.status,
    yesPriceBps: given.yes_price_dollars,
    filledCenti: given.fill_count_fp,
    remainingCenti: given.remaining_count_fp,
    initialCenti: given.initial_count_fp,
    feesMicros: given.taker_fees_dollars + given.maker_fees_dollars,
    createdTimeUs: given.created_time,
    updatedTimeUs: given.last_update_time,
    expirationTimeUs: given.expiration_time,
    orderGroupId: given.order_group_id || null,
    exchangeIndex: given.exchange_index,
    subaccount: given.subaccount_number,
  }))
export type AccountOrder = z.infer<typeof order>
export const orderAnswer = z.looseObject({ order })
export const ordersAnswer = z.looseObject({ orders: listOf(order), cursor })

/** An average lies on no price grid: micro-dollars of the YES leg, null where nothing was filled. */
export const placed = z
  .looseObject({
    order_id: id,
    client_order_id: maybe(text),
    fill_count: countCenti,
    remaining_count: countCenti,
    average_fill_price: maybe(dollarsMicros),
    average_fee_paid: maybe(dollarsMicros),
    ts_ms: unixMsUs,
  })
  .transform((given) => ({
    orderId: given.order_id,
    clientOrderId: given.client_order_id || null,
    filledCenti: given.fill_count,
    remainingCenti: given.remaining_count,
    averageYesPriceMicros: given.average_fill_price,
    /** Of one contract. */
    averageFeeMicros: given.average_fee_paid,
    venueTimeUs: given.ts_ms,
  }))
export type PlacedOrder = z.infer<typeof placed>

/**
 * Counts are null where the amendment neither filled nor resized; `filledCenti` is of this amendment
 * alone.
 */
export const amended = z
  .looseObject({
    order_id: id,
    client_order_id: maybe(text),
    remaining_count: maybe(countCenti),
    fill_count: maybe(countCenti),
    average_fill_price: maybe(dollarsMicros),
    average_fee_paid: maybe(dollarsMicros),
    ts_ms: unixMsUs,
  })
  .transform((given) => ({
    orderId: given.order_id,
    clientOrderId: given.client_order_id || null,
    filledCenti: given.fill_count,
    remainingCenti: given.remaining_count,
    averageYesPriceMicros: given.average_fill_price,
    averageFeeMicros: given.average_fee_paid,
    venueTimeUs: given.ts_ms,
  }))
export type AmendedOrder = z.infer<typeof amended>

export const decreased = z
  .looseObject({ order_id: id, remaining_count: countCenti, ts_ms: unixMsUs })
  .transform((given) => ({
    orderId: given.order_id,
    remainingCenti: given.remaining_count,
    venueTimeUs: given.ts_ms,
  }))
export type DecreasedOrder = z.infer<typeof decreased>

export const canceled = z
  .looseObject({ order_id: id, reduced_by: countCenti, ts_ms: unixMsUs })
  .transform((given) => ({
    orderId: given.order_id,
    canceledCenti: given.reduced_by,
    venueTimeUs: given.ts_ms,
  }))
export type CanceledOrder = z.infer<typeof canceled>

const itemError = maybe(
  z.looseObject({ code: maybe(text), message: maybe(text), details: maybe(text) }),
)

/** An item that has an error has nothing else to be relied on; one without must be whole. */
const itemOf = <Ack>(ack: z.ZodType<Ack>) =>
  z.looseObject({ error: itemError }).transform((item, context) => {
    if (item.error) {
      const { code, message, details } = item.error
      const fault = { code: code ?? '', message: message ?? '', details: details ?? '' }
      return { ack: null, fault }
    }
    const parsed = ack.safeParse(item)
    if (parsed.success) return { ack: parsed.data, fault: null }
    for (const { path, message } of parsed.error.issues) {
      context.addIssue({ code: 'custom', path, message })
    }
    return z.NEVER
  })
export const batchPlaced = z.looseObject({ orders: listOf(itemOf(placed)) })
export const batchCanceled = z.looseObject({ orders: listOf(itemOf(canceled)) })

export const queuePosition = z
  .looseObject({ order_id: id, market_ticker: id, queue_position_fp: countCenti })
  .transform((given) => ({
    orderId: given.order_id,
    marketTicker: given.market_ticker,
    aheadCenti: given.queue_position_fp,
  }))
export type QueuePositionOf = z.infer<typeof queuePosition>
export const queuePositionsAnswer = z.looseObject({ queue_positions: listOf(queuePosition) })

export const groupCreated = z
  .looseObject({ order_group_id: id })
  .transform((given) => ({ orderGroupId: given.order_group_id }))
export type CreatedGroup = z.infer<typeof groupCreated>

const groupFields = {
  contracts_limit_fp: maybe(countCenti),
  is_auto_cancel_enabled: z.boolean(),
  exchange_index: shard,
}
export const groupsAnswer = z.looseObject({
  order_groups: listOf(
    z.looseObject({ ...groupFields, id }).transform((given) => ({
      orderGroupId: given.id,
      limitCenti: given.contracts_limit_fp,
      isAutoCancelEnabled: given.is_auto_cancel_enabled,
      exchangeIndex: given.exchange_index,
    })),
  ),
})
/** `limitCenti`: what may be matched in 15 seconds before all of the group is cancelled. */
export type OrderGroup = z.infer<typeof groupsAnswer>['order_groups'][number]
export const groupAnswer = z
  .looseObject({ ...groupFields, orders: listOf(text) })
  .transform((given) => ({
    limitCenti: given.contracts_limit_fp,
    isAutoCancelEnabled: given.is_auto_cancel_enabled,
    exchangeIndex: given.exchange_index,
    orderIds: given.orders,
  }))
export type OrderGroupDetail = z.infer<typeof groupAnswer>

/** Calls that answer with an empty object, or with nothing. */
export const anyAnswer = z.unknown()
