import { assert, AssertionError, fail } from '@kwm/std'

export type TrailingQuantileConfig = {
  /** Values outside [low, high) count in the first or last bin. */
  readonly low: number
  readonly high: number
  readonly bins: number
  /** The window is this many slices of time long; it moves on a slice at a time. */
  readonly sliceUs: number
  readonly slices: number
}

export type TrailingQuantileSnapshot = TrailingQuantileConfig & {
  readonly v: 1
  readonly slice: number
  /** Bin number and count in turn, slice by slice: [slice, bin, count]. */
  readonly counts: readonly (readonly [number, number, number])[]
}

/** Quantiles of a trailing stretch of time from a histogram of fixed bins: O(1) to add, no growth. */
export class TrailingQuantile {
  readonly #config: TrailingQuantileConfig
  readonly #counts: Uint32Array
  readonly #totals: Uint32Array
  #total = 0
  /** The running number of the newest slice; -1 before the first value. */
  #slice = -1
  #sliceEndUs = 0
  /** The last quantile asked for, while it stands; `#lastQ` is NaN when it does not. */
  #lastQ = NaN
  #lastQuantile = 0

  constructor(config: TrailingQuantileConfig) {
    const { low, high, bins, sliceUs, slices } = config
    assert(low < high && Number.isFinite(high - low), `bins from ${low} to ${high}`)
    assert(Number.isSafeInteger(bins * slices) && bins > 1 && slices > 0, `${slices} x ${bins}`)
    assert(Number.isSafeInteger(sliceUs) && sliceUs > 0, `slice ${sliceUs} us`)
    this.#config = { low, high, bins, sliceUs, slices }
    this.#counts = new Uint32Array(bins * slices)
    this.#totals = new Uint32Array(bins)
  }

  static restore(saved: TrailingQuantileSnapshot): TrailingQuantile {
    const quantile = new TrailingQuantile(saved)
    quantile.#slice = saved.slice
    quantile.#sliceEndUs = (saved.slice + 1) * saved.sliceUs
    for (const [slot, bin, count] of saved.counts) {
      quantile.#counts[slot * saved.bins + bin] = count
      quantile.#totals[bin]! += count
      quantile.#total += count
    }
    return quantile
  }

  get count(): number {
    return this.#total
  }

  add(timeUs: number, value: number): void {
    if (!Number.isFinite(value)) throw new AssertionError(`a value to rank: ${value}`)
    const { low, high, bins } = this.#config
    this.advance(timeUs)
    const place = Math.floor(((value - low) / (high - low)) * bins)
    const bin = Math.min(bins - 1, Math.max(0, place))
    this.#counts[(this.#slice % this.#config.slices) * bins + bin]!++
    this.#totals[bin]!++
    this.#total++
    this.#lastQ = NaN
  }

  /** Forgets slices that have left the window; an earlier time changes nothing. */
  advance(nowUs: number): void {
    if (nowUs < this.#sliceEndUs) return
    const { bins, sliceUs, slices } = this.#config
    const slice = Math.floor(nowUs / sliceUs)
    if (slice <= this.#slice) return
    const first = Math.max(this.#slice + 1, slice - slices + 1)
    for (let s = first; s <= slice; s++) {
      const base = (s % slices) * bins
      for (let bin = 0; bin < bins; bin++) {
        const count = this.#counts[base + bin]!
        if (count === 0) continue
        this.#totals[bin]! -= count
        this.#total -= count
        this.#counts[base + bin] = 0
      }
    }
    this.#slice = slice
    this.#sliceEndUs = (slice + 1) * sliceUs
    this.#lastQ = NaN
  }

  /** The upper edge of the bin that holds the q-quantile; null without a value. */
  quantile(q: number): number | null {
    if (!(q >= 0 && q <= 1)) fail(`a quantile of ${q}`)
    if (this.#total === 0) return null
    if (q === this.#lastQ) return this.#lastQuantile
    const { low, high, bins } = this.#config
    const rank = Math.max(1, Math.ceil(q * this.#total))
    let below = 0
    let bin = 0
    for (; bin < bins - 1; bin++) {
      below += this.#totals[bin]!
      if (below >= rank) break
    }
    this.#lastQ = q
    this.#lastQuantile = low + ((bin + 1) * (high - low)) / bins
    return this.#lastQuantile
  }

  snapshot(): TrailingQuantileSnapshot {
    const { bins, slices } = this.#config
    const counts: [number, number, number][] = []
    for (let slot = 0; slot < slices; slot++) {
      for (let bin = 0; bin < bins; bin++) {
        const count = this.#counts[slot * bins + bin]!
        if (count > 0) counts.push([slot, bin, count])
      }
    }
    return { v: 1, ...this.#config, slice: this.#slice, counts }
  }
}
