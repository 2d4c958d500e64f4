import { assert } from '@kwm/std'

export type BucketLimit = {
  readonly refillPerSecond: number
  readonly capacity: number
}

/** A token bucket as the venue keeps one: full at first, refilled continuously up to its capacity. */
export class TokenBucket {
  #limit: BucketLimit
  #tokens: number
  #atUs: number

  constructor(limit: BucketLimit, nowUs: number) {
    assert(limit.refillPerSecond > 0 && limit.capacity > 0, 'a bucket that fills')
    this.#limit = limit
    this.#tokens = limit.capacity
    this.#atUs = nowUs
  }

  get limit(): BucketLimit {
    return this.#limit
  }

  /** What the venue says it is, from now on. What was spent stays spent. */
  resize(limit: BucketLimit, nowUs: number): void {
    this.#refill(nowUs)
    const spent = this.#limit.capacity - this.#tokens
    this.#limit = limit
    this.#tokens = Math.max(0, limit.capacity - spent)
  }

  tokens(nowUs: number): number {
    this.#refill(nowUs)
    return this.#tokens
  }

  /** Microseconds until `cost` can be spent with `keep` left over; 0: now. Infinite when it never can. */
  waitUs(cost: number, keep: number, nowUs: number): number {
    const { refillPerSecond, capacity } = this.#limit
    if (cost > capacity) return Infinity
    const missing = Math.min(capacity, cost + keep) - this.tokens(nowUs)
    return missing <= 0 ? 0 : Math.ceil((missing / refillPerSecond) * 1e6)
  }

  spend(cost: number, nowUs: number): void {
    this.#refill(nowUs)
    this.#tokens = Math.max(0, this.#tokens - cost)
  }

  /** The venue refused: whatever we thought was left, it is not. */
  drain(nowUs: number): void {
    this.#refill(nowUs)
    this.#tokens = 0
  }

  #refill(nowUs: number): void {
    const passedUs = nowUs - this.#atUs
    if (passedUs <= 0) return
    const { refillPerSecond, capacity } = this.#limit
    this.#tokens = Math.min(capacity, this.#tokens + (passedUs / 1e6) * refillPerSecond)
    this.#atUs = nowUs
  }
}
