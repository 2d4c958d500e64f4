import { assert } from '@kwm/std'

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
 * A forecast between its points by the monotone cubic of Fritsch and Butland (PCHIP): it goes through
 * every point and never beyond its neighbours. Straight lines would do as well at the points and
 * worse between them. Times outside the curve crash: ask `covers` first.
 */
export function pchip(curve: ForecastCurve, timesUs: ArrayLike<number>): Float64Array {
  const fault = curveFault(curve)
  assert(fault === null, `forecast: ${fault}`)
  const { validTimesUs: x, tempsF: y } = curve
  const slopes = slopesOf(x, y)
  const values = new Float64Array(timesUs.length)
  let i = 0
  for (let k = 0; k < timesUs.length; k++) {
    const t = timesUs[k]!
    assert(t >= x[0]! && t <= x.at(-1)!, `time ${t} is outside the forecast`)
    while (i < x.length - 2 && t > x[i + 1]!) i++
    while (i > 0 && t < x[i]!) i--
    const h = x[i + 1]! - x[i]!
    const s = (t - x[i]!) / h
    const s2 = s * s
    const s3 = s2 * s
    values[k] =
      y[i]! * (2 * s3 - 3 * s2 + 1) +
      y[i + 1]! * (3 * s2 - 2 * s3) +
      h * slopes[i]! * (s3 - 2 * s2 + s) +
      h * slopes[i + 1]! * (s3 - s2)
  }
  return values
}

function slopesOf(x: readonly number[], y: readonly number[]): Float64Array {
  const n = x.length
  const h = (i: number): number => x[i + 1]! - x[i]!
  const secant = (i: number): number => (y[i + 1]! - y[i]!) / h(i)
  const slopes = new Float64Array(n)
  if (n === 2) return slopes.fill(secant(0))
  for (let i = 1; i < n - 1; i++) {
    const [left, right] = [secant(i - 1), secant(i)]
    if (left * right <= 0) continue // A peak or a flat: level.
    const w1 = 2 * h(i) + h(i - 1)
    const w2 = h(i) + 2 * h(i - 1)
    slopes[i] = (w1 + w2) / (w1 / left + w2 / right)
  }
  slopes[0] = endSlope(h(0), h(1), secant(0), secant(1))
  slopes[n - 1] = endSlope(h(n - 2), h(n - 3), secant(n - 2), secant(n - 3))
  return slopes
}

/** Three points, one-sided, kept to the shape of the data. */
function endSlope(h0: number, h1: number, s0: number, s1: number): number {
  const slope = ((2 * h0 + h1) * s0 - h0 * s1) / (h0 + h1)
  if (slope * s0 <= 0) return 0
  return s0 * s1 <= 0 && Math.abs(slope) > 3 * Math.abs(s0) ? 3 * s0 : slope
}
