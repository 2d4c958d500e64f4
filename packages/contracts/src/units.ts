import { z } from 'zod'

/** $0.0001, one basis point of the $1 payout: the finest grid the venue has. Order prices only. */
export const priceBps = z.int().min(1).max(9_999)

/** A quote: like `priceBps`, with 0 for an empty bid side and 10,000 for an empty ask side. */
export const quoteBps = z.int().min(0).max(10_000)

/** Contracts in hundredths: the venue's smallest lot is 0.01 of a contract. Signed. */
export const countCenti = z.int()

/** A number of contracts to trade, in hundredths. */
export const sizeCenti = z.int().positive()

/** Millionths of a dollar. `priceBps × countCenti` is exactly micro-dollars. Signed. */
export const moneyMicros = z.int()

/** Microseconds since 1970-01-01T00:00:00Z. */
export const timeUs = z.int().nonnegative()

export const marketTicker = z.string().min(1).max(64)
export const eventTicker = z.string().min(1).max(64)
export const seriesTicker = z.string().min(1).max(64)
export const stationId = z.string().min(3).max(8)
export const bookSide = z.enum(['yes', 'no'])
export const probability = z.number().min(0).max(1)

/** The climate day of a report or market: local standard time all year. */
export const climateDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)

export type BookSide = z.infer<typeof bookSide>
