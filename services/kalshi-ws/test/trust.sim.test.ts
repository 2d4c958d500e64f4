import { FakeExchange } from '@kwm/adapter-kalshi/testing'
import { systemClock as clock } from '@kwm/runtime'
import { afterEach, expect, test, vi } from 'vitest'
import type { IngestOptions } from '../src/service.ts'
import { booksOf, eventsOf, ready, sorted, startIngest } from './ingest-harness.ts'
import { MemoryBroker } from './memory-ports.ts'

const TICKERS = ['T47', 'B48.5', 'B50.5'].map((name) => `KXHIGHNY-26NOV20-${name}`)
const WAIT = { timeout: 15_000, interval: 50 }

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function start(options: Partial<IngestOptions>, before?: (exchange: FakeExchange) => void) {
  const exchange = await FakeExchange.open(20_261_121, TICKERS)
  cleanups.push(() => exchange.close())
  before?.(exchange)
  const broker = new MemoryBroker()
  const started = startIngest(exchange, broker, options)
  cleanups.push(started.end)
  return { exchange, broker, ...started }
}

const audit = { everyMs: 20, lookbackMs: 50, settleMs: 100 }

test('books in full flow pass their audits', async () => {
  const { exchange, service, broker, metrics } = await start({ audit })
  await ready(service)
  const quiet = new AbortController()
  const busy = (async () => {
    while (!quiet.signal.aborted) {
      for (let n = 0; n < 5; n++) exchange.change()
      await clock.sleep(2)
    }
  })()
  await vi.waitFor(async () => expect(await audits(metrics, 'match')).toBeGreaterThan(8), WAIT)
  quiet.abort()
  await busy
  expect(await audits(metrics, 'mismatch')).toBe(0)
  expect(eventsOf(broker).filter(({ type }) => type === 'md.book-stale.v1')).toEqual([])
})

test('a book that is not that of REST twice is declared stale and read again', async () => {
  const { exchange, service, broker, metrics } = await start({ audit })
  await ready(service)
  const [wrong] = TICKERS
  exchange.wrongOverRest.add(wrong!)
  const stale = () => eventsOf(broker).filter(({ type }) => type === 'md.book-stale.v1')
  await vi.waitFor(() => expect(stale().length).toBeGreaterThan(0), WAIT)
  expect(stale()[0]!.data).toEqual({ marketTicker: wrong, reason: 'audit' })
  expect(await audits(metrics, 'mismatch')).toBeGreaterThan(1)
  const asked = exchange.commands.find(({ params }) => params.action === 'get_snapshot')
  expect(asked?.params.market_tickers).toEqual([wrong])
  exchange.wrongOverRest.clear()
  await vi.waitFor(() => {
    expect(sorted(booksOf(eventsOf(broker)))).toEqual(sorted(exchange.books))
  }, WAIT)
})

test('REST that does not answer condemns nobody', async () => {
  const { exchange, service, broker, metrics } = await start({ audit })
  await ready(service)
  exchange.isRestDown = true
  await vi.waitFor(async () => expect(await audits(metrics, 'failed')).toBeGreaterThan(0), WAIT)
  expect(eventsOf(broker).some(({ type }) => type === 'md.book-stale.v1')).toBe(false)
})

async function audits(
  metrics: Awaited<ReturnType<typeof start>>['metrics'],
  outcome: string,
): Promise<number> {
  const { values } = await metrics.auditsTotal.get()
  return values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0
}

test('markets whose rules are not known are followed, not tradable, and shouted about', async () => {
  const odd = TICKERS[1]!
  const { service, broker, log, metrics } = await start({}, (exchange) => {
    const { rulesOf } = exchange
    exchange.rulesOf = (ticker) => (ticker === odd ? 'If it is warm, then Yes.' : rulesOf(ticker))
  })
  await ready(service)
  const listed = eventsOf(broker).flatMap((event) =>
    event.type === 'md.market-listed.v1' ? [event.data] : [],
  )
  expect(listed.find(({ marketTicker }) => marketTicker === odd)).toMatchObject({
    isTradable: false,
    untradableReason: expect.stringContaining('unknown rules template'),
    rules: null,
  })
  expect(listed.filter(({ isTradable }) => isTradable)).toHaveLength(2)
  const shouts = log.lines.filter(({ level }) => level === 'error')
  expect(shouts).toHaveLength(1)
  expect(shouts[0]!.fields).toMatchObject({ marketTicker: odd })
  const { values } = await metrics.marketsListed.get()
  expect(values.find(({ labels }) => labels.untradable === 'unknown-template')?.value).toBe(1)
  expect(booksOf(eventsOf(broker)).has(odd)).toBe(true)
})

test('listed, opened, first quoted: once each in the log', async () => {
  const { exchange, service, log } = await start({}, (venue) => {
    venue.statuses.set(TICKERS[0]!, 'initialized')
  })
  await ready(service)
  await vi.waitFor(() => {
    exchange.change()
    const said = log.lines.map(
      ({ message, fields }) => `${message} ${String(fields['marketTicker'])}`,
    )
    for (const ticker of TICKERS) {
      expect(said.filter((line) => line === `market listed ${ticker}`)).toHaveLength(1)
      expect(said.filter((line) => line === `market first quoted ${ticker}`)).toHaveLength(1)
    }
    expect(said).toContain(`market opened ${TICKERS[0]}`)
  }, WAIT)
})

test('without a key books are polled, the batch refused once', async () => {
  const { exchange, service, broker } = await start({ mode: 'keyless' })
  await ready(service)
  for (let i = 0; i < 50; i++) exchange.change()
  await vi.waitFor(() => {
    expect(sorted(booksOf(eventsOf(broker)))).toEqual(sorted(exchange.books))
  }, WAIT)
  expect(exchange.reads.filter((path) => path === '/markets/orderbooks')).toHaveLength(1)
  expect(exchange.framesSent).toBe(0)
  const { counts } = service.journal.state
  expect(counts.applied).toBe(counts.framesIn)
  expect(eventsOf(broker).find(({ type }) => type === 'ops.feed-status.v1')?.data).toMatchObject({
    mode: 'keyless',
  })
})

test('without a key and with batches one read carries all books', async () => {
  const { exchange, service, broker } = await start({ mode: 'keyless' }, (venue) => {
    venue.isBatchForKeysOnly = false
  })
  await ready(service)
  for (let i = 0; i < 50; i++) exchange.change()
  await vi.waitFor(() => {
    expect(sorted(booksOf(eventsOf(broker)))).toEqual(sorted(exchange.books))
  }, WAIT)
  expect(exchange.reads.some((path) => path.endsWith('/orderbook'))).toBe(false)
})
