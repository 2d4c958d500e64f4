import pg from 'pg'
import { unavailable, parseUrl } from './address.ts'

export type Pool = pg.Pool
export type PoolOptions = {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  readonly connectionsMax?: number
  readonly connectTimeoutMs?: number
}

/** Anything that answers SQL: a pool, one of its clients, a session. */
export type Queryable = {
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the row.
  query<R extends pg.QueryResultRow>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>
}

/**
 * A pool that is known to have reached its server once.
 * @throws {DatabaseUnavailableError} It says which host and how to start one.
 */
export async function openPool(options: PoolOptions): Promise<Pool> {
  const { url, connectionsMax = 8, connectTimeoutMs = 5_000 } = options
  parseUrl(url)
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'kwm',
  })
  // An idle connection that breaks is replaced at the next query; without a listener it would throw.
  pool.on('error', () => undefined)
  try {
    await pool.query('SELECT 1')
  } catch (error) {
    await pool.end()
    throw unavailable(url, error)
  }
  return pool
}
