import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { KalshiHistory, KalshiRest, KalshiTransport, RateBudget } from '@kwm/adapter-kalshi'
import { readParquet } from '@kwm/adapter-parquet'
import { openSession } from '@kwm/adapter-pg'
import { postgresOrSkip } from '@kwm/adapter-pg/testing'
import { VirtualClock } from '@kwm/runtime/testing'
import { Prng } from '@kwm/std'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { backfill } from '../src/backfill/backfill.ts'
import { HistoryVenue, type HistoryVenueOptions } from './history-venue.ts'

const MAIN = join(import.meta.dirname, '../dist/main.js')
const END = '2026-11-20'
const END_TS = Date.parse(`${END}T05:00:00Z`) / 1_000
const DAYS = 8
const TOKENS_PER_SECOND = 8_000
const KILLS = 6

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

let venue: HistoryVenue
let restUrl = ''
let out = ''
const NO_TROUBLE = 1_000_003

/** Each trouble is a real pause of the client. */
async function openVenue(change: Partial<HistoryVenueOptions> = {}): Promise<void> {
  venue?.close()
  venue = new HistoryVenue({
    ...{ days: DAYS, endTs: END_TS, liveDays: 4, troubleOneIn: 40 },
    tokensPerSecond: TOKENS_PER_SECOND,
    ...change,
  })
  restUrl = await venue.listen()
}

beforeEach(async () => {
  await openVenue()
  out = await mkdtemp(join(tmpdir(), 'kwm-backfill-'))
})
afterEach(async () => {
  venue.close()
  await rm(out, { recursive: true, force: true })
})

type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** `killAfter`: the process dies once it has made so many requests. */
function run(args: readonly string[], killAfter?: number): Promise<Run> {
  const common = ['--rest-url', restUrl, '--out', out, '--to', END, '--json']
  const rate = ['--tokens-per-second', String(TOKENS_PER_SECOND)]
  const child = spawn(process.execPath, [MAIN, 'backfill', ...rate, ...args, ...common], {
    env: {},
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const exited = new Promise<Run>((resolve) =>
    child.once('exit', (code) => resolve({ code, stdout, stderr })),
  )
  if (killAfter !== undefined) void killAt(child, venue.requests + killAfter)
  return exited
}

async function killAt(child: ChildProcess, requests: number): Promise<void> {
  while (venue.requests < requests && child.exitCode === null) await delay(1)
  child.kill('SIGKILL')
}

async function filesOf(kind: string): Promise<string[]> {
  const names = await readdir(join(out, kind), { recursive: true })
  return names.filter((name) => name.endsWith('.parquet')).map((name) => join(out, kind, name))
}

const SERIES = ['--series', 'KXTEST', '--days', String(DAYS)]

describe('what is downloaded is what the venue has', () => {
  test('markets, live and historical', async () => {
    const { code, stdout, stderr } = await run(['markets', ...SERIES])
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ rows: venue.markets.length, failed: [] })
    const rows = await readParquet(await filesOf('markets'), ['market_ticker'])
    expect(rows.map((row) => row['market_ticker'])).toEqual(
      venue.markets.map(({ ticker }) => ticker).toSorted((a, b) => a.localeCompare(b)),
    )
    expect(rows[0]).toMatchObject({
      result: 'no',
      settlement_value_bps: 0,
      close_time: venue.markets.at(-1)!.closeTs * 1e6,
    })
  })

  test('trades, across the cutoff, each once, oldest first in its file', async () => {
    const { code, stdout, stderr } = await run(['trades', ...SERIES])
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ rows: venue.trades.length })
    const rows = await readParquet(await filesOf('trades'), ['trade_id'])
    expect(rows.map((row) => [row['trade_id'], row['yes_price_bps'], row['count_centi']])).toEqual(
      venue.trades
        .map(({ id, bps }) => [id, bps, 250])
        .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    )
    const [first] = await filesOf('trades')
    const times = (await readParquet(first!)).map((row) => Number(row['created_time']))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  test('candles, also where the venue shortens its answers; named by their end', async () => {
    const { code, stderr } = await run(['candles', ...SERIES])
    expect(code, stderr).toBe(0)
    const rows = await readParquet(await filesOf('candles'), ['market_ticker', 'end_time'])
    const expected = venue.markets
      .toSorted((a, b) => (a.ticker < b.ticker ? -1 : 1))
      .flatMap((market) =>
        venue.candleEnds(market).map((end) => [market.ticker, end * 1e6, end % 1_000]),
      )
    expect(rows.map((row) => [row['market_ticker'], row['end_time'], row['volume_centi']])).toEqual(
      expected,
    )
    expect(rows[0]).toMatchObject({ yes_bid_open_bps: 4_000, price_close_bps: 4_050 })
  })
})

