import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { kalshiWire } from '@kwm/adapter-kalshi'
import { NatsEventLog, NatsRawLog, openNats } from '@kwm/adapter-nats'
import { natsServersOrSkip, startNatsServer } from '@kwm/adapter-nats/testing'
import { rawFrameId } from '@kwm/contracts'
import { createFeedMachine } from '@kwm/machines'
import { freePort, systemClock as clock } from '@kwm/runtime'
import type { RawRecord, TapeRecord } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { RAW_SUBJECT } from '../src/journal.ts'
import { FakeExchange } from '@kwm/adapter-kalshi/testing'

const root = resolve(import.meta.dirname, '../../..')
const SEED = Number(process.env['SIM_SEED'] ?? 20_261_120)
const TICKERS = ['T47', 'B48.5', 'B50.5'].map((name) => `KXHIGHNY-26NOV20-${name}`)
const KILLS = 3

const cleanups: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

beforeAll(() => {
  // The process is the built one: what is deployed.
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['--build', 'services/kalshi-ws'], {
    cwd: root,
  })
}, 120_000)

async function keyFile(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kwm-kill-'))
  cleanups.push(() => rm(dir, { recursive: true }))
  const { privateKey } = generateKeyPairSync('ed25519')
  const file = join(dir, 'key.pem')
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return file
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((done) => child.once('exit', (code) => done(code)))

/** A process of the service, once `/readyz` says yes. */
async function launch(env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(root, 'services/kalshi-ws/dist/main.js')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanups.push(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (data) => (output += String(data)))
  await vi.waitFor(
    async () => {
      expect(child.exitCode, output).toBeNull()
      const response = await fetch(`http://127.0.0.1:${env['HTTP_PORT']}/readyz`)
      expect(response.status, await response.text()).toBe(200)
    },
    { timeout: 40_000, interval: 50 },
  )
  return child
}

async function readAll(url: string): Promise<{ raw: RawRecord[]; tape: TapeRecord[] }> {
  const nats = await openNats({ url, name: 'test' })
  const [rawLog, log] = [new NatsRawLog(nats), new NatsEventLog(nats, { shard: 'main' })]
  const raw: RawRecord[] = []
  for await (const record of rawLog.replay({ subject: RAW_SUBJECT, fromSeq: 1 })) raw.push(record)
  const tape: TapeRecord[] = []
  const lastSeq = await log.lastSeq()
  const { signal } = new AbortController()
  for await (const batch of log.read({ fromSeq: 1, accepts: () => true, signal })) {
    tape.push(...batch.records)
    if (batch.throughSeq >= lastSeq) break
  }
  await nats.close()
  return { raw, tape }
}

const servers = natsServersOrSkip()

describe.each(servers)('on nats-server $version', ({ version }) => {
  test(
    `killed ${KILLS} times in full flow: RAW and the tape agree to the byte (SIM_SEED=${SEED})`,
    { timeout: 120_000 },
    async () => {
      const server = await startNatsServer({ version })
      cleanups.push(() => server.stop())
      const exchange = await FakeExchange.open(SEED, TICKERS)
      cleanups.push(() => exchange.close())
      const prng = new Prng(SEED)
      const quiet = new AbortController()
      const busy = (async () => {
        while (!quiet.signal.aborted) {
          for (let n = 0; n < 8; n++) exchange.change()
          await clock.sleep(4)
        }
      })()
      cleanups.push(() => quiet.abort())
      const env = {
        NATS_URL: server.url,
        KALSHI_WS_URL: exchange.wsUrl,
        KALSHI_REST_URL: exchange.restUrl,
        KALSHI_KEY_ID: 'test',
        KALSHI_PRIVATE_KEY_FILE: await keyFile(),
        KALSHI_SERIES: FakeExchange.series,
        HTTP_PORT: String(await freePort()),
        LOG_LEVEL: 'info',
      }
      for (let kill = 0; kill < KILLS; kill++) {
        const child = await launch(env)
        await clock.sleep(300 + prng.nextInt(900))
        child.kill('SIGKILL')
        await ended(child)
      }
      const last = await launch(env)
      quiet.abort()
      await busy
      await clock.sleep(300)
      last.kill('SIGTERM')
      expect(await ended(last)).toBe(0)

      const { raw, tape } = await readAll(server.url)
      const machine = createFeedMachine(kalshiWire)
      const watch = { series: [FakeExchange.series], events: [], markets: [] }
      const state = machine.initial({ feed: 'kalshi-ws', watch })
      const replayed = raw.flatMap((record) =>
        machine.step(state, record).events.map((event) => JSON.stringify(event)),
      )
      expect(tape.map(({ body }) => body)).toEqual(replayed)
      expect(new Set(raw.map(rawFrameId)).size).toBe(raw.length)
      expect(new Set(raw.map(({ connectionId }) => connectionId)).size).toBe(2 * (KILLS + 1))

      const tradesIn = raw.flatMap(({ bytes }) => {
        const match = /"type":"trade".*"trade_id":"(t\d+)"/.exec(Buffer.from(bytes).toString())
        return match ? [match[1]] : []
      })
      const tradesOut = tape
        .filter(({ subject }) => subject.includes('.md.trade.v1.'))
        .map(({ body }) => (JSON.parse(body) as { data: { tradeId: string } }).data.tradeId)
      expect(tradesOut).toEqual(tradesIn)
      expect(tradesIn.length).toBeGreaterThan(20)
    },
  )
})
