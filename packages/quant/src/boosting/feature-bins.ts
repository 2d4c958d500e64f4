import { assert } from '@kwm/std'

/** Code of a missing value, and so one more than the largest ordinary code. */
export const MISSING_BIN = 255
export const BINS_MAX = 255
const SAMPLE_ROWS_MAX = 200_000
/** Rows coded at a time, so that they stay in cache for every feature. */
const BLOCK_ROWS = 1_024
const CELLS = 2_048

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
  /** Codes of the rows it was made from, feature by feature (column-major). */
  readonly codes: Uint8Array
  readonly #rows: ArrayLike<number>

  /** `rows` is row-major, `width` features a row. */
  constructor(rows: ArrayLike<number>, width: number, binsMax = BINS_MAX) {
    assert(Number.isInteger(width) && width > 0, `width ${width}`)
    assert(binsMax >= 2 && binsMax <= BINS_MAX, `${binsMax} bins: 2 to ${BINS_MAX}`)
    const n = rows.length / width
    assert(Number.isInteger(n) && n > 0, `${rows.length} numbers for rows of ${width}`)
    this.width = width
    this.#rows = rows
    this.codes = new Uint8Array(rows.length)
    const coders = Array.from(
      { length: width },
      (_, f) => new Coder(cutPoints(rows, width, f, binsMax)),
    )
    this.thresholds = coders.map((coder) => coder.cuts)
    for (let from = 0; from < n; from += BLOCK_ROWS) {
      const to = Math.min(n, from + BLOCK_ROWS)
      for (let f = 0; f < width; f++) coders[f]!.code(rows, width, f, from, to, this.codes)
    }
    this.hasMissing = coders.map((coder) => coder.hasMissing)
  }

  /** The smallest and largest value of a feature among the rows of each of its bins. */
  ranges(feature: number): { readonly lowest: Float64Array; readonly highest: Float64Array } {
    const n = this.codes.length / this.width
    const lowest = new Float64Array(MISSING_BIN + 1).fill(Infinity)
    const highest = new Float64Array(MISSING_BIN + 1).fill(-Infinity)
    for (let r = 0; r < n; r++) {
      const code = this.codes[feature * n + r]!
      const x = this.#rows[r * this.width + feature]!
      if (x < lowest[code]!) lowest[code] = x
      if (x > highest[code]!) highest[code] = x
    }
    return { lowest, highest }
  }
}

/** Codes of one feature: a grid of cells narrows the search, so that most values need no step. */
class Coder {
  hasMissing = false
  readonly #cells = new Uint8Array(CELLS + 1)
  readonly #low: number
  readonly #scale: number

  readonly cuts: Float64Array

  constructor(cuts: Float64Array) {
    this.cuts = cuts
    this.#low = cuts[0] ?? 0
    const span = (cuts.at(-1) ?? 0) - this.#low
    this.#scale = span > 0 ? CELLS / span : 0
    for (let cell = 1; cell <= CELLS; cell++) {
      this.#cells[cell] = bisect(cuts, this.#low + (cell * span) / CELLS, 0, cuts.length)
    }
  }

  code(
    rows: ArrayLike<number>,
    width: number,
    feature: number,
    from: number,
    to: number,
    codes: Uint8Array,
  ): void {
    const cuts = this.cuts
    const cells = this.#cells
    const at = (feature * rows.length) / width
    for (let r = from; r < to; r++) {
      const x = rows[r * width + feature]!
      if (x !== x) {
        codes[at + r] = MISSING_BIN
        this.hasMissing = true
        continue
      }
      const cell = Math.min(CELLS - 1, Math.max(0, Math.floor((x - this.#low) * this.#scale)))
      let bin = bisect(cuts, x, cells[cell]!, cells[cell + 1]!)
      // The edges of the cells are rounded.
      while (bin > 0 && x <= cuts[bin - 1]!) bin--
      while (bin < cuts.length && x > cuts[bin]!) bin++
      codes[at + r] = bin
    }
  }
}

/** How many thresholds lie below `x`, when that is known to be from `low` to `high`. */
function bisect(thresholds: Float64Array, x: number, low: number, high: number): number {
  while (low < high) {
    const middle = (low + high) >>> 1
    if (x <= thresholds[middle]!) high = middle
    else low = middle + 1
  }
  return low
}

function cutPoints(
  rows: ArrayLike<number>,
  width: number,
  feature: number,
  binsMax: number,
): Float64Array {
  const n = rows.length / width
  const stride = Math.ceil(n / SAMPLE_ROWS_MAX)
  const sample: Float64Array = new Float64Array(Math.ceil(n / stride))
  let count = 0
  for (let r = 0; r < n; r += stride) {
    const x = rows[r * width + feature]!
    if (x === x) sample[count++] = x
  }
  const sorted = sample.subarray(0, count).sort()
  const isFinite = count === 0 || (Number.isFinite(sorted[0]) && Number.isFinite(sorted[count - 1]))
  assert(isFinite, `infinite value of feature ${feature}: only NaN may be missing`)
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
