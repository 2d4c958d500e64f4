import { marketListedV1 } from '@kwm/contracts'
import { describe, expect, test } from 'vitest'
import {
  STRIKE_UNKNOWN,
  decodeHostRecord,
  encodeHostRecord,
  mapMarket,
  mapStatus,
  toTimeUs,
} from '../src/index.ts'
import type { VenueMarket } from '../src/index.ts'

const series = { ticker: 'KXHIGHNY', fee_type: 'quadratic', fee_multiplier: 1 }
const event = { event_ticker: 'KXHIGHNY-26NOV20', series_ticker: 'KXHIGHNY' }
const market: VenueMarket = {
  ticker: 'KXHIGHNY-26NOV20-B48.5',
  event_ticker: 'KXHIGHNY-26NOV20',
  status: 'active',
  title: 'Will the high temp in NYC be 48-49° on Nov 20, 2026?',
  open_time: '2026-11-19T15:00:00Z',
  close_time: '2026-11-21T04:59:00Z',
  updated_time: '2026-11-19T15:00:00.825938Z',
  strike_type: 'between',
  floor_strike: 48,
  cap_strike: 49,
  price_ranges: [{ start: '0.0000', end: '1.0000', step: '0.0100' }],
  exchange_index: 0,
  rules_primary:
    'If the maximum temperature recorded at New York City (CLINYC) for Nov 20, 2026, is between 48-49° fahrenheit according to The Weather Company, then the market resolves to Yes.',
}

const btcSeries = { ticker: 'KXBTC15M', fee_type: 'quadratic', fee_multiplier: 1 }
const btcEvent = { event_ticker: 'KXBTC15M-26NOV201200', series_ticker: 'KXBTC15M' }
const btc: VenueMarket = {
  ...market,
  ticker: 'KXBTC15M-26NOV201200-00',
  event_ticker: 'KXBTC15M-26NOV201200',
  strike_type: 'greater_or_equal',
  floor_strike: 95_123.45,
  cap_strike: null,
  exchange_index: 2,
  rules_primary:
    "If the simple average of the sixty seconds of CF Benchmarks' BRTI before 12:00 PM is at least the simple average of the sixty seconds of CF Benchmarks' BRTI before 11:45 AM, then the market resolves to Yes.",
}

describe('a listing', () => {
  test('of a temperature bracket', () => {
    const listing = mapMarket(market, event, series)
    expect(listing).toMatchObject({
      seriesTicker: 'KXHIGHNY',
      strikeType: 'between',
      floorStrike: 48,
      capStrike: 49,
      closeTimeUs: Date.UTC(2026, 10, 21, 4, 59) * 1_000,
      priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
      feeType: 'quadratic',
      feeMultiplierMilli: 1_000,
      isTradable: true,
      untradableReason: null,
      isSynthetic: false,
    })
    expect(marketListedV1.shape.data.parse(listing)).toEqual(listing)
    expect(mapMarket({ ...market, is_synthetic: true }, event, series).isSynthetic).toBe(true)
  })

  test('what the rules are judged by comes along: subtitle, sources, the label of the grid', () => {
    const settlement_sources = [{ name: 'n', url: 'https://a.example/?issuedby=NYC' }, { url: 7 }]
    const told = { ...market, yes_sub_title: '48° to 49°', price_level_structure: 'linear_cent' }
    expect(mapMarket(told, event, { ...series, settlement_sources })).toMatchObject({
      subtitle: '48° to 49°',
      sourceUrls: ['https://a.example/?issuedby=NYC'],
      priceLevelStructure: 'linear_cent',
    })
    expect(mapMarket(market, event, { ...series, settlement_sources: 'x' }).sourceUrls).toEqual([])
  })

  test('announced fees of the series come along, unless the event has its own', () => {
    const changes = [{ effectiveTimeUs: 5, feeType: 'flat', feeMultiplierMilli: 1_000 }]
    expect(mapMarket(market, event, series, changes).feeChanges).toEqual(changes)
    const own = { ...event, fee_type_override: 'quadratic' }
    expect(mapMarket(market, own, series, changes).feeChanges).toEqual([])
  })

  test('a 15-minute market is not traded before its strike is announced', () => {
    expect(mapMarket(btc, btcEvent, btcSeries)).toMatchObject({
      isTradable: true,
      exchangeIndex: 2,
    })
    const { strike_type: _type, floor_strike: _floor, ...strikeless } = btc
    expect(mapMarket(strikeless, btcEvent, btcSeries)).toMatchObject({
      isTradable: false,
      untradableReason: STRIKE_UNKNOWN,
      strikeType: '',
      floorStrike: null,
    })
  })

  test('without readable price ranges', () => {
    const { price_ranges: _ranges, ...bare } = market
    expect(mapMarket(bare, event, series)).toMatchObject({
      isTradable: false,
      untradableReason: 'no price ranges',
    })
  })

  test("an event's fees go before its series'", () => {
    const cheap = { ...event, fee_type_override: 'flat', fee_multiplier_override: 0.5 }
    expect(mapMarket(market, cheap, series)).toMatchObject({
      feeType: 'flat',
      feeMultiplierMilli: 500,
    })
  })
})

test('a status speaks the words of the field', () => {
  expect(mapStatus({ ...market, status: 'open' }).status).toBe('active')
  expect(
    mapStatus({
      ...market,
      status: 'finalized',
      result: 'no',
      settlement_value_dollars: '0.0000',
    }),
  ).toEqual({
    marketTicker: market.ticker,
    status: 'finalized',
    result: 'no',
    settlementValueBps: 0,
  })
  expect(mapStatus({ ...market, result: '' }).result).toBeNull()
})

test('times keep their microseconds', () => {
  expect(toTimeUs('2026-11-20T00:00:00.825938Z')).toBe(Date.UTC(2026, 10, 20) * 1_000 + 825_938)
  expect(toTimeUs('2026-11-20T00:00:00.53456Z')).toBe(Date.UTC(2026, 10, 20) * 1_000 + 534_560)
  expect(toTimeUs('2026-11-20T00:00:00Z')).toBe(Date.UTC(2026, 10, 20) * 1_000)
})

test('host records come back as they went; others are refused', () => {
  const data = mapMarket(market, event, series)
  for (const record of [
    { kind: 'start' },
    { kind: 'second' },
    { kind: 'market-listed', eventTimeUs: 1, data },
  ] as const) {
    expect(decodeHostRecord(encodeHostRecord(record))).toEqual(record)
  }
  expect(decodeHostRecord(Buffer.from('{'))).toMatchObject({ kind: 'refused', reason: 'not-json' })
  expect(decodeHostRecord(Buffer.from('{"kind":"stop"}'))).toMatchObject({ kind: 'refused' })
})
