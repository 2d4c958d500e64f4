import { parseRules, STATIONS } from '@kwm/model-venue'
import {
  seriesOfStation,
  SYNTHETIC_STATION,
  stationOfIcao,
  stationOfMarket,
  stationOfReport,
  stationOfSeries,
  stations,
} from '@kwm/model-weather'
import { expect, test } from 'vitest'

const rulesOf = (station: string): string =>
  `If the maximum temperature recorded at Chicago (${station}) for Oct 2, 2026, is less than 80° fahrenheit according to The Weather Company, then the market resolves to Yes.`

const readStation = (text: string): string | null => {
  const parsed = parseRules(text)
  if (!parsed.ok) throw new Error(`unread: ${text}`)
  return parsed.rules.station
}

test('all 24 series have a station of their own, and each way of asking gives the same one', () => {
  const series = Object.keys(STATIONS).filter((ticker) => ticker !== 'KXHIGHSYN')
  expect(series).toHaveLength(24)
  expect(new Set(series.map((ticker) => stationOfSeries(ticker)?.icao)).size).toBe(24)
  for (const station of stations) {
    expect(stationOfIcao(station.icao)).toBe(station)
    expect(stationOfReport(station.report)).toBe(station)
    expect(seriesOfStation(station).map(stationOfSeries)).toEqual([station])
  }
})

test('the synthetic station is known, and no station a provider is asked for', () => {
  expect(stationOfSeries('KXHIGHSYN')).toBe(SYNTHETIC_STATION)
  expect(stationOfIcao('KSYN')).toBe(SYNTHETIC_STATION)
  expect(stations).not.toContain(SYNTHETIC_STATION)
})

test('standard time is the zone of the meridian, an hour or so about it', () => {
  for (const { icao, stdOffsetMinutes, longitude, latitude } of stations) {
    // The sun's own offset: 4 minutes a degree. Zones of the mainland stray less than 75 minutes.
    expect(Math.abs(longitude * 4 - stdOffsetMinutes), icao).toBeLessThan(75)
    expect(latitude, icao).toBeGreaterThan(25)
    expect(latitude, icao).toBeLessThan(49)
  }
})

test("Chicago is Midway: rules or sources that name O'Hare are refused, and so is its data", () => {
  const market = { seriesTicker: 'KXHIGHCHI', sourceUrls: [] }
  const midway = stationOfMarket({ ...market, rulesStation: readStation(rulesOf('CLIMDW')) })
  expect(midway).toMatchObject({ ok: true, station: { icao: 'KMDW', stdOffsetMinutes: -360 } })
  expect(stationOfMarket({ ...market, rulesStation: readStation(rulesOf('CLIORD')) })).toEqual({
    ok: false,
    reason: 'the rules settle on CLIORD, KXHIGHCHI on CLIMDW',
  })
  const source = 'https://forecast.weather.gov/product.php?site=LOT&product=CLI&issuedby=ORD'
  expect(
    stationOfMarket({ ...market, rulesStation: 'CLIMDW', sourceUrls: [source] }),
  ).toMatchObject({ ok: false, reason: 'the rules settle on CLIMDW, their source is CLIORD' })
  expect(stationOfIcao('KORD')).toBeUndefined()
})

test('a market that names no station, or of a series nobody registered, is refused', () => {
  const nowhere = { rulesStation: null, sourceUrls: ['https://weather.com/kalshi'] }
  expect(stationOfMarket({ seriesTicker: 'KXHIGHNY', ...nowhere })).toMatchObject({ ok: false })
  expect(
    stationOfMarket({ seriesTicker: 'KXHIGHTXYZ', rulesStation: 'CLINYC', sourceUrls: [] }),
  ).toEqual({ ok: false, reason: 'no station is registered for series KXHIGHTXYZ' })
  expect(stationOfSeries('toString')).toBeUndefined()
})

test('a market that gives its station by the source alone is accepted', () => {
  const source = 'https://forecast.weather.gov/product.php?site=OKX&product=CLI&issuedby=NYC'
  const market = { seriesTicker: 'KXHIGHNY', rulesStation: null, sourceUrls: [source] }
  expect(stationOfMarket(market)).toMatchObject({ ok: true, station: { report: 'CLINYC' } })
})

test('Visual Crossing is not used at Central Park, and at every other station it is', () => {
  const without = stations.filter((station) => !station.usesVisualCrossing)
  expect(without.map((station) => station.icao)).toEqual(['KNYC'])
})
