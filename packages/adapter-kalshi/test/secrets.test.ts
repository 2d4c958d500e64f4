import { VirtualClock } from '@kwm/runtime/testing'
import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KalshiAccount, KalshiOrders, KalshiTransport, RateBudget, redact } from '../src/index.ts'
import { RestServer, cut, json, silent } from './rest-server.ts'
import type { Reply, Seen } from './rest-server.ts'

const KEY_ID = '7c3cf2a0-5f1e-4a0b-9d0e-aaaabbbbcccc'
const KEYS: Record<string, KeyObject> = {
  ed25519: generateKeyPairSync('ed25519').privateKey,
  rsa: generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey,
}

let server: RestServer
beforeEach(async () => {
  server = await RestServer.open()
})
afterEach(() => server.close())

/** Everything a log, a dead letter or a metric could make of it. */
function tellings(value: unknown): string {
  const parts = [inspect(value, { depth: 10, showHidden: true }), String(value)]
  parts.push(JSON.stringify(value) ?? '')
  for (let error = value; error instanceof Error; error = error.cause) {
    parts.push(error.message, error.stack ?? '', JSON.stringify(Object.entries(error)))
  }
  return parts.join('\n')
}

function expectClean(told: string, signatures: readonly string[], pem: string): void {
  expect(told).not.toContain(KEY_ID)
  expect(told.toLowerCase()).not.toContain(KEY_ID.toLowerCase())
  for (const line of pem.split('\n').filter((text) => text.length > 20 && !text.includes('---'))) {
    expect(told).not.toContain(line)
  }
  for (const signature of signatures) {
    expect(told).not.toContain(signature.slice(0, 30))
    expect(told).not.toContain(encodeURIComponent(signature).slice(0, 40))
    expect(told).not.toContain(signature.replaceAll('/', String.raw`\/`).slice(0, 30))
  }
}

const ORDER = {
  marketTicker: 'M',
  clientOrderId: 'c',
  side: 'bid',
  timeInForce: 'good_till_canceled',
  ...{ yesPriceBps: 4_200, countCenti: 100 },
} as const

const signatureOf = ({ headers }: Seen): string => String(headers['kalshi-access-signature'])
/** A venue that says back all it was told, in many spellings. */
const echo =
  (status: number, shape: (seen: Seen, pem: string) => string): ((pem: string) => Reply) =>
  (pem) =>
  (seen, response) =>
    json(shape(seen, pem), status)(seen, response)
const ECHOES: readonly [string, (pem: string) => Reply][] = [
  [
    'nested 401',
    echo(401, (seen, pem) =>
      JSON.stringify({
        error: {
          code: KEY_ID,
          message: `bad signature ${signatureOf(seen)}`,
          details: `key ${KEY_ID} ${pem}`,
          service: signatureOf(seen),
        },
      }),
    ),
  ],
  ['flat 400', echo(400, (seen) => JSON.stringify({ code: 'x', message: JSON.stringify(seen) }))],
  ['headers in text', echo(502, (seen) => inspect(seen.headers))],
  ['by URL', echo(500, (seen) => `sig=${encodeURIComponent(signatureOf(seen))}&key=${KEY_ID}`)],
  ['escaped', echo(429, (seen) => `{"error":"${signatureOf(seen).replaceAll('/', '\\/')}"}`)],
  [
    'bearer',
    echo(403, (seen) => `Authorization: Bearer ${signatureOf(seen)} ${KEY_ID.toUpperCase()}`),
  ],
  ['a good answer of nonsense', echo(200, (seen) => JSON.stringify({ seen, key: KEY_ID }))],
  [
    'a key as a field',
    echo(200, (seen) => JSON.stringify({ [signatureOf(seen)]: 1, balance: KEY_ID })),
  ],
  ['silence', () => silent],
  ['a cut line', () => cut],
  [
    'a price that is our signature',
    echo(200, (seen) => JSON.stringify({ balance_dollars: signatureOf(seen), order_id: 1 })),
  ],
]

test.each(
  ECHOES.flatMap(([name, reply]) => Object.keys(KEYS).map((type) => [name, type, reply] as const)),
)('%s (%s key): nothing secret in any error, sample or raw answer', async (_name, type, reply) => {
  const privateKey = KEYS[type]!
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const told: unknown[] = []
  const tell = (...args: unknown[]): void => void told.push(args)
  const clock = new VirtualClock()
  const transport = new KalshiTransport({
    ...{ baseUrl: server.url, clock, timeoutMs: 400, attemptsMax: 2 },
    budget: new RateBudget({ clock, observer: { waited: tell, tokens: tell, penalized: tell } }),
    credentials: { keyId: KEY_ID, privateKey },
    observer: { request: tell, raw: tell },
  })
  server.replies = [reply(pem)]
  told.push(await new KalshiAccount(transport).balance().catch((thrown: unknown) => thrown))
  const orders = new KalshiOrders(transport)
  told.push(await orders.cancel({ orderId: 'o1' }))
  told.push(await orders.create(ORDER))
  told.push(transport)
  expect(server.seen.length).toBeGreaterThan(0)
  const everything = told.map((item) => tellings(item)).join('\n')
  expectClean(everything, server.seen.map(signatureOf), pem)
})

test('what the network says is cleaned too', async () => {
  let signature = ''
  const privateKey = KEYS['ed25519']!
  const transport = new KalshiTransport({
    baseUrl: 'https://venue.test/trade-api/v2',
    clock: new VirtualClock(),
    credentials: { keyId: KEY_ID, privateKey },
    fetch: (_url, init) => {
      const headers = init!.headers as Record<string, string>
      signature = headers['KALSHI-ACCESS-SIGNATURE']!
      return Promise.reject(new Error(`proxy: ${JSON.stringify(headers)}`, { cause: init }))
    },
  })
  const error = await new KalshiAccount(transport).balance().catch((thrown: unknown) => thrown)
  expect((error as Error).message).toContain('[redacted]')
  expectClean(tellings(error), [signature], '')
})

test('text without secrets stays as it is', () => {
  const text = '{"code":"bad_request","message":"price off grid: 0.4205 + 1/2"}'
  expect(redact(text, [KEY_ID, ''])).toBe(text)
})

test('a redirect is not followed: what we signed goes to the venue alone', async () => {
  const other = await RestServer.open()
  server.replies = [json('', 307, { location: `${other.url}/stolen` })]
  const transport = new KalshiTransport({
    ...{ baseUrl: server.url, clock: new VirtualClock() },
    credentials: { keyId: KEY_ID, privateKey: KEYS['ed25519']! },
  })
  const error = await new KalshiAccount(transport).balance().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ status: 307 })
  expect(other.seen).toHaveLength(0)
  await other.close()
})
