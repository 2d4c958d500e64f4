const MINUTE_US = 60e6
const HOUR_US = 3_600e6
const DAY_US = 86_400e6

/**
 * Hours since midnight of a station's standard time, [0, 24): the climate day's own clock, the same
 * all year. `stdOffsetMinutes` is local standard time less UTC; null where it is not known.
 */
export function localHour(timeUs: number, stdOffsetMinutes: number | null): number | null {
  if (stdOffsetMinutes === null) return null
  const intoDayUs = (timeUs + stdOffsetMinutes * MINUTE_US) % DAY_US
  return (intoDayUs < 0 ? intoDayUs + DAY_US : intoDayUs) / HOUR_US
}
