import { VirtualClock } from '@kwm/runtime/testing'
import { generateKeyPairSync } from 'node:crypto'
import { Prng } from '@kwm/std'
import { expect, test } from 'vitest'
import {
  KalshiAccount,
  KalshiOrders,
  KalshiTransport,
  RateBudget,
  BASIC_LIMITS,
} from '../src/index.ts'
import { TokenBucket } from '../src/rest/token-bucket.ts'
import { balanceJson, cancelJson } from './samples.ts'

const answer = (status: number, body: object): Response =>
  new Response(JSON.stringify(body), { status })
const { privateKey } = generateKeyPairSync('ed25519')

/** Refuses everything in the storm, and, outside it, what its own bucket does not hold. */
class StormyVenue {
  readonly sentUs: number[] = []
  refused = 0
  readonly #clock: VirtualClock
  readonly #prng: Prng
  readonly #stormUs: readonly [number, number]
  readonly #bucket: TokenBucket

  constructor(clock: VirtualClock, stormMs: readonly [number, number], seed: number) {
    const startUs = clock.nowUs()
    this.#clock = clock
    this.#prng = new Prng(seed)
    this.#stormUs = [startUs + stormMs[0] * 1_000, startUs + stormMs[1] * 1_000]
    this.#bucket = new TokenBucket({ refillPerSecond: 200, capacity: 200 }, startUs)
  }

  readonly fetch = async (
    _url: unknown,
    init?: { readonly method?: string },
  ): Promise<Response> => {
    await this.#clock.sleep(5 + this.#prng.nextInt(60))
    const nowUs = this.#clock.nowUs()
    this.sentUs.push(nowUs)
    const [fromUs, toUs] = this.#stormUs
    const isStorm = nowUs >= fromUs && nowUs < toUs
    if (isStorm || this.#bucket.waitUs(10, 0, nowUs) > 0) {
      this.refused++
      return answer(429, { error: 'too many requests' })
    }
    this.#bucket.spend(10, nowUs)
    return answer(200, init?.method === 'DELETE' ? cancelJson('o1') : balanceJson)
  }
}

function open(clock: VirtualClock, venue: StormyVenue, seed: number, limits = BASIC_LIMITS) {
  const prng = new Prng(seed)
  const random = () => prng.nextFloat()
  return new KalshiTransport({
    ...{ baseUrl: 'https://venue.test/trade-api/v2', clock, random, fetch: venue.fetch },
    budget: new RateBudget({ clock, random, limits }),
    credentials: { keyId: 'k', privateKey },
  })
}

test.each([1, 2, 3])(
  'a storm of 429s: few requests in it, all reads answered (%i)',
  async (seed) => {
    const clock = new VirtualClock()
    const startUs = clock.nowUs()
    const venue = new StormyVenue(clock, [1_000, 31_000], seed)
    const account = new KalshiAccount(open(clock, venue, seed))
    const reads = Array.from({ length: 200 }, async (_, i) => {
      await clock.sleep(i * 20)
      return account.balance()
    })
    expect(await Promise.all(reads)).toHaveLength(200)
    const inStorm = venue.sentUs.filter(
      (us) => us >= startUs + 1_000_000 && us < startUs + 31_000_000,
    )
    // What was on its way when it began, then one request for each doubling of the wait.
    expect(inStorm.length).toBeLessThanOrEqual(20)
    expect(venue.sentUs).toHaveLength(200 + venue.refused)
    expect(venue.refused).toBeLessThanOrEqual(24)
  },
)

test('a bucket of the venue smaller than we think: we settle within it', async () => {
  const clock = new VirtualClock()
  const venue = new StormyVenue(clock, [0, 0], 5)
  const read = { refillPerSecond: 400, capacity: 400 }
  const account = new KalshiAccount(open(clock, venue, 5, { ...BASIC_LIMITS, read }))
  await Promise.all(Array.from({ length: 300 }, () => account.balance()))
  expect(venue.refused).toBeLessThan(150)
})

test('a cancel in the storm is tried again and again, and comes through', async () => {
  const clock = new VirtualClock()
  const venue = new StormyVenue(clock, [0, 4_000], 4)
  const orders = new KalshiOrders(open(clock, venue, 4))
  const startUs = clock.nowUs()
  const found = await orders.cancel({ orderId: 'o1' })
  expect(found).toMatchObject({ outcome: 'accepted' })
  expect(clock.nowUs() - startUs).toBeLessThan(5_000_000)
  expect(venue.sentUs.length).toBeLessThanOrEqual(12)
})
