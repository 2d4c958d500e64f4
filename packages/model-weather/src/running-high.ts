import { assert } from '@kwm/std'
import { normCdf } from '@kwm/quant'
import type { ClimateDay } from './climate-day.ts'
import { MINUTE_US } from './climate-day.ts'
import { EXCESS_LOWEST, EXCESS_SIZE, type ExcessPmf } from './excess-model.ts'
import {
  GRID_ROWS,
  GRID_STEP_US,
  type ObservationGrid,
  type ReadingKind,
} from './observation-grid.ts'
import { roundHalfUp, wholeFsOfWholeC } from './station-rounding.ts'
import { atLeast, certainPmf, largerOf, modeOf, pmfOfCdf, type WholePmf } from './whole-pmf.ts'

/** Soft error of a smooth feed's maximum against the official one, °F. */
const SMOOTH_SD_F = 0.7
const SMOOTH_REACH_F = 5
/** Minutes nobody looked, after which a maximum may have been missed. */
const GAP_ROWS_MIN = 6
/** An official window may begin this long before the climate day (reports are made at :51 … :53). */
const WINDOW_LEAD_US = 10 * MINUTE_US

/** A feed's day as the running high reads it. Rows that are not genuine are not read. */
export type FeedDay = {
  readonly grid: ObservationGrid
  readonly kind: ReadingKind
  readonly rowsPerReading: number
  readonly isGenuine: (row: number) => boolean
  /** Ignored for a smooth feed. */
  readonly excess: ExcessPmf
}

/** An official maximum over a stretch of time: a 6-hour or 24-hour group. Whole °F, exact. */
export type ExactWindow = {
  readonly startUs: number
  readonly endUs: number
  readonly maxF: number
}

export type RunningHighEvidence = {
  readonly day: ClimateDay
  readonly nowUs: number
  /** The feed to believe first comes first; the others lend hard bounds and eyes. */
  readonly feeds: readonly FeedDay[]
  readonly windows: readonly ExactWindow[]
  /** Maxima of preliminary official reports: nothing below them is possible. */
  readonly reportedAtLeastF: readonly number[]
}

export type RunningHigh = {
  /** The official maximum so far; null before the first reading. */
  readonly pmf: WholePmf | null
  /** No official maximum can be lower. Null while nothing exact is known. */
  readonly hardLowerF: number | null
  readonly modeF: number | null
  /** When the best reading was made. */
  readonly reachedUs: number | null
  /** Minutes nobody saw that could hide a higher maximum. */
  readonly unseenMinutes: number
}

/**
 * The running high as evidence, not a number (MODELS 5.4): M = max(W, U + D), with W the maxima of
 * official windows, U the best reading outside them and D the excess between readings; given that
 * M is at least what exact readings and reports prove.
 */
export function runningHigh(evidence: RunningHighEvidence): RunningHigh {
  const { day, nowUs, feeds } = evidence
  const rows = Math.min(GRID_ROWS, Math.max(0, Math.ceil((nowUs - day.startUs) / GRID_STEP_US)))
  const windows = windowsOf(evidence)
  const hardLowerF = hardLower(evidence, rows, windows)
  const main = feeds[0]
  const best = main && bestReading(main, rows, (row) => isCovered(windows, day, row))
  const capped = main && cappedPmf(main, rows, windows, day)
  let pmf: WholePmf | null = null
  if (main && best) pmf = feedPmf(main, best.tempF)
  for (const part of [capped, ...windows.filter((w) => w.isExact).map((w) => certainPmf(w.maxF))]) {
    if (part) pmf = pmf ? largerOf(pmf, part) : part
  }
  if (hardLowerF !== null) pmf = pmf ? atLeast(pmf, hardLowerF) : certainPmf(hardLowerF)
  const overall = main && bestReading(main, rows, () => false)
  return {
    pmf,
    hardLowerF,
    modeF: pmf && modeOf(pmf),
    reachedUs: overall?.timeUs ?? null,
    unseenMinutes: unseenMinutes(evidence, rows, windows),
  }
}

type Window = ExactWindow & { readonly isExact: boolean }

/**
 * A window inside the climate day is exact. One that begins a few minutes before midnight is, when
 * the day began cooler than its maximum; else the maximum may be yesterday's and only caps.
 */
function windowsOf({ day, nowUs, windows, feeds }: RunningHighEvidence): Window[] {
  return windows
    .filter((w) => w.endUs <= nowUs && w.endUs <= day.endUs + WINDOW_LEAD_US)
    .filter((w) => w.startUs >= day.startUs - WINDOW_LEAD_US)
    .map((w) => {
      if (w.startUs >= day.startUs) return { ...w, isExact: true }
      const first = firstReadingF(feeds)
      return { ...w, isExact: first !== null && roundHalfUp(first) < w.maxF }
    })
}

function firstReadingF(feeds: readonly FeedDay[]): number | null {
  let found: { row: number; tempF: number } | null = null
  for (const { grid, isGenuine } of feeds) {
    for (let row = 0; row < GAP_ROWS_MIN * 2 && row < (found?.row ?? GRID_ROWS); row++) {
      if (isGenuine(row)) found = { row, tempF: grid.tempF(row) }
    }
  }
  return found?.tempF ?? null
}

/** A row whole inside an official window: its readings say nothing more. */
const isCovered = (windows: readonly ExactWindow[], day: ClimateDay, row: number): boolean => {
  const startUs = day.startUs + row * GRID_STEP_US
  return windows.some((w) => w.startUs <= startUs && w.endUs >= startUs + GRID_STEP_US)
}

