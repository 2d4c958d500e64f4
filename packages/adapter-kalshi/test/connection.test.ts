import { generateKeyPairSync, verify } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock, type Clock } from '@kwm/runtime'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { KalshiConnection, UpgradeRefusedError } from '../src/index.ts'
import type { ConnectionCallbacks, ConnectionLimits } from '../src/index.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
let server: WebSocketServer
let url = ''
let sockets: WebSocket[] = []
let requests: IncomingMessage[] = []
let refusal = 0
const stop = { current: new AbortController() }
const WAIT = { timeout: 30_000, interval: 5 }

beforeEach(async () => {
  sockets = []
  requests = []
  refusal = 0
  stop.current = new AbortController()
  server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    verifyClient: (_info, done) => done(refusal === 0, refusal),
  })
  server.on('connection', (socket, request) => {
    sockets.push(socket)
    requests.push(request)
  })
  await new Promise((resolve) => server.once('listening', resolve))
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/trade-api/ws/v2`
})
afterEach(() => {
  stop.current.abort()
  for (const client of server.clients) client.terminate()
  server.close()
})

function start(
  limits: Partial<ConnectionLimits> = {},
  callbacks: Partial<ConnectionCallbacks> = {},
  clock: Clock = systemClock,
) {
  const said: string[] = []
  const connection = new KalshiConnection({
    url,
    credentials: { keyId: 'key-1', privateKey },
    clock,
    random: () => 1,
    idPrefix: 'main-x',
    limits: { backoffMinMs: 10, backoffMaxMs: 40, ...limits },
    callbacks: {
      onOpen: (id) => said.push(`open ${id}`),
      onFrame: (bytes) => said.push(`frame ${Buffer.from(bytes).toString('latin1')}`),
      onClose: (reason) => said.push(`close ${reason}`),
      onRetry: (reason, waitMs) => said.push(`retry ${waitMs} ${reason}`),
      ...callbacks,
    },
  })
  return { connection, said, running: connection.run(stop.current.signal) }
}

test('the upgrade is signed, frames arrive in order as bytes, the end is told', async () => {
  const { said, running } = start()
  await vi.waitFor(() => expect(sockets).toHaveLength(1), WAIT)
  const headers = requests[0]!.headers
  const text = `${String(headers['kalshi-access-timestamp'])}GET/trade-api/ws/v2`
  const signature = Buffer.from(String(headers['kalshi-access-signature']), 'base64')
  expect(headers['kalshi-access-key']).toBe('key-1')
  expect(verify(null, Buffer.from(text), publicKey, signature)).toBe(true)

  sockets[0]!.send('{"a":1}')
  sockets[0]!.send(Buffer.from([0xff, 0xfe]), { binary: false }) // Not UTF-8: still ours to judge.
  sockets[0]!.send('last')
  await vi.waitFor(() => expect(said).toHaveLength(4), WAIT)
  stop.current.abort()
  await running
  expect(said).toEqual([
    'open main-x-1',
    'frame {"a":1}',
    'frame \u00ff\u00fe',
    'frame last',
    'close stopping',
  ])
})

test('it connects again for ever, later and later while nothing is heard', async () => {
  refusal = 503
  const { said } = start()
  await vi.waitFor(() => expect(said.length).toBeGreaterThanOrEqual(4), WAIT)
  expect(said.slice(0, 4)).toEqual([20, 40, 40, 40].map((ms) => `retry ${ms} HTTP 503`))
  refusal = 0
  await vi.waitFor(() => expect(sockets).toHaveLength(1), WAIT)
  sockets[0]!.send('x')
  await vi.waitFor(() => expect(said).toContain('frame x'), WAIT)
  sockets[0]!.close(1_001, 'maintenance')
  await vi.waitFor(() => expect(sockets).toHaveLength(2), WAIT)
  const rest = said.slice(said.indexOf('frame x') + 1)
  expect(rest.slice(0, 2)).toEqual([
    'close closed 1001 maintenance',
    'retry 10 closed 1001 maintenance',
  ])
  await vi.waitFor(() => expect(said.at(-1)).toBe('open main-x-2'), WAIT)
})

test.each([
  [401, /KALSHI_KEY_ID.*KALSHI_PRIVATE_KEY_FILE.*clock/],
  [403, /"read" scope/],
])(
  'a key that was never accepted stops at once on HTTP %d and names the fix',
  async (status, fix) => {
    refusal = status
    const { running, said } = start()
    await expect(running).rejects.toThrow(UpgradeRefusedError)
    await expect(running).rejects.toThrow(fix)
    expect(said).toEqual([])
  },
)

test('a key that was accepted before is refused a few times before that is believed', async () => {
  const { running, said } = start({ refusalsMax: 3 })
  await vi.waitFor(() => expect(said).toEqual(['open main-x-1']), WAIT)
  refusal = 401
  sockets[0]!.terminate()
  await expect(running).rejects.toThrow(UpgradeRefusedError)
  expect(said.filter((line) => line.endsWith('HTTP 401'))).toHaveLength(2)
})

test('a silent line is dead, a pinged one is not', async () => {
  // A clock of its own: what a busy machine keeps waiting is not silent.
  let nowUs = 0
  const clock = { ...systemClock, nowUs: () => nowUs }
  const { said } = start({ silenceMaxMs: 150 }, {}, clock)
  await vi.waitFor(() => expect(sockets).toHaveLength(1), WAIT)
  for (let ping = 1; ping <= 4; ping++) {
    nowUs += 100_000
    const answered = new Promise((resolve) => sockets[0]!.once('pong', resolve))
    sockets[0]!.ping('heartbeat')
    await answered
    await systemClock.sleep(30) // Two looks of the watch.
  }
  expect(said).toEqual(['open main-x-1'])
  nowUs += 151_000
  await vi.waitFor(() => expect(said[1]).toBe('close silent for 0 s'), WAIT)
  await vi.waitFor(() => expect(sockets).toHaveLength(2), WAIT)
})

test('commands are numbered and carry use_yes_price: false', async () => {
  const { connection } = start()
  expect(connection.send({ kind: 'unsubscribe', sid: 1 })).toBeUndefined()
  await vi.waitFor(() => expect(connection.isOpen).toBe(true), WAIT)
  const heard: unknown[] = []
  sockets[0]!.on('message', (data) => heard.push(JSON.parse((data as Buffer).toString())))
  const marketTickers = ['A', 'B']
  connection.send({ kind: 'subscribe', channel: 'orderbook_delta', marketTickers })
  connection.send({ kind: 'subscribe', channel: 'ticker', marketTickers })
  connection.send({ kind: 'subscribe', channel: 'market_lifecycle_v2', marketTickers })
  connection.send({ kind: 'get-snapshot', sid: 4, marketTickers })
  connection.send({ kind: 'subscribe', channel: 'fill', marketTickers })
  connection.send({ kind: 'subscribe', channel: 'cfbenchmarks_value', marketTickers: ['BRTI'] })
  connection.send({ kind: 'list-subscriptions' })
  await vi.waitFor(() => expect(heard).toHaveLength(7), WAIT)
  expect(heard).toEqual([
    {
      id: 1,
      cmd: 'subscribe',
      params: { channels: ['orderbook_delta'], market_tickers: ['A', 'B'], use_yes_price: false },
    },
    {
      id: 2,
      cmd: 'subscribe',
      params: { channels: ['ticker'], market_tickers: ['A', 'B'], send_initial_snapshot: true },
    },
    { id: 3, cmd: 'subscribe', params: { channels: ['market_lifecycle_v2'] } },
    {
      id: 4,
      cmd: 'update_subscription',
      params: { sids: [4], market_tickers: ['A', 'B'], action: 'get_snapshot' },
    },
    { id: 5, cmd: 'subscribe', params: { channels: ['fill'] } },
    {
      id: 6,
      cmd: 'subscribe',
      params: { channels: ['cfbenchmarks_value'], index_ids: ['BRTI'] },
    },
    { id: 7, cmd: 'list_subscriptions' },
  ])
})

test('what a callback throws ends the run', async () => {
  const bug = new Error('our bug')
  const { running } = start(
    {},
    {
      onFrame: () => {
        throw bug
      },
    },
  )
  running.catch(() => undefined)
  await vi.waitFor(() => expect(sockets).toHaveLength(1), WAIT)
  sockets[0]!.send('x')
  await expect(running).rejects.toBe(bug)
})

test('a venue that says our key and signature back at the end: neither is told', async () => {
  const { said } = start()
  await vi.waitFor(() => expect(sockets).toHaveLength(1))
  const signature = String(requests[0]!.headers['kalshi-access-signature'])
  sockets[0]!.close(1008, `key-1 ${signature}`)
  await vi.waitFor(() => expect(said.some((line) => line.startsWith('retry'))).toBe(true))
  const told = said.join('\n')
  expect(told).toContain('close closed 1008 [redacted] [redacted]')
  expect(told).not.toContain('key-1')
  expect(told).not.toContain(signature.slice(0, 20))
})
