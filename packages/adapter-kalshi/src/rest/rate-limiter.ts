import type { Clock } from '@kwm/runtime'
import { VenueBusyError } from '../errors.ts'
import { TokenBucket, type BucketLimit } from './token-bucket.ts'
import { WaitQueue, type Waiter } from './wait-queue.ts'

export type LimiterOptions = {
  readonly limit: BucketLimit
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** What waited longer is not sent any more; cancels are, however late. */
  readonly waitMsMax: number
  /** Tokens that only cancels may take. */
  readonly reserve: number
  readonly onThrottled: (seconds: number) => void
}

export type Ask = {
  readonly cost: number
  /** Flows take turns: a backfill does not hold up a reconciliation. */
  readonly flow: string
  readonly isCancel: boolean
  readonly signal: AbortSignal | undefined
}

export type Settled = 'answered' | 'throttled' | 'failed'

/** Leave to send one request. What became of it must be told, whatever it was. */
export type Permit = {
  readonly waitedMs: number
  readonly settle: (result: Settled, retryAfterMs?: number | null) => void
}

const QUEUE_MAX = 10_000
const PENALTY_MS = 250
const PENALTY_MS_MAX = 30_000
/** A cancel does not wait longer after a 429, whatever the penalty of the others. */
const CANCEL_PENALTY_MS_MAX = 500
const STRIKES_MAX = 16
/** Of the rate we were told, after 429s; every request that comes through wins some of it back. */
const PACE_MIN = 1 / 8
const PACE_WON = 1 / 64
/** How long nobody looks at most: whoever changes something wakes the others, so only a limit. */
const IDLE_US = 1_000_000

/**
 * One bucket of the venue with those who wait for it. Cancels go first and alone may take the
 * reserve. A 429 stops everyone for a time that doubles; then one request goes ahead to see, and
 * the others follow when it comes through, evenly and slower at first: a storm of 429s never becomes
 * a storm of ours.
 */
export class RateLimiter {
  readonly #options: LimiterOptions
  readonly #bucket: TokenBucket
  readonly #cancels = new WaitQueue(QUEUE_MAX)
  readonly #others = new WaitQueue(QUEUE_MAX)
  #reserve: number
  #strikes = 0
  #struckUs = -1
  #penaltyUntilUs = 0
  #pace = 1
  #pacedUntilUs = 0
  readonly #inFlight = { cancels: 0, others: 0 }
  #isPumping = false
  #wake = new AbortController()

  constructor(options: LimiterOptions) {
    this.#options = options
    this.#reserve = options.reserve
    this.#bucket = new TokenBucket(options.limit, options.clock.nowUs())
  }

  configure(limit: BucketLimit, reserve: number): void {
    this.#reserve = reserve
    this.#bucket.resize(limit, this.#options.clock.nowUs())
    this.#wake.abort()
  }

  get tokens(): number {
    return this.#bucket.tokens(this.#options.clock.nowUs())
  }

