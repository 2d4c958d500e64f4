import { assert } from '@kwm/std'
import { cdfOf, type WholePmf } from './whole-pmf.ts'

/**
 * A recalibration of cumulative probabilities, G: [0, 1] → [0, 1], rising, as knots with straight
 * lines between them; G(0) = 0 and G(1) = 1 are understood. No knots: the identity.
 */
export type CdfCalibration = { readonly u: readonly number[]; readonly g: readonly number[] }

export const identityCalibration: CdfCalibration = { u: [], g: [] }
/** Days of the identity that the PIT values have to outweigh. */
const PRIOR_DAYS = 30

/** G(u). */
export function recalibrated({ u, g }: CdfCalibration, value: number): number {
  assert(value >= 0 && value <= 1, `cumulative probability: ${value}`)
  const above = u.findIndex((knot) => knot > value)
  const right = above < 0 ? u.length : above
  const [x0, y0] = right === 0 ? [0, 0] : [u[right - 1]!, g[right - 1]!]
  const [x1, y1] = right === u.length ? [1, 1] : [u[right]!, g[right]!]
  return x1 > x0 ? y0 + ((y1 - y0) * (value - x0)) / (x1 - x0) : y1
}

/**
 * The recalibration that makes `pits` uniform: their empirical distribution, n/(N+1) at the n-th,
 * which is monotone as it stands (what pooling adjacent violators would return), shrunk towards the
 * identity by 30 days.
 */
export function fitCalibration(pits: readonly number[]): CdfCalibration {
  const sorted = pits.toSorted((a, b) => a - b)
  const share = pits.length / (pits.length + PRIOR_DAYS)
  const u: number[] = []
  const g: number[] = []
  for (const [i, pit] of sorted.entries()) {
    assert(pit > 0 && pit < 1, `PIT value: ${pit}`)
    const value = share * ((i + 1) / (sorted.length + 1)) + (1 - share) * pit
    if (pit === u.at(-1)) g[g.length - 1] = value
    else {
      u.push(pit)
      g.push(value)
    }
  }
  return { u, g }
}

/** F(n−1) + v·P(n): uniform over days when the PMF is calibrated; `v` uniform in (0, 1), from outside. */
export const randomisedPit = (pmf: WholePmf, officialHighF: number, v: number): number => {
  const below = cdfOf(pmf, officialHighF - 1)
  return below + v * (cdfOf(pmf, officialHighF) - below)
}
