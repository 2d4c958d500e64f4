import { assert } from '@kwm/std'
import { MINUTE_US } from './climate-day.ts'
import { GRID_ROWS, GRID_STEP_US, type ObservationGrid, type RowFlag } from './observation-grid.ts'

/** Rows of a run of equal rows that make it a reading filled forward. */
export const FILL_RUN_MIN = 6
/** A training day with a larger share of bad rows is left out. */
export const EXCLUDE_DAY_SHARE = 0.5
/** … and one whose feed and official maximum are further apart than this. */
export const EXCLUDE_DAY_DIFFERENCE_F = 3
/** A live feed with a larger share of bad rows in the last two hours is not believed. */
export const BLOCK_LIVE_SHARE = 0.4
export const BLOCK_LIVE_ROWS = 24
/** A live five-minute feed whose newest genuine row is older is not believed. */
export const STALE_AFTER_US = 20 * MINUTE_US

export type Quality = {
  readonly flags: readonly RowFlag[]
  /** Bad rows by rows expected. */
  readonly ffillFraction: number
  readonly excludeDay: boolean
  readonly blockLive: boolean
}

/** The quality of a stretch of flagged rows of which `expectedRows` should have been there. */
export function qualityOf(flags: readonly RowFlag[], expectedRows: number): Quality {
  assert(expectedRows > 0, `expected rows: ${expectedRows}`)
  const bad = flags.filter((flag) => flag !== 'ok').length
  const ffillFraction = bad / expectedRows
  return {
    flags,
    ffillFraction,
    excludeDay: ffillFraction > EXCLUDE_DAY_SHARE,
    blockLive: ffillFraction > BLOCK_LIVE_SHARE,
  }
}

/** Whether a finished day's feed may teach the residual model. */
export const isTrainingDay = (
  quality: Quality,
  feedMaxF: number | null,
  officialHighF: number | null,
): boolean =>
  !quality.excludeDay &&
  feedMaxF !== null &&
  officialHighF !== null &&
  Math.abs(feedMaxF - officialHighF) <= EXCLUDE_DAY_DIFFERENCE_F

/** `ok` while the newest genuine datum is no older than its limit. */
export const freshness = (age: number, limit: number): 'ok' | 'stale' =>
  age <= limit ? 'ok' : 'stale'

export type FeedCadence = {
  /** Rows between two readings: 1 for a five-minute feed, 12 for an hourly one. */
  readonly rowsPerReading: number
  /** Whether the provider fills gaps with the last value, so that equal rows say nothing. */
  readonly fillsForward: boolean
}

export type LiveQuality = {
  /** Of the last two hours; of an hourly feed, of its readings. */
  readonly badShare: number
  readonly newestGenuineUs: number | null
  /** Why the feed must not be used now, or null. */
  readonly fault: 'forward-filled' | 'stale' | 'empty' | null
}

/** Whether a feed may be used at `nowUs`, judged on the last two hours of its climate day. */
export function liveQuality(
  grid: ObservationGrid,
  nowUs: number,
  { rowsPerReading, fillsForward }: FeedCadence,
): LiveQuality {
  const end = Math.min(GRID_ROWS, Math.max(0, grid.rowAt(nowUs)))
  const from = Math.max(0, end - BLOCK_LIVE_ROWS)
  // The row of this very moment is not due yet; if it is there, it counts.
  const flags = grid.flags(0, Math.min(GRID_ROWS, end + 1), fillsForward ? FILL_RUN_MIN : Infinity)
  const newest = flags.lastIndexOf('ok')
  if (newest < 0) return { badShare: 1, newestGenuineUs: null, fault: 'empty' }
  const newestGenuineUs = grid.reading(newest)!.timeUs
  const badShare = shareBad(flags.slice(from, end), rowsPerReading)
  const staleAfterUs = Math.max(STALE_AFTER_US, rowsPerReading * GRID_STEP_US + 15 * MINUTE_US)
  const isStale = freshness(nowUs - newestGenuineUs, staleAfterUs) === 'stale'
  const fault = isStale ? 'stale' : badShare > BLOCK_LIVE_SHARE ? 'forward-filled' : null
  return { badShare, newestGenuineUs, fault }
}

/** Each stretch of `rowsPerReading` rows owes one genuine reading; a part of a stretch owes none. */
function shareBad(flags: readonly RowFlag[], rowsPerReading: number): number {
  const stretches = Math.floor(flags.length / rowsPerReading)
  if (stretches === 0) return 0
  let bad = 0
  for (let k = 0; k < stretches; k++) {
    const stretch = flags.slice(k * rowsPerReading, (k + 1) * rowsPerReading)
    if (!stretch.includes('ok')) bad++
  }
  return bad / stretches
}

/**
 * The share of its size a strategy may trade when it lives on movement: all of it from the hazard
 * `hRef` on, `sMin` of it where nothing will happen.
 */
export const hazardThrottle = (hazard: number, hRef: number, sMin: number): number =>
  Math.min(1, sMin + ((1 - sMin) * hazard) / hRef)
