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
  readonly #columns: readonly Uint8Array[]
  readonly #gradients: Float64Array
  readonly #hessians: Float64Array

  readonly source: HistogramSource

  constructor(source: HistogramSource) {
    this.source = source
    const { codes, rows, width } = source
    this.#columns = Array.from({ length: width }, (_, f) =>
      codes.subarray(f * rows, (f + 1) * rows),
    )
    this.#gradients = new Float64Array(rows)
    this.#hessians = new Float64Array(rows).fill(1)
  }

  /** An empty histogram; the last pass of four features may run past `width`. */
  create(): Float64Array {
    return new Float64Array(Math.ceil(this.source.width / LANES) * LANES * FEATURE_SIZE)
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
    for (let f = 0; f < width; f += LANES) addLanes(this.#columns, f, rows, g, h, out)
  }
}

function addLanes(
  columns: readonly Uint8Array[],
  first: number,
  rows: Uint32Array,
  gradients: Float64Array,
  hessians: Float64Array,
  out: Float64Array,
): void {
  const last = columns.length - 1
  const a = columns[first]!
  const b = columns[Math.min(first + 1, last)]!
  const c = columns[Math.min(first + 2, last)]!
  const d = columns[Math.min(first + 3, last)]!
  const sums = out.subarray(first * FEATURE_SIZE, (first + LANES) * FEATURE_SIZE)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const g = gradients[i]!
    const h = hessians[i]!
    const p = a[row]! << 2
    const q = (b[row]! << 2) + 1024
    const r = (c[row]! << 2) + 2048
    const s = (d[row]! << 2) + 3072
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

/** `parent` minus `child`, in place of `parent`: the sibling's histogram for free. */
export function subtractHistogram(parent: Float64Array, child: Float64Array): void {
  for (let i = 0; i < parent.length; i++) parent[i]! -= child[i]!
}
