import type { Clock } from '@kwm/runtime'
import { RateLimiter, type Permit } from './rate-limiter.ts'
import type { BucketLimit } from './token-bucket.ts'

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
  { method: 'DELETE', path: '/portfolio/events/orders/batched', cost: 2 },
  { method: 'DELETE', path: '/portfolio/events/orders', cost: 2 },
]

/** We keep this part of what the venue grants: its clock and ours do not tick together. */
const USED_SHARE = 0.95
/** Tokens that only cancels may spend: ten of them, at once, at any time. */
const CANCEL_RESERVE = 20
const SHARDS_MAX = 16
/** An order decided so long ago is not to be sent any more. */
const WRITE_WAIT_MS_MAX = 5_000

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

export type Turn = {
  /** Requests of a flow go in the order of the calls; flows take turns. */
  readonly flow?: string
  /** A single order write that names a shard above 0 is billed to that shard. */
  readonly shard?: number
  readonly signal?: AbortSignal | undefined
}

/** The venue's buckets, and whose turn it is: reads, writes, and writes of each shard that is named. */
export class RateBudget {
  readonly #options: BudgetOptions
  #limits: BudgetLimits
  readonly #read: RateLimiter
  readonly #write: RateLimiter
  readonly #shards = new Map<number, RateLimiter>()
  #costs = costTable(DOCUMENTED_COSTS)
  #defaultCost = DEFAULT_COST

  constructor(options: BudgetOptions) {
    this.#options = options
    this.#limits = options.limits ?? BASIC_LIMITS
    this.#read = this.#open('read')
    this.#write = this.#open('write')
  }

  /** As `/account/limits` and `/account/endpoint_costs` say. */
  configure(limits: BudgetLimits, costs: readonly EndpointCost[], defaultCost: number): void {
    this.#limits = limits
    this.#read.configure(shared(limits.read), 0)
    for (const writer of [this.#write, ...this.#shards.values()]) {
      writer.configure(shared(limits.write), CANCEL_RESERVE)
    }
    this.#costs = costTable(costs)
    this.#defaultCost = defaultCost
  }

  costOf(method: string, template: string): number {
    return this.#costs.get(`${method} ${normal(template)}`) ?? this.#defaultCost
  }

  /**
   * Until it is this request's turn. The permit must be settled with what became of the request.
   * @throws {VenueBusyError} Too many wait already, a write waited for more than five seconds, or
   * the bucket could never hold the cost.
   */
  async acquire(
    lane: Lane,
    cost: number,
    { flow = '', shard, signal }: Turn = {},
  ): Promise<Permit> {
    const { observer } = this.#options
    const limiter = this.#limiterOf(lane, shard)
    const permit = await limiter.acquire({ cost, flow, isCancel: lane === 'cancel', signal })
    observer?.waited?.(lane, permit.waitedMs / 1_000)
    observer?.tokens?.(lane === 'read' ? 'read' : 'write', limiter.tokens)
    return permit
  }

  #limiterOf(lane: Lane, shard = 0): RateLimiter {
    if (lane === 'read') return this.#read
    if (shard < 1 || shard >= SHARDS_MAX) return this.#write
    const found = this.#shards.get(shard)
    if (found) return found
    const opened = this.#open('write')
    this.#shards.set(shard, opened)
    return opened
  }

  #open(name: 'read' | 'write'): RateLimiter {
    const { clock, random = Math.random, observer } = this.#options
    return new RateLimiter({
      ...{ clock, random, limit: shared(this.#limits[name]) },
      reserve: name === 'read' ? 0 : CANCEL_RESERVE,
      waitMsMax: name === 'read' ? Infinity : WRITE_WAIT_MS_MAX,
      onThrottled: (seconds) => observer?.penalized?.(seconds),
    })
  }
}

const shared = ({ refillPerSecond, capacity }: BucketLimit): BucketLimit => ({
  refillPerSecond: refillPerSecond * USED_SHARE,
  capacity: Math.max(1, Math.floor(capacity * USED_SHARE)),
})

/** `/trade-api/v2/a/{x}`, `/a/{y}` and `/a/:z` are one endpoint. */
const normal = (template: string): string =>
  template.replace(/^\/trade-api\/v2/, '').replace(/\{[^}]*\}|:[^/]+/g, '{}')

const costTable = (costs: readonly EndpointCost[]): ReadonlyMap<string, number> =>
  new Map(costs.map(({ method, path, cost }) => [`${method.toUpperCase()} ${normal(path)}`, cost]))
