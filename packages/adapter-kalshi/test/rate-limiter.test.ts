import { VirtualClock } from '@kwm/runtime/testing'
import { Prng } from '@kwm/std'
import { expect, test } from 'vitest'
import { VenueBusyError } from '../src/index.ts'
import { RateLimiter } from '../src/rest/rate-limiter.ts'
import type { Ask, LimiterOptions } from '../src/rest/rate-limiter.ts'

const open = (clock: VirtualClock, options: Partial<LimiterOptions> = {}): RateLimiter =>
  new RateLimiter({
    limit: { refillPerSecond: 100, capacity: 100 },
    clock,
    random: () => 0.5,
    waitMsMax: 60_000,
    reserve: 20,
    onThrottled: () => undefined,
    ...options,
  })

const ask = (more: Partial<Ask> = {}): Ask => ({
  cost: 10,
  flow: 'a',
  isCancel: false,
  signal: undefined,
  ...more,
})
const cancel = ask({ cost: 2, isCancel: true })

test('ordinary writes leave the reserve, cancels take it', async () => {
  const clock = new VirtualClock()
  const limiter = open(clock)
  for (let i = 0; i < 8; i++) (await limiter.acquire(ask())).settle('answered')
  expect(limiter.tokens).toBe(20)
  const waiting = limiter.acquire(ask())
  const startUs = clock.nowUs()
  for (let i = 0; i < 10; i++) (await limiter.acquire(cancel)).settle('answered')
  expect(clock.nowUs()).toBe(startUs)
  expect(limiter.tokens).toBe(0)
  await waiting
  expect(clock.nowUs() - startUs).toBe(300_000)
})

test('cancels are served in time while hundreds of writes wait', async () => {
  const clock = new VirtualClock()
  const limiter = open(clock, { waitMsMax: 600_000 })
  const writes = Array.from({ length: 500 }, () => limiter.acquire(ask()))
  let worstUs = 0
  for (let second = 0; second < 20; second++) {
    await clock.sleep(777)
    const askedUs = clock.nowUs()
    const permits = await Promise.all(Array.from({ length: 30 }, () => limiter.acquire(cancel)))
    worstUs = Math.max(worstUs, clock.nowUs() - askedUs)
    for (const permit of permits) permit.settle('answered')
  }
  // 30 cancels cost 60 tokens: at worst the bucket is empty and refills 100 a second.
  expect(worstUs).toBeLessThanOrEqual(601_000)
  for (const write of writes) (await write).settle('answered')
})

test('a batch that leaves no room for the reserve waits for a full bucket', async () => {
  const clock = new VirtualClock()
  const limiter = open(clock)
  ;(await limiter.acquire(ask())).settle('answered')
  const startUs = clock.nowUs()
  ;(await limiter.acquire(ask({ cost: 95 }))).settle('answered')
  expect(clock.nowUs() - startUs).toBe(100_000)
  await expect(limiter.acquire(ask({ cost: 101 }))).rejects.toThrow(VenueBusyError)
})

test('flows take turns: a long queue of one does not hold up the other', async () => {
  const clock = new VirtualClock()
  const limiter = open(clock, { reserve: 0 })
  const order: string[] = []
  const go = async (flow: string): Promise<void> => {
    const permit = await limiter.acquire(ask({ flow }))
    order.push(flow)
    permit.settle('answered')
  }
  const all = [
    ...Array.from({ length: 30 }, () => go('backfill')),
    go('reconcile'),
    go('reconcile'),
  ]
  await Promise.all(all)
  expect(order.indexOf('reconcile')).toBeLessThanOrEqual(11)
  expect(order.lastIndexOf('reconcile')).toBeLessThanOrEqual(13)
})

test('waiting is bounded, and a signal ends it', async () => {
  const clock = new VirtualClock()
  const limiter = open(clock, { waitMsMax: 500, reserve: 0 })
  ;(await limiter.acquire(ask({ cost: 100 }))).settle('answered')
  const controller = new AbortController()
  const late = limiter.acquire(ask({ cost: 90 }))
  const aborted = limiter.acquire(ask({ cost: 90, signal: controller.signal }))
  controller.abort()
  await expect(aborted).rejects.toThrow(/aborted/)
  await expect(late).rejects.toThrow(VenueBusyError)
  ;(await limiter.acquire(ask({ signal: new AbortController().signal }))).settle('answered')
})

