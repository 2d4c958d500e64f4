import { generateKeyPairSync } from 'node:crypto'
import { KalshiConnection, KalshiHistory, KalshiRest, kalshiWire } from '@kwm/adapter-kalshi'
import { FakeExchange } from '@kwm/adapter-kalshi/testing'
import type { AnyEvent } from '@kwm/contracts'
import { createFeedMachine } from '@kwm/machines'
import { systemClock as clock } from '@kwm/runtime'
import { expect, vi } from 'vitest'
import { KeylessSocket } from '../src/keyless-socket.ts'
import { KalshiIngest } from '../src/service.ts'
import type { IngestOptions, Log } from '../src/service.ts'
import { MemoryBroker, newMetrics } from './memory-ports.ts'

const { privateKey } = generateKeyPairSync('ed25519')
export const watch = { series: [FakeExchange.series], events: [], markets: [], queries: [] }

/** A log that is kept. */
export class KeptLog implements Log {
  readonly lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  readonly info = this.#keep('info')
  readonly warn = this.#keep('warn')
  readonly error = this.#keep('error')

  #keep(level: string) {
    return (fields: object, message: string): void =>
      void this.lines.push({ level, message, fields: fields as Record<string, unknown> })
  }
}

export function startIngest(
  exchange: FakeExchange,
  broker: MemoryBroker,
  options: Partial<IngestOptions> = {},
) {
  const client = broker.connect()
  const log = new KeptLog()
  const metrics = newMetrics()
  const rest = new KalshiRest({ baseUrl: exchange.restUrl, clock })
  const service = new KalshiIngest(
    {
      raw: client.raw,
      tape: client.tape,
      deadLetters: client.deadLetters,
      snapshots: client.snapshots,
      machine: createFeedMachine(kalshiWire),
      rest,
      history: new KalshiHistory(rest.transport),
      connect: (idPrefix, callbacks) =>
        options.mode === 'keyless'
          ? new KeylessSocket({
              ...{ rest, clock, idPrefix, callbacks },
              tokensPerSecond: 1_000,
              onPoll: () => undefined,
            })
          : new KalshiConnection({
              url: exchange.wsUrl,
              credentials: { keyId: 'k', privateKey },
              clock,
              idPrefix,
              callbacks,
              limits: { backoffMinMs: 10, backoffMaxMs: 50 },
            }),
      clock,
      metrics,
      log,
    },
    { watch, snapshotEveryRecords: 200, missedTrades: { settleMs: 100 }, ...options },
  )
  const stop = new AbortController()
  const running = service.run(stop.signal)
  const end = async (): Promise<void> => {
    stop.abort()
    await running
  }
  return { service, client, log, metrics, end }
}

export const eventsOf = (broker: MemoryBroker): AnyEvent[] =>
  broker.tape.records.map(({ body }) => JSON.parse(body) as AnyEvent)

/** The books a reader of the tape believes; a stale one is missing. */
export function booksOf(events: readonly AnyEvent[]): Map<string, Map<string, number>> {
  const books = new Map<string, Map<string, number>>()
  for (const { type, data } of events) {
    if (type === 'md.book-stale.v1') books.delete(data.marketTicker)
    if (type === 'md.book-snapshot.v1') {
      const levels = [
        ...data.yes.map(([bps, centi]) => [`yes${bps}`, centi] as const),
        ...data.no.map(([bps, centi]) => [`no${bps}`, centi] as const),
      ]
      books.set(data.marketTicker, new Map(levels))
    }
    if (type === 'md.book-delta.v1') {
      const book = books.get(data.marketTicker)!
      const key = `${data.side}${data.priceBps}`
      const centi = (book.get(key) ?? 0) + data.countDeltaCenti
      if (centi === 0) book.delete(key)
      else book.set(key, centi)
    }
  }
  return books
}
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1
export const sorted = (books: ReadonlyMap<string, ReadonlyMap<string, number>>) =>
  [...books].map(([ticker, book]) => [ticker, [...book].sort(byName)] as const).sort(byName)

export function expectConservation(broker: MemoryBroker, service: KalshiIngest): void {
  const { framesIn, applied, duplicate, quarantined, rejected } = service.journal.state.counts
  expect(framesIn).toBe(applied + duplicate + quarantined + rejected)
  const frames = broker.raw.filter(
    ({ kind, connectionId, bytes }) =>
      kind === 'frame' &&
      (!connectionId.endsWith('-host') || Buffer.from(bytes).includes('"late-trade"')),
  )
  expect(framesIn).toBe(frames.length)
  expect(broker.letters).toHaveLength(quarantined)
}

export const ready = (service: KalshiIngest): Promise<void> =>
  vi.waitFor(() => expect(service.readiness).toBe(true), WAIT)

export const TICKERS = ['T47', 'B48.5', 'B50.5'].map((name) => `KXHIGHNY-26NOV20-${name}`)
export const WAIT = { timeout: 40_000, interval: 20 }

/** A venue of three markets and an ingest that follows it. What is open is handed to `onClose`. */
export async function startPair(
  onClose: (close: () => Promise<void>) => void,
  options: Partial<IngestOptions>,
  before?: (exchange: FakeExchange) => void,
) {
  const exchange = await FakeExchange.open(20_261_121, TICKERS)
  onClose(() => exchange.close())
  before?.(exchange)
  const broker = new MemoryBroker()
  const started = startIngest(exchange, broker, options)
  onClose(started.end)
  return { exchange, broker, ...started }
}
