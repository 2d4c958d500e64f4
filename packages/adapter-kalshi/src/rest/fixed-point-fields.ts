import { parseFixed } from '@kwm/std'
import { z } from 'zod'

const fixed = (decimals: number, what: string) =>
  z.string().transform((text, context) => {
    const value = parseFixed(text, decimals)
    if (value !== undefined) return value
    context.addIssue({
      code: 'custom',
      message: `${JSON.stringify(text.slice(0, 32))} is no ${what}`,
    })
    return z.NEVER
  })

const MICROS = 6

/** `"0.4200"` is 4,200: a price in basis points of the payout. */
export const dollarsBps = fixed(4, 'price in dollars')
/** `"4.200001"` is 4,200,001: money in micro-dollars. */
export const dollarsMicros = fixed(MICROS, 'amount in dollars')
/** `"10.00"` is 1,000: contracts in hundredths. */
export const countCenti = fixed(2, 'count of contracts')

/** The year 2255: microseconds beyond it are no safe integers, and no time of a market. */
const SECONDS_MAX = 9_000_000_000

/** RFC 3339, to microseconds since 1970. */
export const isoTimeUs = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text) * 1_000)
  .refine((timeUs) => timeUs >= 0 && timeUs <= SECONDS_MAX * 1e6, 'not a time from 1970 to 2255')
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
