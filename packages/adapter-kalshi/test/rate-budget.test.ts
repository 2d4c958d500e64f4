import { VirtualClock } from '@kwm/runtime/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KalshiTransport, RateBudget, VenueBusyError, type Lane } from '../src/index.ts'
import { TokenBucket } from '../src/rest/token-bucket.ts'

const LIMITS = {
  read: { refillPerSecond: 200, capacity: 200 },
  write: { refillPerSecond: 100, capacity: 100 },
}

type Sent = { readonly lane: Lane; readonly atUs: number; readonly cost: number }

/** Everything at once; when each was let through. */
async function letThrough(asked: readonly (readonly [Lane, number])[]): Promise<Sent[]> {
  const clock = new VirtualClock()
  const budget = new RateBudget({ clock, limits: LIMITS, random: () => 0.5 })
  const sent: Sent[] = []
  const all = asked.map(async ([lane, cost]) => {
    await budget.acquire(lane, cost)
    sent.push({ lane, cost, atUs: clock.nowUs() })
  })
  // Writes that would wait too long are refused.
  await Promise.allSettled(all)
  return sent
}

test('over any stretch of time no more is spent than a bucket of the venue would hold', async () => {
  const lane = fc.constantFrom<Lane>('read', 'write', 'cancel')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(lane, fc.integer({ min: 1, max: 60 })), { maxLength: 60 }),
      async (asked) => {
        const sent = await letThrough(asked)
        const patient = sent.filter((one) => one.lane !== 'write')
        expect(patient).toHaveLength(asked.filter(([name]) => name !== 'write').length)
        for (const name of ['read', 'write'] as const) {
          const mine = sent.filter((one) => (one.lane === 'read') === (name === 'read'))
          const { refillPerSecond, capacity } = LIMITS[name]
          for (let from = 0; from < mine.length; from++) {
            let cost = 0
            for (let to = from; to < mine.length; to++) {
              cost += mine[to]!.cost
              const seconds = (mine[to]!.atUs - mine[from]!.atUs) / 1e6
              expect(cost).toBeLessThanOrEqual(capacity + refillPerSecond * seconds + 1e-6)
            }
          }
        }
      },
    ),
    { numRuns: 40 },
  )
})

test('a lane is served in the order of the calls', async () => {
  const sent = await letThrough(
    Array.from({ length: 50 }, (_, i) => ['write', 1 + (i % 10)] as const),
  )
  expect(sent.map(({ cost }) => cost)).toEqual(Array.from({ length: 50 }, (_, i) => 1 + (i % 10)))
})

test('cancels never wait behind creations: ten go at once while hundreds of writes queue', async () => {
  const writes = Array.from({ length: 300 }, () => ['write', 10] as const)
  const cancels = Array.from({ length: 9 }, () => ['cancel', 2] as const)
  const sent = await letThrough([...writes, ...cancels])
  const startUs = sent[0]!.atUs
  const waits = sent.filter(({ lane }) => lane === 'cancel').map(({ atUs }) => atUs - startUs)
  expect(Math.max(...waits)).toBeLessThan(300_000)
  const lastWrite = sent.findLast(({ lane }) => lane === 'write')!
  expect(lastWrite.atUs - startUs).toBeGreaterThan(4.5e6)
})

test('a write that names a shard is billed to that shard, and one that waited too long is not sent', async () => {
  const clock = new VirtualClock()
  const budget = new RateBudget({ clock, limits: LIMITS })
  const startUs = clock.nowUs()
  const queue = Array.from({ length: 100 }, () => budget.acquire('write', 10))
  await budget.acquire('write', 10, { shard: 2 })
  expect(clock.nowUs()).toBe(startUs)
  const settled = await Promise.allSettled(queue)
  const late = settled.filter(({ status }) => status === 'rejected')
  // Seven at once, then 95 tokens a second until five seconds are over.
  expect(100 - late.length).toBe(7 + 48)
  expect(late[0]).toMatchObject({ reason: { code: 'KALSHI_BUSY' } })
})

