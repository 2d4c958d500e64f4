import { settlementStation, STATIONS as REPORT_OF_SERIES } from '@kwm/model-venue'

/**
 * A station that daily highs settle on. `icao` is the `stationId` of every weather event on the
 * tape.
 */
export type Station = {
  /** The climate report that names it in the rules, `CLIMDW`. */
  readonly report: string
  readonly icao: string
  /** Local standard time minus UTC, all year. Never taken from a time zone's offset of today. */
  readonly stdOffsetMinutes: number
  readonly latitude: number
  readonly longitude: number
  /** Of NOAA's daily archive; null where we have not seen it confirmed. */
  readonly ghcnId: string | null
  /**
   * Whether Visual Crossing's minutes may be used. Not at Central Park: it reports hourly there and
   * about 82 % of the rows are filled forward (airports: under 2 %).
   */
  readonly usesVisualCrossing: boolean
}

const EASTERN = -300
const CENTRAL = -360
const MOUNTAIN = -420
const PACIFIC = -480

/** Report (without `CLI`; the ICAO code has a K instead), offset, latitude, longitude, GHCN id. */
const TABLE: readonly (readonly [string, number, number, number, string | null])[] = [
  ['NYC', EASTERN, 40.779, -73.9693, 'USW00094728'], // Central Park, not an airport.
  ['MDW', CENTRAL, 41.7861, -87.7522, 'USW00014819'], // Chicago settles on Midway, not O'Hare.
  ['MIA', EASTERN, 25.7906, -80.3164, 'USW00012839'],
  ['AUS', CENTRAL, 30.1831, -97.6799, 'USW00013904'], // Bergstrom, not Camp Mabry.
  ['DEN', MOUNTAIN, 39.8328, -104.6575, 'USW00003017'],
  ['LAX', PACIFIC, 33.938, -118.3888, 'USW00023174'], // The airport, not downtown.
  ['PHL', EASTERN, 39.8733, -75.2268, 'USW00013739'],
  ['DCA', EASTERN, 38.8472, -77.0345, 'USW00013743'],
  ['DFW', CENTRAL, 32.8978, -97.0189, 'USW00003927'], // Not Love Field.
  ['HOU', CENTRAL, 29.6381, -95.2819, 'USW00012918'], // Hobby, not Intercontinental.
  ['LAS', PACIFIC, 36.0719, -115.1634, 'USW00023169'],
  ['MSP', CENTRAL, 44.8831, -93.2289, 'USW00014922'],
  ['MSY', CENTRAL, 29.9975, -90.2777, 'USW00012916'],
  ['SAT', CENTRAL, 29.5443, -98.4839, 'USW00012921'],
  ['ATL', EASTERN, 33.6301, -84.4418, 'USW00013874'],
  ['BOS', EASTERN, 42.3606, -71.0097, 'USW00014739'],
  ['EWR', EASTERN, 40.6825, -74.1694, 'USW00014734'],
  ['OKC', CENTRAL, 35.3889, -97.6006, 'USW00013967'],
  ['PHX', MOUNTAIN, 33.4278, -112.0037, 'USW00023183'],
  ['SAN', PACIFIC, 32.7336, -117.1831, 'USW00023188'],
  ['SDF', EASTERN, 38.1811, -85.7391, 'USW00093821'],
  ['SEA', PACIFIC, 47.4444, -122.3139, 'USW00024233'],
  ['SFO', PACIFIC, 37.6197, -122.3656, 'USW00023234'],
  ['TTN', EASTERN, 40.2767, -74.8133, null],
]

const FILLED_FORWARD: ReadonlySet<string> = new Set(['NYC'])

/** Every station that a daily high settles on. */
export const stations: readonly Station[] = TABLE.map(
  ([code, stdOffsetMinutes, latitude, longitude, ghcnId]) => ({
    report: `CLI${code}`,
    icao: `K${code}`,
    stdOffsetMinutes,
    latitude,
    longitude,
    ghcnId,
    usesVisualCrossing: !FILLED_FORWARD.has(code),
  }),
)

/** Of the synthetic day. It is known like the others and asked of no real provider. */
export const SYNTHETIC_STATION: Station = {
  report: 'CLISYN',
  icao: 'KSYN',
  stdOffsetMinutes: EASTERN,
  latitude: 40,
  longitude: -75,
  ghcnId: null,
  usesVisualCrossing: true,
}

const known = [...stations, SYNTHETIC_STATION]
const byIcao = new Map(known.map((station) => [station.icao, station]))
const byReport = new Map(known.map((station) => [station.report, station]))

/** `KMDW`. Undefined for a station that settles nothing, such as O'Hare. */
export const stationOfIcao = (icao: string): Station | undefined => byIcao.get(icao)

/** `CLIMDW`. */
export const stationOfReport = (report: string): Station | undefined => byReport.get(report)

/** `KXHIGHCHI`. */
export function stationOfSeries(seriesTicker: string): Station | undefined {
  const report = Object.hasOwn(REPORT_OF_SERIES, seriesTicker)
    ? REPORT_OF_SERIES[seriesTicker]
    : undefined
  return report === undefined ? undefined : byReport.get(report)
}

/** The series that settle on a station. */
export const seriesOfStation = (station: Station): readonly string[] =>
  Object.keys(REPORT_OF_SERIES).filter((series) => REPORT_OF_SERIES[series] === station.report)

export type StationOfMarket =
  | { readonly ok: true; readonly station: Station }
  | { readonly ok: false; readonly reason: string }

/**
 * The station a market settles on: its own rules and the registry must name the same one. A market
 * whose rules name none, one we do not know, or another than its series had, is refused.
 */
export function stationOfMarket(market: {
  readonly seriesTicker: string
  /** As read from the rules, `CLIMDW`; null where they name a place only. */
  readonly rulesStation: string | null
  readonly sourceUrls: readonly string[]
}): StationOfMarket {
  const { seriesTicker, rulesStation, sourceUrls } = market
  const refuse = (reason: string): StationOfMarket => ({ ok: false, reason })
  const expected = stationOfSeries(seriesTicker)
  if (expected === undefined) return refuse(`no station is registered for series ${seriesTicker}`)
  const named = settlementStation(rulesStation, sourceUrls)
  if (named === null) return refuse(`neither the rules nor the sources name a station`)
  if (named !== expected.report) {
    return refuse(`the rules settle on ${named}, ${seriesTicker} on ${expected.report}`)
  }
  const other = sourceUrls
    .map((url) => settlementStation(null, [url]))
    .find((report) => report !== null && report !== named)
  return other === undefined || other === null
    ? { ok: true, station: expected }
    : refuse(`the rules settle on ${named}, their source is ${other}`)
}
