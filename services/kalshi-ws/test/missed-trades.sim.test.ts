import { kalshiWire } from '@kwm/adapter-kalshi'
import type { FakeExchange } from '@kwm/adapter-kalshi/testing'
import type { DataOf } from '@kwm/contracts'
import { createFeedMachine } from '@kwm/machines'
import { systemClock as clock } from '@kwm/runtime'
import { afterEach, expect, test, vi } from 'vitest'
import {
  eventsOf,
  expectConservation,
  ready,
  startIngest,
  startPair,
  TICKERS,
  WAIT,
  watch,
} from './ingest-harness.ts'
import type { MemoryBroker } from './memory-ports.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})
const onClose = (close: () => Promise<void>): void => void closers.push(close)

type Print = DataOf<'md.trade.v1'> & { eventTimeUs: number; ingestTimeUs: number }
const printsOf = (broker: MemoryBroker): Print[] =>
  eventsOf(broker).flatMap((event) =>
    event.type === 'md.trade.v1'
      ? [{ ...event.data, eventTimeUs: event.eventTimeUs, ingestTimeUs: event.ingestTimeUs }]
      : [],
  )

function trade(exchange: FakeExchange, count: number): void {
  for (let i = 0; i < count; i++) exchange.trade(TICKERS[i % TICKERS.length]!, 4_000)
}

/** Every print once, in whatever order. */
const expectAll = (broker: MemoryBroker, exchange: FakeExchange): Promise<void> =>
  vi.waitFor(() => {
    const ids = printsOf(broker).map(({ tradeId }) => tradeId)
    expect(ids.toSorted()).toEqual(exchange.trades.toSorted())
  }, WAIT)

/** RAW alone gives the tape, to the byte. */
function expectReplay(broker: MemoryBroker): void {
  const machine = createFeedMachine(kalshiWire)
  const { series, events, markets } = watch
  const state = machine.initial({ feed: 'kalshi-ws', watch: { series, events, markets } })
  const replayed = broker.raw.flatMap((record) => machine.step(state, record).events)
  expect(broker.tape.records.map(({ body }) => body)).toEqual(
    replayed.map((event) => JSON.stringify(event)),
  )
}

test('trades lost in a gap are read over REST, once each, at the time they were', async () => {
  const { exchange, broker, service, metrics, end } = await startPair(onClose, {})
  await ready(service)
  trade(exchange, 12)
  exchange.tradesToLose = 23
  trade(exchange, 24) // The last of them shows the gap.
  await expectAll(broker, exchange)
  const late = printsOf(broker).filter(({ isLate }) => isLate)
  expect(late.map(({ tradeId }) => tradeId).toSorted()).toEqual(
    exchange.trades.slice(12, 35).toSorted(),
  )
  const shown = printsOf(broker).find(({ tradeId }) => tradeId === exchange.trades.at(-1))!
  for (const print of late) {
    expect(print.eventTimeUs).toBeLessThan(shown.eventTimeUs)
    expect(print.ingestTimeUs).toBeGreaterThan(shown.ingestTimeUs)
  }
  await vi.waitFor(() => expect(service.journal.state.trades.missed).toBeNull(), WAIT)
  expect((await metrics.lateTradesTotal.get()).values[0]!.value).toBe(23)
  await end()
  expectConservation(broker, service)
  expectReplay(broker)
})

test('so are those of a line that was down, and of a process that was', async () => {
  const { exchange, broker, service, end } = await startPair(onClose, {})
  await ready(service)
  trade(exchange, 6)
  await expectAll(broker, exchange)
  exchange.hangUp()
  await vi.waitFor(() => expect(service.readiness).not.toBe(true), { interval: 1 })
  trade(exchange, 6)
  await ready(service)
  await expectAll(broker, exchange)
  await end()
  trade(exchange, 30)
  const again = startIngest(exchange, broker)
  onClose(again.end)
  await expectAll(broker, exchange)
  await again.end()
  expectConservation(broker, again.service)
  expectReplay(broker)
})

test('while REST is away they are missing and known to be; when it is back they come', async () => {
  const { exchange, broker, service, metrics, end } = await startPair(onClose, {})
  await ready(service)
  trade(exchange, 6)
  await expectAll(broker, exchange)
  exchange.isRestDown = true
  exchange.tradesToLose = 2
  trade(exchange, 3)
  await vi.waitFor(async () => {
    const { values } = await metrics.tradeRefetchesTotal.get()
    expect(values).toMatchObject([{ labels: { outcome: 'failed' } }])
  }, WAIT)
  expect(printsOf(broker)).toHaveLength(exchange.trades.length - 2)
  expect(service.journal.state.trades.missed).not.toBeNull()
  exchange.isRestDown = false
  await expectAll(broker, exchange)
  await clock.sleep(50)
  await end()
  expectConservation(broker, service)
})
