import type {
  CandleInterval,
  HistoricalCutoff,
  KalshiHistory,
  KalshiRest,
  TimeRange,
  VenueMarket,
} from '@kwm/adapter-kalshi'
import { toTimeUs } from '@kwm/adapter-kalshi'
import type { HistoryRow, HistoryTable } from '@kwm/adapter-pg'
import type { Clock } from '@kwm/runtime'
import { candleRows, marketRow, tradeRow } from './history-tables.ts'

export type Venue = {
  readonly rest: KalshiRest
  readonly history: KalshiHistory
  readonly clock: Clock
}

/** A piece of the past that is fetched, stored and marked done as a whole. */
export type Item = {
  readonly key: string
  readonly table: HistoryTable
  /** Of the file, below the output directory. */
  readonly file: string
  readonly isFinal: boolean
  readonly fetch: (signal: AbortSignal) => Promise<readonly HistoryRow[]>
}

/** Markets of a series that close within the range, live ones and those only the history knows. */
export async function findMarkets(
  { rest, history }: Venue,
  seriesTicker: string,
  range: TimeRange,
  cutoff: HistoricalCutoff,
  signal: AbortSignal,
): Promise<readonly VenueMarket[]> {
  const found = new Map<string, VenueMarket>()
  const isWanted = ({ close_time }: VenueMarket): boolean => {
    const closeUs = toTimeUs(close_time)
    return closeUs >= range.fromUs && closeUs < range.toUs
  }
  if (range.fromUs < cutoff.marketsSettledUs) {
    for await (const { items } of history.markets(seriesTicker, '', signal)) {
      for (const market of items.filter(isWanted)) found.set(market.ticker, market)
    }
  }
  const bounds = {
    minCloseTs: Math.floor(range.fromUs / 1e6),
    maxCloseTs: Math.ceil(range.toUs / 1e6),
  }
  for (const market of await rest.markets({ seriesTicker, ...bounds }, signal)) {
    if (isWanted(market)) found.set(market.ticker, market)
  }
  return [...found.values()].toSorted((a, b) => a.ticker.localeCompare(b.ticker))
}

export function marketsItem(
  { clock }: Venue,
  seriesTicker: string,
  markets: readonly VenueMarket[],
): Item {
  const rows = markets.map((market) => marketRow(market, seriesTicker, clock.nowUs()))
  return {
    key: `markets/${seriesTicker}`,
    table: 'markets',
    file: `markets/${seriesTicker}.parquet`,
    isFinal: false,
    fetch: () => Promise.resolve(rows),
  }
}

/** One item an event, all of its brackets in one or a few requests where the venue is live. */
export function candleItems(
  venue: Venue,
  seriesTicker: string,
  markets: readonly VenueMarket[],
  interval: CandleInterval,
  cutoff: HistoricalCutoff,
): Item[] {
  return [...byEvent(markets)].map(([eventTicker, brackets]) => ({
    key: `candles/${interval}/${eventTicker}`,
    table: 'candles',
    file: `candles/${interval}/${seriesTicker}/${eventTicker}.parquet`,
    isFinal: brackets.every(isSettled),
    fetch: async (signal) => {
      const range = lifeOf(brackets)
      const old = brackets.filter((market) => isHistorical(market, cutoff))
      const found = []
      for (const { ticker } of old) {
        const candles = await venue.history.historicalCandles(ticker, range, interval, signal)
        found.push({ marketTicker: ticker, candles })
      }
      if (old.length < brackets.length) {
        const event = { seriesTicker, eventTicker }
        found.push(...(await venue.history.eventCandles(event, range, interval, signal)))
      }
      const knownUs = venue.clock.nowUs()
      return found.flatMap((one) => candleRows(one, interval, knownUs))
    },
  }))
}

/** One item a market: what is older than the cutoff from `/historical`, the rest live. */
export function tradeItems(
  venue: Venue,
  seriesTicker: string,
  markets: readonly VenueMarket[],
  cutoff: HistoricalCutoff,
): Item[] {
  return markets.map((market) => ({
    key: `trades/${market.ticker}`,
    table: 'trades',
    file: `trades/${seriesTicker}/${market.ticker}.parquet`,
    isFinal: isSettled(market),
    fetch: async (signal) => {
      const { fromUs, toUs } = lifeOf([market])
      const cutUs = Math.min(Math.max(cutoff.tradesCreatedUs, fromUs), toUs)
      const rows = new Map<string, HistoryRow>()
      const read = async (side: 'live' | 'historical', range: TimeRange): Promise<void> => {
        if (range.fromUs >= range.toUs) return
        for await (const page of venue.history.trades(market.ticker, range, side, '', signal)) {
          for (const trade of page.items) {
            rows.set(trade.tradeId, tradeRow(trade, venue.clock.nowUs()))
          }
        }
      }
      await read('historical', { fromUs, toUs: cutUs })
      await read('live', { fromUs: cutUs, toUs })
      return [...rows.values()].toReversed() // The venue says the newest first.
    },
  }))
}

const isSettled = ({ status }: VenueMarket): boolean =>
  status === 'finalized' || status === 'settled'

const isHistorical = (market: VenueMarket, cutoff: HistoricalCutoff): boolean =>
  isSettled(market) && toTimeUs(settledTime(market)) < cutoff.marketsSettledUs

const settledTime = ({ settlement_ts, close_time }: VenueMarket): string =>
  settlement_ts || close_time

const SLACK_US = 60_000_000

/** From the first opening to a minute behind the last close. */
const lifeOf = (markets: readonly VenueMarket[]): TimeRange => ({
  fromUs: Math.min(...markets.map(({ open_time }) => toTimeUs(open_time))),
  toUs: Math.max(...markets.map(({ close_time }) => toTimeUs(close_time))) + SLACK_US,
})

export function byEvent(markets: readonly VenueMarket[]): ReadonlyMap<string, VenueMarket[]> {
  const events = new Map<string, VenueMarket[]>()
  for (const market of markets) {
    events.set(market.event_ticker, [...(events.get(market.event_ticker) ?? []), market])
  }
  return events
}