  /** @throws {VenueBusyError} Too many wait, it waited too long, or it could never fit. */
  acquire({ cost, flow, isCancel, signal }: Ask): Promise<Permit> {
    const { capacity } = this.#bucket.limit
    const queue = isCancel ? this.#cancels : this.#others
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      if (cost > capacity) {
        const fault = `a request of ${cost} tokens never fits a bucket of ${capacity}`
        return reject(new VenueBusyError(`${fault}: send fewer at once`))
      }
      const leave = (): void => signal?.removeEventListener('abort', abort)
      const waiter: Waiter = {
        cost,
        queuedUs: this.#options.clock.nowUs(),
        grant: (waitedMs) => {
          leave()
          resolve({ waitedMs, settle: this.#settler(isCancel) })
        },
        expire: (message) => {
          leave()
          reject(new VenueBusyError(message))
        },
      }
      const abort = (): void => {
        if (!queue.remove(flow, waiter)) return
        reject(signal!.reason as Error)
        this.#wake.abort()
      }
      if (!queue.add(flow, waiter)) {
        return reject(new VenueBusyError(`${queue.size} requests wait for the rate limit already`))
      }
      signal?.addEventListener('abort', abort, { once: true })
      if (this.#isPumping) this.#wake.abort()
      else void this.#pump()
    })
  }

  /** Runs while anyone waits. Wakes when time brings tokens, or when something changed. */
  async #pump(): Promise<void> {
    this.#isPumping = true
    const { clock } = this.#options
    while (this.#cancels.size + this.#others.size > 0) {
      const waitUs = this.#grantNext(clock.nowUs())
      if (waitUs === 0) continue
      this.#wake = new AbortController()
      await clock.sleep(Math.ceil(waitUs / 1_000), this.#wake.signal)
    }
    this.#isPumping = false
  }

  /** Lets the next one go, and is 0; or how long there is nothing to do. */
  #grantNext(nowUs: number): number {
    this.#expire(nowUs)
    const cancel = this.#cancels.peek()
    let cancelWaitUs = IDLE_US
    if (cancel && this.#mayGo('cancels')) {
      const penaltyUs = Math.min(
        this.#penaltyUntilUs,
        this.#struckUs + CANCEL_PENALTY_MS_MAX * 1_000,
      )
      cancelWaitUs = Math.max(this.#waitUs(cancel.cost, 0, nowUs), penaltyUs - nowUs, 0)
      if (cancelWaitUs === 0) return this.#grant(this.#cancels, 'cancels', nowUs)
    }
    const other = this.#others.peek()
    if (!other || cancel || !this.#mayGo('others')) return Math.min(cancelWaitUs, IDLE_US)
    const heldUs = Math.max(this.#penaltyUntilUs, this.#pacedUntilUs) - nowUs
    const waitUs = Math.max(this.#waitUs(other.cost, this.#reserve, nowUs), heldUs, 0)
    return waitUs === 0 ? this.#grant(this.#others, 'others', nowUs) : Math.min(waitUs, IDLE_US)
  }

  /** New limits may be smaller than what waits. */
  #waitUs(cost: number, keep: number, nowUs: number): number {
    return this.#bucket.waitUs(Math.min(cost, this.#bucket.limit.capacity), keep, nowUs)
  }

  /** After a 429 one at a time, until one comes through. */
  #mayGo(kind: 'cancels' | 'others'): boolean {
    return this.#strikes === 0 || this.#inFlight[kind] === 0
  }

  #grant(queue: WaitQueue, kind: 'cancels' | 'others', nowUs: number): number {
    const waiter = queue.shift()!
    this.#bucket.spend(waiter.cost, nowUs)
    this.#inFlight[kind]++
    if (kind === 'others' && this.#pace < 1) {
      const rate = this.#bucket.limit.refillPerSecond * this.#pace
      this.#pacedUntilUs = nowUs + Math.ceil((waiter.cost * 1e6) / rate)
    }
    waiter.grant((nowUs - waiter.queuedUs) / 1_000)
    return 0
  }

  #expire(nowUs: number): void {
    const { waitMsMax } = this.#options
    for (const waiter of this.#others.takeOlder(nowUs - waitMsMax * 1_000)) {
      waiter.expire(`waited more than ${waitMsMax} ms for tokens`)
    }
  }

  #settler(isCancel: boolean): Permit['settle'] {
    const kind = isCancel ? 'cancels' : 'others'
    const sentUs = this.#options.clock.nowUs()
    let isSettled = false
    return (result, retryAfterMs = null) => {
      if (isSettled) return
      isSettled = true
      this.#inFlight[kind]--
      if (result === 'throttled') this.#strike(sentUs, retryAfterMs)
      else if (result === 'answered' && sentUs > this.#struckUs) {
        this.#strikes = 0
        this.#pace = Math.min(1, this.#pace + PACE_WON)
      }
      this.#wake.abort()
    }
  }

  /** Those that were on their way together count as one strike. */
  #strike(sentUs: number, retryAfterMs: number | null): void {
    const { clock, random, onThrottled } = this.#options
    const nowUs = clock.nowUs()
    this.#bucket.drain(nowUs)
    if (sentUs > this.#struckUs) {
      this.#strikes = Math.min(STRIKES_MAX, this.#strikes + 1)
      this.#struckUs = nowUs
      this.#pace = Math.max(PACE_MIN, this.#pace / 2)
    }
    const backoffMs = Math.min(PENALTY_MS_MAX, PENALTY_MS * 2 ** (this.#strikes - 1))
    const penaltyMs = Math.max(backoffMs * (0.5 + random()), retryAfterMs ?? 0)
    const untilUs = nowUs + Math.round(penaltyMs * 1_000)
    if (untilUs <= this.#penaltyUntilUs) return
    const addedUs = untilUs - Math.max(nowUs, this.#penaltyUntilUs)
    this.#penaltyUntilUs = untilUs
    onThrottled(addedUs / 1e6)
  }
}
