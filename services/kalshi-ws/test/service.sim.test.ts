import { NO_PRICE_RANGES, STRIKE_UNKNOWN, kalshiWire } from '@kwm/adapter-kalshi'
import { FakeExchange } from '@kwm/adapter-kalshi/testing'
import * as machines from '@kwm/machines'
import { systemClock as clock } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { afterEach, expect, test, vi } from 'vitest'
import {
  booksOf,
  eventsOf,
  expectConservation,
  ready,
  sorted,
  startIngest,
  WAIT,
} from './ingest-harness.ts'
import { MemoryBroker } from './memory-ports.ts'

const SEED = Number(process.env['SIM_SEED'] ?? 20_261_120)
const TICKERS = ['T47', 'B48.5', 'B50.5', 'T51'].map((name) => `KXHIGHNY-26NOV20-${name}`)

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function openExchange(): Promise<FakeExchange> {
  const exchange = await FakeExchange.open(SEED, TICKERS)
  cleanups.push(() => exchange.close())
  return exchange
}

function start(exchange: FakeExchange, broker: MemoryBroker) {
  const started = startIngest(exchange, broker)
  cleanups.push(started.end)
  return started
}

test('both sides give the same names to what keeps a market from being traded', () => {
  expect(machines.STRIKE_UNKNOWN).toBe(STRIKE_UNKNOWN)
  expect(machines.NO_PRICE_RANGES).toBe(NO_PRICE_RANGES)
})

test(`a bad line and a restart: frames are conserved and the books come out true (SIM_SEED=${SEED})`, async () => {
  const exchange = await openExchange()
  const broker = new MemoryBroker()
  const prng = new Prng(SEED + 1)
  const quiet = new AbortController()
  const busy = (async () => {
    while (!quiet.signal.aborted) {
      for (let n = prng.nextInt(20); n >= 0; n--) exchange.change()
      await clock.sleep(1)
    }
  })()

  const first = start(exchange, broker)
  await ready(first.service)
  exchange.faultRate = 0.01
  const counts = () => first.service.journal.state.counts
  for (const outcome of ['applied', 'duplicate', 'quarantined', 'rejected'] as const) {
    const enough = outcome === 'applied' ? 5_000 : 2
    await vi.waitFor(() => expect(counts()[outcome], outcome).toBeGreaterThan(enough), WAIT)
  }
  await first.end()
  expectConservation(broker, first.service)

  const second = start(exchange, broker)
  const known = broker.raw.length
  await vi.waitFor(() => expect(broker.raw.length).toBeGreaterThan(known + 3_000), WAIT)
  exchange.faultRate = 0
  quiet.abort()
  await busy
  exchange.sendText('{"type":"nothing"}') // Shows nothing; the next change shows a lost last one.
  await vi.waitFor(
    () => {
      exchange.change()
      expect(second.service.readiness).toBe(true)
      expect(second.service.journal.state.status).toBe('live')
    },
    { timeout: 40_000, interval: 200 },
  )
  const books = sorted(exchange.books)
  await vi.waitFor(async () => {
    await second.service.journal.flush()
    expect(sorted(booksOf(eventsOf(broker)))).toEqual(books)
  }, WAIT)
  await second.end()
  expectConservation(broker, second.service)
  // The tape is what RAW gives, to the byte.
  const machine = machines.createFeedMachine(kalshiWire)
  const feed = {
    feed: 'kalshi-ws',
    watch: { series: [FakeExchange.series], events: [], markets: [] },
  }
  const state = machine.initial(feed)
  const replayed = broker.raw.flatMap((record) => machine.step(state, record).events)
  expect(broker.tape.records.map(({ body }) => body)).toEqual(
    replayed.map((event) => JSON.stringify(event)),
  )
})

test('markets are listed before anything is said of them; times are those of the venue', async () => {
  const exchange = await openExchange()
  const broker = new MemoryBroker()
  const { service, end } = start(exchange, broker)
  await ready(service)
  for (let i = 0; i < 100; i++) exchange.change()
  const tradeIds = () =>
    eventsOf(broker).flatMap((event) => (event.type === 'md.trade.v1' ? event.data.tradeId : []))
  await vi.waitFor(() => {
    expect(tradeIds()).toHaveLength(exchange.trades.length)
    expect(eventsOf(broker).some(({ type }) => type === 'ops.feed-status.v1')).toBe(true)
  }, WAIT)
  await end()
  const events = eventsOf(broker)
  expect(events.slice(0, 4).map(({ type }) => type)).toEqual(
    TICKERS.map(() => 'md.market-listed.v1'),
  )
  const listed = Date.UTC(2026, 10, 20, 17) * 1_000
  expect(events[0]!.eventTimeUs).toBe(listed)
  // A clock that follows the tape must never see our wall.
  expect(Math.max(...events.map(({ eventTimeUs }) => eventTimeUs))).toBeLessThan(listed + 1e9)
  expect(tradeIds()).toEqual(exchange.trades)
})

test('a market that is created while we run is listed, subscribed and followed', async () => {
  const exchange = await openExchange()
  const broker = new MemoryBroker()
  const { service } = start(exchange, broker)
  await ready(service)
  const ticker = 'KXHIGHNY-26NOV20-B52.5'
  exchange.list(ticker)
  exchange.lifecycle(ticker, { event_type: 'created' })
  await vi.waitFor(() => {
    expect(sorted(booksOf(eventsOf(broker)))).toEqual(sorted(exchange.books))
  }, WAIT)
  exchange.lifecycle(ticker, { event_type: 'determined', result: 'no', settlement_value: '0.0000' })
  await vi.waitFor(() => {
    const last = eventsOf(broker).findLast(({ type }) => type === 'md.market-status.v1')
    expect(last?.data).toMatchObject({ marketTicker: ticker, status: 'determined', result: 'no' })
  }, WAIT)
})

test('not ready before the first snapshots; again not while the line is down', async () => {
  const exchange = await openExchange()
  const { service } = start(exchange, new MemoryBroker())
  expect(service.readiness).not.toBe(true)
  await ready(service)
  const reasons = new Set<string | true>()
  exchange.hangUp()
  await vi.waitFor(
    () => {
      reasons.add(service.readiness)
      expect(service.readiness).not.toBe(true)
    },
    { ...WAIT, interval: 1 },
  )
  await ready(service)
  expect([...reasons].some((reason) => reason !== true)).toBe(true)
})

test('what the venue says in an error frame is in the log, but no key', async () => {
  const exchange = await openExchange()
  const { service, log, end } = startIngest(exchange, new MemoryBroker(), {
    secrets: ['my-key-id'],
  })
  cleanups.push(end)
  await ready(service)
  const msg = 'no: key my-key-id, KALSHI-ACCESS-SIGNATURE: c2lnbmF0dXJl'
  exchange.sendText(JSON.stringify({ type: 'error', sid: 1, seq: 0, msg: { code: 9, msg } }))
  await vi.waitFor(() => {
    const reasons = log.lines.flatMap(({ fields }) => fields['reason'] ?? [])
    expect(reasons).toContain('no: key [redacted], KALSHI-ACCESS-SIGNATURE: [redacted]')
  }, WAIT)
})
