/**
 * The temperature of the steps to come: T_k = mean_k + sd_k·u_k, k = 1 … K, where u is a
 * standardised AR(1) with coefficient `phi` per step. °F.
 */
export type ResidualPath = {
  readonly meanF: ArrayLike<number>
  readonly sdF: ArrayLike<number>
  readonly phi: number
  /** u_1 is normal: φ^g·u_0 and 1 − φ^(2g), g steps after the residual u_0 was seen. */
  readonly startMean: number
  readonly startVariance: number
}

/** A residual in standard deviations, and how many steps (a fraction, too) before step 1 it was seen. */
export type SeenResidual = { readonly u: number; readonly gapSteps: number }

/** A gap is at least this part of a step: a path that starts at a point would be one cell wide. */
const GAP_MIN = 0.25
const TINY = 1e-12

/** Where u starts; with no residual seen, stationary. */
export function startOf(
  phi: number,
  seen: SeenResidual | null,
): Pick<ResidualPath, 'startMean' | 'startVariance'> {
  if (seen === null) return { startMean: 0, startVariance: 1 }
  const decay = phi ** Math.max(GAP_MIN, seen.gapSteps)
  return { startMean: decay * seen.u, startVariance: 1 - decay * decay }
}

/** Mean and variance of u_k of a path that nothing kills, step by step. */
export class FreeMoments {
  mean: number
  variance: number
  readonly #phi: number

  constructor(path: ResidualPath) {
    this.mean = path.startMean
    this.variance = path.startVariance
    this.#phi = path.phi
  }

  advance(): void {
    this.mean *= this.#phi
    this.variance = this.#phi * this.#phi * this.variance + 1 - this.#phi * this.#phi
  }
}

/** A threshold in °F as a value of u at step k; a deviation of 0 makes it certain. */
export function limitAt(path: ResidualPath, k: number, limitF: number): number {
  const sd = path.sdF[k]!
  const above = limitF - path.meanF[k]!
  if (sd > TINY) return above / sd
  return above >= 0 ? Infinity : -Infinity
}
