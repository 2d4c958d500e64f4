import type { Prng } from '@kwm/std'
import { fitIsotonic } from '../regression/isotonic.ts'
import { assertBinarySample } from './binary-sample.ts'
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

export type CorpBandOptions = { readonly resamples: number; readonly level: number }

/**
 * Consistency bands of the reliability curve: where, at each distinct forecast, the PAV curve of a
 * calibrated forecaster would lie with probability `level`. Labels are drawn from the forecasts.
 */
export function corpConsistencyBands(
  p: ArrayLike<number>,
  { resamples, level }: CorpBandOptions,
  prng: Prng,
): { readonly x: Float64Array; readonly lower: Float64Array; readonly upper: Float64Array } {
  assertBinarySample(p, new Uint8Array(p.length))
  const y = new Uint8Array(p.length)
  const { x } = fitIsotonic(p, y)
  const curves: Float64Array[] = []
  for (let b = 0; b < resamples; b++) {
    for (let i = 0; i < p.length; i++) y[i] = prng.nextFloat() < p[i]! ? 1 : 0
    curves.push(fitIsotonic(p, y).fitted)
  }
  const bound = (share: number): Float64Array =>
    x.map((_, k) => quantile(Float64Array.from(curves, (curve) => curve[k]!).sort(), share))
  return { x, lower: bound((1 - level) / 2), upper: bound((1 + level) / 2) }
}

/** Linear between order statistics; `sorted` ascends and is not empty. */
export function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const low = Math.floor(at)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!)
}
