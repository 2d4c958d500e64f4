import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { VenueSim } from '../service.ts'

/** Tokens a second and how many a bucket holds, as the venue documents its tiers (2026-08-19). */
export const TIERS = {
  basic: { read: [200, 200], write: [100, 100] },
  advanced: { read: [300, 300], write: [300, 600] },
  expert: { read: [600, 600], write: [600, 1_200] },
  premier: { read: [1_000, 1_000], write: [1_000, 2_000] },
  unlimited: { read: [1e9, 1e9], write: [1e9, 1e9] },
} as const
export type Tier = keyof typeof TIERS
export const TIER_NAMES = Object.keys(TIERS) as readonly Tier[]

const DEFAULT_COST = 10
const COSTS: Readonly<Record<string, number>> = {
  'DELETE /portfolio/events/orders/:id': 2,
  'DELETE /portfolio/events/orders': 2,
}
const API = '/trade-api/v2'
const CLIENTS_MAX = 10_000

type Lane = 'read' | 'write'
type Bucket = { tokens: number; atMs: number }

/** One token bucket for reads and one for writes, for every key, and for every address without one. */
export class RateLimits {
  readonly tier: Tier
  readonly #buckets = new Map<string, Bucket>()
  refused = 0

  constructor(tier: Tier) {
    this.tier = tier
  }

  /** False: too many requests. */
  take(client: string, lane: Lane, cost: number, nowMs: number): boolean {
    const [perSecond, capacity] = TIERS[this.tier][lane]
    const name = `${lane} ${client}`
    let bucket = this.#buckets.get(name)
    if (!bucket) {
      if (this.#buckets.size >= CLIENTS_MAX) this.#buckets.clear()
      this.#buckets.set(name, (bucket = { tokens: capacity, atMs: nowMs }))
    }
    const filled = bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1_000) * perSecond
    bucket.tokens = Math.min(capacity, filled)
    bucket.atMs = nowMs
    if (bucket.tokens < cost) {
      this.refused++
      return false
    }
    bucket.tokens -= cost
    return true
  }
}

/** Refuses what exceeds the tier, in the venue's own words; and tells what the tier is. */
export function addRateLimits(app: FastifyInstance, sim: VenueSim): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.url.startsWith(`${API}/`)) return done()
    const lane = request.method === 'GET' ? 'read' : 'write'
    if (sim.limits.take(clientOf(request), lane, costOf(request), Date.now())) return done()
    reply.code(429).send({ error: 'too many requests' })
  })
  app.addHook('preHandler', (request, reply, done) => {
    // Each order of a batch is paid for; the request itself has paid for the first.
    const items = (request.body as { orders?: unknown } | null | undefined)?.orders
    if (!Array.isArray(items) || items.length < 2) return done()
    const cost = (items.length - 1) * (request.method === 'DELETE' ? 2 : DEFAULT_COST)
    if (sim.limits.take(clientOf(request), 'write', cost, Date.now())) return done()
    reply.code(429).send({ error: 'too many requests' })
  })
  app.get(`${API}/account/endpoint_costs`, () => ({
    default_cost: DEFAULT_COST,
    endpoint_costs: Object.entries(COSTS).map(([endpoint, cost]) => {
      const [method, path] = endpoint.split(' ') as [string, string]
      return { method, path: API + path.replace(':id', '{order_id}'), cost }
    }),
  }))
}

export const limitsJson = ({ limits }: VenueSim): object => {
  const bucket = ([refill_rate, bucket_capacity]: readonly [number, number]) => ({
    refill_rate,
    bucket_capacity,
  })
  const { read, write } = TIERS[limits.tier]
  return { usage_tier: limits.tier, read: bucket(read), write: bucket(write), grants: [] }
}

function clientOf({ headers, ip }: FastifyRequest): string {
  const key = headers['kalshi-access-key']
  return typeof key === 'string' ? `key ${key}` : `address ${ip}`
}

function costOf({ method, routeOptions }: FastifyRequest): number {
  const path = (routeOptions.url ?? '').slice(API.length)
  return COSTS[`${method} ${path}`] ?? DEFAULT_COST
}
