import type { WeatherStation } from '../src/index.ts'

const station = (
  code: string,
  [stdOffsetMinutes, latitude, longitude]: readonly [number, number, number],
  ghcnId: string,
): WeatherStation => ({
  ...{ icao: `K${code}`, report: `CLI${code}`, stdOffsetMinutes, latitude, longitude, ghcnId },
})

export const NYC = station('NYC', [-300, 40.779, -73.9693], 'USW00094728')
export const MDW = station('MDW', [-360, 41.7861, -87.7522], 'USW00014819')
export const MIA = station('MIA', [-300, 25.7906, -80.3164], 'USW00012839')
export const AUS = station('AUS', [-360, 30.1831, -97.6799], 'USW00013904')
export const DEN = station('DEN', [-420, 39.8328, -104.6575], 'USW00003017')
export const PHL = station('PHL', [-300, 39.8733, -75.2268], 'USW00013739')
export const HOU = station('HOU', [-360, 29.6381, -95.2819], 'USW00012918')
export const DCA = station('DCA', [-300, 38.8472, -77.0345], 'USW00013743')
export const ALL = [NYC, MDW, MIA, AUS, DEN, PHL, HOU, DCA]

export const timeUs = (iso: string): number => Date.parse(iso) * 1_000
