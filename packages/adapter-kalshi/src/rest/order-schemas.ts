import { z } from 'zod'
import { countCenti, dollarsBps, dollarsMicros, isoTimeUs, unixMsUs } from './fixed-point-fields.ts'

const text = z.string()
const id = text.min(1)
const side = z.enum(['yes', 'no'])
const maybe = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? null)

/** An order as the venue holds it. Prices are of the YES leg. */
export const order = z
  .looseObject({
    order_id: id,
    client_order_id: maybe(text),
    ticker: id,
    outcome_side: side,
    status: text,
    yes_price_dollars: dollarsBps,
    fill_count_fp: countCenti,
    remaining_count_fp: countCenti,
    initial_count_fp: countCenti,
    taker_fees_dollars: dollarsMicros,
    maker_fees_dollars: dollarsMicros,
    created_time: maybe(isoTimeUs),
    last_update_time: maybe(isoTimeUs),
    expiration_time: maybe(isoTimeUs),
    order_group_id: maybe(text),
    exchange_index: maybe(z.int()),
  })
  .transform((given) => ({
    orderId: given.order_id,
    clientOrderId: given.client_order_id,
    marketTicker: given.ticker,
    side: given.outcome_side,
    status: given.status,
    yesPriceBps: given.yes_price_dollars,
    filledCenti: given.fill_count_fp,
    remainingCenti: given.remaining_count_fp,
    initialCenti: given.initial_count_fp,
    feesMicros: given.taker_fees_dollars + given.maker_fees_dollars,
    createdTimeUs: given.created_time,
    updatedTimeUs: given.last_update_time,
    expirationTimeUs: given.expiration_time,
    orderGroupId: given.order_group_id,
    exchangeIndex: given.exchange_index,
  }))
export type AccountOrder = z.infer<typeof order>

export const fill = z
  .looseObject({
    fill_id: id,
    order_id: id,
    ticker: id,
    outcome_side: side,
    count_fp: countCenti,
    yes_price_dollars: dollarsBps,
    is_taker: z.boolean(),
    fee_cost: dollarsMicros,
    created_time: maybe(isoTimeUs),
    exchange_index: maybe(z.int()),
  })
  .transform((given) => ({
    fillId: given.fill_id,
    orderId: given.order_id,
    marketTicker: given.ticker,
    side: given.outcome_side,
    countCenti: given.count_fp,
    yesPriceBps: given.yes_price_dollars,
    isTaker: given.is_taker,
    feeMicros: given.fee_cost,
    createdTimeUs: given.created_time,
    exchangeIndex: given.exchange_index,
  }))
export type AccountFill = z.infer<typeof fill>

/** `positionCenti` is signed: negative is NO. */
export const position = z
  .looseObject({
    ticker: id,
    position_fp: countCenti,
    market_exposure_dollars: dollarsMicros,
    realized_pnl_dollars: dollarsMicros,
    fees_paid_dollars: dollarsMicros,
    exchange_index: maybe(z.int()),
  })
  .transform((given) => ({
    marketTicker: given.ticker,
    positionCenti: given.position_fp,
    exposureMicros: given.market_exposure_dollars,
    realizedPnlMicros: given.realized_pnl_dollars,
    feesMicros: given.fees_paid_dollars,
    exchangeIndex: given.exchange_index,
  }))
export type AccountPosition = z.infer<typeof position>

export const settlement = z
  .looseObject({
    ticker: id,
    event_ticker: id,
    market_result: z.enum(['yes', 'no', 'scalar']),
    yes_count_fp: countCenti,
    no_count_fp: countCenti,
    revenue: z.int(),
    value: maybe(z.int()),
    fee_cost: dollarsMicros,
    settled_time: isoTimeUs,
  })
  .transform((given) => ({
    marketTicker: given.ticker,
    eventTicker: given.event_ticker,
    result: given.market_result,
    yesCenti: given.yes_count_fp,
    noCenti: given.no_count_fp,
    revenueMicros: given.revenue * 10_000,
    yesValueBps: given.value === null ? null : given.value * 100,
    feesMicros: given.fee_cost,
    settledTimeUs: given.settled_time,
  }))
export type AccountSettlement = z.infer<typeof settlement>

const balanceOfShard = z
  .looseObject({ exchange_index: z.int(), balance: dollarsMicros })
  .transform((given) => ({ exchangeIndex: given.exchange_index, balanceMicros: given.balance }))

export const balanceAnswer = z
  .looseObject({
    balance_dollars: dollarsMicros,
    portfolio_value: z.int(),
    balance_breakdown: maybe(z.array(balanceOfShard)),
  })
  .transform((given) => ({
    balanceMicros: given.balance_dollars,
    portfolioMicros: given.portfolio_value * 10_000,
    byShard: given.balance_breakdown ?? [],
  }))
export type AccountBalance = z.infer<typeof balanceAnswer>

export const placed = z
  .looseObject({
    order_id: id,
    client_order_id: maybe(text),
    fill_count: countCenti,
    remaining_count: countCenti,
    average_fill_price: maybe(dollarsBps),
    ts_ms: unixMsUs,
  })
  .transform((given) => ({
    orderId: given.order_id,
    clientOrderId: given.client_order_id,
    filledCenti: given.fill_count,
    remainingCenti: given.remaining_count,
    averageYesPriceBps: given.average_fill_price,
    venueTimeUs: given.ts_ms,
  }))
export type PlacedOrder = z.infer<typeof placed>

/** `remainingCenti` is null when neither a fill nor the amendment changed what rests. */
export const amended = z
  .looseObject({
    order_id: id,
    client_order_id: maybe(text),
    remaining_count: maybe(countCenti),
    fill_count: maybe(countCenti),
    ts_ms: unixMsUs,
  })
  .transform((given) => ({
    orderId: given.order_id,
    clientOrderId: given.client_order_id,
    filledCenti: given.fill_count ?? 0,
    remainingCenti: given.remaining_count,
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

const itemError = z.looseObject({ code: text.nullish(), message: text.nullish() })
export const refusedItem = z.looseObject({ error: itemError })

export const queuePosition = z
  .looseObject({ order_id: id, market_ticker: id, queue_position_fp: countCenti })
  .transform((given) => ({
    orderId: given.order_id,
    marketTicker: given.market_ticker,
    aheadCenti: given.queue_position_fp,
  }))
export type QueuePositionOf = z.infer<typeof queuePosition>

const bucket = z
  .looseObject({ refill_rate: z.number().positive(), bucket_capacity: z.number().positive() })
  .transform((given) => ({
    refillPerSecond: given.refill_rate,
    capacity: given.bucket_capacity,
  }))
export const limitsAnswer = z.looseObject({ usage_tier: text, read: bucket, write: bucket })
export const costsAnswer = z.looseObject({
  default_cost: z.number().nonnegative(),
  endpoint_costs: z.array(
    z.looseObject({ method: text, path: text, cost: z.number().nonnegative() }),
  ),
})

const cursor = text.nullish()
export const orderAnswer = z.looseObject({ order })
export const ordersAnswer = z.looseObject({ orders: z.array(order).nullish(), cursor })
export const fillsAnswer = z.looseObject({ fills: z.array(fill).nullish(), cursor })
export const positionsAnswer = z.looseObject({
  market_positions: z.array(position).nullish(),
  cursor,
})
export const settlementsAnswer = z.looseObject({
  settlements: z.array(settlement).nullish(),
  cursor,
})
export const queuePositionsAnswer = z.looseObject({
  queue_positions: z.array(queuePosition).nullish(),
})
export const groupCreated = z.looseObject({ order_group_id: id })
