/** No stack holds more candidates than this; a day at 1 Hz keeps about a dozen. */
export const CANDIDATES_MAX = 4_096
const CAPACITY_MIN = 32

export type CandidateStackSnapshot = {
  readonly sums: readonly number[]
  readonly counts: readonly number[]
  readonly changeTimesUs: readonly number[]
}

/**
 * The times at which the mean may have changed in one direction, oldest first, as columns: the sum
 * and the number of points before each, and the time of the first point after it.
 */
export class CandidateStack {
  sums = new Float64Array(CAPACITY_MIN)
  counts = new Float64Array(CAPACITY_MIN)
  changeTimesUs = new Float64Array(CAPACITY_MIN)
  size = 0

  /** False when the stack was full, so that its second oldest candidate made room. */
  push(sum: number, count: number): boolean {
    const isFull = this.size === CANDIDATES_MAX
    if (isFull) this.#dropSecond()
    else if (this.size === this.sums.length) this.#grow(2 * this.size)
    this.sums[this.size] = sum
    this.counts[this.size] = count
    this.changeTimesUs[this.size] = 0
    this.size++
    return !isFull
  }

  #dropSecond(): void {
    for (const column of [this.sums, this.counts, this.changeTimesUs]) column.copyWithin(1, 2)
    this.size--
  }

  #grow(capacity: number): void {
    const grown = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(capacity)
      larger.set(column)
      return larger
    }
    this.sums = grown(this.sums)
    this.counts = grown(this.counts)
    this.changeTimesUs = grown(this.changeTimesUs)
  }

  snapshot(): CandidateStackSnapshot {
    const column = (values: Float64Array) => Array.from(values.subarray(0, this.size), (v) => v + 0)
    return {
      sums: column(this.sums),
      counts: column(this.counts),
      changeTimesUs: column(this.changeTimesUs),
    }
  }

  static restore(saved: CandidateStackSnapshot): CandidateStack {
    const stack = new CandidateStack()
    stack.#grow(Math.max(CAPACITY_MIN, saved.sums.length))
    stack.sums.set(saved.sums)
    stack.counts.set(saved.counts)
    stack.changeTimesUs.set(saved.changeTimesUs)
    stack.size = saved.sums.length
    return stack
  }
}
