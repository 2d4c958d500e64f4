import { generateKeyPairSync } from 'node:crypto'
import { VenueBusyError } from '@kwm/adapter-kalshi'
import { OperatingError, systemClock as clock } from '@kwm/runtime'
import type { RawFrame } from '@kwm/contracts'
import { createRegistry } from '@kwm/adapter-telemetry'
import { expect, test } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { createMetrics } from '../src/metrics.ts'
import { openVenueRest, REST_SUBJECT } from '../src/venue-rest.ts'

const config = parseConfig({
  KALSHI_REST_URL: 'http://127.0.0.1:1/trade-api/v2',
  KALSHI_SERIES: 'KXHIGHNY',
})
const credentials = { keyId: 'key', privateKey: generateKeyPairSync('ed25519').privateKey }

const LIMITS = JSON.stringify({
  usage_tier: 'prime',
  read: { refill_rate: 4_000, bucket_capacity: 4_000 },
  write: { refill_rate: 3_000, bucket_capacity: 3_000 },
})
const COSTS = JSON.stringify({ default_cost: 10, endpoint_costs: [] })
const STATUS = '{"exchange_active":true,"trading_active":true}'

async function open(answer: (path: string) => Response, key: typeof credentials | null) {
  const kept: { subject: string; frame: RawFrame }[] = []
  const logged: { fields: object; message: string }[] = []
  const note = (fields: object, message: string): void => void logged.push({ fields, message })
  const registry = createRegistry('kalshi-ws')
  const rest = await openVenueRest(config, key, {
    raw: {
      append: (subject, frame) => {
        kept.push({ subject, frame })
        return Promise.resolve({ seq: kept.length, isDuplicate: false })
      },
    },
    clock,
    metrics: createMetrics(registry),
    log: { info: note, warn: note, error: note },
    fetch: (url) =>
      Promise.resolve(answer(new URL(url instanceof Request ? url.url : url).pathname)),
  })
  return { rest, kept, logged, registry }
}

const venue = (path: string): Response => {
  if (path.endsWith('/account/limits')) return new Response(LIMITS)
  if (path.endsWith('/account/endpoint_costs')) return new Response(COSTS)
  return new Response(STATUS)
}

test('every answer is kept as received, numbered, and counted by endpoint', async () => {
  const { rest, kept, registry } = await open(venue, null)
  await rest.exchangeStatus()
  await rest.exchangeStatus()
  expect(kept.map(({ subject, frame }) => [subject, frame.frameNo])).toEqual([
    [REST_SUBJECT, 0],
    [REST_SUBJECT, 1],
  ])
  expect(Buffer.from(kept[0]!.frame.bytes).toString()).toBe(`200 /exchange/status\n${STATUS}`)
  expect(await registry.metrics()).toContain(
    'endpoint="/exchange/status",outcome="ok",service="kalshi-ws"} 2',
  )
})

test('an answer that is refused is kept too', async () => {
  const { rest, kept } = await open(() => new Response('<html>busy</html>', { status: 404 }), null)
  await expect(rest.exchangeStatus()).rejects.toThrow(OperatingError)
  expect(Buffer.from(kept[0]!.frame.bytes).toString()).toContain('<html>busy</html>')
})

const accountOf =
  (bucket: number, cost: number) =>
  (path: string): Response => {
    const read = { refill_rate: bucket, bucket_capacity: bucket }
    const costs = { default_cost: cost, endpoint_costs: [] }
    if (path.endsWith('/account/limits')) {
      return Response.json({ ...(JSON.parse(LIMITS) as object), read })
    }
    return path.endsWith('/account/endpoint_costs') ? Response.json(costs) : venue(path)
  }

test.each([
  ['a read costs more than the bucket of the account holds', 10, 10, false],
  ['it costs what the bucket holds, less our margin', 11, 10, true],
  ['the account has another price for it', 11, 11, false],
])('with a key the pace is that of the account: %s', async (_, bucket, cost, isRead) => {
  const asked: string[] = []
  const answer = accountOf(bucket, cost)
  const { rest, logged } = await open((path) => (asked.push(path), answer(path)), credentials)
  const reading = rest.exchangeStatus()
  if (isRead) await expect(reading).resolves.toMatchObject({ trading_active: true })
  else await expect(reading).rejects.toThrow(VenueBusyError)
  expect(asked.filter((path) => path.endsWith('/status'))).toHaveLength(isRead ? 1 : 0)
  expect(logged).toEqual([
    { fields: { tier: 'prime' }, message: 'requests are paced by the limits of the account' },
  ])
})

test('without a key the account is not asked, and the pace is as configured', async () => {
  const asked: string[] = []
  const answer = accountOf(10, 10)
  const { rest } = await open((path) => (asked.push(path), answer(path)), null)
  await expect(rest.exchangeStatus()).resolves.toBeDefined()
  expect(asked).toEqual(['/trade-api/v2/exchange/status'])
})

test('an account that does not tell its limits is paced as configured, and says so', async () => {
  const { rest, logged } = await open(
    (path) => (path.includes('/account/') ? new Response('no', { status: 403 }) : venue(path)),
    credentials,
  )
  expect(logged.map(({ message }) => message)).toEqual([
    'limits of the account unknown: as configured',
  ])
  await expect(rest.exchangeStatus()).resolves.toBeDefined()
})
