import { syntheticDay, type VenueEvent } from '@kwm/sim'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { RateLimits } from '../src/http/rate-limits.ts'
import { drawFaults } from '../src/random-faults.ts'
import { Client, openVenue, type Venue } from './harness.ts'
import { Trader } from './trader.ts'

const API = '/trade-api/v2'
const { source } = syntheticDay({ seed: 'sandbox', fromHour: 14, toHour: 15 })
const ticker = source.markets[0]!.ticker

let venue: Venue
afterEach(() => {
  vi.useRealTimers()
  return (venue as Venue | undefined)?.close()
})

const statusOf = async (path: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${venue.server.port}${API}${path}`)).status

describe('rate limits', () => {
  test('a bucket refills by the second and holds no more than its capacity', () => {
    const limits = new RateLimits('basic')
    const taken = (nowMs: number) => {
      let count = 0
      while (limits.take('key a', 'write', 10, nowMs)) count++
      return count
    }
    expect(taken(0)).toBe(10)
    expect(taken(0)).toBe(0)
    expect(taken(500)).toBe(5)
    expect(taken(60_000)).toBe(10)
    expect(limits.take('key b', 'write', 10, 60_000), 'another key has its own').toBe(true)
    expect(limits.take('key a', 'read', 10, 60_000), 'reads are apart').toBe(true)
  })

  test('beyond the tier the answer is 429 in the venue’s words, and the socket does not care', async () => {
    // All in one moment, however long that takes: no bucket refills.
    vi.useFakeTimers({ toFake: ['performance', 'Date'] })
    venue = await openVenue(source, { tier: 'basic' })
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => statusOf('/exchange/schedule')),
    )
    expect(answers.filter((status) => status === 200)).toHaveLength(20)
    expect(answers.filter((status) => status === 429)).toHaveLength(40)
    const refused = await venue.get(`${API}/exchange/schedule`)
    expect(refused).toEqual({ error: 'too many requests' })
    const client = await Client.open(venue.url)
    client.socket.terminate()
  })

  test('a batch is paid for by the item', async () => {
    const member = new Trader('member')
    const keys = new Map([[member.keyId, member.publicKey]])
    venue = await openVenue(source, { tier: 'basic' }, keys)
    member.join(venue)
    const orders = (count: number) => ({
      orders: Array.from({ length: count }, () => member.order()),
    })
    const path = '/portfolio/events/orders/batched'
    expect((await member.call('POST', path, orders(11))).status).toBe(429)
  })
})

describe('faults on demand', () => {
  const fault = (body: object) => venue.post('/admin/fault', body)

  test('errors for the next requests, then answers again; counted', async () => {
    venue = await openVenue(source)
    await fault({ kind: 'http-429', count: 2 })
    await fault({ kind: 'http-503' })
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) statuses.push(await statusOf('/exchange/status'))
    expect(statuses).toEqual([429, 429, 503, 200])
    expect(await venue.get('/admin/faults')).toMatchObject({
      counts: { 'http-429': 1, 'http-503': 1 },
      http: 0,
    })
    const metrics = await fetch(`http://127.0.0.1:${venue.server.port}/metrics`)
    expect(await metrics.text()).toMatch(/venue_sim_faults_total\{[^}]*kind="http-503"[^}]*\} 1/)
  })

  test('maintenance: the status says so, all else is refused, and it ends', async () => {
    venue = await openVenue(source)
    await fault({ kind: 'maintenance', durationMs: 300 })
    expect(await venue.get(`${API}/exchange/status`)).toMatchObject({ exchange_active: false })
    expect(await statusOf('/markets')).toBe(503)
    await expect.poll(() => statusOf('/markets')).toBe(200)
  })

  test('a paused market takes no orders until it is resumed', async () => {
    const member = new Trader('member')
    venue = await openVenue(source, {}, new Map([[member.keyId, member.publicKey]]))
    member.join(venue)
    await fault({ kind: 'pause', ticker })
    expect((await member.place({ ticker })).status).toBe(400)
    await fault({ kind: 'resume', ticker })
    expect((await member.place({ ticker })).status).toBe(201)
    expect((await fault({ kind: 'pause', ticker: 'NO-SUCH' })).status).toBe(400)
  })

  test('a strike that comes late is missing from the listing, then announced', async () => {
    venue = await openVenue(source)
    const strikeOf = async () => {
      const { market } = (await venue.get(`${API}/markets/${ticker}`)) as { market: object }
      return ['floor_strike', 'cap_strike'].filter((field) => field in market)
    }
    expect(await strikeOf()).not.toEqual([])
    const client = await Client.open(venue.url)
    const params = { channels: ['market_lifecycle_v2'], market_tickers: [ticker] }
    await client.ask({ id: 1, cmd: 'subscribe', params })
    await fault({ kind: 'late-strike', ticker, durationMs: 150 })
    expect(await strikeOf()).toEqual([])
    await client.until(({ texts }) => texts.some((text) => text.includes('metadata_updated')))
    const { floorStrike, capStrike, strikeType } = source.markets[0]!
    const { msg } = client.messages.at(-1) as unknown as { msg: Record<string, unknown> }
    expect(msg).toMatchObject({ market_ticker: ticker, strike_type: strikeType })
    expect([msg['floor_strike'] ?? null, msg['cap_strike'] ?? null]).toEqual([
      floorStrike,
      capStrike,
    ])
    expect(await strikeOf()).not.toEqual([])
  })

  test('a clock that is off refuses honest signatures', async () => {
    const member = new Trader('member')
    venue = await openVenue(source, {}, new Map([[member.keyId, member.publicKey]]))
    member.join(venue)
    await fault({ kind: 'clock-skew', durationMs: 60_000 })
    const { status, body } = await member.call('GET', '/portfolio/balance')
    expect([status, body]).toMatchObject([401, { error: { message: 'timestamp skew' } }])
  })

  test('a dropped delta leaves no trace in the sequence: only the book over REST tells', async () => {
    venue = await openVenue(source)
    const client = await Client.open(venue.url)
    const params = { channels: ['orderbook_delta'], market_tickers: [ticker] }
    await client.ask({ id: 1, cmd: 'subscribe', params })
    await client.until(({ texts }) => texts.some((text) => text.includes('orderbook_snapshot')))
    await fault({ kind: 'drop' })
    venue.sim.player.start()
    await client.until(() => venue.sim.player.isFinished)
    const deltas = client.messages.filter((message) => message['type'] === 'orderbook_delta')
    const seqs = deltas.map((message) => Number(message['seq']))
    expect(seqs).toEqual(seqs.map((_, index) => seqs[0]! + index))
    const size = sizeBy(
      deltas,
      client.messages.find((m) => m['type'] === 'orderbook_snapshot')!,
    )
    const book = (await venue.get(`${API}/markets/${ticker}/orderbook`)) as {
      orderbook_fp: Record<string, [string, string][]>
    }
    const told = book.orderbook_fp['yes_dollars']!.concat(book.orderbook_fp['no_dollars']!)
    const venueSize = told.reduce((sum, [, count]) => sum + Number(count), 0)
    expect(Math.abs(size - venueSize)).toBeGreaterThan(0.001)
  })

  test('at random, the same for the same seed', async () => {
    const options = { perMinute: 600, kinds: ['gap', 'stall'], seconds: 30 } as const
    const draw = (seed: string) => drawFaults({ ...options, seed })
    expect(draw('a')).toEqual(draw('a'))
    expect(draw('a')).not.toEqual(draw('b'))
    expect(draw('a').length).toBeGreaterThan(230)
    expect(draw('a').length).toBeLessThan(370)
    venue = await openVenue(source)
    const { body } = await venue.post('/admin/faults/random', { perMinute: 6_000, seconds: 1 })
    expect((body as { scheduled: number }).scheduled).toBeGreaterThan(50)
    const counted = async () => {
      const { counts } = (await venue.get('/admin/faults')) as { counts: Record<string, number> }
      return Object.values(counts).reduce((sum, count) => sum + count, 0)
    }
    await expect.poll(counted).toBe((body as { scheduled: number }).scheduled)
  })
})

