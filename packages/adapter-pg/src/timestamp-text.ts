const DAY_US = 86_400_000_000
const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))

/**
 * Renders microseconds since 1970 as `2026-11-20 17:05:09.000001+00`, which timestamptz holds
 * exactly. Keeps the last date it saw: the times of one column mostly share it.
 */
export class TimestampText {
  #day = Number.NaN
  #date = ''

  render(timeUs: number): string {
    const day = Math.floor(timeUs / DAY_US)
    if (day !== this.#day) {
      this.#day = day
      this.#date = dateText(day)
    }
    const inDayUs = timeUs - day * DAY_US
    const seconds = Math.floor(inDayUs / 1_000_000)
    const hour = TWO_DIGITS[Math.floor(seconds / 3_600)]!
    const minute = TWO_DIGITS[Math.floor(seconds / 60) % 60]!
    const second = TWO_DIGITS[seconds % 60]!
    const micros = String(inDayUs - seconds * 1_000_000 + 1_000_000).slice(1)
    return `${this.#date} ${hour}:${minute}:${second}.${micros}+00`
  }
}

/** The date of a day number since 1970-01-01, in the proleptic Gregorian calendar (Hinnant 2013). */
export function dateText(day: number): string {
  const shifted = day + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const dayOfMonth = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${TWO_DIGITS[month]}-${TWO_DIGITS[dayOfMonth]}`
}
