import type { VenueMarket } from '@kwm/adapter-kalshi'
import { stationOfSeries } from '@kwm/model-weather'
import { expect, test } from 'vitest'
import { labelsOf } from '../src/backfill/weather/kalshi-labels.ts'

const CHICAGO = stationOfSeries('KXHIGHCHI')!
const NOW_US = Date.parse('2026-11-20T00:00:00Z') * 1_000
const EVENT = 'KXHIGHCHI-26JUL10'

const market = (change: Partial<VenueMarket> = {}): VenueMarket => ({
  ...{ ticker: `${EVENT}-T94`, event_ticker: EVENT, status: 'finalized', result: 'no' },
  ...{ open_time: '2026-07-09T14:00:00Z', close_time: '2026-07-11T06:00:00Z' },
  ...{ settlement_ts: '2026-07-11T12:00:59.542488Z', expiration_value: '85.00' },
  rules_primary: 'the maximum temperature recorded at Chicago Midway (CLIMDW) for Jul 10, 2026',
  ...change,
})

test('an event is one label, known when the last of its markets was settled', () => {
  const early = market({ settlement_ts: '2026-07-10T21:00:00Z', ticker: `${EVENT}-B80.5` })
  const { facts, faults } = labelsOf([early, market()], CHICAGO, NOW_US)
  expect(faults).toEqual([])
  expect(facts).toEqual([
    {
      type: 'wx.settlement.v1',
      eventTimeUs: Date.parse('2026-07-11T06:00:00Z') * 1_000,
      knownTimeUs: Date.parse('2026-07-11T12:00:59Z') * 1_000 + 542_488,
      receivedTimeUs: NOW_US,
      data: {
        ...{ eventTicker: EVENT, stationId: 'KMDW', climateDate: '2026-07-10' },
        ...{ source: 'kalshi', maxTempF: 85 },
      },
    },
  ])
})

test('a label that does not say when it came is known at the backstop, a week after the close', () => {
  const { facts } = labelsOf([market({ settlement_ts: null })], CHICAGO, NOW_US)
  expect(facts[0]!.knownTimeUs).toBe(Date.parse('2026-07-18T06:00:00Z') * 1_000)
})

test('an event without a value yet is no label and no fault', () => {
  expect(labelsOf([market({ expiration_value: '' })], CHICAGO, NOW_US)).toEqual({
    facts: [],
    faults: [],
  })
})

test.each([
  ['another station', [market({ rules_primary: 'at Chicago OHare (CLIORD)' })], 'CLIORD'],
  ['two values', [market(), market({ expiration_value: '86.00' })], '85.00, 86.00'],
  ['a value that is no number', [market({ expiration_value: 'Above' })], '"Above"'],
  ['a time that is none', [market({ settlement_ts: 'soon' })], 'settlement_ts'],
  ['an event without a date', [market({ event_ticker: 'KXHIGHCHI-X' })], 'KXHIGHCHI-X'],
])('%s is a fault that names the event', (_, markets, named) => {
  const { facts, faults } = labelsOf(markets, CHICAGO, NOW_US)
  expect(facts).toEqual([])
  expect(faults).toEqual([expect.stringContaining(named)])
  expect(faults[0]).toContain('KXHIGHCHI-')
})
