import { assert } from '@kwm/std'

export const MINUTE_US = 60_000_000
export const HOUR_US = 60 * MINUTE_US
export const DAY_US = 24 * HOUR_US

/**
 * The day a climate report speaks of: `[start, end)`, midnight to midnight in local STANDARD time
 * all year, always 24 hours (NWSI 10-1004). In summer that is 1:00 to 1:00 on the clock.
 */
export type ClimateDay = {
  readonly date: string
  readonly startUs: number
  readonly endUs: number
}

/** Whether outside text is a date that exists. */
export function isClimateDate(date: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date)
  if (match === null) return false
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  return month >= 1 && month <= 12 && dateOfDay(daysFromCivil(year, month, day)) === date
}

/** The climate day `YYYY-MM-DD` of a station `stdOffsetMinutes` from UTC. Nonsense crashes. */
export function climateDay(date: string, stdOffsetMinutes: number): ClimateDay {
  assert(isClimateDate(date), `no such date: ${date}`)
  const [year, month, day] = date.split('-').map(Number) as [number, number, number]
  const startUs = daysFromCivil(year, month, day) * DAY_US - stdOffsetMinutes * MINUTE_US
  return { date, startUs, endUs: startUs + DAY_US }
}

/** The climate date an instant belongs to. */
export const climateDateOf = (timeUs: number, stdOffsetMinutes: number): string =>
  dateOfDay(Math.floor((timeUs + stdOffsetMinutes * MINUTE_US) / DAY_US))

/** The climate day an instant belongs to. */
export const climateDayAt = (timeUs: number, stdOffsetMinutes: number): ClimateDay =>
  climateDay(climateDateOf(timeUs, stdOffsetMinutes), stdOffsetMinutes)

/** The hour of local standard time, [0, 24), with its fraction. */
export const localStandardHour = (timeUs: number, stdOffsetMinutes: number): number => {
  const sinceMidnight = (timeUs + stdOffsetMinutes * MINUTE_US) % DAY_US
  return sinceMidnight / HOUR_US
}

/** Markets of events before this date closed at civil midnight; since then at the day's end. */
const STANDARD_CLOSES_SINCE = '2026-03-18'

/**
 * Why a market that closes at `closeTimeUs` is not about this day, or null. The venue closes at the
 * day's last instant or a minute before it; in the older regime, up to an hour earlier in summer.
 */
export function closeFault(day: ClimateDay, closeTimeUs: number): string | null {
  const earlyUs = day.endUs - closeTimeUs
  const allowedUs = (day.date < STANDARD_CLOSES_SINCE ? 61 : 1) * MINUTE_US
  return earlyUs >= 0 && earlyUs <= allowedUs
    ? null
    : `closes ${earlyUs / MINUTE_US} minutes before the end of climate day ${day.date}`
}

/** Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, chrono algorithms, 2013). */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function dateOfDay(days: number): string {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const leaps =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365)
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}`
}

const pad = (n: number): string => String(n).padStart(2, '0')
