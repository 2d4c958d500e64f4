import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventSchemas, isEventType } from '@kwm/contracts'
import { IemProvider, NceiProvider, NwsProvider, OpenMeteoProvider } from '../src/index.ts'
import { parseAsosFiveMinute, readAnswer, VisualCrossingProvider } from '../src/index.ts'
import type { Fact, ProviderRequest, Reading, WeatherProvider } from '../src/index.ts'
import { cf6Text, cliText } from './climate-texts.ts'
import { MDW, NYC, timeUs } from './stations.ts'

const RUNS = Number(process.env['KWM_FUZZ'] ?? 400)
const NOW = timeUs('2026-07-11T07:00:00Z')
const ask = { stations: [MDW], nowUs: NOW, fromUs: NOW - 7_200e6, toUs: NOW }

/** Feeds that are reached by way of another. */
const ENTRY: Readonly<Record<string, string>> = { cli: 'cli-list', grid: 'grid-box' }

const of = (provider: WeatherProvider, feed: string) => {
  const request: ProviderRequest = {
    ...provider.requests(ENTRY[feed] ?? feed, ask)[0]!,
    feed,
  }
  const contentType = request.expects === 'json' ? 'application/json' : 'text/plain'
  return (body: string): Reading =>
    readAnswer(provider, request, { status: 200, contentType, body, receivedTimeUs: NOW })
}
const nws = new NwsProvider({ userAgent: 'test' })
const iem = new IemProvider()
const visualCrossing = new VisualCrossingProvider({ apiKey: 'k' })
const METAR = 'KMDW 110553Z 27012G20KT 10SM FEW045 24/18 A2998 RMK AO2 T02390183 10300 403220206'
const DSM = '000 \nCDUS27 KLOT 110616\nKMDW DS 10/07 911456/ 700431// 91/ 70//0021509/45=\n'
const RECORD = '06/01/25 00:00:31  5-MIN KNYC 010500Z AUTO 10SM CLR 14/13 A2960 RMK AO2 T01440133'
const minute = (datetimeEpoch: number) => ({
  ...{ datetimeEpoch, temp: 80.1, dew: 60, humidity: 50, windspeed: 9 },
  ...{ stations: ['KMDW'], source: 'obs' },
})

const CASES: readonly (readonly [string, (body: string) => Reading, string])[] = [
  ['CLI', of(iem, 'afos-cli'), `${cliText()}\x03${cliText({ section: 'TODAY' })}\x03`],
  ['CF6', of(iem, 'afos-cf6'), cf6Text([' 9  89  67  78   2   0', '10  91  70  81   5   0'])],
  ['DSM', of(iem, 'afos-dsm'), DSM],
  ['METAR rows', of(iem, 'metar'), `station,valid,metar\nMDW,2026-07-11 05:53,${METAR}\n`],
  [
    '5-minute records',
    (body) => parseAsosFiveMinute(body, NYC),
    `94728KNYC NYC202506010000${String(RECORD.length).padStart(3, '0')}${RECORD}\n`,
  ],
  ['CLI product', of(nws, 'cli'), JSON.stringify({ productText: cliText() })],
  [
    'CLI list',
    of(nws, 'cli-list'),
    JSON.stringify({ '@graph': [{ id: 'c376feda-ac0c', issuanceTime: '2026-07-09T06:26:00Z' }] }),
  ],
  [
    'observations',
    of(nws, 'observations'),
    JSON.stringify({
      features: [
        { properties: { timestamp: '2026-07-11T05:53:00Z', rawMessage: METAR } },
        {
          properties: {
            timestamp: '2026-07-11T05:55:00Z',
            temperature: { value: 24, unitCode: 'wmoUnit:degC' },
          },
        },
      ],
    }),
  ],
  [
    'grid',
    of(nws, 'grid'),
    JSON.stringify({
      properties: {
        updateTime: '2026-07-11T06:03:33Z',
        temperature: {
          uom: 'wmoUnit:degC',
          values: [{ validTime: '2026-07-11T08:00:00+00:00/PT2H', value: 26 }],
        },
      },
    }),
  ],
  [
    'CLI as JSON',
    of(iem, 'cli-json'),
    JSON.stringify({ results: [{ station: 'KMDW', valid: '2026-07-09', high: 91, low: 'M' }] }),
  ],
  [
    'minutes',
    of(visualCrossing, 'minutes'),
    JSON.stringify({
      ...{ queryCost: 1, latitude: 41.78, longitude: -87.75 },
      days: [{ hours: [{ ...minute(1_783_750_000), minutes: [minute(1_783_750_300)] }] }],
    }),
  ],
  [
    'forecast',
    of(visualCrossing, 'forecast'),
    JSON.stringify({
      ...{ queryCost: 1, latitude: 41.78, longitude: -87.75 },
      days: [{ hours: [{ datetimeEpoch: 1_783_753_200, temp: 81.5, source: 'fcst' }] }],
    }),
  ],
  [
    'ensemble',
    of(new OpenMeteoProvider({ models: ['gefs'] }), 'ensemble'),
    JSON.stringify({
      ...{ latitude: 41.75, longitude: -87.75 },
      hourly_units: { time: 'unixtime', temperature_2m: '°F', temperature_2m_member01: '°F' },
      hourly: {
        time: [1_783_753_200, 1_783_756_800],
        ...{ temperature_2m: [80.1, null], temperature_2m_member01: [81.2, 82] },
      },
    }),
  ],
  [
    'NCEI',
    of(new NceiProvider(), 'daily'),
    JSON.stringify([{ DATE: '2026-07-09', STATION: 'USW00014819', TMAX: '91', TMIN: '70' }]),
  ],
]

