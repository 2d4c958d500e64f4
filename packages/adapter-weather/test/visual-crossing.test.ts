import { describe, expect, test } from 'vitest'
import { readAnswer, VisualCrossingProvider, type ProviderRequest } from '../src/index.ts'
import { MDW, timeUs } from './stations.ts'

const NOW = timeUs('2026-11-01T07:10:00Z')
const provider = new VisualCrossingProvider({ apiKey: 'secret' })
const ask = { stations: [MDW], nowUs: NOW, fromUs: NOW - 7_200e6, toUs: NOW }
const one = (feed: string): ProviderRequest => provider.requests(feed, ask)[0]!

const row = (datetimeEpoch: number, values: object = {}) => ({
  ...{ datetime: '01:00:00', datetimeEpoch, temp: 40.1, dew: 30, humidity: 66.5, windspeed: 12.3 },
  ...{ stations: ['KMDW'], source: 'obs', ...values },
})
const answer = (hours: object[], root: object = {}): string =>
  JSON.stringify({
    ...{ queryCost: 24, latitude: 41.786, longitude: -87.752, timezone: 'America/Chicago' },
    ...{ tzoffset: -6, days: [{ datetime: '2026-11-01', hours }], ...root },
  })
const read = (body: string, feed = 'minutes', contentType = 'application/json;charset=utf-8') =>
  readAnswer(provider, one(feed), { status: 200, contentType, body, receivedTimeUs: NOW })

describe('what is asked', () => {
  test('minutes: one station, no blending, °F, by the second, and no key in the address', () => {
    const url = new URL(one('minutes').url)
    expect(url.pathname.endsWith(`/timeline/stn:KMDW/${NOW / 1e6 - 7_200}/${NOW / 1e6}`)).toBe(true)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ options: 'minuteinterval_5', include: 'minutes', maxStations: '1', unitGroup: 'us' },
    })
    expect(url.search).not.toMatch(/nonulls|key/)
    expect(provider.secretQuery).toEqual({ key: 'secret' })
  })

  test('the form that retires, by setting', () => {
    const old = new VisualCrossingProvider({ apiKey: 'k', minutesForm: 'aggregate' })
    const url = new URL(old.requests('minutes', ask)[0]!.url)
    expect(url.searchParams.get('aggregateMinutes')).toBe('5')
    expect(url.searchParams.has('options')).toBe(false)
  })

  test('a forecast of an earlier day, by its basis date', () => {
    const url = new URL(provider.basisRequests('2026-10-30', ask)[0]!.url)
    expect(url.searchParams.get('forecastBasisDate')).toBe('2026-10-30')
    expect(url.pathname).toMatch(/stn:KMDW\/2026-10-31\/2026-11-01$/)
  })
})

describe('minutes', () => {
  test('are observations at their epoch, also in the hour that comes twice', () => {
    const first = timeUs('2026-11-01T06:55:00Z') / 1e6
    const again = timeUs('2026-11-01T07:05:00Z') / 1e6
    const reading = read(
      answer([
        {
          ...row(first),
          minutes: [row(first, { temp: 41 }), row(first + 300, { stations: null })],
        },
        { ...row(again), minutes: [row(again, { temp: null, dew: null })] },
      ]),
    )
    expect(reading).toMatchObject({ isRead: true, cost: 24, faults: [] })
    const facts = reading.isRead ? reading.facts : []
    expect(facts.map((fact) => fact.eventTimeUs / 1e6)).toEqual([first, first + 300, again])
    expect(facts.map(({ data }) => data)).toMatchObject([
      { kind: 'smooth', tempF: 41, dewPointF: 30, humidityPct: 66.5, stationIds: ['KMDW'] },
      { tempF: 40.1, stationIds: [] },
      { tempF: null, dewPointF: null },
    ])
  })

  test('that are forecast or from elsewhere are no observations', () => {
    const minutes = [row(1_800_000_000, { source: 'fcst' }), row(1_800_000_300, { source: 'comb' })]
    expect(read(answer([{ ...row(1_800_000_000), minutes }]))).toMatchObject({ facts: [] })
  })

  test('that do not say where they are from are observations when they name a station', () => {
    const minutes = [
      row(1_800_000_000, { source: null }),
      row(1_800_000_300, { source: null, stations: null }),
    ]
    const reading = read(answer([{ ...row(1_800_000_000), minutes }]))
    expect(reading.isRead && reading.facts.map(({ eventTimeUs }) => eventTimeUs / 1e6)).toEqual([
      1_800_000_000,
    ])
  })

  test('in the form that retires are the rows of the hours', () => {
    const hours = [row(1_800_000_000), row(1_800_000_300)]
    expect(read(answer(hours))).toMatchObject({ facts: [{}, {}] })
  })

  test.each([
    ['of another place', answer([row(1_800_000_000)], { latitude: 41.98 + 1 }), 'station'],
    ['in kelvin', answer([row(1_800_000_000, { temp: 277.6 })]), 'shape'],
    ['half', answer([row(1_800_000_000)]).slice(0, -40), 'not-json'],
    ['without days', '{"queryCost":1,"latitude":1,"longitude":1}', 'shape'],
    ['text for numbers', answer([row(1_800_000_000, { temp: '40.1' })]), 'shape'],
    ['HTML', '<html><body>Maintenance</body></html>', 'html'],
  ])('%s are refused', (_, body, reason) => {
    expect(read(body)).toMatchObject({ isRead: false, reason })
  })

  test('plain text where JSON was asked for is refused, whatever it holds', () => {
    const reading = read(answer([row(1_800_000_000)]), 'minutes', 'text/plain')
    expect(reading).toMatchObject({ isRead: false, reason: 'content-type' })
  })

  test.each([
    [401, 'unauthorized'],
    [429, 'limited'],
    [500, 'http-status'],
    [400, 'http-status'],
  ])('status %d is refused unread', (status, reason) => {
    const body = answer([row(1_800_000_000)])
    const given = { status, contentType: 'application/json', body, receivedTimeUs: NOW }
    expect(readAnswer(provider, one('minutes'), given)).toMatchObject({ isRead: false, reason })
  })
})

describe('a forecast', () => {
  const hours = [row(1_800_003_600, { source: 'fcst', temp: 50 }), row(1_800_000_000, { temp: 45 })]

  test('has the hours that are forecast, and is known since it was received', () => {
    expect(read(answer(hours), 'forecast')).toMatchObject({
      facts: [
        {
          type: 'wx.forecast.v1',
          eventTimeUs: NOW,
          data: {
            issueTimeUs: NOW,
            basisDate: null,
            validTimesUs: [1_800_003_600e6],
            tempsF: [50],
          },
        },
      ],
    })
  })

  test('of an earlier basis date is known from the midnight after it, in standard time', () => {
    const request = provider.basisRequests('2026-10-30', ask)[0]!
    const given = { status: 200, contentType: 'application/json', receivedTimeUs: NOW }
    expect(readAnswer(provider, request, { ...given, body: answer(hours) })).toMatchObject({
      facts: [
        {
          eventTimeUs: timeUs('2026-10-31T06:00:00Z'),
          data: { basisDate: '2026-10-30', tempsF: [45, 50] },
        },
      ],
    })
  })
})
