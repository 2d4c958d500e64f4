import type { Clock } from '@kwm/runtime'
import { VenueBusyError } from '../errors.ts'
import { TokenBucket, type BucketLimit } from './token-bucket.ts'

/** `cancel` is a write that must never wait behind other writes. */
export type Lane = 'read' | 'write' | 'cancel'

export type EndpointCost = { readonly method: string; readonly path: string; readonly cost: number }

export type BudgetLimits = { readonly read: BucketLimit; readonly write: BucketLimit }

/** Tier Basic as documented on 2026-08-19: what a new key has, until the account says otherwise. */
export const BASIC_LIMITS: BudgetLimits = {
  read: { refillPerSecond: 200, capacity: 200 },
  write: { refillPerSecond: 100, capacity: 100 },
}

/** Documented costs; `/account/endpoint_costs` replaces them. */
export const DEFAULT_COST = 10
export const DOCUMENTED_COSTS: readonly EndpointCost[] = [
  { method: 'DELETE', path: '/portfolio/events/orders/{order_id}', cost: 2 },
  { method: 'DELETE', path: '/portfolio/events/orders', cost: 2 },
]

/** We keep this part of what the venue grants: its clock and ours do not tick together. */
const USED_SHARE = 0.95
/** Tokens that only cancels may spend: ten of them, at once, at any time. */
const CANCEL_RESERVE = 20
const WAITING_MAX = 10_000
const PENALTY_MS = 500
const PENALTY_MAX_MS = 30_000

export type BudgetObserver = {
  waited(lane: Lane, seconds: number): void
  tokens(lane: 'read' | 'write', left: number): void
  penalized(seconds: number): void
}

export type BudgetOptions = {
  readonly clock: Clock
  readonly limits?: BudgetLimits
  /** Uniform in [0, 1). */
  readonly random?: () => number
  readonly observer?: Partial<BudgetObserver>
}

type Waiter = { readonly cost: number; readonly go: () => void; readonly fail: (e: Error) => void }

/**
 * Whose turn it is to ask the venue something. Requests of a lane go in the order of the calls; a
 * cancel goes before every other write, and the last tokens are kept for it. A 429 that comes all
 * the same empties the bucket and holds everyone back, longer each time, so that a storm of refusals
 * never becomes a storm of requests: one request at a time asks whether it is over.
 */
export class RateBudget {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #observer: Partial<BudgetObserver>
  readonly #buckets: { readonly read: TokenBucket; readonly write: TokenBucket }
  readonly #waiting: Record<Lane, Waiter[]> = { read: [], write: [], cancel: [] }
  readonly #isPumping = { read: false, write: false }
  #costs = costTable(DOCUMENTED_COSTS)
  #defaultCost = DEFAULT_COST
  #penalties = 0
  #isProbing = false
  #heldUntilUs = 0

