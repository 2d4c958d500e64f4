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

/**
 * The first and the last step at which a threshold is within `reachSd` deviations of u or below it;
 * null when at none. Before and after nothing that matters is killed.
 */
export function activeSteps(
  path: ResidualPath,
  limitF: number,
  reachSd: number,
): { readonly first: number; readonly last: number } | null {
  const u = new FreeMoments(path)
  let [first, last] = [-1, -1]
  for (let k = 0; k < path.meanF.length; k++, u.advance()) {
    if (limitAt(path, k, limitF) > u.mean + reachSd * Math.sqrt(u.variance)) continue
    if (first < 0) first = k
    last = k
  }
  return first < 0 ? null : { first, last }
}

/** Steps `first` … `last` of a path as a path of its own. */
export function stretchOf(path: ResidualPath, first: number, last: number): ResidualPath {
  const u = new FreeMoments(path)
  for (let k = 0; k < first; k++) u.advance()
  return {
    meanF: Float64Array.from(path.meanF).subarray(first, last + 1),
    sdF: Float64Array.from(path.sdF).subarray(first, last + 1),
    phi: path.phi,
    startMean: u.mean,
    startVariance: u.variance,
  }
}
