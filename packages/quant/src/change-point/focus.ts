import { AssertionError, assert } from '@kwm/std'
import { CandidateStack } from './candidate-stack.ts'
import type { CandidateStackSnapshot } from './candidate-stack.ts'
import type { AlarmSign } from './cusum.ts'

/** Whether the mean before the change is known (and subtracted), or estimated with the rest. */
export type FocusForm = 'known-mean' | 'unknown-mean'

export type FocusOptions = {
  readonly form: FocusForm
  /** An alarm when the statistic reaches it; see `FOCUS_ARL`. */
  readonly threshold?: number
}

export type FocusSnapshot = {
  readonly v: 1
  readonly options: Required<FocusOptions>
  readonly count: number
  readonly sum: number
  readonly alarmed: boolean
  readonly droppedCount: number
  readonly up: CandidateStackSnapshot
  readonly down: CandidateStackSnapshot
  readonly estimate: {
    readonly statistic: number
    readonly sign: AlarmSign
    readonly changeCount: number
    readonly changeTimeUs: number
  }
}

/**
 * FOCuS: the exact maximum, after each point and over every past time, of the log likelihood ratio
 * for a change in the mean of unit normals (Romano, Eckley, Fearnhead and Rigaill 2023, Fast online
 * changepoint detection via functional pruning CUSUM statistics). With S the sums of n points,
 *
 *   known mean 0:  max over t of (S_n - S_t)^2 / (2 (n - t))
 *   unknown mean:  max over t of (n S_t - t S_n)^2 / (2 n t (n - t))
 *
 * Only the vertices of the hull of the path can be maximisers: about ln n of them on either side.
 * After an alarm the next point starts a new series.
 */
export class Focus {
  readonly #options: Required<FocusOptions>
  readonly #isKnown: boolean
  readonly #threshold: number
  #up = new CandidateStack()
  #down = new CandidateStack()
  #count = 0
  #sum = 0
  #alarmed = false
  #droppedCount = 0
  #statistic = 0
  #sign: AlarmSign = 0
  #changeCount = 0
  #changeTimeUs = 0

  constructor(options: FocusOptions) {
    this.#options = { threshold: 10, ...options }
    const { form, threshold } = this.#options
    assert(
      form === 'known-mean' || form === 'unknown-mean',
      'the form is known-mean or unknown-mean',
    )
    assert(threshold > 0 && threshold < Infinity, `threshold ${threshold}`)
    this.#isKnown = form === 'known-mean'
    this.#threshold = threshold
    this.#restart()
  }

  static restore(saved: FocusSnapshot): Focus {
    const focus = new Focus(saved.options)
    focus.#up = CandidateStack.restore(saved.up)
    focus.#down = CandidateStack.restore(saved.down)
    focus.#count = saved.count
    focus.#sum = saved.sum
    focus.#alarmed = saved.alarmed
    focus.#droppedCount = saved.droppedCount
    focus.#statistic = saved.estimate.statistic
    focus.#sign = saved.estimate.sign
    focus.#changeCount = saved.estimate.changeCount
    focus.#changeTimeUs = saved.estimate.changeTimeUs
    return focus
  }

