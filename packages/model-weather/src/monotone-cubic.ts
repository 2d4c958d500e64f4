import { assert } from '@kwm/std'

/**
 * The monotone cubic of Fritsch and Butland (1984), as PCHIP: through every point, without going beyond
 * neighbours. `x` strictly ascending, two points at least; `at` inside them, near-ascending is fast.
 */
export function monotoneCubic(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  at: ArrayLike<number>,
): Float64Array {
  const n = x.length
  assert(n >= 2 && y.length === n, `${n} x, ${y.length} y`)
  const slopes = slopesOf(x, y)
  const values = new Float64Array(at.length)
  let i = 0
  for (let k = 0; k < at.length; k++) {
    const t = at[k]!
    assert(t >= x[0]! && t <= x[n - 1]!, `${t} is outside ${x[0]} … ${x[n - 1]}`)
    while (i < n - 2 && t > x[i + 1]!) i++
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

function slopesOf(x: ArrayLike<number>, y: ArrayLike<number>): Float64Array {
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
