import { readFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { NatsEventLog, NatsRawLog, openNats } from '@kwm/adapter-nats'
import { natsServersOrSkip, startNatsServer } from '@kwm/adapter-nats/testing'
import { kalshiWire } from '@kwm/adapter-kalshi'
import type { AnyEvent } from '@kwm/contracts'
import { createFeedMachine } from '@kwm/machines'
import { freePort } from '@kwm/runtime'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { RAW_SUBJECT } from '../src/journal.ts'
import {
  ServiceProcess,
  ended,
  keyFile,
  keySettings,
  root,
  startVenue,
  venueSettings,
} from './processes.ts'
import { TapeBooks, restBook, textOf } from './tape-books.ts'

const cleanups: (() => Promise<unknown> | void)[] = []
const onClose = (close: () => Promise<unknown> | void): void => void cleanups.push(close)
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

beforeAll(() => {
  for (const service of ['kalshi-ws', 'venue-sim']) {
    const tsc = join(root, 'node_modules/.bin/tsc')
    execFileSync(tsc, ['--build', `services/${service}`], { cwd: root })
  }
}, 120_000)

type Listed = { events: { series_ticker: string }[] }

describe.each(natsServersOrSkip().slice(0, 1))('on nats-server $version', ({ version }) => {
  test('without a key the books of the venue reach the tape by polling', async () => {
    const server = await startNatsServer({ version })
    onClose(() => server.stop())
    const venueOptions = { seed: '7', speed: 600, start: 'immediately' }
    const key = await keyFile(onClose)
    const venue = await startVenue({ ...venueOptions, port: await freePort(), key }, onClose)
    const { events } = (await venue.json('/trade-api/v2/events')) as Listed
    const feed = new ServiceProcess(
      'kalshi-ws',
      {
        NATS_URL: server.url,
        ...venueSettings(venue.port),
        KALSHI_SERIES: events[0]!.series_ticker,
        HTTP_PORT: String(await freePort()),
        LOG_LEVEL: 'warn',
        KALSHI_KEY_ID: '',
        KALSHI_PRIVATE_KEY_FILE: '',
      },
      onClose,
    )
    expect(await feed.ready('/readyz')).toBe('ok mode="keyless"\n')

    const nats = await openNats({ url: server.url, name: 'test' })
    onClose(() => nats.close())
    const stop = new AbortController()
    onClose(() => stop.abort())
    const tape = new TapeBooks()
    const bodies: string[] = []
    const log = new NatsEventLog(nats, { shard: 'main' })
    const reading = (async () => {
      for await (const { records } of log.read({
        fromSeq: 1,
        accepts: () => true,
        signal: stop.signal,
      })) {
        for (const { body } of records) {
          bodies.push(body)
          tape.take(JSON.parse(body) as AnyEvent)
        }
      }
    })()
    await vi.waitFor(() => expect(bodies.filter(isSnapshot).length).toBeGreaterThan(20), {
      timeout: 30_000,
      interval: 100,
    })
    await venue.post('/admin/pause')
    await vi.waitFor(
      async () => {
        expect(tape.books.size).toBe(6)
        for (const [ticker, book] of tape.books) {
          const truth = await venue.json(`/trade-api/v2/markets/${ticker}/orderbook`)
          expect(textOf(book), ticker).toBe(textOf(restBook(truth)))
        }
      },
      // Not oftener: our own reads take from the rate limit the feed polls with.
      { timeout: 40_000, interval: 1_500 },
    )
    const metrics = await (await feed.get('/metrics')).text()
    expect(metrics).toMatch(/kalshi_ws_mode\{mode="keyless"[^}]*\} 1/)
    expect(metrics).toMatch(/kalshi_ws_poll_round_seconds(\{[^}]*\})? 1/)
    expect(await feed.stop()).toBe(0)
    await vi.waitFor(async () => expect(bodies.length).toBe(await log.lastSeq()), {
      timeout: 30_000,
    })
    stop.abort()
    await reading

    // Paper only, and said so; the same law of conservation; RAW alone gives the tape.
    expect(tape.status).toMatchObject({ mode: 'keyless' })
    expect(tape.faults).toEqual([])
    const { framesIn, applied, duplicate, quarantined, rejected } = tape.status!
    expect(framesIn).toBe(applied + duplicate + quarantined + rejected)
    const machine = createFeedMachine(kalshiWire)
    const watch = { series: [events[0]!.series_ticker], events: [], markets: [] }
    const state = machine.initial({ feed: 'kalshi-ws', watch })
    const replayed: string[] = []
    const raw = new NatsRawLog(nats)
    for await (const record of raw.replay({ subject: RAW_SUBJECT, fromSeq: 1 })) {
      replayed.push(...machine.step(state, record).events.map((event) => JSON.stringify(event)))
    }
    expect(bodies).toEqual(replayed)
  })

  test('a key the venue does not know ends the process, with what to check', async () => {
    const server = await startNatsServer({ version })
    onClose(() => server.stop())
    const port = await freePort()
    const venueOptions = { seed: '7', speed: 60, start: 'manual', port }
    const venue = await startVenue({ ...venueOptions, key: await keyFile(onClose) }, onClose)
    const { events } = (await venue.json('/trade-api/v2/events')) as Listed
    const planted = await keyFile(onClose)
    const feed = new ServiceProcess(
      'kalshi-ws',
      {
        NATS_URL: server.url,
        ...venueSettings(venue.port),
        ...keySettings(planted),
        LOG_LEVEL: 'debug',
        KALSHI_SERIES: events[0]!.series_ticker,
        HTTP_PORT: String(await freePort()),
      },
      onClose,
    )
    expect(await ended(feed.child)).toBe(1)
    expect(feed.output).toContain('KALSHI_UPGRADE_REFUSED')
    expect(feed.output).toContain('check that KALSHI_KEY_ID belongs to KALSHI_PRIVATE_KEY_FILE')
    for (const secret of await secretsOf(planted)) expect(feed.output).not.toContain(secret)
  })

  test('no part of a key that works is in a log or a metric', async () => {
    const server = await startNatsServer({ version })
    onClose(() => server.stop())
    const [port, httpPort] = [await freePort(), await freePort()]
    const planted = await keyFile(onClose)
    const venueOptions = { seed: '7', speed: 60, start: 'on-subscribe', port, key: planted }
    const venue = await startVenue(venueOptions, onClose)
    const { events } = (await venue.json('/trade-api/v2/events')) as Listed
    const feed = new ServiceProcess(
      'kalshi-ws',
      {
        NATS_URL: server.url,
        ...venueSettings(venue.port),
        ...keySettings(planted),
        KALSHI_SERIES: events[0]!.series_ticker,
        HTTP_PORT: String(httpPort),
        LOG_LEVEL: 'debug',
      },
      onClose,
    )
    const read = (path: string): Promise<string> =>
      fetch(`http://127.0.0.1:${httpPort}${path}`).then(
        (answer) => answer.text(),
        () => '',
      )
    await expect.poll(() => read('/readyz'), { timeout: 30_000 }).toContain('ok')
    const metrics = await read('/metrics')
    expect(metrics).toContain('kalshi_ws_')
    expect(feed.output).toContain('connected')
    for (const secret of await secretsOf(planted)) {
      expect(feed.output).not.toContain(secret)
      expect(metrics).not.toContain(secret)
    }
  })
})

const isSnapshot = (body: string): boolean => body.startsWith('{"type":"md.book-snapshot.v1"')

/** The id that is sent with every request, and the lines of the key. */
async function secretsOf(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  const id = keySettings(file)['KALSHI_KEY_ID']
  return [...(id === undefined ? [] : [id]), ...lines].filter(
    (line) => line.length > 8 && !line.startsWith('-----'),
  )
}
