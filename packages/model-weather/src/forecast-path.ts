import { assert } from '@kwm/std'
import { monotoneCubic } from './monotone-cubic.ts'

/** A forecast: one temperature for each valid time, times strictly ascending. */
export type ForecastCurve = {
  readonly validTimesUs: readonly number[]
  readonly tempsF: readonly number[]
}

/** Two points further apart leave what lies between unknown. */
export const FORECAST_STEP_MAX_US = 3 * 3_600_000_000

/** Why a curve cannot be interpolated, or null. */
export function curveFault({ validTimesUs, tempsF }: ForecastCurve): string | null {
  if (validTimesUs.length !== tempsF.length) {
    return `${validTimesUs.length} valid times for ${tempsF.length} temperatures`
  }
  if (validTimesUs.length < 2) return 'fewer than two points'
  for (let i = 1; i < validTimesUs.length; i++) {
    if (validTimesUs[i]! <= validTimesUs[i - 1]!) return `valid time ${i} does not rise`
  }
  const bad = tempsF.findIndex((t) => !(t >= -80 && t <= 140))
  return bad >= 0 ? `temperature ${bad} is ${tempsF[bad]}` : null
}

/** Does the curve span `[fromUs, toUs]` without a hole? */
export function covers({ validTimesUs }: ForecastCurve, fromUs: number, toUs: number): boolean {
  const last = validTimesUs.at(-1) ?? -Infinity
  if (!(validTimesUs[0]! <= fromUs && last >= toUs)) return false
  for (let i = 1; i < validTimesUs.length; i++) {
    const touches = validTimesUs[i]! > fromUs && validTimesUs[i - 1]! < toUs
    if (touches && validTimesUs[i]! - validTimesUs[i - 1]! > FORECAST_STEP_MAX_US) return false
  }
  return true
}

/**
 * °F at ascending times, between the points by a monotone cubic: straight lines would clip the peak.
 * Times outside the curve crash: ask `covers` first.
 */
export function forecastAt(curve: ForecastCurve, timesUs: ArrayLike<number>): Float64Array {
  const fault = curveFault(curve)
  assert(fault === null, `forecast: ${fault}`)
  return monotoneCubic(curve.validTimesUs, curve.tempsF, timesUs)
}