test('reads do not pay for writes', async () => {
  const sent = await letThrough([
    ...Array.from({ length: 100 }, () => ['write', 10] as const),
    ['read', 10],
  ])
  expect(sent.find(({ lane }) => lane === 'read')!.atUs).toBe(sent[0]!.atUs)
})

test('what never fits is refused at once, and so is an endless queue', async () => {
  const clock = new VirtualClock()
  const budget = new RateBudget({ clock, limits: LIMITS })
  await expect(budget.acquire('write', 1_000)).rejects.toThrow(VenueBusyError)
  const stop = new AbortController()
  const queue = Array.from({ length: 10_020 }, () =>
    budget.acquire('read', 100, { signal: stop.signal }),
  )
  await expect(queue.at(-1)).rejects.toThrow(/wait for the rate limit already/)
  stop.abort(new Error('shut down'))
  const settled = await Promise.allSettled(queue)
  expect(settled.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(2)
})

test('the account’s own limits and costs replace the documented ones', async () => {
  const clock = new VirtualClock()
  const budget = new RateBudget({ clock, limits: LIMITS })
  expect(budget.costOf('DELETE', '/portfolio/events/orders/{order_id}')).toBe(2)
  expect(budget.costOf('GET', '/markets')).toBe(10)
  const costs = [{ method: 'GET', path: '/trade-api/v2/series/{series_ticker}', cost: 3 }]
  budget.configure({ ...LIMITS, read: { refillPerSecond: 1_000, capacity: 1_000 } }, costs, 5)
  expect(budget.costOf('GET', '/series/{ticker}')).toBe(3)
  expect(budget.costOf('GET', '/markets')).toBe(5)
  const startUs = clock.nowUs()
  await Promise.all(Array.from({ length: 8 }, () => budget.acquire('read', 100)))
  expect(clock.nowUs() - startUs).toBeLessThan(50_000)
})

describe('a storm of 429', () => {
  test('is not answered by a storm of ours, and everything is read in the end', async () => {
    const clock = new VirtualClock()
    const startUs = clock.nowUs()
    const budget = new RateBudget({ clock, limits: LIMITS, random: () => 0.5 })
    const at: number[] = []
    const transport = new KalshiTransport({
      ...{ baseUrl: 'http://127.0.0.1/trade-api/v2', clock, budget, random: () => 0.5 },
      fetch: () => {
        const seconds = (clock.nowUs() - startUs) / 1e6
        at.push(seconds)
        const isStorm = seconds < 10
        const body = isStorm ? '{"error":"too many requests"}' : '{}'
        return Promise.resolve(new Response(body, { status: isStorm ? 429 : 200 }))
      },
    })
    const reads = Array.from({ length: 40 }, () => transport.text({ template: '/exchange/status' }))
    const answers = await Promise.all(reads)
    expect(answers).toEqual(Array.from({ length: 40 }, () => '{}'))
    const during = at.filter((seconds) => seconds < 10)
    // Unchecked, ten seconds of the Basic tier are 200 requests.
    expect(during.length).toBeLessThan(60)
    const late = during.filter((seconds) => seconds > 5)
    expect(late.length, 'and ever fewer').toBeLessThan(during.length / 3)
  })
})

test('a bucket fills up to its capacity and no further, whenever it is looked at', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5_000_000 }), { maxLength: 30 }), (pauses) => {
      const bucket = new TokenBucket({ refillPerSecond: 10, capacity: 25 }, 0)
      let nowUs = 0
      let expected = 25
      for (const pause of pauses) {
        nowUs += pause
        expected = Math.min(25, expected + (pause / 1e6) * 10)
        expect(bucket.tokens(nowUs)).toBeCloseTo(expected, 6)
        if (expected >= 7) {
          bucket.spend(7, nowUs)
          expected -= 7
        }
        const waitUs = bucket.waitUs(9, 0, nowUs)
        expect(waitUs).toBe(Math.max(0, Math.ceil(((9 - expected) / 10) * 1e6)))
      }
    }),
  )
})