test('a second run asks only for what may have changed', async () => {
  await openVenue({ troubleOneIn: NO_TROUBLE })
  await run(['trades', ...SERIES])
  const before = venue.requests
  const { stdout } = await run(['trades', ...SERIES])
  expect(JSON.parse(stdout)).toMatchObject({ items: 0, skipped: venue.markets.length })
  expect(venue.requests - before).toBeLessThan(20)
  const again = await run(['trades', ...SERIES, '--refresh'])
  expect(JSON.parse(again.stdout)).toMatchObject({ items: venue.markets.length, skipped: 0 })
})

test.skipIf(!postgres)(
  `killed ${KILLS} times, files and tables have every row once`,
  async () => {
    const prng = new Prng(7)
    const database = ['--database-url', postgres!.url]
    for (let kill = 0; kill < KILLS; kill++) {
      const { code } = await run(['trades', ...SERIES, ...database], 6 + prng.nextInt(10))
      expect(code, 'killed on the way').toBeNull()
    }
    const { code, stderr } = await run(['trades', ...SERIES, ...database])
    expect(code, stderr).toBe(0)
    const ids = venue.trades.map(({ id }) => id).toSorted()
    const rows = await readParquet(await filesOf('trades'))
    expect(rows.map((row) => String(row['trade_id'])).toSorted()).toEqual(ids)
    const session = await openSession({ url: postgres!.url })
    const stored = await session.query<{ trade_id: string }>(
      'SELECT trade_id FROM kalshi.history_trades',
    )
    await session.close()
    expect(stored.rows.map(({ trade_id }) => trade_id).toSorted()).toEqual(ids)
  },
  120_000,
)

test('the budget is used to within five per cent while there is work, and never exceeded', async () => {
  const [rate, days] = [400, 12]
  const clock = new VirtualClock(END_TS * 1e6)
  const askedUs: number[] = []
  const nowMs = () => clock.nowUs() / 1_000
  const paced = new HistoryVenue({
    ...{ days, endTs: END_TS, liveDays: days, troubleOneIn: 1_000_003 },
    ...{ tokensPerSecond: rate, nowMs },
  })
  const limit = { refillPerSecond: rate, capacity: rate }
  const transport = new KalshiTransport({
    ...{ baseUrl: 'http://venue/trade-api/v2', clock },
    budget: new RateBudget({ clock, limits: { read: limit, write: limit } }),
    fetch: async (url) => {
      askedUs.push(clock.nowUs())
      await clock.sleep(150)
      const { status, body } = paced.answer(new URL(url instanceof Request ? url.url : url))
      return Response.json(body, { status })
    },
  })
  const reads = { rest: new KalshiRest(transport), history: new KalshiHistory(transport) }
  const { rows } = await backfill(
    { ...reads, clock },
    {
      ...{ kind: 'trades', series: ['KXTEST'], interval: 1, outDir: out, isRefresh: false },
      range: { fromUs: (END_TS - days * 86_400) * 1e6, toUs: (END_TS + 86_400) * 1e6 },
      ...{ database: undefined, onProgress: () => undefined },
      signal: new AbortController().signal,
    },
  )
  expect(rows).toBe(paced.trades.length)
  expect(paced.refused).toBe(0)
  // Between the full bucket of the start and the last answers, which are waited for.
  const [from, to] = [60, askedUs.length - 20]
  expect(to).toBeGreaterThan(from + 60)
  const tokensPerSecond = ((to - from) * 10) / ((askedUs[to]! - askedUs[from]!) / 1e6)
  expect(tokensPerSecond / rate).toBeGreaterThan(0.945)
  expect(tokensPerSecond / rate).toBeLessThan(0.951)
}, 60_000)

describe('what is wrong is one line that names it', () => {
  test.each([
    [['--series', 'KX TEST'], '--series'],
    [['--series', 'KXTEST', '--days', '0'], '--days'],
    [['--series', 'KXTEST', '--tokens-per-second', '1'], '--tokens-per-second'],
    [['--series', 'KXNONE'], '/series/KXNONE: 404'],
  ])('%j', async (args, named) => {
    const { code, stderr } = await run(['markets', ...args])
    expect(code).toBe(2)
    expect(stderr).toContain(named)
  })

  test('an item that fails is told, and the rest is there', async () => {
    await openVenue({ troubleOneIn: NO_TROUBLE })
    const route = venue as unknown as { trades: { ticker: string; bps: number }[] }
    const bad = route.trades[0]!
    bad.bps = 20_000_000_000_000_000
    const { code, stdout } = await run(['trades', ...SERIES])
    expect(code).toBe(1)
    const { failed } = JSON.parse(stdout) as { failed: { key: string; reason: string }[] }
    expect(failed.map(({ key }) => key)).toEqual([`trades/${bad.ticker}`])
    expect(failed[0]!.reason).toContain('yes_price_dollars')
    expect(await readFile(join(out, 'failed.ndjson'), 'utf8')).toContain(bad.ticker)
    expect(await filesOf('trades')).toHaveLength(venue.markets.length - 1)
  })
})
