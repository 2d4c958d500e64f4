import type { OrderBook } from '@kwm/model-book'
import { SlidingSums } from '@kwm/quant'
import type { SlidingSumsSnapshot } from '@kwm/quant'
import { assert, fail } from '@kwm/std'

export type OrderFlowImbalanceConfig = {
  /** How many best prices per side are followed. */
  readonly levels?: number
  readonly windowsUs?: readonly number[]
  readonly capacity?: number
}

/** One window (now - h, now]. Counts are hundredths of a contract. */
export type OrderFlowWindow = {
  readonly windowUs: number
  /** The sum of e_n at the best prices. */
  readonly ofiCenti: number
  /** The same by level, best first. */
  readonly ofiCentiByLevel: readonly number[]
  /** Mean over the states of half the count at the best bid and ask. Null without a state. */
  readonly averageDepthCenti: number | null
  /** ofi / average depth, dimensionless; null where that is not defined. */
  readonly normalised: number | null
  /** Mean over the states and levels of half the count at bid and ask. Null without a state. */
  readonly meanDepthCenti: number | null
  readonly stateCount: number
}

export type OrderFlowImbalanceSnapshot = {
  readonly v: 1
  readonly levels: number
  readonly quotes: readonly number[] | null
  readonly sums: SlidingSumsSnapshot
}

export const OFI_LEVELS = 3
export const OFI_WINDOWS_US: readonly number[] = [5_000_000, 15_000_000, 60_000_000]
const LEVELS_MAX = 16
const QUOTE_WIDTH = 4

/**
 * e_n of Cont, Kukanov and Stoikov (2014) between two states of one level of a book, in the counts'
 * unit. The states are [bid, bid count, ask, ask count] at the given offsets, an empty bid (0, 0)
 * and an empty ask (10000, 0). Prices only order the states, so their unit does not matter.
 */
export function orderFlowEvent(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  offset = 0,
): number {
  const bidBefore = before[offset]!
  const bid = after[offset]!
  const askBefore = before[offset + 2]!
  const ask = after[offset + 2]!
  let e = 0
  if (bid >= bidBefore) e += after[offset + 1]!
  if (bid <= bidBefore) e -= before[offset + 1]!
  if (ask <= askBefore) e -= after[offset + 3]!
  if (ask >= askBefore) e += before[offset + 3]!
  return e
}

/**
 * Exact order-flow imbalance of one market over trailing windows (MODELS 1.3), at the m best prices.
 * Feed it the book after every applied delta, the deep ones too: they add nothing to the imbalance
 * but are states the depth is averaged over. After a snapshot the flow in between is unknown:
 * `resync` takes the new state and counts no e_n.
 */
export class OrderFlowImbalance {
  readonly levels: number
  readonly windowsUs: readonly number[]
  readonly #sums: SlidingSums
  #before: Float64Array
  #after: Float64Array
  #hasState = false
  /** Columns: e of each level, depth at the best, depth at all levels, states. */
  readonly #row: Float64Array

