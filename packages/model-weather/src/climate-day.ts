import { assert, civilFromDays, daysFromCivil, isoDate, parseIsoDate } from '@kwm/std'

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
export const isClimateDate = (date: string): boolean => parseIsoDate(date) !== undefined

/** The climate day `YYYY-MM-DD` of a station `stdOffsetMinutes` from UTC. Nonsense crashes. */
export function climateDay(date: string, stdOffsetMinutes: number): ClimateDay {
  const civil = parseIsoDate(date)
  assert(civil !== undefined, `no such date: ${date}`)
  const startUs = daysFromCivil(civil) * DAY_US - stdOffsetMinutes * MINUTE_US
  return { date, startUs, endUs: startUs + DAY_US }
}

/** The climate date an instant belongs to. */
export const climateDateOf = (timeUs: number, stdOffsetMinutes: number): string =>
  isoDate(civilFromDays(Math.floor((timeUs + stdOffsetMinutes * MINUTE_US) / DAY_US)))

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