/** Contracts in the book that snapshot and deltas make. */
function sizeBy(
  deltas: readonly Record<string, unknown>[],
  snapshot: Record<string, unknown>,
): number {
  const first = snapshot['msg'] as Record<string, [string, string][] | undefined>
  const levels = [...(first['yes_dollars_fp'] ?? []), ...(first['no_dollars_fp'] ?? [])]
  const start = levels.reduce((sum, [, count]) => sum + Number(count), 0)
  return deltas.reduce(
    (sum, { msg }) => sum + Number((msg as { delta_fp: string }).delta_fp),
    start,
  )
}

describe('candles', () => {
  test('minutes are what the published quotes and prints make of them; hours are made of minutes', async () => {
    venue = await openVenue(source, { speed: 5_000 })
    venue.sim.player.start()
    await expect.poll(() => venue.sim.player.isFinished).toBe(true)
    const series = source.series.ticker
    const read = async (interval: number) => {
      const range = `start_ts=0&end_ts=9999999999&period_interval=${interval}`
      const path = `${API}/series/${series}/markets/${ticker}/candlesticks?${range}`
      return ((await venue.get(path)) as { candlesticks: JsonCandle[] }).candlesticks
    }
    const prints = [...source.changes()].filter(
      (event): event is Extract<VenueEvent, { type: 'trade-printed' }> =>
        event.type === 'trade-printed' && event.marketTicker === ticker,
    )
    const minutes = await read(1)
    for (const candle of minutes) {
      const mine = prints.filter(
        ({ venueTimeUs }) => Math.floor(venueTimeUs / 60e6) * 60 + 60 === candle.end_period_ts,
      )
      const centi = mine.reduce((sum, { countCenti }) => sum + countCenti, 0)
      expect(Math.round(Number(candle.volume_fp) * 100)).toBe(centi)
      const last = mine.at(-1)
      expect(candle.price.close_dollars && Number(candle.price.close_dollars)).toBe(
        last ? last.yesPriceBps / 10_000 : null,
      )
    }
    const [hour] = await read(60)
    const within = minutes.filter(({ end_period_ts: end }) => end <= hour!.end_period_ts)
    expect(hour!.yes_bid.open_dollars).toBe(within[0]!.yes_bid.open_dollars)
    expect(hour!.yes_bid.close_dollars).toBe(within.at(-1)!.yes_bid.close_dollars)
    const highs = within.map(({ yes_bid }) => Number(yes_bid.high_dollars))
    expect(Number(hour!.yes_bid.high_dollars)).toBe(Math.max(...highs))
  })
})

type JsonCandle = {
  readonly end_period_ts: number
  readonly volume_fp: string
  readonly price: { readonly close_dollars: string | null }
  readonly yes_bid: Record<'open_dollars' | 'close_dollars' | 'high_dollars', string>
}
