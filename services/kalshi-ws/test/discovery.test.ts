import { VenueRequestError } from '@kwm/adapter-kalshi'
import type { SeriesFeeChange, VenueEvent, VenueMarket, VenueSeries } from '@kwm/adapter-kalshi'
import type { HostRecord } from '@kwm/contracts'
import type { Clock } from '@kwm/runtime'
import { expect, test } from 'vitest'
import { Discovery } from '../src/discovery.ts'
import type { VenueReads } from '../src/venue-reads.ts'
import { parseQueries } from '../src/watch.ts'
import type { Watch } from '../src/watch.ts'

const START_US = 1_795_000_000_000_000

/** A venue that counts what it is asked, and a clock that passes when slept on. */
class PlainVenue {
  nowUs = START_US
  readonly reads = new Map<string, number>()
  readonly markets = new Map<string, VenueMarket[]>()
  readonly down = new Set<string>()
  allSeries: string[] = []
  fees: SeriesFeeChange[] = []
  over: string[] = []
  strikeless: string[] = []
  readonly clock: Clock = {
    nowUs: () => this.nowUs,
    sleep: async (ms) => void (this.nowUs += ms * 1_000),
  }

  readonly rest: VenueReads = {
    series: async (ticker) => (this.#count(`series ${ticker}`), series(ticker)),
    seriesList: async (filter) => {
      this.#count(`list ${filter?.category ?? ''}${filter?.tag ?? ''}`)
      return this.allSeries.map(series)
    },
    events: async (ticker, status) => {
      this.#count(`events ${ticker}`)
      const markets = this.markets.get(ticker) ?? []
      return status === 'open' && markets.length > 0 ? [{ ...eventOf(markets[0]!), markets }] : []
    },
    event: async (ticker) => {
      this.#count(`event ${ticker}`)
      return { event_ticker: ticker, series_ticker: ticker.split('-')[0]! }
    },
    markets: async ({ tickers = [] }) => {
      this.#count(`markets ${tickers.join()}`)
      return [...this.markets.values()].flat().filter(({ ticker }) => tickers.includes(ticker))
    },
    orderbook: async () => ({ yes: [], no: [] }),
    orderbooks: async () => new Map(),
    feeChanges: async () => (this.#count('fees'), this.fees),
  }

  list(seriesTicker: string, ticker = `${seriesTicker}-26NOV20-T50`): void {
    this.markets.set(seriesTicker, [marketOf(ticker)])
  }

  countOf(prefix: string): number {
    return [...this.reads].reduce((sum, [key, n]) => sum + (key.startsWith(prefix) ? n : 0), 0)
  }

  #count(key: string): void {
    this.reads.set(key, (this.reads.get(key) ?? 0) + 1)
    if (this.down.has(key)) {
      throw new VenueRequestError({
        ...{ method: 'GET', path: key, status: 503, message: 'down' },
        ...{ fault: 'unavailable', isSent: true },
      })
    }
  }
}

const series = (ticker: string): VenueSeries => ({ ticker, fee_type: 'quadratic' })
const eventOf = ({ event_ticker }: VenueMarket): VenueEvent => ({
  event_ticker,
  series_ticker: event_ticker.split('-')[0]!,
})
const marketOf = (ticker: string): VenueMarket => ({
  ticker,
  event_ticker: ticker.slice(0, ticker.lastIndexOf('-')),
  status: 'active',
  open_time: '2026-11-19T15:00:00Z',
  close_time: '2026-11-21T05:00:00Z',
})

function discover(venue: PlainVenue, watch: Partial<Watch>) {
  const found: HostRecord[] = []
  const seriesFound: string[] = []
  const failures: string[] = []
  const discovery = new Discovery(
    {
      rest: venue.rest,
      clock: venue.clock,
      onFound: (record) => found.push(record),
      onOutcome: (error) => {
        if (error) failures.push(error.message)
      },
      onSeries: (ticker) => seriesFound.push(ticker),
      unsettled: () => ({ over: venue.over, strikeless: venue.strikeless }),
    },
    { series: [], events: [], markets: [], queries: [], ...watch },
  )
  const { signal } = new AbortController()
  const run = async (minutes: number): Promise<void> => {
    for (const endUs = venue.nowUs + minutes * 60e6; venue.nowUs < endUs; venue.nowUs += 250_000) {
      await discovery.tick(signal)
    }
  }
  return { discovery, found, seriesFound, failures, run, signal }
}

test('a series that matches nothing is asked for ever less often', async () => {
  const venue = new PlainVenue()
  const { discovery, run } = discover(venue, { series: ['KXNOTHING'] })
  await run(60)
  expect(discovery.isDone).toBe(true)
  // Two reads each after 0, 1, 3, 7, 15, 31, 47 … minutes.
  expect(venue.countOf('events')).toBeLessThanOrEqual(16)
  venue.list('KXNOTHING')
  await run(17)
  const before = venue.countOf('events')
  await run(10)
  expect(venue.countOf('events') - before).toBeGreaterThanOrEqual(18)
})

test('a series that fails keeps none of the others waiting, and is tried again', async () => {
  const venue = new PlainVenue()
  venue.list('KXHIGHNY')
  venue.down.add('events KXBROKEN')
  const { discovery, found, failures, run, signal } = discover(venue, {
    series: ['KXBROKEN', 'KXHIGHNY'],
  })
  await discovery.first(signal, false)
  expect(found).toHaveLength(1)
  await run(30)
  expect(failures.length).toBeGreaterThan(8)
  expect(failures.length).toBeLessThan(20)
  venue.down.clear()
  venue.list('KXBROKEN')
  await run(6)
  expect(found.some((r) => r.kind === 'market-listed' && r.data.seriesTicker === 'KXBROKEN')).toBe(
    true,
  )
})

test('while nothing answers the first read goes on trying', async () => {
  const venue = new PlainVenue()
  venue.list('KXHIGHNY')
  venue.down.add('events KXHIGHNY')
  const { discovery, failures, signal } = discover(venue, { series: ['KXHIGHNY'] })
  await discovery.first(signal, true)
  expect(discovery.isDone).toBe(false)
  const trying = discovery.first(signal, false)
  while (failures.length < 4) await Promise.resolve()
  venue.down.clear()
  await trying
  expect(discovery.isDone).toBe(true)
})

test('KXHIGH* and queries find the series; what is found later is followed as well', async () => {
  const venue = new PlainVenue()
  venue.allSeries = ['KXHIGHNY', 'KXHIGHCHI', 'KXRAIN']
  venue.list('KXHIGHNY')
  venue.list('KXHIGHMIA')
  const queries = parseQueries('category=Climate and Weather,prefix=KXHIGH')!
  const { seriesFound, found, run } = discover(venue, { series: ['KXHIGH*'], queries })
  await run(1)
  expect(seriesFound).toEqual(['KXHIGHNY', 'KXHIGHCHI'])
  expect(venue.countOf('list Climate and Weather')).toBe(1)
  venue.allSeries.push('KXHIGHMIA')
  await run(12)
  expect(seriesFound).toContain('KXHIGHMIA')
  expect(found.some((r) => r.kind === 'market-listed' && r.data.seriesTicker === 'KXHIGHMIA')).toBe(
    true,
  )
})

test('queries are read as written, or refused', () => {
  expect(parseQueries('')).toEqual([])
  expect(parseQueries('tag=BTC; prefix=KXBTC15M ,category=Crypto')).toEqual([
    { tag: 'BTC' },
    { prefix: 'KXBTC15M', category: 'Crypto' },
  ])
  for (const bad of ['KXHIGH', 'prefix=', 'colour=red', 'a=b=c']) {
    expect(parseQueries(bad), bad).toBeUndefined()
  }
})

test('a storm of wishes for one market becomes a few reads', async () => {
  const venue = new PlainVenue()
  venue.list('KXHIGHNY')
  const { discovery, run } = discover(venue, { series: ['KXHIGHNY'] })
  await run(1)
  const ticker = 'KXHIGHNY-26NOV20-T50'
  for (let second = 0; second < 300; second++) {
    for (let n = 0; n < 10; n++) discovery.wantMarket(ticker)
    await run(1 / 60)
  }
  expect(venue.countOf('markets')).toBeGreaterThan(5)
  expect(venue.countOf('markets')).toBeLessThan(30)
})

test('a market without its strike is looked at soon, then seldom', async () => {
  const venue = new PlainVenue()
  venue.list('KXBTC15M')
  venue.strikeless = ['KXBTC15M-26NOV20-T50']
  const { run } = discover(venue, { series: ['KXBTC15M'] })
  await run(0.2)
  expect(venue.countOf('markets')).toBeGreaterThanOrEqual(2)
  await run(30)
  expect(venue.countOf('markets')).toBeLessThan(40)
})

test('announced fees come with the listing until the series itself has them', async () => {
  const venue = new PlainVenue()
  venue.list('KXHIGHNY')
  const inMinutes = (minutes: number): number => START_US + minutes * 60e6
  const change = { seriesTicker: 'KXHIGHNY', feeType: 'flat', feeMultiplierMilli: 500 }
  venue.fees = [
    { ...change, effectiveTimeUs: inMinutes(-60) },
    { ...change, effectiveTimeUs: inMinutes(5) },
    { ...change, seriesTicker: 'KXOTHER', effectiveTimeUs: inMinutes(5) },
  ]
  const { found, run } = discover(venue, { series: ['KXHIGHNY'] })
  const last = () => {
    const record = found.at(-1)!
    return record.kind === 'market-listed' ? record.data.feeChanges : undefined
  }
  await run(2)
  expect(last()).toEqual([
    { feeType: 'flat', feeMultiplierMilli: 500, effectiveTimeUs: inMinutes(5) },
  ])
  await run(15) // The series was read again after the change came.
  expect(last()).toEqual([])
})
