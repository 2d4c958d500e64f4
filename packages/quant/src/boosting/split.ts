import type { FeatureBins } from './feature-bins.ts'
import { MISSING_BIN } from './feature-bins.ts'
import { HISTOGRAM_BINS } from './histogram.ts'
import type { Histogram } from './histogram.ts'

export type SplitRules = {
  readonly leafRowsMin: number
  /** Ridge on the leaf values. */
  readonly l2: number
  readonly hessianMin: number
}

export type Sums = { readonly gradient: number; readonly hessian: number; readonly count: number }

export type Split = {
  readonly feature: number
  /** Bins up to this one go left. */
  readonly bin: number
  readonly missingLeft: boolean
  readonly gain: number
  readonly left: Sums
  readonly right: Sums
}

/** The leaf value: minus the Newton step. */
export const leafValue = ({ gradient, hessian }: Sums, l2: number): number =>
  -gradient / (hessian + l2 + 1e-15)

/**
 * The split of a node that lowers the loss most, or null when none does. Features and bins are
 * scanned upwards and the first of equals wins; missing values are tried on both sides where the
 * training rows had any, and otherwise follow the larger child.
 */
export function findSplit(
  histogram: Histogram,
  bins: FeatureBins,
  node: Sums,
  rules: SplitRules,
): Split | null {
  const scan = new SplitScan(histogram, node, rules)
  for (let f = 0; f < bins.width; f++) {
    const count = bins.thresholds[f]!.length + 1
    scan.upwards(f, count, bins.hasMissing[f]!)
    if (bins.hasMissing[f]!) scan.downwards(f, count)
  }
  return scan.best()
}

class SplitScan {
  #gain = 0
  #feature = -1
  #bin = 0
  #missingLeft = false
  #gradient = 0
  #hessian = 0
  #count = 0
  readonly #loss: number

  readonly histogram: Histogram
  readonly node: Sums
  readonly rules: SplitRules

  constructor(histogram: Histogram, node: Sums, rules: SplitRules) {
    this.histogram = histogram
    this.node = node
    this.rules = rules
    this.#loss = lossOf(node.gradient, node.hessian, rules.l2)
  }

  /** Missing on the right, so the last bin can be split from the missing alone. */
  upwards(feature: number, count: number, hasMissing: boolean): void {
    const { gradients, hessians, counts } = this.histogram
    let [gradient, hessian, rows] = [0, 0, 0]
    const end = hasMissing ? count : count - 1
    let at = feature * HISTOGRAM_BINS
    for (let bin = 0; bin < end; bin++, at++) {
      gradient += gradients[at]!
      hessian += hessians[at]!
      rows += counts[at]!
      if (rows < this.rules.leafRowsMin) continue
      if (this.node.count - rows < this.rules.leafRowsMin) break
      this.#try(feature, bin, false, gradient, hessian, rows)
    }
  }

  /** Missing on the left: the right side is summed from the top. */
  downwards(feature: number, count: number): void {
    const { node } = this
    const { gradients, hessians, counts } = this.histogram
    let [gradient, hessian, rows] = [0, 0, 0]
    let at = feature * HISTOGRAM_BINS + count - 1
    for (let bin = count - 2; bin >= 0; bin--, at--) {
      gradient += gradients[at]!
      hessian += hessians[at]!
      rows += counts[at]!
      if (rows < this.rules.leafRowsMin) continue
      if (node.count - rows < this.rules.leafRowsMin) break
      const [g, h] = [node.gradient - gradient, node.hessian - hessian]
      this.#try(feature, bin, true, g, h, node.count - rows)
    }
  }

  best(): Split | null {
    if (this.#feature < 0) return null
    const left = { gradient: this.#gradient, hessian: this.#hessian, count: this.#count }
    const right = {
      gradient: this.node.gradient - left.gradient,
      hessian: this.node.hessian - left.hessian,
      count: this.node.count - left.count,
    }
    const missing = this.#feature * HISTOGRAM_BINS + MISSING_BIN
    const hasMissing = this.histogram.counts[missing]! > 0
    return {
      feature: this.#feature,
      bin: this.#bin,
      missingLeft: hasMissing || this.#missingLeft ? this.#missingLeft : left.count > right.count,
      gain: this.#gain,
      left,
      right,
    }
  }

  #try(
    feature: number,
    bin: number,
    missingLeft: boolean,
    gradient: number,
    hessian: number,
    rows: number,
  ): void {
    const { node, rules } = this
    const restHessian = node.hessian - hessian
    if (hessian < rules.hessianMin || restHessian < rules.hessianMin) return
    const gain =
      this.#loss -
      lossOf(gradient, hessian, rules.l2) -
      lossOf(node.gradient - gradient, restHessian, rules.l2)
    if (!(gain > this.#gain)) return
    this.#gain = gain
    this.#feature = feature
    this.#bin = bin
    this.#missingLeft = missingLeft
    this.#gradient = gradient
    this.#hessian = hessian
    this.#count = rows
  }
}

const lossOf = (gradient: number, hessian: number, l2: number): number =>
  (-gradient * gradient) / (hessian + l2 + 1e-15)
