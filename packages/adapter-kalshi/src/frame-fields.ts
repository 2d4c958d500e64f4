import type { FrameLevel, FramePriceRange, FrameRefusal, RefusedFrame } from '@kwm/contracts'
import { parseFixed } from '@kwm/std'

export type Fields = Readonly<Record<string, unknown>>

export const PRICE_DECIMALS = 4
export const COUNT_DECIMALS = 2
const PAYOUT_BPS = 10_000
const TICKER_LENGTH_MAX = 64
const LEVELS_MAX = 9_999
const PRICE_RANGES_MAX = 64
/** The year 9999: beyond it a time is a unit mistake. */
const TIME_MS_MAX = 253_402_300_799_000

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The first field that is not in the list, or undefined. */
export function unknownField(fields: Fields, known: ReadonlySet<string>): string | undefined {
  for (const field in fields) if (!known.has(field)) return field
  return undefined
}

/** Only ever called for a frame we give up on, so it may take its time to find out where it is from. */
export function refuse(root: unknown, reason: FrameRefusal, field: string): RefusedFrame {
  const fields = isFields(root) ? root : {}
  const msg = isFields(fields['msg']) ? fields['msg'] : {}
  const ticker = msg['market_ticker']
  return {
    kind: 'refused',
    reason,
    field: field.slice(0, 64),
    sid: isIndex(fields['sid']) ? fields['sid'] : null,
    seq: isIndex(fields['seq']) ? fields['seq'] : null,
    marketTicker: isTicker(ticker) ? ticker : null,
  }
}

export const isIndex = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

export const isTicker = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= TICKER_LENGTH_MAX

export const isText = (value: unknown): value is string => typeof value === 'string'

/** A venue time in milliseconds or seconds that we can hold in microseconds. */
export const isTimeMs = (value: unknown): value is number => isIndex(value) && value <= TIME_MS_MAX

/** `-1`: not a decimal on the $0.0001 grid. `-2`: a decimal, but not a price of an order. */
export function readPrice(value: unknown): number {
  if (typeof value !== 'string') return -1
  const priceBps = parseFixed(value, PRICE_DECIMALS)
  if (priceBps === undefined) return -1
  return priceBps > 0 && priceBps < PAYOUT_BPS ? priceBps : -2
}

/** Like `readPrice`, with 0 and 1 allowed: an empty side is quoted so. */
export function readQuote(value: unknown): number {
  if (typeof value !== 'string') return -1
  const priceBps = parseFixed(value, PRICE_DECIMALS)
  if (priceBps === undefined) return -1
  return priceBps >= 0 && priceBps <= PAYOUT_BPS ? priceBps : -2
}

export const priceFault = (priceBps: number): FrameRefusal =>
  priceBps === -2 ? 'off-range' : 'bad-price'

/** A signed count in hundredths of a contract. */
export const readCount = (value: unknown): number | undefined =>
  typeof value === 'string' ? parseFixed(value, COUNT_DECIMALS) : undefined

/**
 * Price levels of one side. A level of zero contracts is no level. Absent or null: an empty side.
 * A price named twice is left to the book, which has to look anyway.
 */
export function readLevels(value: unknown): FrameLevel[] | FrameRefusal {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > LEVELS_MAX) return 'bad-field'
  const levels: FrameLevel[] = []
  for (const level of value as unknown[]) {
    if (!Array.isArray(level) || level.length !== 2) return 'bad-field'
    const priceBps = readPrice(level[0])
    if (priceBps < 0) return priceFault(priceBps)
    const countCenti = readCount(level[1])
    if (countCenti === undefined || countCenti < 0) return 'bad-count'
    if (countCenti > 0) levels.push([priceBps, countCenti])
  }
  return levels
}

export function readPriceRanges(value: unknown): FramePriceRange[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > PRICE_RANGES_MAX) {
    return undefined
  }
  const ranges: FramePriceRange[] = []
  for (const range of value as unknown[]) {
    if (!isFields(range)) return undefined
    const startBps = readQuote(range['start'])
    const endBps = readQuote(range['end'])
    const stepBps = readQuote(range['step'])
    if (startBps < 0 || endBps < 0 || stepBps <= 0) return undefined
    ranges.push({ startBps, endBps, stepBps })
  }
  return ranges
}
