import { civilFromDays, isoDate } from '@kwm/std'

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
      this.#date = isoDate(civilFromDays(day))
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
