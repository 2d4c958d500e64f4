import ccxt from 'ccxt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openVenue, type Venue } from './harness.ts'
import { day, TICKER } from './trader.ts'

/** The part of ccxt's Kalshi class that is used here; its own types are those of another exchange. */
type Kalshi = {
  urls: { api: Record<string, string> }
  fetchMarkets(): Promise<CcxtMarket[]>
  loadMarkets(): Promise<unknown>
  fetchOrderBook(symbol: string): Promise<{ bids: number[][]; asks: number[][] }>
}

type CcxtMarket = {
  readonly info: { readonly ticker: string }
  readonly outcomes: readonly { readonly label: string; readonly outcome: string }[]
}

let venue: Venue
let kalshi: Kalshi

beforeAll(async () => {
  venue = await openVenue(day, { start: 'manual' })
  const { prediction } = ccxt as unknown as { prediction: { kalshi: new () => Kalshi } }
  kalshi = new prediction.kalshi()
  kalshi.urls.api['kalshi'] = `http://127.0.0.1:${venue.server.port}/trade-api/v2`
})
afterAll(() => venue.close())

test('ccxt, told nothing but the address, finds the markets', async () => {
  const markets = await kalshi.fetchMarkets()
  expect(markets.map(({ info }) => info.ticker)).toContain(TICKER)
})

test('and reads an order book: our bids, and asks that are the other side’s bids', async () => {
  await kalshi.loadMarkets()
  const market = (await kalshi.fetchMarkets()).find(({ info }) => info.ticker === TICKER)!
  const book = await kalshi.fetchOrderBook(
    market.outcomes.find(({ label }) => label === 'YES')!.outcome,
  )
  const path = `/trade-api/v2/markets/${TICKER}/orderbook`
  const { orderbook_fp } = (await venue.get(path)) as { orderbook_fp: Record<string, Levels> }
  const [yes, no] = [orderbook_fp['yes_dollars']!, orderbook_fp['no_dollars']!]
  const best = Math.max(...book.bids.map(([price]) => price!))
  expect(best).toBeCloseTo(Number(yes.at(-1)![0]), 9)
  const ask = Math.min(...book.asks.map(([price]) => price!))
  expect(ask).toBeCloseTo(1 - Number(no.at(-1)![0]), 9)
  expect([book.bids.length, book.asks.length]).toEqual([yes.length, no.length])
})

type Levels = readonly (readonly [string, string])[]
