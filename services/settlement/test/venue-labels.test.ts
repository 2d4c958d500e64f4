import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { VenueMarket } from '@kwm/adapter-kalshi'
import { auditLabels } from '../src/label-audit.ts'
import { eventDayOf, eventsOf } from '../src/event-day.ts'
import { LabelBook } from '../src/label-book.ts'
import { venueLabels } from '../src/venue-labels.ts'
import { settledEvent } from './venue-markets.ts'

const EVENT = 'KXHIGHNY-26JUL10'

describe('the name of an event', () => {
  test('has the station of its series and the climate day, and back', () => {
    const day = eventDayOf('KXHIGHTDC-27JAN02')!
    expect([day.station.icao, day.climateDate]).toEqual(['KDCA', '2027-01-02'])
    expect(eventsOf(day.station, day.climateDate)).toEqual(['KXHIGHTDC-27JAN02'])
  })

  test.each([
    'KXHIGHNY-26FEB30',
    'KXHIGHNY-26JLY10',
    'KXBTCD-26AUG17',
    'KXLOWTNY-26JUL10',
    'KXHIGHNY',
  ])('%s is none of ours', (ticker) => expect(eventDayOf(ticker)).toBeUndefined())
})

describe('the venue settled', () => {
  test.each([
    [80, 79],
    [80, 80],
    [80, 85],
    [80, 87],
    [80, 88],
  ])('with brackets from %d on %d', (lowest, value) => {
    const { labels, faults } = venueLabels(settledEvent(EVENT, lowest, value))
    expect(faults).toEqual([])
    expect(labels).toMatchObject([
      {
        ...{ eventTicker: EVENT, stationId: 'KNYC', climateDate: '2026-07-10', maxTempF: value },
        settledTimeUs: Date.parse('2026-07-11T12:00:59.542Z') * 1_000 + 488,
      },
    ])
    const [from, to] = labels[0]!.range
    expect(value >= from && value <= to).toBe(true)
  })

  test('without a value: the bracket alone is known', () => {
    const markets = settledEvent(EVENT, 80, 85, { expiration_value: '' })
    expect(venueLabels(markets).labels).toMatchObject([{ maxTempF: null, range: [84, 85] }])
  })

  test('at its close, where the time of settlement cannot be read', () => {
    const markets = settledEvent(EVENT, 80, 85, { settlement_ts: 'soon' })
    const closeUs = Date.parse('2026-07-11T04:59:00Z') * 1_000
    expect(venueLabels(markets).labels).toMatchObject([{ settledTimeUs: closeUs }])
  })

  test('not yet, or something else', () => {
    expect(venueLabels(settledEvent(EVENT, 80, 85, { result: '' }))).toEqual({
      labels: [],
      faults: [],
    })
    expect(venueLabels(settledEvent('KXLOWTNY-26JUL10', 80, 85)).labels).toEqual([])
  })

  const edited = (index: number, change: Partial<VenueMarket>): VenueMarket[] =>
    settledEvent(EVENT, 80, 85).map((market, at) =>
      at === index ? { ...market, ...change } : market,
    )
  test.each([
    ['on two values', edited(0, { expiration_value: '84.00' })],
    ['two brackets YES', edited(0, { result: 'yes' })],
    [
      'a value outside the bracket that won',
      settledEvent(EVENT, 80, 85).map((one) => ({ ...one, expiration_value: '90.00' })),
    ],
    ['between YES and NO', edited(0, { result: 'scalar' })],
    ['on no whole degree', settledEvent(EVENT, 80, 85, { expiration_value: '84.50' })],
    ['on words', settledEvent(EVENT, 80, 85, { expiration_value: 'above' })],
    ['a winner without strikes', edited(3, { floor_strike: null, cap_strike: null })],
  ])('%s: a contradiction, and nothing is believed', (_, markets) => {
    expect(venueLabels(markets)).toMatchObject({ labels: [], faults: [{ eventTicker: EVENT }] })
  })
})

const DATA = process.env['KWM_DATA_DIR'] ?? join(import.meta.dirname, '../../../../shared/data')
const DAYS = ['2026-07-16', '2026-07-17', '2026-07-18', '2026-07-19']

type Actuals = {
  readonly actuals: { readonly high: { readonly cli: number | null } }
  readonly settled_markets?: {
    readonly events?: {
      readonly event_ticker: string
      readonly expiration_value: string
      readonly results: Readonly<Record<string, string>>
    }[]
  }
}

describe.skipIf(!existsSync(DATA))(
  'four recorded days of all cities (not without the recordings)',
  () => {
    test('every value gives every bracket its result, and is that of the climate report', () => {
      const book = new LabelBook()
      for (const day of DAYS) {
        const lines = readFileSync(join(DATA, `temperature_books/actuals_dt=${day}.jsonl`), 'utf8')
        for (const line of lines.trim().split('\n')) record(book, JSON.parse(line) as Actuals)
      }
      const nowUs = Date.parse('2026-07-20T00:00:00Z') * 1_000
      const { counts, mismatches } = auditLabels(book, nowUs)
      expect(mismatches).toEqual([])
      expect(counts.match).toBe(62)
    })

    function record(book: LabelBook, { actuals, settled_markets: settled }: Actuals): void {
      for (const event of settled?.events ?? []) {
        if (!event.event_ticker.startsWith('KXHIGH')) continue
        const { labels, faults } = venueLabels(marketsOf(event))
        expect(faults).toEqual([])
        if (Object.values(event.results).includes('yes')) expect(labels).toHaveLength(1)
        const { event_ticker: eventTicker } = event
        for (const label of labels) book.record({ ...label, source: 'kalshi', ingestTimeUs: 1 })
        const { cli } = actuals.high
        if (cli !== null)
          book.record({ eventTicker, source: 'cli-final', maxTempF: cli, ingestTimeUs: 1 })
      }
    }

    /** The strikes are in the names of the brackets: of two T markets the lower one is the lower tail. */
    function marketsOf(
      event: NonNullable<NonNullable<Actuals['settled_markets']>['events']>[number],
    ) {
      const tails = Object.keys(event.results)
        .filter((ticker) => /-T\d+$/.test(ticker))
        .map((ticker) => Number(/-T(\d+)$/.exec(ticker)![1]))
      return Object.entries(event.results).map(([ticker, result]): VenueMarket => {
        const [, letter, text] = /-([TB])([\d.]+)$/.exec(ticker)!
        const strike = Number(text)
        const isLower = letter === 'T' && strike === Math.min(...tails)
        const [type, floor, cap] =
          letter === 'B'
            ? (['between', strike - 0.5, strike + 0.5] as const)
            : isLower
              ? (['less', null, strike] as const)
              : (['greater', strike, null] as const)
        return {
          ...{ ticker, event_ticker: event.event_ticker, status: 'finalized', result },
          ...{ open_time: '2026-07-09T14:00:00Z', close_time: '2026-07-11T04:59:00Z' },
          ...{ strike_type: type, floor_strike: floor, cap_strike: cap },
          expiration_value: event.expiration_value,
        }
      })
    }
  },
)
