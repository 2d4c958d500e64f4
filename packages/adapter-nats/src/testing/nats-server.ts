import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@kwm/runtime'
import { findNatsServers } from './find-nats-servers.ts'

const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 10_000
let started = 0

export type NatsServerOptions = {
  /** `2.9.10`: one of those found. Absent: the first found. */
  readonly version?: string
  /** Kept when the server stops. Absent: a temporary one, removed on `stop`. */
  readonly storeDir?: string
  readonly port?: number
  /** Default: true. */
  readonly isJetStream?: boolean
  /** More of the server's own arguments. */
  readonly args?: readonly string[]
}

export type NatsServer = {
  readonly url: string
  readonly port: number
  readonly storeDir: string
  /** Stop as an operator would, and wait. A temporary store is removed, unless it is to be kept. */
  stop(options?: { readonly keepStore?: boolean }): Promise<void>
  /** SIGKILL, and wait. The store directory stays. */
  kill(): Promise<void>
}

/** A real nats-server with JetStream in files, on a loopback port of its own. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const found = findNatsServers()
  const wanted = options.version
  const server = found.find(({ version }) => !wanted || version === wanted)
  if (!server) {
    const known = found.map(({ version }) => version).join(', ') || 'none'
    throw new Error(`no nats-server ${wanted ?? ''}: found ${known}; see KWM_NATS_SERVER`)
  }
  const storeDir = options.storeDir ?? (await mkdtemp(join(tmpdir(), 'kwm-nats-')))
  const port = options.port ?? (await freePort())
  const name = `kwm-${process.pid}-${++started}`
  const args = [
    ...(options.isJetStream === false ? [] : ['--jetstream', '--store_dir', storeDir]),
    ...['--addr', '127.0.0.1', '--port', `${port}`, '--name', name],
    ...(options.args ?? []),
  ]
  const child = spawn(server.path, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.on('data', (bytes: Buffer) => {
    output = (output + bytes.toString()).slice(-4_000)
  })
  const isExited = (): boolean => child.exitCode !== null || child.signalCode !== null
  const removeOrphan = (): void => void child.kill('SIGKILL')
  process.once('exit', removeOrphan)
  child.once('exit', () => process.off('exit', removeOrphan))

  const deadlineMs = Date.now() + START_TIMEOUT_MS
  while (!(await isListening(port, name))) {
    if (isExited() || Date.now() > deadlineMs) {
      child.kill('SIGKILL')
      throw new Error(`nats-server ${server.version} did not start:\n${output}`)
    }
    await delay(20)
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    storeDir,
    async stop({ keepStore = options.storeDir !== undefined } = {}) {
      await end(child, 'SIGTERM')
      if (!keepStore) await rm(storeDir, { recursive: true, force: true })
    },
    kill: () => end(child, 'SIGKILL'),
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}

/** On that port is the server of that name, and not another. */
const isListening = (port: number, name: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', (info: Buffer) => {
      socket.destroy()
      resolve(info.includes(`"server_name":"${name}"`))
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
