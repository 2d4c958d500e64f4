import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { OperatingError } from '@kwm/runtime'

const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 12_000
const RESTART_DELAY_MS = 200
const RESTARTS_MAX = 20

export type ServiceSpec = {
  readonly name: string
  readonly main: string
  readonly env: Readonly<Record<string, string>>
  readonly url: string
  readonly logFile: string
}

export class ServiceStartError extends OperatingError {
  override readonly name = 'ServiceStartError'
  readonly code = 'STACK_SERVICE_FAILED'
}

/** One service as a process: started, restarted when it dies, asked to stop, killed when it will not. */
export class ChildService {
  readonly spec: ServiceSpec
  readonly #log: WriteStream
  #child: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()
  #isStopping = false
  #restarts = 0
  #lastWords = ''
  #more: Readonly<Record<string, string>> = {}

  constructor(spec: ServiceSpec) {
    this.spec = spec
    this.#log = createWriteStream(spec.logFile, { flags: 'a' })
  }

  get restarts(): number {
    return this.#restarts
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** `more` settings hold for this start and every restart after it. */
  start(more: Readonly<Record<string, string>> = this.#more): void {
    this.#more = more
    const { main, env } = this.spec
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.#log.write(bytes)
        this.#lastWords = (this.#lastWords + bytes.toString()).slice(-1_000)
      })
    }
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => {
        resolve()
        this.#child = undefined
        if (!this.#isStopping && this.#restarts < RESTARTS_MAX) this.#restart()
      })
    })
  }

  /** Until `/readyz` says yes. */
  async ready(): Promise<void> {
    const deadlineMs = Date.now() + READY_TIMEOUT_MS
    for (;;) {
      if (await isOk(`${this.spec.url}/readyz`)) return
      if (Date.now() > deadlineMs || this.#restarts >= RESTARTS_MAX) {
        throw new ServiceStartError(
          `${this.spec.name} did not become ready; its last words, also in ${this.spec.logFile}:\n${this.#lastWords}`,
        )
      }
      await delay(50)
    }
  }

  /** SIGKILL, as a crash would; it is started again. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    const child = this.#child
    if (child) {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await this.#exited
      clearTimeout(timer)
    }
    await new Promise<void>((resolve) => this.#log.end(resolve))
  }

  #restart(): void {
    this.#restarts++
    setTimeout(() => {
      if (!this.#isStopping) this.start()
    }, RESTART_DELAY_MS)
  }
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok
  } catch {
    return false
  }
}
