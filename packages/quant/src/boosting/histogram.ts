/** Per feature 255 ordinary bins and the missing one. */
export const HISTOGRAM_BINS = 256
/** Sum of gradients, sum of Hessians, rows. */
export const HISTOGRAM_STRIDE = 3

/** Everything a histogram is summed from. `hessians` is null when each is 1 (squared loss). */
export type HistogramSource = {
  readonly codes: Uint8Array
  readonly rows: number
  readonly width: number
  readonly gradients: Float32Array
  readonly hessians: Float32Array | null
}

/**
 * Sums the rows `order[from..to)` into `out`, feature by feature, so that one feature's bins (6 kB)
 * stay in the first cache.
 */
export function fillHistogram(
  source: HistogramSource,
  order: Uint32Array,
  from: number,
  to: number,
  out: Float64Array,
): void {
  const { codes, rows, width, gradients, hessians } = source
  out.fill(0)
  const size = to - from
  const ordered = new Float64Array(size)
  for (let i = 0; i < size; i++) ordered[i] = gradients[order[from + i]!]!
  const orderedHessians = hessians === null ? null : new Float64Array(size)
  if (hessians !== null && orderedHessians !== null) {
    for (let i = 0; i < size; i++) orderedHessians[i] = hessians[order[from + i]!]!
  }
  const bins = new Float64Array(HISTOGRAM_BINS * HISTOGRAM_STRIDE)
  for (let f = 0; f < width; f++) {
    const column = codes.subarray(f * rows, (f + 1) * rows)
    bins.fill(0)
    if (orderedHessians === null) addUnit(column, order, from, ordered, bins)
    else addWeighted(column, order, from, ordered, orderedHessians, bins)
    out.set(bins, f * HISTOGRAM_BINS * HISTOGRAM_STRIDE)
  }
}

function addUnit(
  column: Uint8Array,
  order: Uint32Array,
  from: number,
  gradients: Float64Array,
  bins: Float64Array,
): void {
  for (let i = 0; i < gradients.length; i++) {
    const at = column[order[from + i]!]! * 3
    bins[at]! += gradients[i]!
    bins[at + 2]! += 1
  }
  for (let at = 0; at < bins.length; at += 3) bins[at + 1] = bins[at + 2]!
}

function addWeighted(
  column: Uint8Array,
  order: Uint32Array,
  from: number,
  gradients: Float64Array,
  hessians: Float64Array,
  bins: Float64Array,
): void {
  for (let i = 0; i < gradients.length; i++) {
    const at = column[order[from + i]!]! * 3
    bins[at]! += gradients[i]!
    bins[at + 1]! += hessians[i]!
    bins[at + 2]! += 1
  }
}

/** `parent` minus `child`, in place of `parent`: the sibling's histogram for free. */
export function subtractHistogram(parent: Float64Array, child: Float64Array): void {
  for (let i = 0; i < parent.length; i++) parent[i]! -= child[i]!
}
