import { assert } from '@kwm/std'
import { erfc } from '../normal.ts'
import { sortOrder } from '../sort-order.ts'
import { assertBinarySample } from './binary-sample.ts'

/** Mean negative log-likelihood in nats, p held inside [low, high]. */
export function logLoss(
  p: ArrayLike<number>,
  y: ArrayLike<number>,
  [low, high]: readonly [number, number] = [1e-6, 1 - 1e-6],
): number {
  assertBinarySample(p, y)
  assert(low > 0 && low <= high && high < 1, `clip at ${low} and ${high}`)
  let sum = 0
  for (let i = 0; i < p.length; i++) {
    const q = Math.min(high, Math.max(low, p[i]!))
    sum -= y[i] === 1 ? Math.log(q) : Math.log1p(-q)
  }
  return sum / p.length
}

export type SpiegelhalterTest = { readonly z: number; readonly pTwoSided: number }

/**
 * z = sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p)), standard normal when calibrated
 * (Spiegelhalter 1986). Rows must be independent. Null when every p is 0, 1/2 or 1.
 */
export function spiegelhalterTest(
  p: ArrayLike<number>,
  y: ArrayLike<number>,
): SpiegelhalterTest | null {
  assertBinarySample(p, y)
  let [sum, variance] = [0, 0]
  for (let i = 0; i < p.length; i++) {
    const lean = 1 - 2 * p[i]!
    sum += (y[i]! - p[i]!) * lean
    variance += lean * lean * p[i]! * (1 - p[i]!)
  }
  if (!(variance > 0)) return null
  const z = sum / Math.sqrt(variance)
  return { z, pTwoSided: erfc(Math.abs(z) / Math.SQRT2) }
}

/** P(p of a 1 > p of a 0) + half P(equal). Null with one label only. */
export function areaUnderRoc(p: ArrayLike<number>, y: ArrayLike<number>): number | null {
  assertBinarySample(p, y)
  const ranks = averageRanks(p)
  let [positives, rankSum] = [0, 0]
  for (let i = 0; i < p.length; i++) {
    if (y[i] !== 1) continue
    positives++
    rankSum += ranks[i]!
  }
  const negatives = p.length - positives
  if (positives === 0 || negatives === 0) return null
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}

/** Ranks from 1, ties sharing their mean rank. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = sortOrder(values)
  const ranks = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++
    for (let k = from; k < to; k++) ranks[order[k]!] = (from + 1 + to) / 2
    from = to
  }
  return ranks
}
