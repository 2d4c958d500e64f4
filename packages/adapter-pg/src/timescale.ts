import type { Queryable } from './pool.ts'
import { openSession } from './session.ts'

/**
 * Switch TimescaleDB on where the server has it, before the first table is made: its tables are
 * hypertables then, for good. Elsewhere, and where we may not, native partitions serve.
 */
export async function prepareTimescale(
  session: Queryable,
  url: string,
  log: (fields: object, message: string) => void,
): Promise<void> {
  const { rowCount } = await session.query(
    `SELECT FROM pg_available_extensions WHERE name = 'timescaledb'`,
  )
  if (rowCount === 0) return
  // On a connection of its own: where the library was not preloaded, asking for it ends the session.
  const own = await openSession({ url })
  try {
    await own.query('CREATE EXTENSION IF NOT EXISTS timescaledb')
    log({}, 'TimescaleDB is there: time tables become hypertables')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log({ reason }, 'TimescaleDB is installed but does not answer: native partitions it is')
  } finally {
    await own.close().catch(() => undefined)
  }
}
