import { spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { NatsEventLog, openNats } from '@kwm/adapter-nats'
import { startNatsServer } from '@kwm/adapter-nats/testing'
import { eventTypeOf } from '@kwm/contracts'
import { freePort, systemClock } from '@kwm/runtime'
import { SYNTHETIC_SERIES } from '@kwm/sim'
import { assert } from '@kwm/std'
import { bareHops } from './bare-hops.ts'
import { quantiles, type Quantiles } from './quantiles.ts'

export type Latency = Quantiles & {
  /** Frames a second that really came in, in the measured time. */
  readonly framesPerSec: number
  /** The same number of hops through the same broker with nothing in them, in the same run. */
  readonly bareHops: Quantiles
}

export type WireToIntentResult = {
  /** Every machine a process of its own, 500 frames a second. */
  readonly wireToIntentUs: Latency
  /** Features to risk composed in one process, 2,000 frames a second. */
  readonly fusedWireToIntentUs: Latency
}

const root = path.resolve(import.meta.dirname, '../../..')
const SHARD = 'bench'
/** Of a synthetic day of some 33,000 events: enough to compile the code, then enough to count. */
const WARM_UP_EVENTS = 6_000
const MEASURED_EVENTS = 24_000
const BARE_MESSAGES = 5_000
const READY_TIMEOUT_MS = 60_000
const FUSED = ['features', 'pmf-model', 'signals', 'risk']

/** Any edge will do and no limit is near: orders enough to count, from every kind of frame. */
const EAGER = {
  FEATURES_FRAME_INTERVAL_MS: '1',
  SIGNALS_EDGE_MIN_BPS: '0.001',
  SIGNALS_LEADER_VELOCITY_T_MIN: '0.001',
  SIGNALS_FOLLOWER_VELOCITY_T_MAX: '1e6',
  SIGNALS_COOLDOWN_SECONDS: '0.02',
  SIGNALS_ORDER_TTL_SECONDS: '1',
  SIGNALS_ORDER_CONTRACTS: '1',
  RISK_EVENT_WORST_LOSS_MAX_USD: '1e6',
  RISK_ACCOUNT_WORST_LOSS_MAX_USD: '1e6',
  RISK_DAILY_LOSS_MAX_USD: '1e6',
  RISK_OPEN_ORDERS_MAX: '10000',
}

/**
 * From a frame's arrival at the WebSocket client to the approved order in the hands of a reader in
 * the place of exec, through the real services and a real nats-server on this machine.
 */
export async function benchWireToIntent(): Promise<WireToIntentResult> {
  return {
    wireToIntentUs: await measure({ framesPerSec: 500, composed: [] }),
    fusedWireToIntentUs: await measure({ framesPerSec: 2_000, composed: FUSED }),
  }
}

type Load = { readonly framesPerSec: number; readonly composed: readonly string[] }

async function measure({ framesPerSec, composed }: Load): Promise<Latency> {
  const dir = await mkdtemp(path.join(tmpdir(), 'kwm-bench-'))
  const server = await startNatsServer({ storeDir: path.join(dir, 'nats') })
  const nats = await openNats({ url: server.url, name: 'bench' })
  const services = new Services(server.url, dir)
  let latency: Omit<Latency, 'bareHops'>
  try {
    const venue = await services.startVenue(framesPerSec)
    const names = composed.length > 0 ? [composed[0]!] : FUSED
    const extra = composed.length > 0 ? { SERVICES: composed.join(',') } : {}
    for (const name of names) await services.start(name, { ...EAGER, ...extra })
    await services.start('exec', EAGER)
    await services.start('clock', { CLOCK_SOURCE: 'tape' })
    await services.startFeed(venue)
    latency = await listen(new NatsEventLog(nats, { shard: SHARD }), framesPerSec)
  } finally {
    await services.stop()
    await nats.close()
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
  const hops = composed.length > 0 ? 2 : 1 + FUSED.length
  return {
    ...latency,
    bareHops: await bareHops({ hops, perSec: framesPerSec, messages: BARE_MESSAGES }),
  }
}

/** Orders caused by a frame; one caused by a tick has no frame to count from. */
async function listen(log: NatsEventLog, rate: number): Promise<Omit<Latency, 'bareHops'>> {
  const warmUpMs = (WARM_UP_EVENTS / rate) * 1_000
  const measureMs = (MEASURED_EVENTS / rate) * 1_000
  const micros: number[] = []
  let frames = 0
  const startedMs = performance.now()
  const isFrame = (type: string): boolean => type.startsWith('md.')
  for await (const { records } of log.read({
    fromSeq: 1,
    accepts: (subject) => {
      const type = eventTypeOf(subject)
      return isFrame(type) || type === 'risk.order-approved.v1'
    },
    signal: AbortSignal.timeout(warmUpMs + measureMs),
  })) {
    const nowUs = systemClock.nowUs()
    if (performance.now() - startedMs < warmUpMs) continue
    for (const { subject, body } of records) {
      if (isFrame(eventTypeOf(subject))) frames++
      else {
        const { eventTimeUs, ingestTimeUs } = JSON.parse(body) as Times
        if (eventTimeUs !== ingestTimeUs) micros.push(nowUs - ingestTimeUs)
      }
    }
  }
  const framesPerSec = Math.round(frames / (measureMs / 1_000))
  return { ...quantiles(micros), framesPerSec }
}

type Times = { readonly eventTimeUs: number; readonly ingestTimeUs: number }
type Venue = { readonly port: number; readonly keyFile: string }

/** The services as processes, with what they need to find each other. */
class Services {
  readonly #natsUrl: string
  readonly #dir: string
  readonly #children: ChildProcess[] = []

  constructor(natsUrl: string, dir: string) {
    this.#natsUrl = natsUrl
    this.#dir = dir
  }

  async startVenue(eventsPerSecond: number): Promise<Venue> {
    const keyFile = path.join(this.#dir, 'key.pem')
    const { privateKey } = generateKeyPairSync('ed25519')
    await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    const port = await this.start('venue-sim', {
      VENUE_SIM_KEY_ID: KEY_ID,
      VENUE_SIM_PUBLIC_KEY_FILE: keyFile,
      VENUE_SIM_SPEED: '1',
      VENUE_SIM_EVENTS_PER_SECOND: String(eventsPerSecond),
    })
    return { port, keyFile }
  }

  async startFeed({ port, keyFile }: Venue): Promise<void> {
    const api = `127.0.0.1:${port}/trade-api`
    await this.start('kalshi-ws', {
      KALSHI_WS_URL: `ws://${api}/ws/v2`,
      KALSHI_REST_URL: `http://${api}/v2`,
      KALSHI_KEY_ID: KEY_ID,
      KALSHI_PRIVATE_KEY_FILE: keyFile,
      KALSHI_SERIES: SYNTHETIC_SERIES.ticker,
    })
  }

  /** Until it is ready. Returns its port. */
  async start(name: string, more: Readonly<Record<string, string>>): Promise<number> {
    const port = await freePort()
    const env = {
      NATS_URL: this.#natsUrl,
      SHARD,
      HTTP_PORT: String(port),
      LOG_LEVEL: 'error',
      ...more,
    }
    const main = path.join(root, 'services', name, 'dist/main.js')
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    this.#children.push(child)
    const deadlineMs = performance.now() + READY_TIMEOUT_MS
    while (!(await isReady(port))) {
      assert(child.exitCode === null, `${name} stays up`)
      assert(performance.now() < deadlineMs, `${name} becomes ready`)
      await delay(50)
    }
    return port
  }

  async stop(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.exitCode !== null) continue
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await exited
    }
  }
}

const KEY_ID = 'bench'

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    (response) => response.ok,
    () => false,
  )
