import { AssertionError, assert } from '@kwm/std'

export type SlidingSumsConfig = {
  /** Whole numbers summed side by side, one per column. */
  readonly columns: number
  /** Window lengths: a window of h covers (now - h, now]. */
  readonly windowsUs: readonly number[]
  /** Entries kept at most, a power of two; beyond it the oldest leaves its windows early. */
  readonly capacity?: number
}

export type SlidingSumsSnapshot = {
  readonly v: 1
  readonly columns: number
  readonly windowsUs: readonly number[]
  readonly capacity: number
  readonly nowUs: number
  readonly evictedCount: number
  readonly timesUs: readonly number[]
  /** Row by row, `columns` to an entry. */
  readonly values: readonly number[]
}

export const SLIDING_SUMS_CAPACITY = 65_536
const INITIAL_CAPACITY = 16
const NEVER = Number.MIN_SAFE_INTEGER

/**
 * Sums of integer columns over several trailing windows of time, exact and O(1) amortised. Time
 * never runs backwards here: what comes with an earlier time counts as of the latest one. Entries
 * of one time are merged.
 */
export class SlidingSums {
  readonly columns: number
  readonly windowsUs: readonly number[]
  readonly #capacity: number
  #timesUs = new Float64Array(INITIAL_CAPACITY)
  #values: Float64Array
  /** Entries are numbered from 0 for ever; number i lies at slot i & (slots - 1). */
  #end = 0
  readonly #starts: number[]
  readonly #sums: Float64Array
  readonly #changes: Float64Array
  #nowUs = NEVER
  /** Before this nothing leaves any window. */
  #dueUs = Infinity
  #evictedCount = 0

  constructor(config: SlidingSumsConfig) {
    const { columns, windowsUs, capacity = SLIDING_SUMS_CAPACITY } = config
    assert(Number.isInteger(columns) && columns > 0, `columns ${columns}`)
    assert(
      windowsUs.length > 0 && windowsUs.every(isPositiveInteger),
      `windows ${windowsUs.join(', ')} us`,
    )
    const isPowerOfTwo = isPositiveInteger(capacity) && (capacity & (capacity - 1)) === 0
    assert(isPowerOfTwo && capacity >= INITIAL_CAPACITY, `capacity ${capacity}`)
    this.columns = columns
    this.windowsUs = [...windowsUs]
    this.#capacity = capacity
    this.#values = new Float64Array(INITIAL_CAPACITY * columns)
    this.#starts = windowsUs.map(() => 0)
    this.#sums = new Float64Array(windowsUs.length * columns)
    this.#changes = new Float64Array(windowsUs.length)
  }

  static restore(saved: SlidingSumsSnapshot): SlidingSums {
    const sums = new SlidingSums(saved)
    for (const [i, timeUs] of saved.timesUs.entries()) {
      sums.push(timeUs, saved.values.slice(i * saved.columns, (i + 1) * saved.columns))
    }
    if (saved.nowUs !== NEVER) sums.advance(saved.nowUs)
    sums.#evictedCount = saved.evictedCount
    return sums
  }

  /** Entries dropped before their time because the capacity was reached. 0 in health. */
  get evictedCount(): number {
    return this.#evictedCount
  }

  /** The latest time seen. */
  get nowUs(): number {
    return this.#nowUs
  }

  /** Adds one row at a time in whole microseconds. */
  push(timeUs: number, row: ArrayLike<number>): void {
    assert(row.length === this.columns, 'a value for every column')
    this.advance(timeUs)
    const { columns, windowsUs } = this
    const isMerge =
      this.#end > this.#oldest() && this.#timesUs[this.#slot(this.#end - 1)] === this.#nowUs
    if (!isMerge) this.#append()
    const base = this.#slot(this.#end - 1) * columns
    for (let c = 0; c < columns; c++) {
      const value = row[c]!
      assert(Number.isSafeInteger(value), 'only whole numbers add up exactly')
      this.#values[base + c]! += value
      for (let w = 0; w < windowsUs.length; w++) this.#sums[w * columns + c]! += value
    }
    for (let w = 0; w < windowsUs.length; w++) {
      this.#changes[w]!++
      this.#dueUs = Math.min(this.#dueUs, this.#nowUs + windowsUs[w]!)
    }
  }

