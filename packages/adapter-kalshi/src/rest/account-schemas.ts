import { z } from 'zod'
import {
  centsMicros,
  countCenti,
  dollarsBps,
  dollarsMicros,
  isoTimeUs,
  listOf,
  maybe,
  maybeTimeUs,
  unixSecondsUs,
} from './fixed-point-fields.ts'
import { readOutcomeSide } from './side.ts'

const text = z.string()
const id = text.min(1)
const cursor = text.nullish()
const shard = maybe(z.int().nonnegative())

/** `fillId` is the trade's; the older `ts` stands in for a missing `created_time`. */
export const fill = z
  .looseObject({
    fill_id: maybe(text),
    trade_id: maybe(text),
    order_id: id,
    ticker: id,
    outcome_side: maybe(text),
    book_side: maybe(text),
    side: maybe(text),
    action: maybe(text),
    count_fp: countCenti,
    yes_price_dollars: dollarsBps,
    is_taker: z.boolean(),
    fee_cost: dollarsMicros,
    created_time: maybeTimeUs,
    ts: maybe(unixSecondsUs),
    exchange_index: shard,
    subaccount_number: shard,
  })
  .transform((given, context) => {
    const fillId = given.fill_id || given.trade_id
    const fillTimeUs = given.created_time ?? given.ts
    const missing = (name: string): never => {
      context.addIssue({ code: 'custom', message: 'missing', path: [name] })
      return z.NEVER
    }
    return {
      fillId: fillId || missing('fill_id'),
      orderId: given.order_id,
      marketTicker: given.ticker,
      side: readOutcomeSide(given, context),
      countCenti: given.count_fp,
      yesPriceBps: given.yes_price_dollars,
      isTaker: given.is_taker,
      feeMicros: given.fee_cost,
      fillTimeUs: fillTimeUs ?? missing('created_time'),
      exchangeIndex: given.exchange_index,
      subaccount: given.subaccount_number,
    }
  })
/** `yesPriceBps` is of the YES leg; `feeMicros` is the exact fee, to be booked as it is. */
export type AccountFill = z.infer<typeof fill>
export const fillsAnswer = z.looseObject({ fills: listOf(fill), cursor })

/** `positionCenti` is signed: negative is NO. It lags the fills. */
export const position = z
  .looseObject({
    ticker: id,
    position_fp: countCenti,
    total_traded_dollars: dollarsMicros,
    market_exposure_dollars: dollarsMicros,
    realized_pnl_dollars: dollarsMicros,
    fees_paid_dollars: dollarsMicros,
    last_updated_ts: maybeTimeUs,
    exchange_index: shard,
  })
  .transform((given) => ({
    marketTicker: given.ticker,
    positionCenti: given.position_fp,
    tradedMicros: given.total_traded_dollars,
    exposureMicros: given.market_exposure_dollars,
    realizedPnlMicros: given.realized_pnl_dollars,
    feesMicros: given.fees_paid_dollars,
    updatedTimeUs: given.last_updated_ts,
    exchangeIndex: given.exchange_index,
  }))
export type AccountPosition = z.infer<typeof position>
export const positionsAnswer = z.looseObject({ market_positions: listOf(position), cursor })

/** `result` is an open word: yes, no or scalar so far. */
export const settlement = z
  .looseObject({
    ticker: id,
    event_ticker: id,
    market_result: text,
    yes_count_fp: countCenti,
    no_count_fp: countCenti,
    yes_total_cost_dollars: dollarsMicros,
    no_total_cost_dollars: dollarsMicros,
    revenue: centsMicros,
    value: maybe(centsMicros),
    fee_cost: dollarsMicros,
    settled_time: isoTimeUs,
  })
  .transform((given) => ({
    marketTicker: given.ticker,
    eventTicker: given.event_ticker,
    result: given.market_result,
    yesCenti: given.yes_count_fp,
    noCenti: given.no_count_fp,
    yesCostMicros: given.yes_total_cost_dollars,
    noCostMicros: given.no_total_cost_dollars,
    revenueMicros: given.revenue,
    yesPayoutMicros: given.value,
    feesMicros: given.fee_cost,
    settledTimeUs: given.settled_time,
  }))
export type AccountSettlement = z.infer<typeof settlement>
export const settlementsAnswer = z.looseObject({ settlements: listOf(settlement), cursor })

const balanceOfShard = z
  .looseObject({ exchange_index: z.int().nonnegative(), balance: dollarsMicros })
  .transform((given) => ({ exchangeIndex: given.exchange_index, balanceMicros: given.balance }))

/** Each shard has collateral of its own; `byShard` is empty for keys bound to a subaccount. */
export const balanceAnswer = z
  .looseObject({
    balance_dollars: dollarsMicros,
    portfolio_value: centsMicros,
    balance_breakdown: listOf(balanceOfShard),
  })
  .transform((given) => ({
    balanceMicros: given.balance_dollars,
    portfolioMicros: given.portfolio_value,
    byShard: given.balance_breakdown,
  }))
export type AccountBalance = z.infer<typeof balanceAnswer>

const bucket = z
  .looseObject({ refill_rate: z.number().positive(), bucket_capacity: z.number().positive() })
  .transform((given) => ({
    refillPerSecond: given.refill_rate,
    capacity: given.bucket_capacity,
  }))
export const limitsAnswer = z.looseObject({ usage_tier: text, read: bucket, write: bucket })
export const costsAnswer = z.looseObject({
  default_cost: z.number().nonnegative(),
  endpoint_costs: z
    .array(z.looseObject({ method: text, path: text, cost: z.number().nonnegative() }))
    .max(1_000),
})
