/** Per feature 255 ordinary bins and the missing one. */
export const HISTOGRAM_BINS = 256
/** Sum of gradients, sum of Hessians, rows, and one unused: a shift addresses faster than 3 does. */
export const HISTOGRAM_STRIDE = 4
const FEATURE_SIZE = HISTOGRAM_BINS * HISTOGRAM_STRIDE
/** Features summed in one pass: their additions do not wait for each other. */
const LANES = 4

/** Everything a histogram is summed from. `hessians` is null when each is 1 (squared loss). */
export type HistogramSource = {
  readonly codes: Uint8Array
  readonly rows: number
  readonly width: number
  readonly gradients: Float32Array
  readonly hessians: Float32Array | null
}

/** Sums rows into histograms; its buffers serve every node of a fit. */
export class HistogramFiller {
  /** The codes of four features a word, feature `4 k` in the low byte of `packed[k]`. */
  readonly #packed: readonly Uint32Array[]
  readonly #gradients: Float64Array
  readonly #hessians: Float64Array

  readonly source: HistogramSource

  constructor(source: HistogramSource) {
    this.source = source
    const { codes, rows, width } = source
    this.#packed = Array.from({ length: Math.ceil(width / LANES) }, (_, k) => {
      const words = new Uint32Array(rows)
      for (let f = k * LANES; f < Math.min(width, (k + 1) * LANES); f++) {
        const shift = 8 * (f - k * LANES)
        for (let r = 0; r < rows; r++) words[r]! |= codes[f * rows + r]! << shift
      }
      return words
    })
    this.#gradients = new Float64Array(rows)
    this.#hessians = new Float64Array(rows).fill(1)
  }

  /** An empty histogram; the last pass may run past `width`. */
  create(): Float64Array {
    return new Float64Array(this.#packed.length * LANES * FEATURE_SIZE)
  }

  /** The sums of the rows `order[from..to)`, in place of what `out` held. */
  fill(order: Uint32Array, from: number, to: number, out: Float64Array): void {
    const { gradients, hessians, width } = this.source
    const rows = order.subarray(from, to)
    const g = this.#gradients
    const h = this.#hessians
    for (let i = 0; i < rows.length; i++) g[i] = gradients[rows[i]!]!
    if (hessians !== null) for (let i = 0; i < rows.length; i++) h[i] = hessians[rows[i]!]!
    out.fill(0)
    for (const [k, words] of this.#packed.entries()) {
      const sums = out.subarray(k * LANES * FEATURE_SIZE, (k + 1) * LANES * FEATURE_SIZE)
      if (width - k * LANES > 2) addFour(words, rows, g, h, sums)
      else addTwo(words, rows, g, h, sums)
    }
  }
}

function addFour(
  words: Uint32Array,
  rows: Uint32Array,
  gradients: Float64Array,
  hessians: Float64Array,
  sums: Float64Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const word = words[rows[i]!]!
    const g = gradients[i]!
    const h = hessians[i]!
    const p = (word & 255) << 2
    const q = ((word >>> 6) & 1020) + 1024
    const r = ((word >>> 14) & 1020) + 2048
    const s = ((word >>> 22) & 1020) + 3072
    sums[p]! += g
    sums[p + 1]! += h
    sums[p + 2]! += 1
    sums[q]! += g
    sums[q + 1]! += h
    sums[q + 2]! += 1
    sums[r]! += g
    sums[r + 1]! += h
    sums[r + 2]! += 1
    sums[s]! += g
    sums[s + 1]! += h
    sums[s + 2]! += 1
  }
}

function addTwo(
  words: Uint32Array,
  rows: Uint32Array,
  gradients: Float64Array,
  hessians: Float64Array,
  sums: Float64Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const word = words[rows[i]!]!
    const g = gradients[i]!
    const h = hessians[i]!
    const p = (word & 255) << 2
    const q = ((word >>> 6) & 1020) + 1024
    sums[p]! += g
    sums[p + 1]! += h
    sums[p + 2]! += 1
    sums[q]! += g
    sums[q + 1]! += h
    sums[q + 2]! += 1
  }
}

/** `parent` minus `child`, in place of `parent`: the sibling's histogram for free. */
export function subtractHistogram(parent: Float64Array, child: Float64Array): void {
  for (let i = 0; i < parent.length; i++) parent[i]! -= child[i]!
}