  /** Moves time on, letting entries leave their windows; an earlier time changes nothing. */
  advance(nowUs: number): void {
    if (!Number.isSafeInteger(nowUs)) throw new AssertionError(`whole microseconds: ${nowUs}`)
    if (nowUs <= this.#nowUs) return
    this.#nowUs = nowUs
    if (nowUs >= this.#dueUs) this.#expire()
  }

  /** A number that differs whenever the sums of the w-th window may differ. */
  changes(window: number): number {
    return this.#changes[window]!
  }

  /** The sum of one column over the w-th window, as of the latest time. */
  sum(window: number, column: number): number {
    return this.#sums[window * this.columns + column]!
  }

  snapshot(): SlidingSumsSnapshot {
    const timesUs: number[] = []
    const values: number[] = []
    for (let i = this.#oldest(); i < this.#end; i++) {
      const slot = this.#slot(i)
      timesUs.push(this.#timesUs[slot]!)
      for (let c = 0; c < this.columns; c++) values.push(this.#values[slot * this.columns + c]! + 0)
    }
    return {
      v: 1,
      columns: this.columns,
      windowsUs: [...this.windowsUs],
      capacity: this.#capacity,
      nowUs: this.#nowUs,
      evictedCount: this.#evictedCount,
      timesUs,
      values,
    }
  }

  #expire(): void {
    this.#dueUs = Infinity
    for (let w = 0; w < this.windowsUs.length; w++) {
      const windowUs = this.windowsUs[w]!
      const untilUs = this.#nowUs - windowUs
      let start = this.#starts[w]!
      for (; start < this.#end; start++) {
        const timeUs = this.#timesUs[this.#slot(start)]!
        if (timeUs > untilUs) {
          this.#dueUs = Math.min(this.#dueUs, timeUs + windowUs)
          break
        }
        this.#subtract(w, start)
      }
      this.#starts[w] = start
    }
  }

  #slot(entry: number): number {
    return entry & (this.#timesUs.length - 1)
  }

  #oldest(): number {
    let oldest = this.#end
    for (const start of this.#starts) if (start < oldest) oldest = start
    return oldest
  }

  #append(): void {
    const oldest = this.#oldest()
    if (this.#end - oldest === this.#timesUs.length) {
      if (this.#timesUs.length < this.#capacity) this.#grow(oldest)
      else this.#evict(oldest)
    }
    const slot = this.#slot(this.#end++)
    this.#timesUs[slot] = this.#nowUs
    this.#values.fill(0, slot * this.columns, (slot + 1) * this.columns)
  }

  #evict(oldest: number): void {
    this.#evictedCount++
    for (let w = 0; w < this.windowsUs.length; w++) {
      if (this.#starts[w] !== oldest) continue
      this.#subtract(w, oldest)
      this.#starts[w] = oldest + 1
    }
  }

  #subtract(window: number, entry: number): void {
    this.#changes[window]!++
    const base = this.#slot(entry) * this.columns
    for (let c = 0; c < this.columns; c++) {
      this.#sums[window * this.columns + c]! -= this.#values[base + c]!
    }
  }

  #grow(oldest: number): void {
    const slots = this.#timesUs.length * 2
    const timesUs = new Float64Array(slots)
    const values = new Float64Array(slots * this.columns)
    for (let i = oldest; i < this.#end; i++) {
      const [from, to] = [this.#slot(i), i & (slots - 1)]
      timesUs[to] = this.#timesUs[from]!
      const row = this.#values.subarray(from * this.columns, (from + 1) * this.columns)
      values.set(row, to * this.columns)
    }
    this.#timesUs = timesUs
    this.#values = values
  }
}

const isPositiveInteger = (n: number): boolean => Number.isSafeInteger(n) && n > 0
