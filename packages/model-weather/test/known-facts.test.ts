import type { ClimateReportFact, ObservationFact } from '@kwm/contracts'
import { basisKnownUs, climateDayQuery, factOf, KnownFacts, rangeQuery } from '@kwm/model-weather'
import { expect, test } from 'vitest'

const NYC = { icao: 'KNYC', stdOffsetMinutes: -300 }
const us = (iso: string): number => Date.parse(iso) * 1_000
const LATER = us('2027-01-01T00:00:00Z')

const reading = (taken: string, known: string, change: object = {}): ObservationFact => ({
  ...{ id: `${taken} ${known}`, type: 'wx.observation.v1' },
  ...{ eventTimeUs: us(taken), knownTimeUs: us(known), receivedTimeUs: us(known) },
  data: {
    ...{ stationId: 'KNYC', source: 'iem', kind: 'tenth-f', tempF: 50, dewPointF: null },
    ...{ humidityPct: null, windMph: null, windowStartUs: null, stationIds: [], revision: 0 },
    ...change,
  },
})

test.each([
  ['in March, when the civil day has 23 hours', '2026-03-08', '2026-03-08T05:00:00Z'],
  ['in November, when it has 25', '2026-11-01', '2026-11-01T05:00:00Z'],
  ['in July, when it begins an hour earlier', '2026-07-04', '2026-07-04T05:00:00Z'],
])('a climate day is 24 hours from midnight in standard time: %s', (_, date, start) => {
  const query = climateDayQuery(NYC, date, LATER)
  expect([query.fromUs, query.toUs]).toEqual([us(start), us(start) + 86_400_000_000])
  expect([query.firstDate, query.lastDate]).toEqual([date, date])
})

test('on the day with 25 hours both readings of the hour that repeats are there', () => {
  // 1:30 on the clock, twice: EDT is UTC-4, EST UTC-5.
  const taken = ['2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z']
  const facts = new KnownFacts(taken.map((iso) => reading(iso, iso)))
  const { observations } = facts.asKnownAt(climateDayQuery(NYC, '2026-11-01', LATER))
  expect(observations.map(({ eventTimeUs }) => eventTimeUs)).toEqual(taken.map(us))
})

test('a reading late on a summer evening is of the standard day, not of the civil one', () => {
  // 00:30 on the clock of the 5th is 23:30 of the 4th.
  const facts = new KnownFacts([reading('2026-07-05T04:30:00Z', '2026-07-05T04:35:00Z')])
  const on = (date: string) => facts.asKnownAt(climateDayQuery(NYC, date, LATER)).observations
  expect([on('2026-07-04').length, on('2026-07-05').length]).toEqual([1, 0])
})

test('a revision replaces a reading from when it is known, and a late older one does not', () => {
  const taken = '2026-07-04T15:00:00Z'
  const facts = new KnownFacts([
    reading(taken, '2026-07-04T15:05:00Z'),
    reading(taken, '2026-07-04T18:00:00Z', { revision: 2, tempF: 55 }),
    reading(taken, '2026-07-04T19:00:00Z', { revision: 1, tempF: 53 }),
  ])
  const at = (iso: string) =>
    facts
      .asKnownAt(climateDayQuery(NYC, '2026-07-04', us(iso)))
      .observations.map(({ data }) => data.tempF)
  expect(at('2026-07-04T15:04:59Z')).toEqual([])
  expect(at('2026-07-04T15:05:00Z')).toEqual([50])
  expect(at('2026-07-04T17:59:59Z')).toEqual([50])
  expect(at('2026-07-04T18:00:00Z')).toEqual([55])
  expect(at('2026-07-04T20:00:00Z')).toEqual([55])
})

test('a basis date is known from its end in standard time', () => {
  expect(basisKnownUs('2026-07-03', NYC.stdOffsetMinutes)).toBe(us('2026-07-04T05:00:00Z'))
})

test('a report of a date that does not exist is never answered, and harms nothing', () => {
  const report: ClimateReportFact = {
    ...{ id: 'r', type: 'wx.climate-report.v1', eventTimeUs: 0, knownTimeUs: 0, receivedTimeUs: 0 },
    data: {
      ...{ stationId: 'KNYC', product: 'CLI', climateDate: '2026-02-31', status: 'final' },
      ...{ maxTempF: 60, minTempF: 40, textHash: 'h' },
    },
  }
  const facts = new KnownFacts([report])
  const year = { fromUs: us('2026-01-02T00:00:00Z'), toUs: us('2026-12-01T00:00:00Z') }
  expect(facts.asKnownAt(rangeQuery(NYC, year, LATER)).reports).toEqual([])
  expect(() => rangeQuery(NYC, { fromUs: 2, toUs: 1 }, LATER)).toThrow(/fromUs 2/)
})

test('of the tape the weather is a fact, known when it was received; nothing else is', () => {
  const times = { id: 'e', causationId: 'c', eventTimeUs: 1, ingestTimeUs: 5 }
  const tick = { ...times, type: 'ops.tick.v1', data: { second: 0, source: 'tape' } } as const
  expect(factOf(tick)).toBeUndefined()
  const { type, data } = reading('2026-07-04T15:00:00Z', '2026-07-04T15:05:00Z')
  expect(factOf({ ...times, type, data })).toMatchObject({ knownTimeUs: 5, receivedTimeUs: 5 })
})
