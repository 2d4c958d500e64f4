import type { FakeExchange } from '@kwm/adapter-kalshi/testing'
import { afterEach, expect, test, vi } from 'vitest'
import type { IngestOptions } from '../src/service.ts'
import { WAIT, booksOf, eventsOf, ready, sorted, startPair } from './ingest-harness.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const start = (options: Partial<IngestOptions>, before?: (exchange: FakeExchange) => void) =>
  startPair((close) => cleanups.push(close), options, before)

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
