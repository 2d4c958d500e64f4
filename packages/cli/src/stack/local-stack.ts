import { generateKeyPairSync } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startNatsServer } from '@kwm/adapter-nats/testing'
import { startLocalPostgres } from '@kwm/adapter-pg'
import { CloserStack, freePort } from '@kwm/runtime'
import { ChildService, type ServiceSpec } from './child-service.ts'
import { announceStack, repositoryRoot, withdrawStack } from './run-dir.ts'

export const MACHINE_SERVICES = [
  'weather-model',
  'features',
  'pmf-model',
  'signals',
  'risk',
  'exec',
] as const
export const STACK_SERVICES = [
  'venue-sim',
  'clock',
  ...MACHINE_SERVICES,
  'recorder',
  'gateway',
  'vc-ingest',
  'kalshi-ws',
] as const
export type ServiceName = (typeof STACK_SERVICES)[number]

export type StackOptions = {
  /** Data, keys and logs of this run. */
  readonly dir: string
  readonly shard: string
  readonly gatewayPort: number
  /** Data that outlives the run is written through to the disk. */
  readonly isDurable: boolean
  /** What the simulated venue plays, as its own settings. */
  readonly venueEnv: Readonly<Record<string, string>>
  /** More settings for every service. */
  readonly env: Readonly<Record<string, string>>
  /** Compose these machines in the process of the first one. */
  readonly composed?: readonly string[]
  readonly say: (line: string) => void
}

/** The platform as processes on this machine: nats-server, PostgreSQL and every service. */
export class LocalStack {
  readonly natsUrl: string
  readonly databaseUrl: string
  readonly shard: string
  readonly services: ReadonlyMap<ServiceName, ChildService>
  readonly #closers: CloserStack

  constructor(
    natsUrl: string,
    databaseUrl: string,
    shard: string,
    services: ReadonlyMap<ServiceName, ChildService>,
    closers: CloserStack,
  ) {
    this.natsUrl = natsUrl
    this.databaseUrl = databaseUrl
    this.shard = shard
    this.services = services
    this.#closers = closers
  }

  /** Starts everything but the feed: `startFeed` sets the venue playing. */
  static async start(options: StackOptions): Promise<LocalStack> {
    const closers = new CloserStack()
    try {
      return await start(options, closers)
    } catch (error) {
      await closers.close().catch(() => undefined)
      throw error
    }
  }

  url(name: ServiceName): string {
    return this.services.get(name)!.spec.url
  }

  /** The last service: with it the frames come in. */
  async startFeed(env: Readonly<Record<string, string>>): Promise<void> {
    const feed = this.services.get('kalshi-ws')!
    feed.start(env)
    await feed.ready()
  }

  async stop(): Promise<void> {
    await this.#closers.close()
  }
}

async function start(options: StackOptions, closers: CloserStack): Promise<LocalStack> {
  const { dir, shard, say } = options
  const logs = join(dir, 'logs')
  await mkdir(logs, { recursive: true })
  say('nats-server')
  const nats = await startNatsServer({ storeDir: join(dir, 'nats') })
  closers.add('nats', nats, (server) => server.stop({ keepStore: true }))
  say('PostgreSQL')
  const { isDurable } = options
  const postgres = await startLocalPostgres({ dataDir: join(dir, 'postgres'), port: 0, isDurable })
  closers.add('postgres', postgres, (server) => server.stop())

  say('services')
  const specs = await serviceSpecs(options, nats.url, postgres.url, logs)
  const services = new Map<ServiceName, ChildService>()
  for (const spec of specs) {
    const child = new ChildService(spec)
    services.set(spec.name as ServiceName, child)
    closers.add(spec.name, child, (service) => service.stop())
    if (spec.name !== 'kalshi-ws') child.start()
  }
  await announceStack({
    pid: process.pid,
    natsUrl: nats.url,
    databaseUrl: postgres.url,
    shard,
    services: Object.fromEntries(specs.map(({ name, url }) => [name, url])),
    startedAt: new Date().toISOString(),
  })
  closers.add('announcement', undefined, withdrawStack)
  for (const [name, child] of services) if (name !== 'kalshi-ws') await child.ready()
  return new LocalStack(nats.url, postgres.url, shard, services, closers)
}

async function serviceSpecs(
  { dir, shard, gatewayPort, env, venueEnv, composed = [] }: StackOptions,
  natsUrl: string,
  databaseUrl: string,
  logs: string,
): Promise<readonly ServiceSpec[]> {
  const keys = await writeKeys(dir)
  const [host, ...absorbed] = composed
  const names = STACK_SERVICES.filter((name) => !absorbed.includes(name))
  const ports = new Map<ServiceName, number>()
  for (const name of names) ports.set(name, name === 'gateway' ? gatewayPort : await freePort())
  const urlOf = (name: ServiceName): string => `http://127.0.0.1:${ports.get(name)}`
  const venue = `127.0.0.1:${ports.get('venue-sim')}/trade-api`
  const keyId = 'kwm-demo'
  const own: Partial<Record<ServiceName, Record<string, string>>> = {
    'venue-sim': {
      VENUE_SIM_KEY_ID: keyId,
      VENUE_SIM_PUBLIC_KEY_FILE: keys.publicFile,
      ...venueEnv,
    },
    'kalshi-ws': {
      KALSHI_WS_URL: `ws://${venue}/ws/v2`,
      KALSHI_REST_URL: `http://${venue}/v2`,
      KALSHI_KEY_ID: keyId,
      KALSHI_PRIVATE_KEY_FILE: keys.privateFile,
    },
    // A compressed day passes five minutes in a blink: new readings are computed at once, no more.
    'weather-model': { WEATHER_REFRESH_SECONDS: '900' },
    'vc-ingest': weatherEnv(urlOf('venue-sim')),
    clock: { CLOCK_SOURCE: 'tape' },
    recorder: { DATABASE_URL: databaseUrl },
    gateway: {
      GATEWAY_SERVICES: names
        .filter((n) => n !== 'gateway')
        .map((n) => `${n}=${urlOf(n)}`)
        .join(','),
    },
  }
  if (host) own[host as ServiceName] = { SERVICES: composed.join(',') }
  return names.map((name) => ({
    name,
    main: join(repositoryRoot(), 'services', name, 'dist', 'main.js'),
    url: urlOf(name),
    logFile: join(logs, `${name}.log`),
    env: {
      NATS_URL: natsUrl,
      SHARD: shard,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(ports.get(name)),
      ...env,
      ...own[name],
    },
  }))
}

/** The providers of the synthetic day are at the venue; with a recording they answer 404. */
const weatherEnv = (venueUrl: string): Record<string, string> => ({
  WEATHER_CLOCK: 'tape',
  WEATHER_STATIONS: 'KSYN',
  WEATHER_PROVIDERS: 'visual-crossing,iem,open-meteo',
  VISUAL_CROSSING_KEY: 'demo',
  VISUAL_CROSSING_URL: `${venueUrl}/weather/visual-crossing`,
  IEM_URL: `${venueUrl}/weather/iem`,
  OPEN_METEO_URL: `${venueUrl}/weather/open-meteo`,
  OPEN_METEO_MODELS: 'synthetic',
})

/** A key pair for the simulated venue: the real one has ours in its account settings. */
async function writeKeys(dir: string): Promise<{ privateFile: string; publicFile: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const privateFile = join(dir, 'venue-key.pem')
  const publicFile = join(dir, 'venue-key.pub.pem')
  await writeFile(privateFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  await writeFile(publicFile, publicKey.export({ type: 'spki', format: 'pem' }))
  return { privateFile, publicFile }
}
