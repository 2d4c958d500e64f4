import type { FakeExchange } from '@kwm/adapter-kalshi/testing'
import { systemClock as clock } from '@kwm/runtime'
import { afterEach, expect, test, vi } from 'vitest'
import type { IngestOptions } from '../src/service.ts'
import { TICKERS, WAIT, booksOf, eventsOf, ready, sorted, startPair } from './ingest-harness.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const start = (options: Partial<IngestOptions>, before?: (exchange: FakeExchange) => void) =>
  startPair((close) => cleanups.push(close), options, before)

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
  await vi.waitFor(() => {
    const asked = exchange.commands.find(({ params }) => params.action === 'get_snapshot')
    expect(asked?.params.market_tickers).toEqual([wrong])
  }, WAIT)
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
