import { assert } from '@kwm/std'
import { studentTTwoSided } from '../special/student-t.ts'
import { autocovariance, meanOf } from './mean-test.ts'

export type DieboldMariano = {
  /** Of loss1 - loss2: negative when the first forecaster is better. */
  readonly meanDiff: number
  readonly dm: number
  /** With the small-sample factor of Harvey, Leybourne and Newbold (1997). */
  readonly hln: number
  /** Of `hln` against Student's t with n - 1 degrees. */
  readonly pTwoSided: number
}

/**
 * Equal predictive accuracy of two forecasters at horizon `h`: one row per independent unit (an event
 * day), autocovariances to lag h - 1 with equal weights. Null when the variance is not positive:
 * equal forecasts, or a negative estimate at h > 1.
 */
export function dieboldMariano(
  loss1: ArrayLike<number>,
  loss2: ArrayLike<number>,
  h = 1,
): DieboldMariano | null {
  const n = loss1.length
  assert(loss2.length === n && n > 1, `${n} and ${loss2.length} losses`)
  assert(Number.isInteger(h) && h >= 1 && h < n, `horizon ${h}`)
  const d = Float64Array.from({ length: n }, (_, i) => loss1[i]! - loss2[i]!)
  const meanDiff = meanOf(d)
  let variance = autocovariance(d, meanDiff, 0)
  for (let lag = 1; lag < h; lag++) variance += 2 * autocovariance(d, meanDiff, lag)
  if (!(variance > 0)) return null
  const dm = meanDiff / Math.sqrt(variance / n)
  const hln = dm * Math.sqrt((n + 1 - 2 * h + (h * (h - 1)) / n) / n)
  return { meanDiff, dm, hln, pTwoSided: studentTTwoSided(hln, n - 1) }
}
