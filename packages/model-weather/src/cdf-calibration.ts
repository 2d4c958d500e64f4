import { digamma, logGamma, minimiseLbfgs, regularisedBeta } from '@kwm/quant'
import { assert } from '@kwm/std'
import { cdfOf, type WholePmf } from './whole-pmf.ts'

/**
 * A recalibration of cumulative probabilities, G: [0, 1] → [0, 1], rising (MODELS 5.11). `knots`:
 * straight lines between the knots, G(0) = 0 and G(1) = 1 understood. `beta`: the distribution
 * function of Beta(a, b). `none`: the identity.
 */
export type CdfCalibration =
  | { readonly kind: 'none' }
  | { readonly kind: 'knots'; readonly u: readonly number[]; readonly g: readonly number[] }
  | { readonly kind: 'beta'; readonly a: number; readonly b: number }

export const identityCalibration: CdfCalibration = { kind: 'none' }
/** Days of the identity that the PIT values have to outweigh. */
const PRIOR_DAYS = 30
/** More knots than this follow the noise and fill the configuration. */
export const KNOTS_MAX = 40
/** Parameters of a beta map outside this are no recalibration but another forecast. */
export const BETA_MIN = 0.1
export const BETA_MAX = 10

/** G(u). */
export function recalibrated(calibration: CdfCalibration, value: number): number {
  assert(value >= 0 && value <= 1, `cumulative probability: ${value}`)
  if (calibration.kind === 'none') return value
  if (calibration.kind === 'beta') return regularisedBeta(calibration.a, calibration.b, value)
  const { u, g } = calibration
  const above = u.findIndex((knot) => knot > value)
  const right = above < 0 ? u.length : above
  const [x0, y0] = right === 0 ? [0, 0] : [u[right - 1]!, g[right - 1]!]
  const [x1, y1] = right === u.length ? [1, 1] : [u[right]!, g[right]!]
  return x1 > x0 ? y0 + ((y1 - y0) * (value - x0)) / (x1 - x0) : y1
}

/**
 * The map that makes `pits` uniform without a form given: their empirical distribution, n/(N+1) at
 * the n-th, which is monotone as it stands (what pooling adjacent violators would return), at most 40
 * knots of it, shrunk towards the identity by 30 days. Several PIT values of one day are one day.
 */
export function fitKnots(pits: readonly number[], days = pits.length): CdfCalibration {
  const sorted = checked(pits).toSorted((a, b) => a - b)
  const share = days / (days + PRIOR_DAYS)
  const every = Math.ceil(sorted.length / KNOTS_MAX)
  const u: number[] = []
  const g: number[] = []
  for (let i = every - 1; i < sorted.length; i += every) {
    const pit = sorted[i]!
    const value = share * ((i + 1) / (sorted.length + 1)) + (1 - share) * pit
    if (pit === u.at(-1)) g[g.length - 1] = value
    else {
      u.push(pit)
      g.push(value)
    }
  }
  return { kind: 'knots', u, g }
}

/**
 * The beta map of greatest likelihood, with 30 days of the uniform distribution beside the PIT
 * values. Of these only the means of ln u and ln (1 − u) count; under the identity both are −1.
 */
export function fitBeta(pits: readonly number[], days = pits.length): CdfCalibration {
  if (pits.length === 0) return { kind: 'beta', a: 1, b: 1 }
  const share = days / (days + PRIOR_DAYS)
  const meanLog = (log: (u: number) => number): number =>
    share * (checked(pits).reduce((sum, u) => sum + log(u), 0) / pits.length) - (1 - share)
  const [low, high] = [meanLog(Math.log), meanLog((u) => Math.log1p(-u))]
  // In ln a and ln b, so that both stay positive.
  const { x } = minimiseLbfgs((at, gradient) => {
    const [a, b] = [Math.exp(at[0]!), Math.exp(at[1]!)]
    const common = digamma(a + b)
    gradient[0] = a * (digamma(a) - common - low)
    gradient[1] = b * (digamma(b) - common - high)
    return logGamma(a) + logGamma(b) - logGamma(a + b) - (a - 1) * low - (b - 1) * high
  }, new Float64Array(2))
  const kept = (logged: number): number => Math.min(BETA_MAX, Math.max(BETA_MIN, Math.exp(logged)))
  return { kind: 'beta', a: kept(x[0]!), b: kept(x[1]!) }
}

function checked(pits: readonly number[]): readonly number[] {
  for (const pit of pits) assert(pit > 0 && pit < 1, `PIT value: ${pit}`)
  return pits
}

/** F(n−1) + v·P(n): uniform over days when the PMF is calibrated; `v` uniform in (0, 1), from outside. */
export const randomisedPit = (pmf: WholePmf, officialHighF: number, v: number): number => {
  const below = cdfOf(pmf, officialHighF - 1)
  return below + v * (cdfOf(pmf, officialHighF) - below)
}
