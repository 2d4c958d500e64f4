import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { syntheticDay } from '@kwm/sim'
import type { VenueEvent, VenueSource } from '@kwm/sim'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { loadRecording, loadSource } from '../src/load-source.ts'
import { Outbox } from '../src/outbox.ts'
import type { Wire } from '../src/outbox.ts'
import { Player, type PlayerPorts } from '../src/player.ts'
import { Client, ClientBooks, openVenue, restBook } from './harness.ts'
import type { Message, Venue } from './harness.ts'

const DATA = process.env['KWM_DATA_DIR'] ?? join(import.meta.dirname, '../../../../shared/data')
const BTC = join(DATA, 'kxbtc15m_ws/kxbtc15m_ws_20260514T130107Z.ndjson.gz')
const TOP = join(DATA, 'kxhighny_topbook/KXHIGHNY-25DEC12.csv.gz')
const silent = { warn: () => undefined }

const day = syntheticDay({ seed: 'play', fromHour: 14, toHour: 15 }).source

let venue: Venue | undefined
afterEach(async () => {
  await venue?.close()
  venue = undefined
})

const books = (id: number, market_tickers: string[]) => ({
  id,
  cmd: 'subscribe',
  params: { channels: ['orderbook_delta'], market_tickers },
})

describe('the start', () => {
  const tickers = day.markets.map(({ ticker }) => ticker)

  test('waits for a client of all books', async () => {
    venue = await openVenue(day, { start: 'on-subscribe', speed: 1 })
    const client = await Client.open(venue.url)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(venue.sim.status()).toMatchObject({ playing: false, startedAt: null, progress: 0 })
    client.send(books(1, tickers))
    await client.until(({ texts }) => texts.length === 7)
    expect(venue.sim.status()).toMatchObject({ playing: true, connections: 1 })
  })

  test('or a second after the first subscription', async () => {
    venue = await openVenue(day, { start: 'on-subscribe', speed: 1 })
    const client = await Client.open(venue.url)
    const subscribedMs = performance.now()
    client.send(books(1, tickers.slice(0, 2)))
    await client.until(({ texts }) => texts.length === 3)
    const { player } = venue.sim
    await expect.poll(() => player.isPlaying).toBe(true)
    expect(player.startedAtMs! - subscribedMs).toBeGreaterThan(950)
  })

  test('is at once or by hand where asked for', async () => {
    venue = await openVenue(day, { start: 'immediately', speed: 1 })
    expect(venue.sim.player.isPlaying).toBe(true)
    await venue.post('/admin/pause')
    const paused = venue.sim.player.simTimeUs
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(venue.sim.player.simTimeUs).toBe(paused)
    expect(paused).toBeGreaterThan(day.startTimeUs)
  })
})

/** One event a second of simulated time, for `seconds`, then perhaps a long gap. */
function ticking(seconds: number, gapUs = 0): VenueSource {
  const { ticker: marketTicker } = day.markets[0]!
  const events = Array.from({ length: seconds + 1 }, (_, i): VenueEvent => {
    const timeUs = day.startTimeUs + i * 1_000_000 + (i === seconds ? gapUs : 0)
    return { type: 'market-closed', timeUs, venueTimeUs: timeUs, marketTicker }
  })
  return { ...day, endTimeUs: events.at(-1)!.timeUs, changes: () => events }
}

/** Played by a clock that stands still while anything is done, and jumps to the next timer. */
async function play(
  source: VenueSource,
  speed: number,
  ports: Partial<PlayerPorts> = {},
): Promise<{ elapsedMs: number; skippedUs: number; played: number }> {
  let skippedUs = 0
  const startMs = performance.now()
  const over = new Promise<{ elapsedMs: number; skippedUs: number; played: number }>((resolve) => {
    const player: Player = new Player(source, speed, {
      nowMs: () => performance.now(),
      apply: () => undefined,
      isCongested: () => false,
      onGapSkipped: (us) => (skippedUs += us),
      onFinished: () =>
        resolve({
          elapsedMs: performance.now() - startMs,
          skippedUs,
          played: player.eventsPlayed,
        }),
      ...ports,
    })
    player.start()
  })
  await vi.runAllTimersAsync()
  return over
}

describe('pacing', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  test('follows the wall clock times the speed', async () => {
    const at: number[] = []
    const apply = (): void => void at.push(performance.now())
    const { elapsedMs } = await play(ticking(20), 20, { apply })
    expect(elapsedMs).toBeGreaterThanOrEqual(1_000)
    expect(elapsedMs).toBeLessThan(1_030)
    for (const [index, ms] of at.entries()) {
      expect(ms - at[0]! - index * 50, `event ${index}`).toBeCloseTo(0, -1)
    }
  })

  test('lets time go instead of making up for a stopped process', async () => {
    let stoppedMs = 0
    const nowMs = (): number => performance.now() + stoppedMs
    const apply = (): void => void (stoppedMs = 600)
    const { elapsedMs } = await play(ticking(20), 20, { nowMs, apply })
    expect(elapsedMs, 'of which none was saved').toBeGreaterThan(940)
    expect(elapsedMs).toBeLessThan(1_030)
  })

  test('waits for readers at speed, for a while', async () => {
    const congestedUntil = performance.now() + 400
    const isCongested = (): boolean => performance.now() < congestedUntil
    const { elapsedMs } = await play(ticking(60), 600, { isCongested })
    expect(elapsedMs).toBeGreaterThan(490)
    expect(elapsedMs).toBeLessThan(530)
    const stuck = await play(ticking(60), 600, { isCongested: () => true })
    expect(stuck.elapsedMs).toBeGreaterThan(2_050)
    expect(stuck.played).toBe(61)
  })

  test('cuts short hours in which nothing was recorded', async () => {
    const { elapsedMs, skippedUs } = await play(ticking(1, 8 * 3_600e6), 1_000)
    expect(elapsedMs).toBeGreaterThanOrEqual(5_000)
    expect(elapsedMs).toBeLessThan(5_100)
    expect(skippedUs).toBeGreaterThan(6 * 3_600e6)
  })
})