test('a cancel does not expire, however long it waits', async () => {
  const clock = new VirtualClock()
  const limit = { refillPerSecond: 1, capacity: 10 }
  const limiter = open(clock, { limit, waitMsMax: 500, reserve: 0 })
  ;(await limiter.acquire(ask())).settle('answered')
  const startUs = clock.nowUs()
  ;(await limiter.acquire(cancel)).settle('answered')
  expect(clock.nowUs() - startUs).toBe(2_000_000)
})

test('a 429 stops everyone for longer each time, and one goes ahead to see', async () => {
  const clock = new VirtualClock()
  const throttled: number[] = []
  const limiter = open(clock, { reserve: 0, onThrottled: (seconds) => throttled.push(seconds) })
  // Three on their way together are one strike.
  const together = await Promise.all([1, 2, 3].map(() => limiter.acquire(ask())))
  for (const permit of together) permit.settle('throttled')
  const startUs = clock.nowUs()
  const probe = await limiter.acquire(ask())
  expect(clock.nowUs() - startUs).toBe(250_000)
  let isGranted = false
  const behind = limiter.acquire(ask()).then((permit) => {
    isGranted = true
    return permit
  })
  await clock.sleep(5_000)
  expect(isGranted).toBe(false)
  probe.settle('throttled')
  const second = await behind
  expect(clock.nowUs() - startUs).toBe(5_750_000)
  second.settle('answered')
  const free = await Promise.all([1, 2, 3].map(() => limiter.acquire(ask({ cost: 1 }))))
  for (const permit of free) permit.settle('answered')
  expect(throttled).toEqual([0.25, 0.5])
})

test('a request without an answer does not end the caution', async () => {
  const clock = new VirtualClock()
  const limiter = open(clock, { reserve: 0 })
  ;(await limiter.acquire(ask())).settle('throttled')
  const probe = await limiter.acquire(ask())
  const [second, third] = [limiter.acquire(ask()), limiter.acquire(ask())]
  let granted = 0
  void second.then(() => granted++)
  void third.then(() => granted++)
  probe.settle('failed')
  await clock.sleep(5_000)
  expect(granted).toBe(1)
  ;(await second).settle('answered')
  ;(await third).settle('answered')
})

test('Retry-After is obeyed; a cancel waits half a second at most', async () => {
  const clock = new VirtualClock()
  const limiter = open(clock)
  ;(await limiter.acquire(ask())).settle('throttled', 7_000)
  const startUs = clock.nowUs()
  const write = limiter.acquire(ask())
  ;(await limiter.acquire(cancel)).settle('answered')
  expect(clock.nowUs() - startUs).toBe(500_000)
  ;(await write).settle('answered')
  expect(clock.nowUs() - startUs).toBe(7_000_000)
})

test('whatever comes, the grants of any second stay within the bucket', async () => {
  const prng = new Prng(7)
  const clock = new VirtualClock()
  const limiter = open(clock, { waitMsMax: 600_000 })
  const grants: { atUs: number; tokens: number }[] = []
  const work = async (i: number): Promise<void> => {
    await clock.sleep(prng.nextInt(10_000))
    const isCancel = i % 3 === 0
    const tokens = isCancel ? 2 : 1 + prng.nextInt(40)
    const permit = await limiter.acquire(ask({ cost: tokens, isCancel, flow: `f${i % 4}` }))
    grants.push({ atUs: clock.nowUs(), tokens })
    await clock.sleep(prng.nextInt(200))
    permit.settle(prng.nextInt(50) === 0 ? 'throttled' : 'answered')
  }
  await Promise.all(Array.from({ length: 400 }, (_, i) => work(i)))
  expect(grants).toHaveLength(400)
  for (let first = 0; first < grants.length; first++) {
    let sum = 0
    for (let last = first; last < grants.length; last++) {
      sum += grants[last]!.tokens
      const seconds = (grants[last]!.atUs - grants[first]!.atUs) / 1_000_000
      expect(sum).toBeLessThanOrEqual(100 + 100 * seconds + 1e-6)
    }
  }
})
