const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
/** Series whose first tickers had no KX: their events are the same product, so the same series. */
const LEGACY = /^(?:HIGH|LOW)[A-Z]+$/

/** The series and the climate day that the ticker of an event or of one of its markets names. */
export type DayEvent = { readonly seriesTicker: string; readonly date: string }

/**
 * `KXHIGHNY-26OCT02`, `KXHIGHNY-26OCT02-B81.5`, and as the venue wrote them before 2024-10-24
 * `HIGHNY-22DEC23-T-3` and (one day of Miami) `HIGHMIA--23MAY11-B86.5`. Undefined for other tickers.
 */
export function parseDayEvent(ticker: string): DayEvent | undefined {
  const match = /^([A-Z0-9]+)--?(\d\d)([A-Z]{3})(\d\d)(?:-|$)/.exec(ticker)
  if (!match) return undefined
  const [, series, year, monthName, day] = match
  const month = MONTHS.indexOf(monthName!) + 1
  if (month === 0 || Number(day) < 1 || Number(day) > 31) return undefined
  const seriesTicker = LEGACY.test(series!) ? `KX${series}` : series!
  return { seriesTicker, date: `20${year}-${String(month).padStart(2, '0')}-${day}` }
}

/** `KXHIGHNY-26OCT02`, the inverse; days of the legacy tickers get the name of today. */
export function dayEventTicker({ seriesTicker, date }: DayEvent): string {
  return `${seriesTicker}-${date.slice(2, 4)}${MONTHS[Number(date.slice(5, 7)) - 1]}${date.slice(8)}`
}
