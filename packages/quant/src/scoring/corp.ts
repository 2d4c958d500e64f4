import { fitIsotonic } from '../regression/isotonic.ts'
import { brierScore } from './brier.ts'

/** Mean Brier score = miscalibration - discrimination + uncertainty, each >= 0. */
export type CorpDecomposition = {
  readonly score: number
  readonly miscalibration: number
  readonly discrimination: number
  readonly uncertainty: number
  /** PAV-recalibrated probability of each row. */
  readonly recalibrated: Float64Array
}

/** CORP (Dimitriadis, Gneiting, Jordan 2021): no bins to choose, exact, reproducible. */
export function corpDecomposition(p: ArrayLike<number>, y: ArrayLike<number>): CorpDecomposition {
  const score = brierScore(p, y)
  const fit = fitIsotonic(p, y)
  const at = new Map(Array.from(fit.x, (x, i) => [x, fit.fitted[i]!]))
  // -0 and 0 are one key of a Map.
  const recalibrated = Float64Array.from(p, (q) => at.get(q)!)
  let mean = 0
  for (let i = 0; i < y.length; i++) mean += y[i]! / y.length
  const uncertainty = mean * (1 - mean)
  let calibrated = 0
  for (let i = 0; i < y.length; i++) calibrated += (recalibrated[i]! - y[i]!) ** 2 / y.length
  return {
    score,
    miscalibration: score - calibrated,
    discrimination: uncertainty - calibrated,
    uncertainty,
    recalibrated,
  }
}
