import type { DataOf } from '@kwm/contracts'
import { PAYOUT_BPS } from '@kwm/model-venue'
import { MARKET_VARIANCE } from './market-pmf.ts'
import type { MarketTerms } from './market-terms.ts'

type Rows = DataOf<'feature.ladder-frame.v1'>['rows']

/** Why the books of a frame cannot be observed; null when they can. */
export type BookFault =
  | 'stale-book'
  | 'crossed'
  | 'bids-above-one'
  | 'asks-below-one'
  | 'market-on-dead'

export type BookStateSnapshot = {
  readonly bidBps: readonly number[]
  readonly askBps: readonly number[]
  readonly changedUs: readonly number[]
  readonly readUs: number
}

const US_PER_S = 1e6

/** Rows of a frame that can still win, and those that cannot, ascending. */
export type Brackets = { readonly alive: readonly number[]; readonly dead: readonly number[] }

/** Who puts more than this on what cannot win knows something we do not, or the reverse. */
const DEAD_MASS_MAX = 0.5

/**
 * The least probability these quotes leave on the dead rows: a market that has not seen the new high
 * yet. The others are read given that none of these wins.
 */
export function deadMass(rows: Rows, dead: readonly number[]): number {
  if (dead.length === 0) return 0
  let bids = 0
  for (const index of dead) bids += rows[index]!.bidBps
  let liveAsks = 0
  for (const { askBps } of rows) liveAsks += askBps
  for (const index of dead) liveAsks -= rows[index]!.askBps
  return Math.max(bids, PAYOUT_BPS - liveAsks) / PAYOUT_BPS
}

/**
 * The quotes of an event as observations of its PMF (MODELS 6.1, 6.4): mids and their variances, and
 * which of them are news. A quote that stands is read again whenever another bracket's moves; its
 * error is the same error, so a second look within `correlationSeconds` counts for as much less. A
 * whole book that still stands after that time is a new state: the market has had time to disagree.
 */
export class BookState {
  /** By row of the frame: the mid given the dead, and its variance; Infinity where there is nothing new to see. */
  readonly mid: Float64Array
  readonly variance: Float64Array
  /** Degrees of freedom of the last observation: its news, and the part of the rest that counts. */
  degrees = 0
  /** Since when the newest of the quotes stands; null before the first observation. */
  get readUs(): number | null {
    return this.#readUs < 0 ? null : this.#readUs
  }
  readonly #bidBps: Int32Array
  readonly #askBps: Int32Array
  readonly #changedUs: Float64Array
  #readUs = -1

  constructor(rows: number) {
    this.mid = new Float64Array(rows)
    this.variance = new Float64Array(rows)
    this.#bidBps = new Int32Array(rows).fill(-1)
    this.#askBps = new Int32Array(rows).fill(-1)
    this.#changedUs = new Float64Array(rows)
  }

  static restore(saved: BookStateSnapshot): BookState {
    const state = new BookState(saved.bidBps.length)
    state.#bidBps.set(saved.bidBps)
    state.#askBps.set(saved.askBps)
    state.#changedUs.set(saved.changedUs)
    state.#readUs = saved.readUs
    return state
  }

  /** What speaks against these quotes; `dead` are the rows that cannot win. */
  static fault(rows: Rows, dead: readonly number[]): BookFault | null {
    let sumBid = 0
    let sumAsk = 0
    let isCrossed = false
    for (const { quoteState, bidBps, askBps } of rows) {
      if (quoteState === 'stale') return 'stale-book'
      if (quoteState === 'crossed') isCrossed = true
      sumBid += bidBps
      sumAsk += askBps
    }
    if (isCrossed) return 'crossed'
    if (sumBid > PAYOUT_BPS) return 'bids-above-one'
    if (sumAsk < PAYOUT_BPS) return 'asks-below-one'
    return deadMass(rows, dead) > DEAD_MASS_MAX ? 'market-on-dead' : null
  }

  /** Takes the quotes in; false, and nothing changes, when the book state is not a new one. */
  read(
    nowUs: number,
    rows: Rows,
    { alive, dead }: Brackets,
    terms: readonly (MarketTerms | undefined)[],
    correlationSeconds: number,
  ): boolean {
    let news = 0
    for (const index of alive) {
      const { bidBps, askBps } = rows[index]!
      if (bidBps !== this.#bidBps[index] || askBps !== this.#askBps[index]) news++
    }
    const since = this.#readUs < 0 ? Infinity : (nowUs - this.#readUs) / US_PER_S
    if (news === 0 && since < correlationSeconds) return false
    const share = Math.min(1, since / correlationSeconds)
    const living = 1 - deadMass(rows, dead)
    this.degrees = 0
    for (const index of alive) {
      const row = rows[index]!
      const isNew = row.bidBps !== this.#bidBps[index] || row.askBps !== this.#askBps[index]
      if (isNew) this.#changedUs[index] = nowUs
      this.#bidBps[index] = row.bidBps
      this.#askBps[index] = row.askBps
      const weight = row.quoteState === 'empty' ? 0 : isNew ? 1 : share
      const mid = (row.bidBps + row.askBps) / (2 * PAYOUT_BPS)
      const variance = this.#midVariance(nowUs, index, terms[index]?.tick(mid) ?? 0)
      this.mid[index] = mid / living
      this.variance[index] = variance / (living * living * weight)
      this.degrees += weight
    }
    this.degrees = Math.ceil(this.degrees)
    this.#readUs = nowUs
    return true
  }

  /** Since the quote of a row last changed, as far as it was read. */
  ageSeconds(nowUs: number, index: number): number {
    return (nowUs - this.#changedUs[index]!) / US_PER_S
  }

  /** Of a uniform on [bid, ask], rounded to the grid, growing with age; not below the floor. */
  #midVariance(nowUs: number, index: number, tick: number): number {
    const width = (this.#askBps[index]! - this.#bidBps[index]!) / PAYOUT_BPS
    const grown = MARKET_VARIANCE.agePerSecond * this.ageSeconds(nowUs, index)
    const variance = (width * width + tick * tick) / 12 + grown
    return Math.max(MARKET_VARIANCE.floor, variance)
  }

  snapshot(): BookStateSnapshot {
    return {
      bidBps: [...this.#bidBps],
      askBps: [...this.#askBps],
      changedUs: [...this.#changedUs],
      readUs: this.#readUs,
    }
  }
}