function hardLower(
  { feeds, reportedAtLeastF }: RunningHighEvidence,
  rows: number,
  windows: readonly Window[],
): number | null {
  let bound = -Infinity
  for (const w of windows) if (w.isExact) bound = Math.max(bound, w.maxF)
  for (const maxF of reportedAtLeastF) bound = Math.max(bound, maxF)
  for (const { grid, kind, isGenuine } of feeds) {
    if (kind === 'smooth') continue
    for (let row = 0; row < rows; row++) {
      if (isGenuine(row)) bound = Math.max(bound, provenF(kind, grid.tempF(row)))
    }
  }
  return bound === -Infinity ? null : bound
}

/** The whole °F that a reading proves. */
function provenF(kind: ReadingKind, tempF: number): number {
  if (kind !== 'whole-c') return roundHalfUp(tempF)
  const proven = wholeFsOfWholeC(Math.round(((tempF - 32) * 5) / 9))[0]
  assert(proven !== undefined, `no whole °F behind ${tempF}`)
  return proven
}

function bestReading(
  { grid, isGenuine }: FeedDay,
  rows: number,
  isLeftOut: (row: number) => boolean,
): { tempF: number; timeUs: number } | null {
  let best: { tempF: number; timeUs: number } | null = null
  for (let row = 0; row < rows; row++) {
    if (!isGenuine(row) || isLeftOut(row)) continue
    const tempF = grid.tempF(row)
    if (best === null || tempF > best.tempF) best = { tempF, timeUs: grid.reading(row)!.timeUs }
  }
  return best
}

/** The official maximum given a feed's best reading. */
function feedPmf({ kind, excess }: FeedDay, bestF: number): WholePmf {
  const near = roundHalfUp(bestF)
  if (kind === 'smooth') {
    const cdf = (n: number): number => normCdf((n + 0.5 - bestF) / SMOOTH_SD_F)
    return pmfOfCdf(cdf, near - SMOOTH_REACH_F, near + SMOOTH_REACH_F)
  }
  assert(excess.length === EXCESS_SIZE, `${excess.length} excess probabilities`)
  const upTo = (n: number): number =>
    excess.slice(0, Math.max(0, n - near - EXCESS_LOWEST + 1)).reduce((sum, p) => sum + p, 0)
  return pmfOfCdf(upTo, near + EXCESS_LOWEST, near + EXCESS_LOWEST + EXCESS_SIZE - 1)
}

/** Inside a window that only caps: the feed's own answer, cut at the cap. */
function cappedPmf(
  main: FeedDay,
  rows: number,
  windows: readonly Window[],
  day: ClimateDay,
): WholePmf | null {
  const caps = windows.filter((w) => !w.isExact)
  if (caps.length === 0) return null
  const best = bestReading(main, rows, (row) => !isCovered(caps, day, row))
  if (!best) return null
  const capF = Math.max(...caps.map((w) => w.maxF))
  const pmf = feedPmf(main, Math.min(best.tempF, capF))
  const keep = Math.max(1, capF - pmf.lowestF + 1)
  if (keep >= pmf.p.length) return pmf
  const kept = pmf.p.slice(0, keep)
  kept[keep - 1]! += pmf.p.slice(keep).reduce((sum, p) => sum + p, 0)
  return { lowestF: pmf.lowestF, p: kept }
}

/**
 * Minutes nobody looked while a higher maximum was within reach. A gap is harmless when neither of
 * its ends is near the best reading: temperature does not climb more than a degree, and 1.5 °F for
 * each hour of the gap, above both.
 */
function unseenMinutes(
  { day, feeds }: RunningHighEvidence,
  rows: number,
  windows: readonly Window[],
): number {
  const seen = new Uint8Array(rows)
  const warmest = new Float64Array(rows).fill(NaN)
  for (const { grid, isGenuine, rowsPerReading } of feeds) {
    for (let row = 0; row < rows; row++) {
      if (!isGenuine(row)) continue
      seen.fill(1, row, Math.min(rows, row + Math.ceil(rowsPerReading * 1.5)))
      warmest[row] = Math.max(
        grid.tempF(row),
        Number.isNaN(warmest[row]!) ? -Infinity : warmest[row]!,
      )
    }
  }
  for (let row = 0; row < rows; row++) if (isCovered(windows, day, row)) seen[row] = 1
  let bestF = -Infinity
  for (const t of warmest) if (t > bestF) bestF = t
  for (const w of windows) if (w.isExact) bestF = Math.max(bestF, w.maxF)
  let unseen = 0
  for (let start = 0; start < rows; start++) {
    if (seen[start] === 1) continue
    let end = start
    while (end < rows && seen[end] === 0) end++
    const gapRows = end - start
    const reachF = Math.max(neighbourF(warmest, start, -1), neighbourF(warmest, end, 1))
    const isHarmless = reachF + 1 + (1.5 * gapRows) / 12 < bestF
    if (gapRows > GAP_ROWS_MIN && !isHarmless) unseen += gapRows * 5
    start = end
  }
  return unseen
}

/** The nearest reading outside a gap on one side; a side without one is judged by the other. */
function neighbourF(warmest: Float64Array, edge: number, direction: 1 | -1): number {
  const from = direction === 1 ? edge : edge - 1
  for (let row = from; row >= 0 && row < warmest.length; row += direction) {
    if (!Number.isNaN(warmest[row]!)) return warmest[row]!
  }
  return -Infinity
}
