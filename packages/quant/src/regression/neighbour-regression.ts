import { assert } from '@kwm/std'
import { RecursiveLeastSquares } from './recursive-least-squares.ts'
import type { RlsOptions, RlsSnapshot } from './recursive-least-squares.ts'
import { fitRidge } from './ridge.ts'

/**
 * One ridge regression a unit on the features of that unit and of those beside it, so the
 * zeros of the answer are there by construction; zeroing a full fit gives other, biased
 * coefficients (MODELS 7.2). `features` and `targets` are row-major rows x units. Returns row-major
 * units x units, the row being the target. Null when a regression is singular.
 */
export function fitNeighbourRidge(
  features: ArrayLike<number>,
  targets: ArrayLike<number>,
  units: number,
  { ridge }: { readonly ridge: number },
): Float64Array | null {
  const rows = targets.length / units
  assert(Number.isInteger(rows) && features.length === targets.length, `${units} units`)
  const coefficients = new Float64Array(units * units)
  for (let unit = 0; unit < units; unit++) {
    const from = Math.max(0, unit - 1)
    const to = Math.min(units, unit + 2)
    const design = new Float64Array(rows * (to - from))
    const own = new Float64Array(rows)
    for (let r = 0; r < rows; r++) {
      for (let k = from; k < to; k++) design[r * (to - from) + k - from] = features[r * units + k]!
      own[r] = targets[r * units + unit]!
    }
    const fit = fitRidge(design, own, { ridge })
    if (fit === null) return null
    coefficients.set(fit, unit * units + from)
  }
  return coefficients
}

export type NeighbourRlsOptions = Omit<RlsOptions, 'size'> & {
  readonly units: number
  readonly featuresPerUnit: number
}

export type NeighbourRlsSnapshot = NeighbourRlsOptions & { readonly fits: readonly RlsSnapshot[] }

/**
 * The same online: unit j regresses on [1, features of j - 1, j, j + 1], each by its own recursive
 * least squares; the ends have one neighbour. Features are row-major units x featuresPerUnit.
 */
export class NeighbourRls {
  readonly #options: NeighbourRlsOptions
  readonly #fits: RecursiveLeastSquares[]
  readonly #rows: Float64Array[]

  constructor(options: NeighbourRlsOptions) {
    const { units, featuresPerUnit, ...rls } = options
    assert(Number.isInteger(units) && units > 0, `units ${units}`)
    assert(Number.isInteger(featuresPerUnit) && featuresPerUnit > 0, `features ${featuresPerUnit}`)
    this.#options = options
    this.#rows = Array.from({ length: units }, (_, j) => {
      const neighbours = Math.min(units - 1, j + 1) - Math.max(0, j - 1) + 1
      return new Float64Array(1 + neighbours * featuresPerUnit)
    })
    this.#fits = this.#rows.map((row) => new RecursiveLeastSquares({ ...rls, size: row.length }))
  }

  /** The prediction of every unit, into `out`. */
  predict(features: ArrayLike<number>, out: Float64Array): Float64Array {
    this.#fill(features)
    for (const [j, fit] of this.#fits.entries()) out[j] = fit.predict(this.#rows[j]!)
    return out
  }

  /** Learns the targets of units; NaN marks a unit that has none this time. */
  update(features: ArrayLike<number>, targets: ArrayLike<number>): void {
    assert(targets.length === this.#fits.length, `${targets.length} targets`)
    this.#fill(features)
    for (const [j, fit] of this.#fits.entries()) {
      if (!Number.isNaN(targets[j]!)) fit.update(this.#rows[j]!, targets[j]!)
    }
  }

  snapshot(): NeighbourRlsSnapshot {
    return { ...this.#options, fits: this.#fits.map((fit) => fit.snapshot()) }
  }

  static restore({ fits, ...options }: NeighbourRlsSnapshot): NeighbourRls {
    const model = new NeighbourRls(options)
    assert(fits.length === options.units, `${fits.length} fits for ${options.units} units`)
    for (const [j, fit] of fits.entries()) model.#fits[j] = RecursiveLeastSquares.restore(fit)
    return model
  }

  #fill(features: ArrayLike<number>): void {
    const f = this.#options.featuresPerUnit
    assert(features.length === f * this.#rows.length, `${features.length} features`)
    for (const [j, row] of this.#rows.entries()) {
      const from = Math.max(0, j - 1) * f
      row[0] = 1
      for (let k = 1; k < row.length; k++) row[k] = features[from + k - 1]!
    }
  }
}

/** The nearest predictions that sum to zero, where nearness is weighted by 1 / variance. */
export function projectOntoSumZero(
  predictions: ArrayLike<number>,
  variances: ArrayLike<number>,
): Float64Array {
  assert(predictions.length === variances.length, `${variances.length} variances`)
  let sum = 0
  let total = 0
  for (let i = 0; i < predictions.length; i++) {
    assert(Number.isFinite(predictions[i]!), `prediction ${predictions[i]}`)
    assert(variances[i]! >= 0 && variances[i]! < Infinity, `variance ${variances[i]}`)
    sum += predictions[i]!
    total += variances[i]!
  }
  assert(total > 0, 'a variance of zero everywhere leaves nothing to move')
  return Float64Array.from(
    { length: predictions.length },
    (_, i) => predictions[i]! - (variances[i]! * sum) / total,
  )
}