  constructor({
    clock,
    limits = BASIC_LIMITS,
    random = Math.random,
    observer = {},
  }: BudgetOptions) {
    this.#clock = clock
    this.#random = random
    this.#observer = observer
    const nowUs = clock.nowUs()
    this.#buckets = {
      read: new TokenBucket(shared(limits.read), nowUs),
      write: new TokenBucket(shared(limits.write), nowUs),
    }
  }

  /** As `/account/limits` and `/account/endpoint_costs` say. */
  configure(limits: BudgetLimits, costs: readonly EndpointCost[], defaultCost: number): void {
    const nowUs = this.#clock.nowUs()
    this.#buckets.read.resize(shared(limits.read), nowUs)
    this.#buckets.write.resize(shared(limits.write), nowUs)
    this.#costs = costTable(costs)
    this.#defaultCost = defaultCost
  }

  costOf(method: string, template: string): number {
    return this.#costs.get(`${method} ${normal(template)}`) ?? this.#defaultCost
  }

  /**
   * Until it is this request's turn.
   * @throws {VenueBusyError} Too many wait already, or the bucket could never hold the cost.
   */
  async acquire(lane: Lane, cost: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const waiting = this.#waiting[lane]
    if (waiting.length >= WAITING_MAX) {
      throw new VenueBusyError(`${WAITING_MAX} ${lane} requests wait for the rate limit already`)
    }
    const { capacity } = this.#bucketOf(lane).limit
    if (cost > capacity) {
      throw new VenueBusyError(`a request of ${cost} tokens never fits a bucket of ${capacity}`)
    }
    const startedUs = this.#clock.nowUs()
    await new Promise<void>((go, fail) => {
      const waiter = { cost, go, fail }
      waiting.push(waiter)
      signal?.addEventListener('abort', () => leave(waiting, waiter, signal), { once: true })
      void this.#pump(lane === 'read' ? 'read' : 'write')
    })
    this.#observer.waited?.(lane, (this.#clock.nowUs() - startedUs) / 1e6)
  }

  /** A 429: everybody waits. Returns for how long, in milliseconds. */
  penalize(lane: Lane): number {
    const nowUs = this.#clock.nowUs()
    this.#bucketOf(lane).drain(nowUs)
    // Those that were under way when the first refusal came tell nothing new.
    if (nowUs >= this.#heldUntilUs || this.#isProbing) this.#penalties++
    this.#isProbing = false
    const waitMs = this.#penaltyMs() * (0.5 + this.#random() / 2)
    this.#heldUntilUs = Math.max(this.#heldUntilUs, nowUs + waitMs * 1_000)
    this.#observer.penalized?.(waitMs / 1_000)
    return waitMs
  }

  /** An answer that was not a 429. */
  relax(): void {
    if (this.#penalties === 0) return
    this.#penalties = 0
    this.#isProbing = false
    this.#heldUntilUs = this.#clock.nowUs()
  }

  #penaltyMs(): number {
    return Math.min(PENALTY_MAX_MS, PENALTY_MS * 2 ** Math.max(0, this.#penalties - 1))
  }

  #bucketOf(lane: Lane): TokenBucket {
    return lane === 'read' ? this.#buckets.read : this.#buckets.write
  }

  async #pump(name: 'read' | 'write'): Promise<void> {
    if (this.#isPumping[name]) return
    this.#isPumping[name] = true
    try {
      for (let next = this.#next(name); next; next = this.#next(name)) {
        const waitUs = this.#waitUs(next)
        if (waitUs > 0) await this.#clock.sleep(waitUs / 1_000)
        else this.#serve(next)
      }
    } finally {
      this.#isPumping[name] = false
    }
  }

  #next(name: 'read' | 'write'): Lane | undefined {
    if (name === 'read') return this.#waiting.read.length > 0 ? 'read' : undefined
    if (this.#waiting.cancel.length > 0) return 'cancel'
    return this.#waiting.write.length > 0 ? 'write' : undefined
  }

  #waitUs(lane: Lane): number {
    const nowUs = this.#clock.nowUs()
    const { cost } = this.#waiting[lane][0]!
    const keep = lane === 'write' ? CANCEL_RESERVE : 0
    const tokenUs = this.#bucketOf(lane).waitUs(cost, keep, nowUs)
    // A cancel that arrives meanwhile must not sleep behind a write that waits for tokens.
    const napUs = lane === 'write' ? Math.min(tokenUs, WRITE_NAP_US) : tokenUs
    return Math.max(napUs, this.#heldUntilUs - nowUs)
  }

  #serve(lane: Lane): void {
    const bucket = this.#bucketOf(lane)
    const waiter = this.#waiting[lane].shift()!
    const nowUs = this.#clock.nowUs()
    bucket.spend(waiter.cost, nowUs)
    if (this.#penalties > 0) {
      // One asks whether the storm is over; the others wait for what it is told.
      this.#isProbing = true
      this.#heldUntilUs = nowUs + this.#penaltyMs() * 1_000
    }
    this.#observer.tokens?.(lane === 'read' ? 'read' : 'write', bucket.tokens(nowUs))
    waiter.go()
  }
}

const WRITE_NAP_US = 20_000

const shared = ({ refillPerSecond, capacity }: BucketLimit): BucketLimit => ({
  refillPerSecond: refillPerSecond * USED_SHARE,
  capacity: Math.max(1, Math.floor(capacity * USED_SHARE)),
})

function leave(waiting: Waiter[], waiter: Waiter, signal: AbortSignal): void {
  const index = waiting.indexOf(waiter)
  if (index < 0) return
  waiting.splice(index, 1)
  waiter.fail(signal.reason as Error)
}

/** `/trade-api/v2/a/{x}` and `/a/{y}` are one endpoint. */
const normal = (template: string): string =>
  template.replace(/^\/trade-api\/v2/, '').replace(/\{[^}]*\}/g, '{}')

const costTable = (costs: readonly EndpointCost[]): ReadonlyMap<string, number> =>
  new Map(costs.map(({ method, path, cost }) => [`${method} ${normal(path)}`, cost]))
