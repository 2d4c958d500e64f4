import { assert } from '@kwm/std'
import type { Prng } from '@kwm/std'
import { poolAdjacentViolators } from '../regression/isotonic.ts'
import { averageRanks } from '../scoring/binary-scores.ts'
import { sortOrder } from '../sort-order.ts'
import { meanOf } from './mean-test.ts'

export type TrendBin = {
  readonly n: number
  readonly meanPredicted: number
  readonly meanRealised: number
}

/** Bins of equal count by prediction, lowest first. */
export function quantileBins(
  predicted: ArrayLike<number>,
  realised: ArrayLike<number>,
  bins: number,
): readonly TrendBin[] {
  const n = predicted.length
  assert(realised.length === n && n >= bins && bins > 0, `${n} rows in ${bins} bins`)
  const order = sortOrder(predicted)
  return Array.from({ length: bins }, (_, b) => {
    const rows = order.subarray(Math.floor((b * n) / bins), Math.floor(((b + 1) * n) / bins))
    return {
      n: rows.length,
      meanPredicted: meanOf(Float64Array.from(rows, (r) => predicted[r]!)),
      meanRealised: meanOf(Float64Array.from(rows, (r) => realised[r]!)),
    }
  })
}

/** Rank correlation, ties sharing ranks. Null when either side is constant. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  assert(x.length === y.length && x.length > 1, `${x.length} and ${y.length} values`)
  return correlation(averageRanks(x), averageRanks(y))
}

/** Slope of the weighted least-squares line of y on x. Null when x is constant. */
export function weightedSlope(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  weights: ArrayLike<number>,
): number | null {
  const n = x.length
  assert(y.length === n && weights.length === n && n > 1, `${n} points`)
  let [w, wx, wy] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    w += weights[i]!
    wx += weights[i]! * x[i]!
    wy += weights[i]! * y[i]!
  }
  assert(w > 0 && Number.isFinite(wx + wy), 'a line through no numbers')
  let [sxx, sxy] = [0, 0]
  for (let i = 0; i < n; i++) {
    sxx += weights[i]! * (x[i]! - wx / w) ** 2
    sxy += weights[i]! * (x[i]! - wx / w) * (y[i]! - wy / w)
  }
  return sxx > 0 ? sxy / sxx : null
}

export type PermutationTest = { readonly statistic: number; readonly pOneSided: number }

/**
 * Does y rise with x? The statistic is the share of the variance of y that its isotonic fit explains
 * (the E-bar-squared of order-restricted inference), judged by permutation. Null when y is constant.
 */
export function isotonicTrendTest(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  permutations: number,
  prng: Prng,
): PermutationTest | null {
  assert(x.length === y.length && x.length > 1, `${x.length} and ${y.length} values`)
  const order = sortOrder(x)
  const mean = meanOf(y)
  const total = Array.from(y, (v) => (v - mean) ** 2).reduce((sum, v) => sum + v, 0)
  if (!(total > 0)) return null
  const starts = order.filter((row, k) => k === 0 || x[row] !== x[order[k - 1]!]).length
  const groups = new Uint32Array(order.length)
  let group = -1
  for (let k = 0; k < order.length; k++) {
    if (k === 0 || x[order[k]!] !== x[order[k - 1]!]) group++
    groups[k] = group
  }
  const explained = (shuffled: Float64Array): number => {
    const [sums, counts] = [new Float64Array(starts), new Float64Array(starts)]
    for (let k = 0; k < shuffled.length; k++) {
      sums[groups[k]!]! += shuffled[k]!
      counts[groups[k]!]! += 1
    }
    const fit = poolAdjacentViolators(
      sums.map((sum, g) => sum / counts[g]!),
      counts,
    )
    return fit.reduce((sum, v, g) => sum + counts[g]! * (v - mean) ** 2, 0) / total
  }
  const sorted = Float64Array.from(order, (row) => y[row]!)
  return permutationTest(sorted, explained, permutations, prng)
}

function permutationTest(
  values: Float64Array,
  statisticOf: (values: Float64Array) => number,
  permutations: number,
  prng: Prng,
): PermutationTest {
  assert(Number.isInteger(permutations) && permutations > 0, `${permutations} permutations`)
  const statistic = statisticOf(values)
  const shuffled = values.slice()
  let reached = 1
  for (let b = 0; b < permutations; b++) {
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = prng.nextInt(i + 1)
      const held = shuffled[i]!
      shuffled[i] = shuffled[j]!
      shuffled[j] = held
    }
    // Sums in another order differ by rounding; that is a tie.
    if (statisticOf(shuffled) >= statistic - 1e-12) reached++
  }
  return { statistic, pOneSided: reached / (permutations + 1) }
}

function correlation(x: Float64Array, y: Float64Array): number | null {
  const [mx, my] = [meanOf(x), meanOf(y)]
  let [sxx, syy, sxy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    sxx += (x[i]! - mx) ** 2
    syy += (y[i]! - my) ** 2
    sxy += (x[i]! - mx) * (y[i]! - my)
  }
  return sxx > 0 && syy > 0 ? sxy / Math.sqrt(sxx * syy) : null
}
