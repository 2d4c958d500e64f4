import { AssertionError, assert } from '@kwm/std'

export type SlidingRangeSnapshot = {
  readonly v: 1
  readonly windowUs: number
  readonly nowUs: number
  readonly lastUs: number
  readonly last: number
  /** Time and value in turn, oldest first: those no later one has beaten. */
  readonly highs: readonly number[]
  readonly lows: readonly number[]
}

const INITIAL_SLOTS = 16
const NEVER = Number.MIN_SAFE_INTEGER

/**
 * Highest, lowest and last value of a trailing window (now - h, now], exact and O(1) amortised. What
 * comes with an earlier time counts as of the latest one. It keeps only values that no later one
 * has beaten, so on a grid of n values at most 2n of them.
 */
export class SlidingRange {
  readonly windowUs: number
  readonly #highs = new Ladder(1)
  readonly #lows = new Ladder(-1)
  #nowUs = NEVER
  #lastUs = NEVER
  #last = 0

  constructor(windowUs: number) {
    assert(Number.isSafeInteger(windowUs) && windowUs > 0, `window ${windowUs} us`)
    this.windowUs = windowUs
  }

  static restore(saved: SlidingRangeSnapshot): SlidingRange {
    const range = new SlidingRange(saved.windowUs)
    range.#nowUs = saved.nowUs
    range.#lastUs = saved.lastUs
    range.#last = saved.last
    range.#highs.fill(saved.highs)
    range.#lows.fill(saved.lows)
    return range
  }

  push(timeUs: number, value: number): void {
    if (!Number.isFinite(value)) throw new AssertionError(`a value to range over: ${value}`)
    this.advance(timeUs)
    this.#lastUs = this.#nowUs
    this.#last = value
    this.#highs.push(this.#nowUs, value)
    this.#lows.push(this.#nowUs, value)
  }

  /** Moves time on; an earlier time changes nothing. */
  advance(nowUs: number): void {
    if (!Number.isSafeInteger(nowUs)) throw new AssertionError(`whole microseconds: ${nowUs}`)
    if (nowUs <= this.#nowUs) return
    this.#nowUs = nowUs
    this.#highs.dropUntil(nowUs - this.windowUs)
    this.#lows.dropUntil(nowUs - this.windowUs)
  }

  /** Null, like the other two, when nothing lies in the window. */
  get high(): number | null {
    return this.#highs.first()
  }

  get low(): number | null {
    return this.#lows.first()
  }

  get last(): number | null {
    return this.#lastUs > this.#nowUs - this.windowUs ? this.#last : null
  }

  snapshot(): SlidingRangeSnapshot {
    return {
      v: 1,
      windowUs: this.windowUs,
      nowUs: this.#nowUs,
      lastUs: this.#lastUs,
      last: this.#last,
      highs: this.#highs.list(),
      lows: this.#lows.list(),
    }
  }
}

/** Values that fall strictly (sign 1) or rise strictly (-1) from the oldest to the newest. */
class Ladder {
  readonly #sign: 1 | -1
  #timesUs = new Float64Array(INITIAL_SLOTS)
  #values = new Float64Array(INITIAL_SLOTS)
  /** Entries are numbered for ever; number i lies at slot i & (slots - 1). */
  #start = 0
  #end = 0

  constructor(sign: 1 | -1) {
    this.#sign = sign
  }

  push(timeUs: number, value: number): void {
    const mask = this.#values.length - 1
    while (this.#end > this.#start) {
      if (this.#sign * (this.#values[(this.#end - 1) & mask]! - value) > 0) break
      this.#end--
    }
    if (this.#end - this.#start === this.#values.length) this.#grow()
    const slot = this.#end++ & (this.#values.length - 1)
    this.#timesUs[slot] = timeUs
    this.#values[slot] = value
  }

  dropUntil(untilUs: number): void {
    const mask = this.#values.length - 1
    while (this.#start < this.#end && this.#timesUs[this.#start & mask]! <= untilUs) this.#start++
  }

  first(): number | null {
    if (this.#start === this.#end) return null
    return this.#values[this.#start & (this.#values.length - 1)]!
  }

  list(): number[] {
    const out: number[] = []
    const mask = this.#values.length - 1
    for (let i = this.#start; i < this.#end; i++) {
      out.push(this.#timesUs[i & mask]!, this.#values[i & mask]!)
    }
    return out
  }

  fill(list: readonly number[]): void {
    for (let i = 0; i < list.length; i += 2) this.push(list[i]!, list[i + 1]!)
  }

  #grow(): void {
    const [timesUs, values] = [this.#timesUs, this.#values]
    const mask = values.length - 1
    this.#timesUs = new Float64Array(2 * values.length)
    this.#values = new Float64Array(2 * values.length)
    const newMask = 2 * values.length - 1
    for (let i = this.#start; i < this.#end; i++) {
      this.#timesUs[i & newMask] = timesUs[i & mask]!
      this.#values[i & newMask] = values[i & mask]!
    }
  }
}
