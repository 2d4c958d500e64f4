import { assert } from '@kwm/std'
import {
  binOf,
  HOUR_CENTRES,
  HOUR_EDGES,
  LEAD_CENTRES_HOURS,
  LEAD_EDGES_HOURS,
  PHI_MAX,
  PHI_MIN,
  PRIOR_PHI,
  priorSdF,
  type ResidualModel,
} from './residual-model.ts'

export type ResidualSample = {
  readonly residualF: number
  /** Valid time minus issue time. */
  readonly leadHours: number
  readonly localHour: number
}

export type ResidualFit = {
  readonly model: ResidualModel
  /** Samples per bin, `[lead][hour]`: what the shrinkage had to go on. */
  readonly counts: readonly (readonly number[])[]
}

/** Samples of its own that a bin's bias, and its variance, needs to outweigh the pool. */
const BIAS_SHRINKAGE = 20
const VARIANCE_SHRINKAGE = 30

/**
 * Bias and variance by bin with shrinkage: b = n·r̄/(n+20), s² = (n·s² + 30·s²pool)/(n+30), where
 * the pool is the lead's variance over all hours, or the prior where there is none. `runs` are
 * stretches of standardised residuals `rowsPerStep` times five minutes apart; without enough of them
 * φ, which is always of five minutes, is the prior.
 */
export function fitResidualModel(
  samples: readonly ResidualSample[],
  runs: readonly (readonly number[])[],
  version: string,
  rowsPerStep = 1,
): ResidualFit {
  const cells = LEAD_CENTRES_HOURS.map(() => HOUR_CENTRES.map((): number[] => []))
  for (const { residualF, leadHours, localHour } of samples) {
    assert(Number.isFinite(residualF) && leadHours >= 0, `residual ${residualF} at ${leadHours} h`)
    cells[binOf(LEAD_EDGES_HOURS, leadHours)]![binOf(HOUR_EDGES, localHour)]!.push(residualF)
  }
  const biasF = cells.map((row) =>
    row.map((r) => (r.length / (r.length + BIAS_SHRINKAGE)) * mean(r)),
  )
  const sdF = cells.map((row, i) => {
    const pool = row.flat()
    const prior = priorSdF(LEAD_CENTRES_HOURS[i]!) ** 2
    const poolVariance = shrunk(pool.length, variance(pool), prior)
    return row.map((r) => Math.sqrt(shrunk(r.length, variance(r), poolVariance)))
  })
  return {
    model: {
      version,
      provenance: 'fitted',
      biasF,
      sdF,
      phi: persistence(runs, rowsPerStep) ?? PRIOR_PHI,
    },
    counts: cells.map((row) => row.map((r) => r.length)),
  }
}

/**
 * γ(0) … γ(lags) of stretches of equal steps, around one mean for all: centring each day would bias
 * the persistence down. Biased sums (divided by all points), as usual.
 */
export function autocovariances(runs: readonly (readonly number[])[], lags: number): number[] {
  const all = runs.flat()
  assert(all.length > lags, `${all.length} points for ${lags} lags`)
  const centre = mean(all)
  return Array.from({ length: lags + 1 }, (_, lag) => {
    let sum = 0
    for (const run of runs) {
      for (let i = lag; i < run.length; i++) sum += (run[i]! - centre) * (run[i - lag]! - centre)
    }
    return sum / all.length
  })
}

/** φ = γ(2)/γ(1): rounding noise is white and sits in γ(0) alone, where γ(1)/γ(0) would read low. */
export const noiseRobustPhi = (gamma: readonly number[]): number => gamma[2]! / gamma[1]!

/** The same, kept to what five minutes of weather can be; null with too little to go on. */
function persistence(runs: readonly (readonly number[])[], rowsPerStep: number): number | null {
  if (runs.flat().length < 288) return null
  const gamma = autocovariances(runs, 2)
  if (!(gamma[1]! > 0)) return null
  if (!(gamma[2]! > 0)) return PHI_MIN
  return Math.min(PHI_MAX, Math.max(PHI_MIN, noiseRobustPhi(gamma) ** (1 / rowsPerStep)))
}

const shrunk = (n: number, own: number, pool: number): number =>
  (n * own + VARIANCE_SHRINKAGE * pool) / (n + VARIANCE_SHRINKAGE)

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, v) => sum + v, 0) / values.length

function variance(values: readonly number[]): number {
  const centre = mean(values)
  return mean(values.map((v) => (v - centre) ** 2))
}
