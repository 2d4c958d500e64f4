import { AssertionError, fail } from '@kwm/std'

export type HampelSnapshot = {
  readonly v: 1
  /** The newest values as they came, oldest first. */
  readonly points: readonly number[]
}

export const HAMPEL_POINTS = 7
/** Standard deviations of a normal in a median absolute deviation. */
const MAD_TO_SD = 1.4826
const LIMIT_SD = 3

/**
 * Hampel's filter over the newest seven values, the present one among them and none later: a value
 * farther than 3 x 1.4826 x MAD from their median is replaced by the median. What is remembered is
 * the value as it came, so a step passes with its fourth value. Linear in the points, and nothing is
 * allocated.
 */
export class Hampel {
  /** In order of arrival, the oldest at `#next` once it is full. */
  readonly #points = new Float64Array(HAMPEL_POINTS)
  readonly #sorted = new Float64Array(HAMPEL_POINTS)
  #count = 0
  #next = 0

  static restore(saved: HampelSnapshot): Hampel {
    const filter = new Hampel()
    if (saved.points.length > HAMPEL_POINTS)
      fail(`${saved.points.length} points of a Hampel filter`)
    for (const x of saved.points) filter.#take(x)
    return filter
  }

  /** The value, or the median in its place. The MAD is never taken below `madFloor`, in x's unit. */
  add(x: number, madFloor: number): number {
    if (!Number.isFinite(x)) throw new AssertionError(`a value to filter: ${x}`)
    this.#take(x)
    const sorted = this.#sorted
    const count = this.#count
    const upper = count >> 1
    const lower = (count - 1) >> 1
    const median = (sorted[lower]! + sorted[upper]!) / 2
    const distance = Math.abs(x - median)
    if (distance <= LIMIT_SD * MAD_TO_SD * madFloor) return x
    return distance <= LIMIT_SD * MAD_TO_SD * this.#mad(median) ? x : median
  }

  /** Forgets all: what comes next does not follow on what was. */
  clear(): void {
    this.#count = 0
    this.#next = 0
  }

  snapshot(): HampelSnapshot {
    const points: number[] = []
    for (let i = 0; i < this.#count; i++) {
      points.push(this.#points[(this.#next + HAMPEL_POINTS - this.#count + i) % HAMPEL_POINTS]! + 0)
    }
    return { v: 1, points }
  }

  /** Into the ring, and into the sorted values in place of the oldest. */
  #take(x: number): void {
    const sorted = this.#sorted
    let at = this.#count
    if (at === HAMPEL_POINTS) {
      const oldest = this.#points[this.#next]!
      at = 0
      while (sorted[at] !== oldest) at++
      for (; at + 1 < HAMPEL_POINTS && sorted[at + 1]! < x; at++) sorted[at] = sorted[at + 1]!
    } else this.#count++
    for (; at > 0 && sorted[at - 1]! > x; at--) sorted[at] = sorted[at - 1]!
    sorted[at] = x
    this.#points[this.#next] = x
    this.#next = (this.#next + 1) % HAMPEL_POINTS
  }

  /** Deviations rise from the middle outwards on both sides: the two sides are merged to their middle. */
  #mad(median: number): number {
    const sorted = this.#sorted
    const count = this.#count
    let below = (count - 1) >> 1
    let above = below + 1
    let previous = 0
    let deviation = 0
    for (let taken = 0; taken <= count >> 1; taken++) {
      previous = deviation
      const low = below >= 0 ? median - sorted[below]! : Infinity
      const high = above < count ? sorted[above]! - median : Infinity
      if (low <= high) below--
      else above++
      deviation = Math.min(low, high)
    }
    return count % 2 === 1 ? deviation : (previous + deviation) / 2
  }
}
