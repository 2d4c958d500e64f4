import { civilFromDays, daysFromCivil } from '@kwm/std'
import type { CivilDate } from '@kwm/std'

const US_PER_SECOND = 1_000_000
export const US_PER_MINUTE = 60 * US_PER_SECOND
export const US_PER_HOUR = 60 * US_PER_MINUTE
export const US_PER_DAY = 24 * US_PER_HOUR

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

const two = (n: number): string => String(n).padStart(2, '0')

/** `2026-11-20T11:00:00Z`, with a fraction only where there is one and no trailing zeros in it. */
export function formatIso(timeUs: number): string {
  const days = Math.floor(timeUs / US_PER_DAY)
  const { year, month, day } = civilFromDays(days)
  const ofDay = timeUs - days * US_PER_DAY
  const seconds = Math.floor(ofDay / US_PER_SECOND)
  const micros = ofDay - seconds * US_PER_SECOND
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`
  return `${year}-${two(month)}-${two(day)}T${clock.map(two).join(':')}${fraction}Z`
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?$/

/**
 * Microseconds of an ISO time, or `undefined` for anything else. Text without a zone is taken to
 * be `defaultOffsetHours` from UTC. Digits below the microsecond are cut.
 */
export function parseIso(text: string, defaultOffsetHours = 0): number | undefined {
  const match = ISO.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  const date = { year: Number(year), month: Number(month), day: Number(day) }
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 60) return undefined
  const clock = Number(hour) * 3600 + Number(minute) * 60 + Number(second ?? 0)
  const micros = Number((fraction ?? '').padEnd(6, '0').slice(0, 6))
  const localUs = daysFromCivil(date) * US_PER_DAY + clock * US_PER_SECOND + micros
  return localUs - offsetHours(zone, defaultOffsetHours) * US_PER_HOUR
}

function offsetHours(zone: string | undefined, otherwise: number): number {
  if (zone === undefined) return otherwise
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3)) + Number(zone.slice(4)) / 60
  return zone.startsWith('-') ? -hours : hours
}

/** `26NOV20`, as in event tickers. */
export const tickerDate = ({ year, month, day }: CivilDate): string =>
  `${two(year % 100)}${MONTHS[month - 1]}${two(day)}`

/** `26NOV20` at the start of a ticker's date part, or `undefined`. */
export function parseTickerDate(text: string): CivilDate | undefined {
  const match = /^(\d\d)([A-Z]{3})(\d\d)/.exec(text)
  const month = MONTHS.indexOf(match?.[2] ?? '') + 1
  if (!match || month === 0) return undefined
  return { year: 2000 + Number(match[1]), month, day: Number(match[3]) }
}

/** `Nov 20, 2026`, as in titles and rules. */
export function proseDate({ year, month, day }: CivilDate): string {
  const name = MONTHS[month - 1] ?? ''
  return `${name.slice(0, 1)}${name.slice(1).toLowerCase()} ${day}, ${year}`
}
