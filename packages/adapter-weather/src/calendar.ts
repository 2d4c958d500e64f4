const DAY_US = 86_400_000_000
const MINUTE_US = 60_000_000

export const MONTHS = [
  ...['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE'],
  ...['JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'],
]

/** `JUNE` and `JUN` are 6; anything else 0. */
export function monthNumber(name: string): number {
  if (name.length < 3) return 0
  return MONTHS.findIndex((month) => month.startsWith(name.toUpperCase())) + 1
}

/** `YYYY-MM-DD`, or undefined where there is no such day. */
export function isoDate(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day))
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isReal && year >= 1900 && year <= 2200 ? date.toISOString().slice(0, 10) : undefined
}

/** Midnight UTC of a date. */
export const dateUs = (date: string): number => Date.parse(`${date}T00:00:00Z`) * 1_000

export const dateOfUs = (timeUs: number): string =>
  new Date(Math.floor(timeUs / 1_000)).toISOString().slice(0, 10)

/** Midnight to midnight in local standard time, all year. */
export const climateDayStartUs = (date: string, stdOffsetMinutes: number): number =>
  dateUs(date) - stdOffsetMinutes * MINUTE_US

export const climateDateOf = (timeUs: number, stdOffsetMinutes: number): string =>
  dateOfUs(timeUs + stdOffsetMinutes * MINUTE_US)

/**
 * `DDHHMM` in UTC, as headers of messages have it: of all months the one that puts it closest to
 * `nearUs`. Undefined for what is no such time.
 */
export function resolveDayTime(text: string, nearUs: number): number | undefined {
  const match = /^(\d{2})(\d{2})(\d{2})$/.exec(text)
  if (!match) return undefined
  const [day, hour, minute] = match.slice(1).map(Number) as [number, number, number]
  if (hour > 23 || minute > 59) return undefined
  const near = new Date(Math.floor(nearUs / 1_000))
  let best: number | undefined
  for (const monthsAway of [-1, 0, 1]) {
    const first = new Date(Date.UTC(near.getUTCFullYear(), near.getUTCMonth() + monthsAway, 1))
    const date = isoDate(first.getUTCFullYear(), first.getUTCMonth() + 1, day)
    if (date === undefined) continue
    const timeUs = dateUs(date) + (hour * 60 + minute) * MINUTE_US
    if (best === undefined || Math.abs(timeUs - nearUs) < Math.abs(best - nearUs)) best = timeUs
  }
  return best
}

export const addDays = (date: string, days: number): string =>
  dateOfUs(dateUs(date) + days * DAY_US)

/** From the year 1970 to 2200, in microseconds; undefined for all else. */
export function secondsUs(seconds: number): number | undefined {
  const isTime = Number.isInteger(seconds) && seconds >= 0 && seconds < 7_258_118_400
  return isTime ? seconds * 1_000_000 : undefined
}