/** What the tape would refuse must not come out of a parser. */
function checkFact(fact: Fact): void {
  expect(Number.isSafeInteger(fact.eventTimeUs) && fact.eventTimeUs >= 0).toBe(true)
  if (!isEventType(fact.type)) return
  const data = fact.type === 'wx.observation.v1' ? { ...fact.data, revision: 0 } : fact.data
  const envelope = { id: 'x', causationId: 'y', eventTimeUs: fact.eventTimeUs, ingestTimeUs: NOW }
  expect(
    eventSchemas[fact.type].safeParse({ ...envelope, type: fact.type, data }).error,
  ).toBeUndefined()
}

const edit = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 12 }),
  text: fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      '-',
      '9',
      '1e9',
      'null',
      'NaN',
      '\n',
      '\x03',
      '"',
      ']',
      '  MAXIMUM ',
      '/',
      'M',
      '\u0000',
      '{}',
    ),
  ),
})

describe.each(CASES)('%s', (_, read, sound) => {
  test('that is sound is read', () => {
    const reading = read(sound)
    expect(reading).toMatchObject({ isRead: true, faults: [] })
    expect(reading.isRead && reading.facts.length + reading.next.length).toBeGreaterThan(0)
  })

  test('edited at random is read or refused, and what comes out fits the tape', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        let body = sound
        for (const { at, length, text } of edits) {
          const from = at % (body.length + 1)
          body = body.slice(0, from) + text + body.slice(from + length)
        }
        const reading = read(body)
        if (reading.isRead) for (const fact of reading.facts) checkFact(fact)
        else expect(reading.detail.length).toBeLessThanOrEqual(200)
      }),
      { numRuns: RUNS, seed: 20_261_121 },
    )
  })

  // A half answer gives a part of the facts, never others.
  test('cut anywhere gives nothing that the whole does not give', () => {
    const whole = read(sound)
    const known = new Set(whole.isRead ? whole.facts.map((fact) => JSON.stringify(fact)) : [])
    for (let length = 0; length < sound.length; length++) {
      const reading = read(sound.slice(0, length))
      if (!reading.isRead) continue
      const others = reading.facts.filter((fact) => !known.has(withoutHash(fact, known)))
      expect({ length, others }).toEqual({ length, others: [] })
    }
  })

  test('bytes at random are refused, or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (body) => {
        const reading = read(body)
        expect(reading.isRead ? reading.facts : []).toEqual([])
      }),
      { numRuns: RUNS, seed: 20_261_121 },
    )
  })
})

/** A report cut behind its table has the same numbers and another text. */
function withoutHash(fact: Fact, known: ReadonlySet<string>): string {
  if (fact.type !== 'wx.climate-report.v1') return JSON.stringify(fact)
  const hashes = [...known].map((text) => (JSON.parse(text) as typeof fact).data.textHash)
  const alike = hashes.map((textHash) =>
    JSON.stringify({ ...fact, data: { ...fact.data, textHash } }),
  )
  return alike.find((text) => known.has(text)) ?? JSON.stringify(fact)
}
