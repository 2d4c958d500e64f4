import { describe, expect, test } from 'vitest'
import { OpenMeteoProvider, type Reading } from '../src/index.ts'
import { ALL, MDW, NYC, timeUs } from './stations.ts'

const NOW = timeUs('2026-11-21T12:02:30Z')
const HOURS = [1_795_132_800, 1_795_136_400, 1_795_140_000]

type Series = Readonly<Record<string, readonly (number | null)[]>>
const place = (series: Series, { latitude, longitude } = NYC, units = '°F') => ({
  ...{ latitude: latitude + 0.03, longitude, generationtime_ms: 1.2, utc_offset_seconds: 0 },
  hourly_units: {
    time: 'unixtime',
    ...Object.fromEntries(Object.keys(series).map((k) => [k, units])),
  },
  hourly: { time: HOURS, ...series },
})

function read(body: unknown, stations = [NYC], models = ['ncep_gefs_seamless']): Reading {
  const provider = new OpenMeteoProvider({ models })
  const [request] = provider.requests('ensemble', { stations, nowUs: NOW, fromUs: NOW, toUs: NOW })
  return provider.read(request!, JSON.stringify(body), NOW)
}
const factsOf = (reading: Reading) => (reading.isRead ? reading.facts : [])

describe('an ensemble', () => {
  test('is the control run and the members in order, known since it was received', () => {
    const body = place({
      temperature_2m_member02: [47.7, 47, 46],
      temperature_2m: [48.2, 47.9, 47.1],
      temperature_2m_member01: [48.6, 48.1, 47.5],
    })
    expect(factsOf(read(body))).toEqual([
      {
        type: 'wx.ensemble.v1',
        eventTimeUs: NOW,
        data: {
          ...{ stationId: 'KNYC', source: 'om:ncep_gefs_seamless', issueTimeUs: NOW },
          validTimesUs: HOURS.map((hour) => hour * 1e6),
          membersF: [
            [48.2, 47.9, 47.1],
            [48.6, 48.1, 47.5],
            [47.7, 47, 46],
          ],
        },
      },
    ])
  })

  test('of several models is one fact a model', () => {
    const body = place({
      temperature_2m_ncep_gefs_seamless: [48, 47, 46],
      temperature_2m_member01_ncep_gefs_seamless: [49, 48, 47],
      temperature_2m_ecmwf_ifs025_ensemble: [50, 49, 48],
    })
    const facts = factsOf(read(body, [NYC], ['ncep_gefs_seamless', 'ecmwf_ifs025_ensemble']))
    expect(facts.map(({ data }) => 'source' in data && data.source)).toEqual([
      'om:ncep_gefs_seamless',
      'om:ecmwf_ifs025_ensemble',
    ])
  })

  test('never fills a null: hours beyond the horizon and members without a value go', () => {
    const body = place({
      temperature_2m: [48, 47, null],
      temperature_2m_member01: [49, 48, 47],
      temperature_2m_member02: [null, null, null],
    })
    expect(factsOf(read(body))).toMatchObject([
      {
        data: {
          validTimesUs: [HOURS[0]! * 1e6, HOURS[1]! * 1e6],
          membersF: [
            [48, 47],
            [49, 48],
          ],
        },
      },
    ])
  })

  test('of several places is in the order asked, each checked against its station', () => {
    const body = [
      place({ temperature_2m: [40, 41, 42] }, MDW),
      place({ temperature_2m: [50, 51, 52] }),
    ]
    expect(factsOf(read(body, [MDW, NYC])).map(({ data }) => data.stationId)).toEqual([
      'KMDW',
      'KNYC',
    ])
    expect(read(body, [NYC, MDW])).toMatchObject({ isRead: false })
    const half = [body[0], place({ temperature_2m: [1, 2, 3] }, MDW)]
    expect(read(half, [MDW, NYC])).toMatchObject({ facts: [{}], faults: [/KNYC: another place/] })
    expect(read(body, [NYC])).toMatchObject({ isRead: false, reason: 'station' })
  })

  test.each([
    ['°C', place({ temperature_2m: [9, 8, 7] }, NYC, '°C')],
    [
      'local times',
      {
        ...place({ temperature_2m: [9, 8, 7] }),
        hourly_units: { time: 'iso8601', temperature_2m: '°F' },
      },
    ],
    ['a row too short', place({ temperature_2m: [48, 47] })],
    ['300 degrees', place({ temperature_2m: [48, 300, 47] })],
    [
      'times that fall',
      { ...place({}), hourly: { time: HOURS.toReversed(), temperature_2m: [1, 2, 3] } },
    ],
    ['no temperature', place({ cloud_cover: [1, 2, 3] })],
    ['an error', { error: true, reason: 'Minutely API request limit exceeded' }],
  ])('in %s is refused', (_, body) => {
    expect(read(body)).toMatchObject({ isRead: false })
  })

  test('is asked for in °F and unix time, some places at a time', () => {
    const provider = new OpenMeteoProvider({ apiKey: 'k' })
    const ask = { stations: [...ALL, ...ALL], nowUs: NOW, fromUs: NOW, toUs: NOW }
    const requests = provider.requests('ensemble', ask)
    expect(requests.map(({ stations }) => stations.length)).toEqual([8, 8])
    const url = new URL(requests[0]!.url)
    expect(url.host).toBe('customer-ensemble-api.open-meteo.com')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ temperature_unit: 'fahrenheit', timeformat: 'unixtime', timezone: 'GMT' },
    })
    expect(url.search).not.toContain('apikey')
  })
})