  constructor(config: OrderFlowImbalanceConfig = {}, sums?: SlidingSums) {
    const { levels = OFI_LEVELS, windowsUs = OFI_WINDOWS_US, capacity } = config
    if (!(Number.isInteger(levels) && levels > 0 && levels <= LEVELS_MAX)) fail(`levels ${levels}`)
    this.levels = levels
    this.windowsUs = [...windowsUs]
    const columns = levels + 3
    const size = capacity === undefined ? {} : { capacity }
    this.#sums = sums ?? new SlidingSums({ columns, windowsUs, ...size })
    assert(this.#sums.columns === columns, 'sums of another shape')
    this.#before = new Float64Array(levels * QUOTE_WIDTH)
    this.#after = new Float64Array(levels * QUOTE_WIDTH)
    this.#row = new Float64Array(columns)
  }

  static restore(saved: OrderFlowImbalanceSnapshot): OrderFlowImbalance {
    const { levels, sums } = saved
    const config = { levels, windowsUs: sums.windowsUs }
    const ofi = new OrderFlowImbalance(config, SlidingSums.restore(sums))
    if (saved.quotes !== null) {
      ofi.#before.set(saved.quotes)
      ofi.#hasState = true
    }
    return ofi
  }

  /** States that left a window early because the queue was full. 0 in health. */
  get evictedCount(): number {
    return this.#sums.evictedCount
  }

  /** The state after a snapshot, or the first one. */
  resync(timeUs: number, book: OrderBook): void {
    book.readQuotes(this.#after)
    this.#accept(timeUs, false)
  }

  /** The state after one applied delta. Returns its e_n at the best prices, in centi. */
  update(timeUs: number, book: OrderBook): number {
    book.readQuotes(this.#after)
    return this.#accept(timeUs, this.#hasState)
  }

  /** As `update` from quotes [bid, bid count, ask, ask count] of the levels, best first. */
  updateQuotes(timeUs: number, quotes: ArrayLike<number>): number {
    assert(quotes.length === this.#after.length, 'four numbers to a level')
    for (let i = 0; i < quotes.length; i++) this.#after[i] = quotes[i]!
    return this.#accept(timeUs, this.#hasState)
  }

  /** The book is stale: until the next state nothing connects to what was before. */
  disconnect(): void {
    this.#hasState = false
  }

  /** Moves the windows on to a time without a change of the book. */
  advance(nowUs: number): void {
    this.#sums.advance(nowUs)
  }

  /** The w-th of the configured windows, as of the latest time. */
  window(w: number): OrderFlowWindow {
    const windowUs = this.windowsUs[w]
    if (!(windowUs !== undefined)) fail(`no window ${w}`)
    const averageDepthCenti = this.averageDepthCenti(w)
    const ofiCentiByLevel = Array.from({ length: this.levels }, (_, m) => this.ofiCenti(w, m))
    const ofiCenti = ofiCentiByLevel[0]!
    const hasDepth = averageDepthCenti !== null && averageDepthCenti > 0
    return {
      windowUs,
      ofiCenti,
      ofiCentiByLevel,
      averageDepthCenti,
      normalised: hasDepth ? ofiCenti / averageDepthCenti : null,
      meanDepthCenti: this.meanDepthCenti(w),
      stateCount: this.stateCount(w),
    }
  }

  /** A number that differs whenever the w-th window may. */
  changes(w: number): number {
    return this.#sums.changes(w)
  }

  /** The sum of e_n over the w-th window at the m-th best prices, 0 the best. */
  ofiCenti(w: number, m = 0): number {
    return this.#sums.sum(w, m)
  }

  stateCount(w: number): number {
    return this.#sums.sum(w, this.levels + 2)
  }

  /** Mean over the states of half the count at the best bid and ask; null without a state. */
  averageDepthCenti(w: number): number | null {
    const states = this.stateCount(w)
    return states > 0 ? this.#sums.sum(w, this.levels) / (2 * states) : null
  }

  /** The same over all levels. */
  meanDepthCenti(w: number): number | null {
    const states = this.stateCount(w)
    return states > 0 ? this.#sums.sum(w, this.levels + 1) / (2 * states * this.levels) : null
  }

  snapshot(): OrderFlowImbalanceSnapshot {
    return {
      v: 1,
      levels: this.levels,
      quotes: this.#hasState ? Array.from(this.#before) : null,
      sums: this.#sums.snapshot(),
    }
  }

  #accept(timeUs: number, isConnected: boolean): number {
    const row = this.#row
    const { levels } = this
    const after = this.#after
    let depth = 0
    for (let m = 0; m < levels; m++) {
      const offset = m * QUOTE_WIDTH
      row[m] = isConnected ? orderFlowEvent(this.#before, after, offset) : 0
      depth += after[offset + 1]! + after[offset + 3]!
    }
    row[levels] = after[1]! + after[3]!
    row[levels + 1] = depth
    row[levels + 2] = 1
    this.#sums.push(timeUs, row)
    this.#after = this.#before
    this.#before = after
    this.#hasState = true
    return row[0]!
  }
}

/**
 * Integrated OFI of Cont, Cucuringu and Zhang (2023): the levels' OFI scaled by the mean depth and
 * weighed by the first principal component's loadings, over their absolute sum. Loadings are fitted
 * offline (`firstPrincipalComponent`). Null when there is no depth to scale by.
 */
export function integratedOrderFlow(
  ofiByLevel: ArrayLike<number>,
  meanDepth: number,
  loadings: ArrayLike<number>,
): number | null {
  assert(ofiByLevel.length === loadings.length, 'a loading for every level')
  assert(meanDepth >= 0, 'a depth is a number, and not negative')
  if (meanDepth === 0) return null
  let sum = 0
  let norm = 0
  for (let m = 0; m < loadings.length; m++) {
    sum += loadings[m]! * ofiByLevel[m]!
    norm += Math.abs(loadings[m]!)
  }
  assert(norm > 0 && Number.isFinite(sum), 'loadings and imbalances must be numbers')
  return sum / meanDepth / norm
}
