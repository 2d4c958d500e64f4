import { z } from 'zod'
import { countCenti, dollarsBps, isoTimeUs, unixSecondsUs } from './fixed-point-fields.ts'

/** A public print. */
export const trade = z
  .looseObject({
    trade_id: z.string().min(1),
    ticker: z.string().min(1),
    count_fp: countCenti,
    yes_price_dollars: dollarsBps,
    taker_outcome_side: z.enum(['yes', 'no']).nullish(),
    taker_side: z.enum(['yes', 'no']).nullish(),
    created_time: isoTimeUs,
    is_block_trade: z.boolean().nullish(),
  })
  .transform((given, context) => {
    const takerSide = given.taker_outcome_side ?? given.taker_side
    if (!takerSide) {
      context.addIssue({ code: 'custom', path: ['taker_outcome_side'], message: 'missing' })
      return z.NEVER
    }
    return {
      tradeId: given.trade_id,
      marketTicker: given.ticker,
      countCenti: given.count_fp,
      yesPriceBps: given.yes_price_dollars,
      takerSide,
      createdTimeUs: given.created_time,
      isBlock: given.is_block_trade ?? false,
    }
  })
export type VenueTrade = z.infer<typeof trade>

const quote = dollarsBps.nullish().transform((value) => value ?? null)

const prices = z
  .looseObject({
    ...{ open_dollars: quote, high_dollars: quote, low_dollars: quote, close_dollars: quote },
  })
  .transform((given) => ({
    openBps: given.open_dollars,
    highBps: given.high_dollars,
    lowBps: given.low_dollars,
    closeBps: given.close_dollars,
  }))
export type CandlePrices = z.infer<typeof prices>

const count = countCenti.nullish().transform((value) => value ?? 0)

/**
 * What happened in the period that ENDS at `endTimeUs`: known only from then on. Periods in which
 * nothing changed are missing. An empty book is quoted 0 and 10,000 bps.
 */
export const candle = z
  .looseObject({
    end_period_ts: unixSecondsUs,
    ...{ yes_bid: prices, yes_ask: prices, price: prices },
    ...{ volume_fp: count, open_interest_fp: count },
  })
  .transform((given) => ({
    endTimeUs: given.end_period_ts,
    yesBid: given.yes_bid,
    yesAsk: given.yes_ask,
    price: given.price,
    volumeCenti: given.volume_fp,
    openInterestCenti: given.open_interest_fp,
  }))
export type VenueCandle = z.infer<typeof candle>

const oldPrices = z
  .looseObject({ open: quote, high: quote, low: quote, close: quote })
  .transform(({ open, high, low, close }) => ({
    ...{ openBps: open, highBps: high, lowBps: low, closeBps: close },
  }))
/** The historical endpoint's names are shorter. */
const oldCandle = z
  .looseObject({
    end_period_ts: unixSecondsUs,
    ...{ yes_bid: oldPrices, yes_ask: oldPrices, price: oldPrices },
    ...{ volume: count, open_interest: count },
  })
  .transform((given): VenueCandle => ({
    endTimeUs: given.end_period_ts,
    yesBid: given.yes_bid,
    yesAsk: given.yes_ask,
    price: given.price,
    volumeCenti: given.volume,
    openInterestCenti: given.open_interest,
  }))

const cursor = z.string().nullish()
export const tradesAnswer = z.looseObject({ trades: z.array(trade).nullish(), cursor })
export const candlesAnswer = z.looseObject({ candlesticks: z.array(candle).nullish() })
export const oldCandlesAnswer = z.looseObject({ candlesticks: z.array(oldCandle).nullish() })
export const batchCandlesAnswer = z.looseObject({
  markets: z.array(
    z.looseObject({ market_ticker: z.string(), candlesticks: z.array(candle).nullish() }),
  ),
})
export const eventCandlesAnswer = z.looseObject({
  market_tickers: z.array(z.string()),
  market_candlesticks: z.array(z.array(candle).nullish()),
  adjusted_end_ts: unixSecondsUs,
})
export const cutoffAnswer = z
  .looseObject({
    market_settled_ts: isoTimeUs,
    trades_created_ts: isoTimeUs,
    orders_updated_ts: isoTimeUs,
  })
  .transform((given) => ({
    marketsSettledUs: given.market_settled_ts,
    tradesCreatedUs: given.trades_created_ts,
    ordersUpdatedUs: given.orders_updated_ts,
  }))
/** What is older is served by `/historical` only. */
export type HistoricalCutoff = z.infer<typeof cutoffAnswer>
