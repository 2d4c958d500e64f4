import { AssertionError, assert } from '@kwm/std'

/** A bracket on the temperature axis: continuous edges in F, infinite where the tail is open. */
export type TemperatureBin = { readonly lowF: number; readonly highF: number }

/** How far beyond its edge the mass of an open tail is taken to lie when nothing better is known. */
export const OPEN_TAIL_F = 1

const MASS_TOLERANCE = 1e-6

/**
 * The middle of each bin in F, of an open tail its edge and one degree. The continuous edges of
 * "75 to 76" are 74.5 and 76.5, of "below 75" -Infinity and 74.5 (MODELS 5.9).
 */
export function binCentresF(bins: readonly TemperatureBin[]): number[] {
  return bins.map(({ lowF, highF }) => {
    assert(lowF < highF, `bin [${lowF}, ${highF}]`)
    if (lowF === -Infinity) {
      assert(highF !== Infinity, 'a bin that is everything has no centre')
      return highF - OPEN_TAIL_F
    }
    return highF === Infinity ? lowF + OPEN_TAIL_F : (lowF + highF) / 2
  })
}

/** sum of centre x probability, in the centres' unit. The PMF sums to 1 within 1e-6. */
export function centreOfMass(pmf: ArrayLike<number>, centres: ArrayLike<number>): number {
  assert(pmf.length === centres.length && pmf.length > 0, 'a centre for every probability')
  let mass = 0
  let sum = 0
  for (let i = 0; i < pmf.length; i++) {
    if (!(pmf[i]! >= 0)) throw new AssertionError(`probability ${pmf[i]}`)
    mass += pmf[i]!
    sum += pmf[i]! * centres[i]!
  }
  if (!(Math.abs(mass - 1) <= MASS_TOLERANCE)) throw new AssertionError(`a PMF of mass ${mass}`)
  assert(Number.isFinite(sum), 'centres must be finite')
  return sum
}
