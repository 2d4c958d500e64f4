/** Per feature 255 ordinary bins and the missing one. */
export const HISTOGRAM_BINS = 256
/** Features summed between two copies. */
const GROUP = 16
const GROUP_BINS = GROUP * HISTOGRAM_BINS
/** Rows gathered at a time, so that they stay in cache for every pair of features. */
const BLOCK_ROWS = 1_024

// The innermost loops run on these alone: places and lengths are then constants of the machine code,
// and a bin is checked once for its three sums.
const groupGradients = new Float64Array(GROUP_BINS)
const groupHessians = new Float64Array(GROUP_BINS)
const groupCounts = new Int32Array(GROUP_BINS)
const blockPlaces = new Int32Array(BLOCK_ROWS)
const blockCodes = new Uint16Array(BLOCK_ROWS)
const blockGradients = new Float64Array(BLOCK_ROWS)
const blockHessians = new Float64Array(BLOCK_ROWS)

/** Everything a histogram is summed from. `hessians` is null when each is 1 (squared loss). */
export type HistogramSource = {
  readonly codes: Uint8Array
  readonly rows: number
  readonly width: number
  readonly gradients: Float32Array
  readonly hessians: Float32Array | null
}

/** Sums by bin, `HISTOGRAM_BINS` a feature. */
export type Histogram = {
  readonly gradients: Float64Array
  readonly hessians: Float64Array
  readonly counts: Int32Array
}

/** Sums rows into histograms. */
export class HistogramFiller {
  /** Row by row the codes of two features a number, the first in the low byte. */
  readonly #pairs: Uint16Array
  readonly #pairsInRow: number
  /** Counts of all rows, which no tree changes. */
  #allCounts: Int32Array | null = null

  readonly source: HistogramSource

  constructor(source: HistogramSource) {
    this.source = source
    const { codes, rows, width } = source
    this.#pairsInRow = Math.ceil(width / 2)
    this.#pairs = new Uint16Array(rows * this.#pairsInRow)
    for (let f = 0; f < width; f++) {
      const shift = f % 2 === 0 ? 0 : 8
      let at = f >>> 1
      for (let i = f * rows; i < (f + 1) * rows; i++, at += this.#pairsInRow) {
        this.#pairs[at]! |= codes[i]! << shift
      }
    }
  }

  /** An empty histogram; an odd `width` leaves its last feature unused. */
  create(): Histogram {
    const size = 2 * this.#pairsInRow * HISTOGRAM_BINS
    return {
      gradients: new Float64Array(size),
      hessians: new Float64Array(size),
      counts: new Int32Array(size),
    }
  }

  /** The sums of the rows `order[from..to)`, in place of what `out` held. */
  fill(order: Uint32Array, from: number, to: number, out: Histogram): void {
    const isAll = to - from === this.source.rows
    const isCounting = this.source.hessians !== null && !(isAll && this.#allCounts !== null)
    for (let first = 0; first < this.#pairsInRow; first += GROUP / 2) {
      const pairs = Math.min(GROUP / 2, this.#pairsInRow - first)
      groupGradients.fill(0)
      groupHessians.fill(0)
      groupCounts.fill(0)
      for (let at = from; at < to; at += BLOCK_ROWS) {
        const rows = order.subarray(at, Math.min(to, at + BLOCK_ROWS))
        this.#gather(rows)
        for (let pair = 0; pair < pairs; pair++) {
          this.#gatherCodes(first + pair, rows.length)
          if (isCounting) addCounted(2 * pair * HISTOGRAM_BINS, rows.length)
          else add(2 * pair * HISTOGRAM_BINS, rows.length)
        }
      }
      const place = 2 * first * HISTOGRAM_BINS
      const size = 2 * pairs * HISTOGRAM_BINS
      out.gradients.set(groupGradients.subarray(0, size), place)
      out.hessians.set(groupHessians.subarray(0, size), place)
      out.counts.set(groupCounts.subarray(0, size), place)
    }
    if (isCounting && isAll) this.#allCounts = out.counts.slice()
    if (!isCounting) out.counts.set(this.source.hessians === null ? out.hessians : this.#allCounts!)
  }

  #gather(rows: Uint32Array): void {
    const { gradients, hessians } = this.source
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      blockPlaces[i] = Math.imul(row, this.#pairsInRow)
      blockGradients[i] = gradients[row]!
      blockHessians[i] = hessians === null ? 1 : hessians[row]!
    }
  }

  /** Apart from the sums: a short loop waits for many rows at once, and four share their checks. */
  #gatherCodes(pair: number, rows: number): void {
    const pairs = this.#pairs
    let i = 0
    for (; i + 3 < rows; i += 4) {
      blockCodes[i] = pairs[blockPlaces[i]! + pair]!
      blockCodes[i + 1] = pairs[blockPlaces[i + 1]! + pair]!
      blockCodes[i + 2] = pairs[blockPlaces[i + 2]! + pair]!
      blockCodes[i + 3] = pairs[blockPlaces[i + 3]! + pair]!
    }
    for (; i < rows; i++) blockCodes[i] = pairs[blockPlaces[i]! + pair]!
  }
}

/** Adds the gathered rows to the bins of two features, the first's from `offset` on. */
function addCounted(offset: number, rows: number): void {
  for (let i = 0; i < rows; i++) {
    const codes = blockCodes[i]!
    const gradient = blockGradients[i]!
    const hessian = blockHessians[i]!
    const p = offset | (codes & 255)
    const q = (offset + HISTOGRAM_BINS) | (codes >>> 8)
    groupGradients[p]! += gradient
    groupHessians[p]! += hessian
    groupCounts[p]!++
    groupGradients[q]! += gradient
    groupHessians[q]! += hessian
    groupCounts[q]!++
  }
}

/** The same where the counts are known. */
function add(offset: number, rows: number): void {
  for (let i = 0; i < rows; i++) {
    const codes = blockCodes[i]!
    const gradient = blockGradients[i]!
    const hessian = blockHessians[i]!
    const p = offset | (codes & 255)
    const q = (offset + HISTOGRAM_BINS) | (codes >>> 8)
    groupGradients[p]! += gradient
    groupHessians[p]! += hessian
    groupGradients[q]! += gradient
    groupHessians[q]! += hessian
  }
}

/** `parent` minus `child`, in place of `parent`: the sibling's histogram for free. */
export function subtractHistogram(parent: Histogram, child: Histogram): void {
  for (let i = 0; i < parent.counts.length; i++) {
    parent.gradients[i]! -= child.gradients[i]!
    parent.hessians[i]! -= child.hessians[i]!
    parent.counts[i]! -= child.counts[i]!
  }
}
