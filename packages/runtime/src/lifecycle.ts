import { setTimeout as delay } from 'node:timers/promises'
import { ConfigError } from './errors.ts'
import type { Clock } from './ports.ts'
import { createWallClock } from './wall-clock.ts'

export const systemClock: Clock = {
  nowUs: createWallClock({ wallMs: () => Date.now(), steadyMs: () => performance.now() }),
  async sleep(ms, signal) {
    await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
  },
}

/** Resources closed in reverse order, on success and on failure alike. (`await using` needs Node 22.) */
export class CloserStack {
  readonly #closers: { readonly name: string; readonly close: () => Promise<void> | void }[] = []

  add<T>(name: string, resource: T, close: (resource: T) => Promise<void> | void): T {
    this.#closers.push({ name, close: () => close(resource) })
    return resource
  }

  /** Close everything; the first failure is thrown once all were tried. */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (let closer = this.#closers.pop(); closer; closer = this.#closers.pop()) {
      try {
        await closer.close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}

type Log = {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}
export type MainOptions = { readonly log: Log; readonly drainTimeoutMs?: number }

/**
 * The life of a service process: run until SIGTERM or SIGINT, drain, close, exit 0. Anything thrown
 * exits 1, a wrong setting exits 2 with one line; the supervisor restarts us, and starting up and
 * recovering are the same code path. Draining has a deadline.
 */
export async function runMain(
  { log, drainTimeoutMs = 10_000 }: MainOptions,
  main: (signal: AbortSignal, closers: CloserStack) => Promise<void>,
): Promise<never> {
  const stop = new AbortController()
  const onSignal = (name: string): void => {
    log.info({ signal: name }, 'stopping')
    stop.abort()
    setTimeout(() => {
      log.error({ drainTimeoutMs }, 'draining took too long')
      process.exit(1)
    }, drainTimeoutMs).unref()
  }
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)

  const closers = new CloserStack()
  let code = 0
  try {
    await main(stop.signal, closers)
  } catch (error) {
    code = exitCodeOf(error)
    reportFailure(log, error)
  }
  await closers.close().catch((error: unknown) => {
    code ||= 1
    reportFailure(log, error)
  })
  process.exit(code)
}

const exitCodeOf = (error: unknown): number => (error instanceof ConfigError ? 2 : 1)

function reportFailure(log: Log, error: unknown): void {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`)
  else log.error({ err: error }, 'failed')
}
