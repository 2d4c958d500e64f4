import { seriesOfStation, stationOfSeries, type Station } from '@kwm/model-weather'

const MONTHS = [
  ...['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
]
const TICKER = /^([A-Z0-9]+)-(\d{2})([A-Z]{3})(\d{2})$/

export type EventDay = { readonly station: Station; readonly climateDate: string }

/** `KXHIGHNY-26OCT02`: the station of the series and the climate day; undefined for other events. */
export function eventDayOf(eventTicker: string): EventDay | undefined {
  const match = TICKER.exec(eventTicker)
  if (!match) return undefined
  const [, series, year, monthName, day] = match
  const station = stationOfSeries(series!)
  const month = MONTHS.indexOf(monthName!) + 1
  const climateDate = `20${year}-${String(month).padStart(2, '0')}-${day}`
  const isDay = month > 0 && new Date(`${climateDate}T00:00:00Z`).getUTCDate() === Number(day)
  return station && isDay ? { station, climateDate } : undefined
}

/** The events that settle on a station and day. */
export const eventsOf = (station: Station, climateDate: string): string[] =>
  seriesOfStation(station).map((series) => tickerOf(series, climateDate))

function tickerOf(series: string, climateDate: string): string {
  const [year, month, day] = climateDate.split('-') as [string, string, string]
  return `${series}-${year.slice(2)}${MONTHS[Number(month) - 1]}${day}`
}
