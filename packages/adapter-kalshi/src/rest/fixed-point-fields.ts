import { parseFixed } from '@kwm/std'
import { z } from 'zod'

// Decimal strings become scaled integers digit by digit; times become microseconds. No fault quotes
// a value: what a venue says back may be a secret of ours.

const fixed = (decimals: number, what: string) =>
  z.string().transform((text, context) => {
    const value = parseFixed(text, decimals)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: `no ${what}` })
    return z.NEVER
  })

const MICROS = 6
const MICROS_PER_CENT = 10_000

/** `"0.4200"` is 4,200: a price in basis points of the payout. */
export const dollarsBps = fixed(4, 'price in dollars')
/** `"4.200001"` is 4,200,001: money in micro-dollars. */
export const dollarsMicros = fixed(MICROS, 'amount in dollars')
/** `"10.00"` is 1,000: contracts in hundredths. */
export const countCenti = fixed(2, 'count of contracts')
/** Whole cents, as a few old fields still are, in micro-dollars. */
export const centsMicros = z
  .int()
  .refine((cents) => Number.isSafeInteger(cents * MICROS_PER_CENT), 'out of range')
  .transform((cents) => cents * MICROS_PER_CENT)

/** Absent and null are the same to us. */
export const maybe = <T>(schema: z.ZodType<T>) =>
  schema.nullish().transform((value) => value ?? null)

/** Go writes an empty list as null. */
export const listOf = <T>(item: z.ZodType<T>) =>
  z
    .array(item)
    .max(ITEMS_MAX)
    .nullish()
    .transform((items) => items ?? [])
const ITEMS_MAX = 20_000

/** Microseconds; the venue gives up to nine places of a second. */
export function toTimeUs(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  const wholeMs = Date.parse(iso.replace(/\.\d+/, ''))
  return wholeMs * 1_000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

/** The year 2255: microseconds beyond it are no safe integers, and no time of a market. */
const SECONDS_MAX = 9_000_000_000

/** RFC 3339, to microseconds since 1970. */
export const isoTimeUs = z.iso
  .datetime({ offset: true })
  .transform(toTimeUs)
  .refine((timeUs) => timeUs >= 0 && timeUs <= SECONDS_MAX * 1e6, 'not a time from 1970 to 2255')

/** How Go writes the time that was never set, and databases the one that never comes. */
const NEVER = /^(?:0001-01-01|9999-12-31)T/
/** Null where the venue sends nothing, null, an empty text or no time at all. */
export const maybeTimeUs = z
  .preprocess(
    (value) => (value === '' || (typeof value === 'string' && NEVER.test(value)) ? null : value),
    isoTimeUs.nullish(),
  )
  .transform((value) => value ?? null)

export const unixSecondsUs = z
  .int()
  .min(0)
  .max(SECONDS_MAX)
  .transform((seconds) => seconds * 1_000_000)
export const unixMsUs = z
  .int()
  .min(0)
  .max(SECONDS_MAX * 1_000)
  .transform((ms) => ms * 1_000)
