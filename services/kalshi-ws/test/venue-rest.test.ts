import { generateKeyPairSync } from 'node:crypto'
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

test('with a key the pace is that of the account', async () => {
  const { logged } = await open(venue, credentials)
  expect(logged).toEqual([
    { fields: { tier: 'prime' }, message: 'requests are paced by the limits of the account' },
  ])
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
