import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Clock } from '@kwm/runtime'
import { ProviderClient, readingOf } from '../src/index.ts'
import type { ClientOptions, ProviderRequest, WeatherProvider } from '../src/index.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void

let close: (() => void) | undefined
afterEach(() => close?.())

async function serve(handler: Handler): Promise<string> {
  let count = 0
  const server = createServer((request, response) => handler(request, response, ++count))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => {
    server.closeAllConnections()
    server.close()
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Sleeping passes the time at once; what the network takes passes none. */
class FastClock implements Clock {
  timeUs = 1_000_000_000_000_000
  readonly slept: number[] = []
  nowUs(): number {
    return this.timeUs
  }
  sleep(ms: number): Promise<void> {
    this.slept.push(ms)
    this.timeUs += ms * 1_000
    return Promise.resolve()
  }
}

const limits = { minIntervalMs: 0, concurrencyMax: 4, timeoutMs: 5_000, bodyBytesMax: 10_000 }
const providerWith = (given: Partial<WeatherProvider> = {}): WeatherProvider => ({
  ...{ name: 'test', limits, feeds: [], requests: () => [], read: () => readingOf([]) },
  ...given,
})
const requestOf = (url: string): ProviderRequest => ({
  ...{ feed: 'f', url, stations: [], expects: 'json' },
})
const never = new AbortController().signal

function clientOf(given: Partial<WeatherProvider> = {}, options: Partial<ClientOptions> = {}) {
  const clock = new FastClock()
  const tried: string[] = []
  const client = new ProviderClient(providerWith(given), {
    ...{ clock, random: () => 0.5 },
    observer: { tried: (_, __, outcome) => tried.push(outcome) },
    ...options,
  })
  return { client, clock, tried }
}

describe('a provider over HTTP', () => {
  test('is tried again when it fails, with a growing wait', async () => {
    const root = await serve((_, response, count) => {
      response.writeHead(count < 3 ? 503 : 200, { 'content-type': 'application/json' }).end('{}')
    })
    const { client, clock, tried } = clientOf()
    const outcome = await client.ask(requestOf(`${root}/a`), never)
    expect(outcome).toMatchObject({ isAnswered: true, answer: { status: 200, body: '{}' } })
    expect(tried).toEqual(['failed', 'failed', 'ok'])
    expect(clock.slept).toEqual([500, 1_000])
  })

  test('is not tried again when it refuses', async () => {
    const root = await serve((_, response) => response.writeHead(404).end('no such station'))
    const { client, tried } = clientOf()
    const outcome = await client.ask(requestOf(root), never)
    expect(outcome).toMatchObject({ answer: { status: 404, body: 'no such station' } })
    expect(tried).toEqual(['refused'])
  })

  test('that says 429 is left alone as long as it asks, and nothing is sent meanwhile', async () => {
    const root = await serve((_, response) =>
      response.writeHead(429, { 'retry-after': '120' }).end('slow down'),
    )
    const { client, clock, tried } = clientOf()
    expect(await client.ask(requestOf(root), never)).toMatchObject({ answer: { status: 429 } })
    expect(client.heldUntilUs - clock.nowUs()).toBe(120e6)
    expect(await client.ask(requestOf(root), never)).toMatchObject({ reason: 'held' })
    expect(tried).toEqual(['limited'])
    await clock.sleep(120_000)
    await client.ask(requestOf(root), never)
    expect(tried).toEqual(['limited', 'limited'])
  })

  test('that says 429 for an hour is asked a few times only, and serves again after it', async () => {
    const clock = new FastClock()
    const startUs = clock.nowUs()
    const root = await serve((_, response) => {
      const isOver = clock.nowUs() - startUs > 3_600e6
      response.writeHead(isOver ? 200 : 429, { 'content-type': 'application/json' }).end('{}')
    })
    const { client, tried } = clientOf({}, { clock })
    let outcome
    do {
      outcome = await client.ask(requestOf(root), never)
      await clock.sleep(60_000)
    } while (!(outcome.isAnswered && outcome.answer.status === 200))
    expect(tried.filter((one) => one === 'limited').length).toBeLessThan(15)
    expect(tried.at(-1)).toBe('ok')
    expect(clock.nowUs() - startUs).toBeLessThan(5_400e6)
  })

  test('that hangs is given up after its time, body included', async () => {
    const root = await serve((_, response, count) => {
      if (count === 1) response.writeHead(200).write('{"half":')
    })
    const { client, tried } = clientOf({ limits: { ...limits, timeoutMs: 60 } }, { attemptsMax: 2 })
    const outcome = await client.ask(requestOf(root), never)
    expect(outcome).toEqual({ isAnswered: false, reason: 'no-answer', detail: 'timed out' })
    expect(tried).toEqual(['no-answer', 'no-answer'])
  })

  test('whose answer has no end is cut off', async () => {
    const root = await serve((_, response) => {
      response.writeHead(200)
      const more = (): void => {
        if (response.write('x'.repeat(4_096))) setImmediate(more)
      }
      more()
    })
    const { client, tried } = clientOf()
    expect(await client.ask(requestOf(root), never)).toMatchObject({ reason: 'too-long' })
    expect(tried).toEqual(['too-long'])
  })

  test('that is away is an outcome, and its key is in no text', async () => {
    const { client } = clientOf({ secretQuery: { key: 'hush' } })
    const outcome = await client.ask(requestOf('http://127.0.0.1:1/a'), never)
    expect(outcome).toMatchObject({ isAnswered: false, reason: 'no-answer' })
    expect(JSON.stringify(outcome)).not.toContain('hush')
  })

  test('gets its key in the address, beside what was asked', async () => {
    let seen = ''
    const root = await serve((request, response) => {
      seen = request.url ?? ''
      response.end()
    })
    await clientOf({ secretQuery: { key: 'hush' } }).client.ask(requestOf(`${root}/a?b=c`), never)
    expect(seen).toBe('/a?b=c&key=hush')
  })

  test('never gets more at once than it takes, nor sooner than it wants', async () => {
    let inside = 0
    let most = 0
    const root = await serve((_, response) => {
      most = Math.max(most, ++inside)
      setTimeout(() => {
        inside--
        response.end('{}')
      }, 15)
    })
    const polite = { ...limits, concurrencyMax: 2, minIntervalMs: 100 }
    const { client, clock } = clientOf({ limits: polite })
    const startUs = clock.nowUs()
    await Promise.all(Array.from({ length: 6 }, () => client.ask(requestOf(root), never)))
    expect(most).toBe(2)
    expect(clock.nowUs() - startUs).toBeGreaterThanOrEqual(500e3)
  })

  test('stops waiting when it is told to', async () => {
    const root = await serve(() => undefined)
    const stop = new AbortController()
    const { client } = clientOf()
    const asked = client.ask(requestOf(root), stop.signal)
    setTimeout(() => stop.abort(), 30)
    expect(await asked).toMatchObject({ isAnswered: false })
    expect(await client.ask(requestOf(root), stop.signal)).toMatchObject({ detail: 'stopped' })
  })
})
