import { cdfOf, highestOf, type WholePmf } from './whole-pmf.ts'

/** A nowcast and what came of it. */
export type ScoredNowcast = {
  readonly date: string
  /** Of local standard time. */
  readonly hour: number
  readonly leadHours: number
  readonly pmf: WholePmf
  readonly officialF: number
}

export const PIT_BINS = 10

export type NowcastScore = {
  readonly count: number
  /** °F. */
  readonly meanCrpsF: number
  /** Share of the official highs in the central 80 %. */
  readonly coverage80: number
  /** Shares by tenth; flat where the probabilities are right. Sums to 1. */
  readonly pit: readonly number[]
}

/**
 * CRPS by Σ (F(n) − 1{n ≥ y})² over whole degrees, and the probability integral transform of a
 * discrete forecast, spread over the step it falls on (Czado, Gneiting and Held 2009): no chance in
 * it, so the histogram is the same every time.
 */
export function scoreNowcasts(scored: readonly ScoredNowcast[]): NowcastScore {
  const pit = Array.from({ length: PIT_BINS }, () => 0)
  let [crps, inside] = [0, 0]
  for (const { pmf, officialF } of scored) {
    crps += wholeCrps(pmf, officialF)
    const [from, to] = [cdfOf(pmf, officialF - 1), cdfOf(pmf, officialF)]
    inside += shareWithin(from, to, 0.1, 0.9)
    for (let bin = 0; bin < PIT_BINS; bin++) {
      pit[bin]! += shareWithin(from, to, bin / PIT_BINS, (bin + 1) / PIT_BINS)
    }
  }
  const mean = (sum: number): number => (scored.length === 0 ? 0 : sum / scored.length)
  return {
    count: scored.length,
    ...{ meanCrpsF: mean(crps), coverage80: mean(inside), pit: pit.map(mean) },
  }
}

/** °F; 0 for a certain forecast that came true. */
export function wholeCrps(pmf: WholePmf, officialF: number): number {
  const from = Math.min(pmf.lowestF, officialF)
  const to = Math.max(highestOf(pmf), officialF)
  let sum = 0
  for (let n = from; n < to; n++) sum += (cdfOf(pmf, n) - (n >= officialF ? 1 : 0)) ** 2
  return sum
}

/** How much of the step `from` … `to` lies in a range; a degree that was impossible is a point. */
function shareWithin(from: number, to: number, low: number, high: number): number {
  if (to > from) return Math.max(0, Math.min(to, high) - Math.max(from, low)) / (to - from)
  return from >= low && (from < high || (high === 1 && from === 1)) ? 1 : 0
}
