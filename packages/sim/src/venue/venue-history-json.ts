import type { Candle, Ohlc } from './candles.ts'
import { contracts, dollars } from './venue-frames.ts'
import type { JsonObject } from './venue-rest.ts'

const ohlcJson = ({ openBps, highBps, lowBps, closeBps }: Ohlc): JsonObject => ({
  open_dollars: dollars(openBps),
  low_dollars: dollars(lowBps),
  high_dollars: dollars(highBps),
  close_dollars: dollars(closeBps),
})

const NO_PRICE = { open_dollars: null, low_dollars: null, high_dollars: null, close_dollars: null }

/** As the live endpoints write it. */
export const candleJson = (candle: Candle): JsonObject => ({
  end_period_ts: candle.endTs,
  yes_bid: ohlcJson(candle.yesBid),
  yes_ask: ohlcJson(candle.yesAsk),
  price: {
    ...(candle.price ? ohlcJson(candle.price) : NO_PRICE),
    mean_dollars: candle.price ? dollars(candle.price.meanBps) : null,
    previous_dollars: candle.previousBps === null ? null : dollars(candle.previousBps),
  },
  volume_fp: contracts(candle.volumeCenti),
  open_interest_fp: contracts(candle.openInterestCenti),
})

/** As `/historical` writes the same: without the units in the names. */
export const historicalCandleJson = (candle: Candle): JsonObject => {
  const { volume_fp, open_interest_fp, ...rest } = candleJson(candle)
  return {
    ...(withoutUnits(rest) as JsonObject),
    volume: volume_fp,
    open_interest: open_interest_fp,
  }
}

function withoutUnits(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(
    ([name, inner]) => [name.replace(/_dollars$/, ''), withoutUnits(inner)] as const,
  )
  return Object.fromEntries(entries)
}
