import { sortOrder } from '../sort-order.ts'
import { assertBinarySample } from './binary-sample.ts'

export type ForecastBin = {
  readonly bin: number
  readonly n: number
  readonly meanP: number
  readonly meanY: number
}

/** Brier score = reliability - resolution + uncertainty + withinVariance - withinCovariance. */
export type BrierDecomposition = {
  readonly brier: number
  readonly reliability: number
  readonly resolution: number
  readonly uncertainty: number
  readonly withinVariance: number
  readonly withinCovariance: number
  /** Only those that hold a forecast. */
  readonly bins: readonly ForecastBin[]
}

/** Mean (p - y)^2. */
export function brierScore(p: ArrayLike<number>, y: ArrayLike<number>): number {
  assertBinarySample(p, y)
  let sum = 0
  for (let i = 0; i < p.length; i++) sum += (p[i]! - y[i]!) ** 2
  return sum / p.length
}

/**
 * Murphy's decomposition with the two within-bin terms of Stephenson et al. (2008), which make it an
 * identity for binned forecasts: equal-width bins, or one a distinct forecast where both vanish.
 */
export function brierDecomposition(
  p: ArrayLike<number>,
  y: ArrayLike<number>,
  binning: { readonly equalWidth: number } | 'distinct',
): BrierDecomposition {
  const brier = brierScore(p, y)
  const of = binning === 'distinct' ? distinctBins(p) : equalWidthBins(p, binning.equalWidth)
  const bins = summariseBins(p, y, of)
  const byBin = new Map(bins.map((bin) => [bin.bin, bin]))
  const n = p.length
  let mean = 0
  for (let i = 0; i < n; i++) mean += y[i]! / n
  let [reliability, resolution, withinVariance, withinCovariance] = [0, 0, 0, 0]
  for (const bin of bins) {
    reliability += (bin.n * (bin.meanP - bin.meanY) ** 2) / n
    resolution += (bin.n * (bin.meanY - mean) ** 2) / n
  }
  for (let i = 0; i < n; i++) {
    const { meanP, meanY } = byBin.get(of[i]!)!
    withinVariance += (p[i]! - meanP) ** 2 / n
    withinCovariance += (2 * (p[i]! - meanP) * (y[i]! - meanY)) / n
  }
  const uncertainty = mean * (1 - mean)
  return { brier, reliability, resolution, uncertainty, withinVariance, withinCovariance, bins }
}

/** The index min(floor(p B), B - 1), so that p = 1 is in the last bin. */
export function equalWidthBins(p: ArrayLike<number>, bins: number): Uint32Array {
  return Uint32Array.from(p, (q) => Math.min(Math.floor(q * bins), bins - 1))
}

/** Runs of equal count in order of p, the first ones a row longer where it does not divide. */
export function equalMassBins(p: ArrayLike<number>, bins: number): Uint32Array {
  const of = new Uint32Array(p.length)
  const order = sortOrder(p)
  const size = Math.floor(p.length / bins)
  const longer = p.length % bins
  for (let k = 0; k < order.length; k++) {
    const inLonger = longer * (size + 1)
    of[order[k]!] =
      k < inLonger ? Math.floor(k / (size + 1)) : longer + Math.floor((k - inLonger) / size)
  }
  return of
}

export function summariseBins(
  p: ArrayLike<number>,
  y: ArrayLike<number>,
  of: Uint32Array,
): readonly ForecastBin[] {
  const sums = new Map<number, { n: number; p: number; y: number }>()
  for (let i = 0; i < p.length; i++) {
    const sum = sums.get(of[i]!) ?? { n: 0, p: 0, y: 0 }
    sum.n++
    sum.p += p[i]!
    sum.y += y[i]!
    sums.set(of[i]!, sum)
  }
  return [...sums]
    .map(([bin, { n, p: sumP, y: sumY }]) => ({ bin, n, meanP: sumP / n, meanY: sumY / n }))
    .toSorted((a, b) => a.bin - b.bin)
}

function distinctBins(p: ArrayLike<number>): Uint32Array {
  const of = new Uint32Array(p.length)
  const order = sortOrder(p)
  let bin = 0
  for (let k = 0; k < order.length; k++) {
    if (k > 0 && p[order[k]!] !== p[order[k - 1]!]) bin++
    of[order[k]!] = bin
  }
  return of
}