test('a client that does not read is told 25 and cut off; stalled frames are kept', () => {
  const sent: string[] = []
  let closed: number | undefined
  const wire: Wire = {
    get bufferedBytes() {
      return sent.join('').length
    },
    send: (text) => sent.push(text),
    ping: (body) => sent.push(body),
    close: (code) => (closed = code),
    terminate: () => undefined,
  }
  let overflows = 0
  const observer = { sent: () => undefined, overflowed: () => overflows++ }
  const outbox = new Outbox(wire, observer, 100)
  outbox.heartbeat()
  outbox.stall()
  outbox.heartbeat()
  outbox.send('a', 'control')
  expect(sent).toEqual(['heartbeat'])
  outbox.resume()
  expect(sent).toEqual(['heartbeat', 'a'])
  outbox.send('x'.repeat(100), 'trade', 4)
  outbox.send('never', 'trade', 4)
  expect(JSON.parse(sent.at(-1)!)).toMatchObject({ type: 'error', sid: 4, msg: { code: 25 } })
  expect([closed, overflows]).toEqual([1_008, 1])
})

test.skipIf(!existsSync(BTC))(
  `a recording played through the venue gives the recorder's books (needs ${BTC})`,
  async () => {
    const source = await loadRecording(BTC, silent)
    venue = await openVenue(source, { speed: 5_000 })
    const client = await Client.open(venue.url)
    const tickers = source.markets.map(({ ticker }) => ticker)
    client.send(books(1, tickers))
    client.send({
      id: 2,
      cmd: 'subscribe',
      params: { channels: ['market_lifecycle_v2', 'ticker'] },
    })
    await client.until(({ texts }) => texts.length >= 3 + tickers.length)
    await venue.post('/admin/start')
    await client.until(
      ({ texts }) => texts.filter((text) => text.includes('"settled"')).length === tickers.length,
      60_000,
    )
    const mine = new ClientBooks()
    for (const message of client.messages) mine.apply(message)

    const theirs = new ClientBooks()
    let deltas = 0
    for (const line of gunzipSync(readFileSync(BTC)).toString().split('\n')) {
      if (line === '') continue
      const { type, msg } = (JSON.parse(line) as { frame: Message }).frame
      if (type === 'orderbook_delta') deltas++
      theirs.apply({ type, msg })
    }
    expect(mine.books).toEqual(theirs.books)
    for (const ticker of tickers) {
      const rest = await venue.get(`/trade-api/v2/markets/${ticker}/orderbook`)
      expect(restBook(rest)).toEqual(theirs.books.get(ticker))
    }
    expect(client.texts.length).toBeGreaterThan(deltas)
    expect(venue.sim.status()).toMatchObject({
      finished: true,
      progress: 1,
      synthetic: false,
      sizes: 'recorded',
      skippedLines: {},
      inconsistentChanges: 0,
    })
  },
)

test.skipIf(!existsSync(TOP))(`best prices with their results (needs ${TOP})`, async () => {
  const source = await loadRecording(TOP, silent)
  expect(source.sizes).toBe('nominal')
  const results = [...source.changes()].flatMap((event) =>
    event.type === 'market-determined' ? [event.result] : [],
  )
  expect(results.sort()).toEqual(['no', 'no', 'no', 'no', 'no', 'yes'])
  expect(source.markets[0]!.closeTimeUs).toBe(Date.UTC(2025, 11, 13, 4, 59) * 1_000)
})

describe('settings', () => {
  const keys = { VENUE_SIM_KEY_ID: 'k', VENUE_SIM_PUBLIC_KEY_FILE: 'k.pem' }

  test('what is wrong is named in one line', () => {
    expect(parseConfig(keys)).toMatchObject({ HTTP_PORT: 9_110, VENUE_SIM_SPEED: 60 })
    expect(() => parseConfig({})).toThrow(/VENUE_SIM_KEY_ID.*VENUE_SIM_PUBLIC_KEY_FILE/)
    expect(() => parseConfig({ ...keys, VENUE_SIM_SOURCE: 'file' })).toThrow(/VENUE_SIM_FILE/)
    expect(() => parseConfig({ ...keys, VENUE_SIM_SPEED: '0' })).toThrow(/VENUE_SIM_SPEED/)
  })

  test('a recording that cannot be played says why', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'venue-sim-'))
    const load = (name: string) =>
      loadSource(
        { VENUE_SIM_SOURCE: 'file', VENUE_SIM_FILE: join(dir, name), VENUE_SIM_SEED: '1' },
        silent,
      )
    await expect(load('missing.ndjson.gz')).rejects.toThrow(/cannot read .*ENOENT/)
    await expect(load('what.txt')).rejects.toThrow(/ends in/)
    await writeFile(join(dir, 'cut.csv.gz'), gzipSync('x'.repeat(9_999)).subarray(0, 30))
    await expect(load('cut.csv.gz')).rejects.toThrow(/unexpected end of file/)
    await writeFile(join(dir, 'empty.ndjson'), 'nonsense\n')
    await expect(load('empty.ndjson')).rejects.toThrow(/nothing to play.*not JSON/)
  })
})
