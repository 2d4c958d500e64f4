import { createHash } from 'node:crypto'
import pg from 'pg'
import { unavailable, parseUrl } from './address.ts'
import { copyAll } from './copy.ts'
import type { Copy } from './copy.ts'
import { classify } from './errors.ts'
import type { Queryable } from './pool.ts'

/**
 * One connection with a state of its own (locks, a transaction), not one of a pool. Failures come
 * back named: ConnectionLostError, DataRefusedError, or as they are.
 */
export interface Session extends Queryable {
  copyAll(copies: readonly Copy[]): Promise<number>
  close(): Promise<void>
}

export type SessionOptions = {
  readonly url: string
  readonly applicationName?: string
  readonly connectTimeoutMs?: number
  /** Sent once, before anything else: `SET ...`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** @throws {DatabaseUnavailableError} It says which host and how to start one. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { url, applicationName = 'kwm', connectTimeoutMs = 5_000, settings = {} } = options
  parseUrl(url)
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  })
  // The query in flight, or the next one, reports it; without a listener it would throw.
  client.on('error', () => undefined)
  try {
    await client.connect()
    for (const [name, value] of Object.entries(settings)) {
      await client.query('SELECT set_config($1, $2, false)', [name, value])
    }
  } catch (error) {
    await client.end().catch(() => undefined)
    throw unavailable(url, error)
  }
  return {
    query<R extends pg.QueryResultRow>(text: string, values?: unknown[]) {
      return named(client.query<R>(text, values))
    },
    copyAll: (copies) => named(copyAll(client, copies)),
    close: () => client.end(),
  }
}

const named = <T>(promise: Promise<T>): Promise<T> =>
  promise.catch((error: unknown) => {
    throw classify(error)
  })

/** The number of a lock in Postgres's one space of advisory locks. */
export const advisoryLockKey = (name: string): string =>
  createHash('sha256').update(`kwm ${name}`).digest().readBigInt64BE().toString()

/** Take a lock for as long as the connection lives, if nobody has it. */
export async function tryAdvisoryLock(session: Queryable, name: string): Promise<boolean> {
  const { rows } = await session.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_lock($1) AS taken',
    [advisoryLockKey(name)],
  )
  return rows[0]!.taken
}
