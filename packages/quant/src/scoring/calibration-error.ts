import { assert } from '@kwm/std'
import { assertBinarySample } from './binary-sample.ts'
import { equalMassBins, equalWidthBins, summariseBins } from './brier.ts'
import type { ForecastBin } from './brier.ts'

export type CalibrationError = {
  /** Mean and maximum over bins of |mean p - mean y|, the mean weighted by rows. */
  readonly expected: number
  readonly maximum: number
  readonly squared: number
  /** `squared` less the share that noise in the labels adds; may be negative. */
  readonly squaredDebiased: number
  readonly bins: readonly ForecastBin[]
}

/**
 * Calibration error over equal-width or equal-mass bins. The debiased square subtracts
 * mean y (1 - mean y) / (n - 1) in each bin of two or more rows (Kumar, Liang, Ma 2019).
 */
export function calibrationError(
  p: ArrayLike<number>,
  y: ArrayLike<number>,
  binning: { readonly equalWidth: number } | { readonly equalMass: number },
): CalibrationError {
  assertBinarySample(p, y)
  const count = 'equalWidth' in binning ? binning.equalWidth : binning.equalMass
  assert(Number.isInteger(count) && count > 0, `${count} bins`)
  const of = 'equalWidth' in binning ? equalWidthBins(p, count) : equalMassBins(p, count)
  const bins = summariseBins(p, y, of)
  let [expected, maximum, squared, squaredDebiased] = [0, 0, 0, 0]
  for (const { n, meanP, meanY } of bins) {
    const gap = Math.abs(meanP - meanY)
    const noise = n > 1 ? (meanY * (1 - meanY)) / (n - 1) : 0
    const share = n / p.length
    expected += share * gap
    maximum = Math.max(maximum, gap)
    squared += share * gap * gap
    squaredDebiased += share * (gap * gap - noise)
  }
  return { expected, maximum, squared, squaredDebiased, bins }
}
