import { clusterBootstrap, corpDecomposition, meanOf } from '@kwm/quant'
import type { PmfCalibration } from '@kwm/quant'
import { Prng } from '@kwm/std'
import type { TestedPmf } from './calibration-tournament.ts'

/** Brackets that were said alike: how likely they were said to be, and how often they won. */
export type ReliabilityBin = {
  /** Of what was said: [from, to). */
  readonly from: number
  readonly to: number
  readonly n: number
  readonly said: number
  readonly won: number
  /** Central 90 % of `won` when whole days are drawn again. */
  readonly low: number
  readonly high: number
}

export type Reliability = {
  readonly bins: readonly ReliabilityBin[]
  /** Of the Brier score of single brackets, and the part that recalibration would take away (CORP). */
  readonly brier: number
  readonly miscalibration: number
}

const BINS = 10
/** A bin of fewer joins the next below: the share of a handful says nothing. */
const BRACKETS_MIN = 20
const RESAMPLES = 400

/**
 * Of every bracket of the test days as `method` mapped it, in at most ten bins of equal width; brackets
 * that were impossible say nothing. Null when there is none.
 */
export function reliabilityOf(
  tested: readonly TestedPmf[],
  method: PmfCalibration,
): Reliability | null {
  const pairs = tested.flatMap(({ day, outcome, mapped }) =>
    Array.from(mapped[method], (p, k) => ({ day, p: Math.min(1, p), won: k === outcome ? 1 : 0 })),
  )
  const possible = pairs.filter(({ p }) => p > 0)
  if (possible.length === 0) return null
  const prng = new Prng(1)
  const { score, miscalibration } = corpDecomposition(
    possible.map(({ p }) => p),
    possible.map(({ won }) => won),
  )
  return {
    bins: binned(possible).map(({ from, to, pairs: bin }) => {
      const { mean, lower, upper } = clusterBootstrap(
        bin.map(({ won }) => won),
        bin.map(({ day }) => day),
        { resamples: RESAMPLES, level: 0.9 },
        prng,
      )
      const said = meanOf(bin.map(({ p }) => p))
      return { from, to, n: bin.length, said, won: mean, low: lower, high: upper }
    }),
    brier: score,
    miscalibration,
  }
}

type Pair = { readonly day: string; readonly p: number; readonly won: number }
type Bin = { readonly from: number; readonly to: number; readonly pairs: readonly Pair[] }

/** From the top, where brackets are few; what is left over at the bottom stays a bin of its own. */
function binned(pairs: readonly Pair[]): readonly Bin[] {
  const bins: Bin[] = []
  let [to, held]: [number, readonly Pair[]] = [1, []]
  for (let bin = BINS - 1; bin >= 0; bin--) {
    const isIn = ({ p }: Pair): boolean => Math.min(BINS - 1, Math.floor(p * BINS)) === bin
    held = [...held, ...pairs.filter(isIn)]
    if (held.length < BRACKETS_MIN && (bin > 0 || held.length === 0)) continue
    bins.unshift({ from: bin / BINS, to, pairs: held })
    ;[to, held] = [bin / BINS, []]
  }
  return bins
}