  /** Adds one finite score at a time in whole microseconds. */
  add(timeUs: number, z: number): AlarmSign {
    if (!Number.isSafeInteger(timeUs) || !Number.isFinite(z)) {
      throw new AssertionError(`a score needs whole microseconds and a finite z: ${timeUs}, ${z}`)
    }
    if (this.#alarmed) this.#restart()
    const up = this.#up
    const down = this.#down
    up.changeTimesUs[up.size - 1] = timeUs
    down.changeTimesUs[down.size - 1] = timeUs
    this.#count++
    this.#sum += z
    this.#prune(up, 1)
    this.#prune(down, -1)
    this.#statistic = 0
    this.#sign = 0
    if (this.#isKnown) {
      this.#maximiseKnown(up, 1)
      this.#maximiseKnown(down, -1)
    } else {
      this.#maximiseUnknown(up)
      this.#maximiseUnknown(down)
    }
    if (!up.push(this.#sum, this.#count)) this.#droppedCount++
    if (!down.push(this.#sum, this.#count)) this.#droppedCount++
    this.#alarmed = this.#statistic >= this.#threshold
    return this.#alarmed ? this.#sign : 0
  }

  /** The log likelihood ratio after the last point, >= 0; at an alarm, what raised it. */
  get statistic(): number {
    return this.#statistic
  }

  /** The direction of the likeliest change; 0 when there is none. */
  get sign(): AlarmSign {
    return this.#sign
  }

  /** Points of this series before the likeliest change; null when there is none. */
  get changeCount(): number | null {
    return this.#sign === 0 ? null : this.#changeCount
  }

  /** The time of the first point after the likeliest change; null when there is none. */
  get changeTimeUs(): number | null {
    return this.#sign === 0 ? null : this.#changeTimeUs
  }

  /** Points of this series. */
  get count(): number {
    return this.#count
  }

  /** Candidates kept, of both directions. */
  get candidateCount(): number {
    return this.#up.size + this.#down.size
  }

  /** Candidates given up for room: while above 0 the statistic is a lower bound. */
  get droppedCount(): number {
    return this.#droppedCount
  }

  #restart(): void {
    this.#alarmed = false
    this.#count = 0
    this.#sum = 0
    this.#droppedCount = 0
    for (const stack of [this.#up, this.#down]) {
      stack.size = 0
      stack.push(0, 0)
    }
  }

  /** Removes the newest candidates that the one before them beats for good. */
  #prune(stack: CandidateStack, sign: 1 | -1): void {
    const { sums, counts } = stack
    const n = this.#count
    const sum = this.#sum
    let size = stack.size
    while (size > 1) {
      // Slopes from either candidate to here, compared without dividing; sign turns them upwards.
      const rise = sign * (sum - sums[size - 1]!)
      const riseBefore = sign * (sum - sums[size - 2]!)
      const isBeaten = rise * (n - counts[size - 2]!) <= riseBefore * (n - counts[size - 1]!)
      if (!isBeaten && !(this.#isKnown && rise <= 0)) break
      size--
    }
    stack.size = size
  }

  #maximiseKnown(stack: CandidateStack, sign: 1 | -1): void {
    const { sums, counts, changeTimesUs, size } = stack
    for (let i = 0; i < size; i++) {
      const rise = sign * (this.#sum - sums[i]!)
      if (!(rise > 0)) continue
      const statistic = (rise * rise) / (2 * (this.#count - counts[i]!))
      if (statistic <= this.#statistic) continue
      this.#statistic = statistic
      this.#sign = sign
      this.#changeCount = counts[i]!
      this.#changeTimeUs = changeTimesUs[i]!
    }
  }

  #maximiseUnknown(stack: CandidateStack): void {
    const { sums, counts, changeTimesUs, size } = stack
    const n = this.#count
    for (let i = 0; i < size; i++) {
      const before = counts[i]!
      if (before === 0) continue
      const gap = before * this.#sum - n * sums[i]!
      const statistic = (gap * gap) / (2 * n * before * (n - before))
      if (statistic <= this.#statistic) continue
      this.#statistic = statistic
      this.#sign = gap > 0 ? 1 : -1
      this.#changeCount = before
      this.#changeTimeUs = changeTimesUs[i]!
    }
  }

  snapshot(): FocusSnapshot {
    return {
      v: 1,
      options: { ...this.#options },
      count: this.#count,
      sum: this.#sum + 0,
      alarmed: this.#alarmed,
      droppedCount: this.#droppedCount,
      up: this.#up.snapshot(),
      down: this.#down.snapshot(),
      estimate: {
        statistic: this.#statistic,
        sign: this.#sign,
        changeCount: this.#changeCount,
        changeTimeUs: this.#changeTimeUs,
      },
    }
  }
}
