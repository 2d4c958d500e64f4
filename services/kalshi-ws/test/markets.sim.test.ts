import type { FakeExchange } from '@kwm/adapter-kalshi/testing'
import { systemClock as clock } from '@kwm/runtime'
import { afterEach, expect, test, vi } from 'vitest'
import type { IngestOptions } from '../src/service.ts'
import { TICKERS, WAIT, booksOf, eventsOf, ready, startPair } from './ingest-harness.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const start = (options: Partial<IngestOptions>, before?: (exchange: FakeExchange) => void) =>
  startPair((close) => cleanups.push(close), options, before)

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

test('the clock opens and closes: subscribed a minute before the open, released at the close', async () => {
  const [next, last, steady] = TICKERS as [string, string, string]
  const { exchange, service } = await start({}, (venue) => {
    // The venue's day is at 17:00.
    venue.statuses.set(next, 'initialized')
    venue.openTimes.set(next, '2026-11-20T17:10:00Z')
    venue.closeTimes.set(last, '2026-11-20T17:20:00Z')
  })
  await ready(service)
  const books = (kind: string) =>
    exchange.commands
      .filter(({ cmd, params }) => (params.action ?? cmd) === kind)
      .flatMap(({ params }) => params.market_tickers ?? [])
  exchange.change()
  await clock.sleep(1_500)
  expect(books('subscribe')).not.toContain(next)
  expect(books('add_markets')).not.toContain(next)

  exchange.advance(560)
  await vi.waitFor(() => {
    exchange.trade(steady, 4_000)
    expect(books('add_markets')).toContain(next)
  }, WAIT)
  expect(books('delete_markets')).toEqual([])
  exchange.advance(660)
  await vi.waitFor(() => {
    exchange.trade(steady, 4_000)
    expect(new Set(books('delete_markets'))).toEqual(new Set([last]))
  }, WAIT)
  expect(service.journal.state.markets.get(next)?.status).toBe('active')
})
