import { clusterBootstrap, corpDecomposition, meanOf } from '@kwm/quant'
import type { PmfCalibration } from '@kwm/quant'
import { Prng } from '@kwm/std'
import type { TestedPmf } from './calibration-tournament.ts'

/** Brackets that were said alike: how likely they were said to be, and how often they won. */
export type ReliabilityBin = {
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
const RESAMPLES = 400

/**
 * Of every bracket of the test days as `method` mapped it, in ten bins of equal width; brackets that
 * were impossible say nothing. Null when there is none.
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
  const bins = Array.from({ length: BINS }, (_, bin) =>
    possible.filter(({ p }) => Math.min(BINS - 1, Math.floor(p * BINS)) === bin),
  )
  const { score, miscalibration } = corpDecomposition(
    possible.map(({ p }) => p),
    possible.map(({ won }) => won),
  )
  return {
    bins: bins
      .filter((bin) => bin.length > 0)
      .map((bin) => {
        const won = bin.map((pair) => pair.won)
        const { mean, lower, upper } = clusterBootstrap(
          won,
          bin.map(({ day }) => day),
          { resamples: RESAMPLES, level: 0.9 },
          prng,
        )
        const said = meanOf(bin.map(({ p }) => p))
        return { n: bin.length, said, won: mean, low: lower, high: upper }
      }),
    brier: score,
    miscalibration,
  }
}
