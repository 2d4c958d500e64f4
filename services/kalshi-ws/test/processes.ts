import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { systemClock as clock } from '@kwm/runtime'

export const root = resolve(import.meta.dirname, '../../..')
const READY_WITHIN_MS = 30_000
const KEY_ID = 'planted-key-id-5f1c'

export type Closing = (close: () => Promise<unknown> | void) => void

/** A key for both ends: the venue takes the public half of it. */
export async function keyFile(onClose: Closing): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kwm-feed-'))
  onClose(() => rm(dir, { recursive: true, force: true }))
  const { privateKey } = generateKeyPairSync('ed25519')
  const file = join(dir, 'key.pem')
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return file
}

export const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode === null
    ? new Promise((done) => child.once('exit', (code) => done(code)))
    : Promise.resolve(child.exitCode)

/** The built process of a service: what is deployed. Its output is kept for a failure. */
export class ServiceProcess {
  readonly child: ChildProcess
  readonly port: string
  output = ''

  constructor(service: string, env: Record<string, string>, onClose: Closing) {
    this.port = env['HTTP_PORT']!
    this.child = spawn(process.execPath, [join(root, `services/${service}/dist/main.js`)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onClose(() => void this.child.kill('SIGKILL'))
    const keep = (data: unknown): void => {
      this.output = (this.output + String(data)).slice(-20_000)
    }
    this.child.stdout?.on('data', keep)
    this.child.stderr?.on('data', keep)
  }

  get(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`)
  }

  async json(path: string): Promise<Record<string, unknown>> {
    return (await (await this.get(path)).json()) as Record<string, unknown>
  }

  async post(path: string, body: object = {}): Promise<number> {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    return (await fetch(`http://127.0.0.1:${this.port}${path}`, init)).status
  }

  /** Until it answers `path` with 200; the text of the answer. */
  async ready(path: string): Promise<string> {
    const deadline = performance.now() + READY_WITHIN_MS
    for (;;) {
      const response = await this.get(path).catch(() => undefined)
      const text = (await response?.text()) ?? 'no answer'
      if (response?.status === 200) return text
      const isDead = this.child.exitCode !== null || performance.now() > deadline
      if (isDead) throw new Error(`not ready: ${text}\n${this.output}`)
      await clock.sleep(50)
    }
  }

  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM')
    return ended(this.child)
  }
}

/** venue-sim, open and paused until something subscribes or `start`. */
export async function startVenue(
  options: { port: number; key: string; seed: string; speed: number; start: string },
  onClose: Closing,
): Promise<ServiceProcess> {
  const venue = new ServiceProcess(
    'venue-sim',
    {
      HTTP_PORT: String(options.port),
      VENUE_SIM_SEED: options.seed,
      VENUE_SIM_SPEED: String(options.speed),
      VENUE_SIM_START: options.start,
      VENUE_SIM_KEY_ID: KEY_ID,
      VENUE_SIM_PUBLIC_KEY_FILE: options.key,
      LOG_LEVEL: 'warn',
    },
    onClose,
  )
  await venue.ready('/admin/status')
  return venue
}

export const venueSettings = (port: number | string): Record<string, string> => ({
  KALSHI_WS_URL: `ws://127.0.0.1:${port}/trade-api/ws/v2`,
  KALSHI_REST_URL: `http://127.0.0.1:${port}/trade-api/v2`,
})

export const keySettings = (file: string): Record<string, string> => ({
  KALSHI_KEY_ID: KEY_ID,
  KALSHI_PRIVATE_KEY_FILE: file,
})
