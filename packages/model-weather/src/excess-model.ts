import { assert } from '@kwm/std'
import type { ReadingKind } from './observation-grid.ts'

/**
 * What the official maximum so far has over the best reading of a feed, in whole °F: P(D = −2 … +3).
 * Between two readings the temperature goes on, and the feed's own rounding may have gone up.
 */
export type ExcessPmf = readonly number[]

export const EXCESS_LOWEST = -2
export const EXCESS_SIZE = 6
/** Days of the default that the counts of a station have to outweigh. */
export const EXCESS_PRIOR_STRENGTH = 20
export const EXCESS_DECAY_PER_DAY = 0.995

const excess = (from: number, ...p: number[]): ExcessPmf =>
  Array.from({ length: EXCESS_SIZE }, (_, i) => p[i + EXCESS_LOWEST - from] ?? 0)

/** Defaults (MODELS 5.4). At five minutes, exact: the 5-minute maximum of KNYC was the official high on 109 of 124 days. */
const DEFAULTS: Readonly<
  Record<'exact' | 'whole-c', readonly [fiveMinutes: ExcessPmf, hourly: ExcessPmf]>
> = {
  exact: [excess(0, 0.88, 0.11, 0.01), excess(0, 0.35, 0.5, 0.12, 0.03)],
  'whole-c': [excess(-1, 0.15, 0.55, 0.27, 0.02, 0.01), excess(-1, 0.1, 0.33, 0.42, 0.12, 0.03)],
}

/** The default for a kind of feed; a smooth feed has none, it is a soft likelihood. */
export function defaultExcess(
  kind: Exclude<ReadingKind, 'smooth'>,
  rowsPerReading: number,
): ExcessPmf {
  const [fiveMinutes, hourly] = DEFAULTS[kind === 'whole-c' ? 'whole-c' : 'exact']
  return rowsPerReading <= 2 ? fiveMinutes : hourly
}

/** Days counted by their D, the last entry of a station's history, decayed by the day. */
export type ExcessCounts = readonly number[]

/** One more final day. A difference outside −2 … +3 is counted at the end it passed. */
export function countExcess(
  counts: ExcessCounts,
  officialHighF: number,
  feedMaxF: number,
): ExcessCounts {
  assert(counts.length === EXCESS_SIZE, `${counts.length} excess counts`)
  const difference = Math.round(officialHighF - feedMaxF) - EXCESS_LOWEST
  const cell = Math.min(EXCESS_SIZE - 1, Math.max(0, difference))
  return counts.map((n, i) => n * EXCESS_DECAY_PER_DAY + (i === cell ? 1 : 0))
}

/** The counts smoothed by the default as a Dirichlet prior. */
export function excessPosterior(counts: ExcessCounts, prior: ExcessPmf): ExcessPmf {
  const total = counts.reduce((sum, n) => sum + n, 0) + EXCESS_PRIOR_STRENGTH
  return counts.map((n, i) => (n + EXCESS_PRIOR_STRENGTH * prior[i]!) / total)
}
