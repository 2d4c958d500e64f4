import { assert } from '@kwm/std'

/** Code of a missing value, and so one more than the largest ordinary code. */
export const MISSING_BIN = 255
export const BINS_MAX = 255
const SAMPLE_ROWS_MAX = 200_000

/**
 * Cuts each feature into at most 255 bins, as scikit-learn's histogram boosting does: at midpoints of
 * distinct values when there are few, else at quantiles (of an even sample above 200,000 rows). A
 * value x has the code of the first threshold with x <= threshold; NaN is missing.
 */
export class FeatureBins {
  readonly width: number
  /** Ascending, per feature; a bin more than thresholds. */
  readonly thresholds: readonly Float64Array[]
  readonly hasMissing: readonly boolean[]
  /** Smallest and largest value seen in each bin of the feature. */
  readonly lowest: readonly Float64Array[]
  readonly highest: readonly Float64Array[]
  /** Codes of the rows it was made from, feature by feature (column-major). */
  readonly codes: Uint8Array

  /** `rows` is row-major, `width` features a row. */
  constructor(rows: ArrayLike<number>, width: number, binsMax = BINS_MAX) {
    assert(Number.isInteger(width) && width > 0, `width ${width}`)
    assert(binsMax >= 2 && binsMax <= BINS_MAX, `${binsMax} bins: 2 to ${BINS_MAX}`)
    const n = rows.length / width
    assert(Number.isInteger(n) && n > 0, `${rows.length} numbers for rows of ${width}`)
    this.width = width
    this.codes = new Uint8Array(rows.length)
    const thresholds: Float64Array[] = []
    const [lowest, highest]: Float64Array[][] = [[], []]
    const hasMissing: boolean[] = []
    const column = new Float64Array(n)
    for (let f = 0; f < width; f++) {
      for (let r = 0; r < n; r++) column[r] = rows[r * width + f]!
      const cuts = cutPoints(column, binsMax)
      const low = new Float64Array(cuts.length + 1).fill(Infinity)
      const high = new Float64Array(cuts.length + 1).fill(-Infinity)
      let missing = false
      for (let r = 0; r < n; r++) {
        const x = column[r]!
        const code = binOf(cuts, x)
        this.codes[f * n + r] = code
        if (code === MISSING_BIN) missing = true
        else {
          if (x < low[code]!) low[code] = x
          if (x > high[code]!) high[code] = x
        }
      }
      thresholds.push(cuts)
      hasMissing.push(missing)
      lowest!.push(low)
      highest!.push(high)
    }
    this.thresholds = thresholds
    this.hasMissing = hasMissing
    this.lowest = lowest!
    this.highest = highest!
  }
}

/** How many thresholds lie below `x`, by bisection. */
function binOf(thresholds: Float64Array, x: number): number {
  if (x !== x) return MISSING_BIN
  let low = 0
  let high = thresholds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (x <= thresholds[middle]!) high = middle
    else low = middle + 1
  }
  return low
}

function cutPoints(column: Float64Array, binsMax: number): Float64Array {
  const stride = Math.ceil(column.length / SAMPLE_ROWS_MAX)
  const sample: Float64Array = new Float64Array(Math.ceil(column.length / stride))
  let count = 0
  for (let r = 0; r < column.length; r += stride) {
    const x = column[r]!
    if (x !== x) continue
    assert(Number.isFinite(x), `feature value ${x}: only NaN may be missing`)
    sample[count++] = x
  }
  const sorted = sample.subarray(0, count).sort()
  let distinct = count > 0 ? 1 : 0
  for (let i = 1; i < count; i++) if (sorted[i] !== sorted[i - 1]) distinct++
  if (distinct <= binsMax) return midpoints(sorted, distinct)
  const cuts: number[] = []
  for (let k = 1; k < binsMax; k++) {
    const at = (k / binsMax) * (count - 1)
    const cut = (sorted[Math.floor(at)]! + sorted[Math.ceil(at)]!) / 2
    if (cut !== cuts.at(-1)) cuts.push(cut)
  }
  return Float64Array.from(cuts)
}

function midpoints(sorted: Float64Array, distinct: number): Float64Array {
  const cuts = new Float64Array(Math.max(0, distinct - 1))
  let at = 0
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] !== sorted[i - 1]) cuts[at++] = (sorted[i - 1]! + sorted[i]!) / 2
  }
  return cuts
}
