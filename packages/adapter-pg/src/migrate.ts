import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { MigrationError } from './errors.ts'
import type { Queryable } from './pool.ts'
import { advisoryLockKey, openSession } from './session.ts'
import { prepareTimescale } from './timescale.ts'

/** Beside `src` and `dist` alike. */
const DIRECTORY = new URL('../migrations/', import.meta.url)
const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/

export type Migration = { readonly name: string; readonly sql: string; readonly checksum: string }
export type MigrateOptions = {
  readonly url: string
  readonly directory?: URL
  readonly log?: (fields: object, message: string) => void
}

/**
 * Bring the schema to where this release needs it. Safe to call from several processes at once: one
 * does the work and the others wait. Migrations of a newer release are left alone.
 * @returns The names applied by this call.
 * @throws {MigrationError} A migration that was applied has changed since, or one fails.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const { url, directory = DIRECTORY, log = () => undefined } = options
  const migrations = await loadMigrations(directory)
  const session = await openSession({ url, applicationName: 'kwm migrate' })
  try {
    await session.query('SELECT pg_advisory_lock($1)', [advisoryLockKey('migrations')])
    const applied = await appliedMigrations(session)
    if (applied.size === 0) await prepareTimescale(session, url, log)
    const pending = migrations.filter((migration) => isPending(migration, applied))
    for (const migration of pending) {
      await apply(session, migration)
      log({ migration: migration.name }, 'migration applied')
    }
    return pending.map(({ name }) => name)
  } finally {
    await session.close()
  }
}

export async function loadMigrations(directory: URL): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(
    names.map(async (name) => {
      if (!FILE_NAME.test(name)) throw new MigrationError(`${name} is not named NNNN_name.sql`)
      const sql = (await readFile(new URL(name, directory), 'utf8')).replaceAll('\r\n', '\n')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function appliedMigrations(session: Queryable): Promise<ReadonlyMap<string, string>> {
  await session.query(`
    CREATE SCHEMA IF NOT EXISTS ops;
    CREATE TABLE IF NOT EXISTS ops.schema_migrations (
      name text PRIMARY KEY,
      checksum text NOT NULL,
      applied_time timestamptz NOT NULL DEFAULT now()
    )`)
  const { rows } = await session.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM ops.schema_migrations',
  )
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

function isPending(migration: Migration, applied: ReadonlyMap<string, string>): boolean {
  const checksum = applied.get(migration.name)
  if (checksum !== undefined && checksum !== migration.checksum) {
    throw new MigrationError(
      `${migration.name} was applied to this database and has changed since: restore the file and ` +
        'put the change into a new migration',
    )
  }
  return checksum === undefined
}

/** Its statements and the record of it, together or not at all. */
async function apply(session: Queryable, { name, sql, checksum }: Migration): Promise<void> {
  await session.query('BEGIN')
  try {
    await session.query(sql)
    await session.query('INSERT INTO ops.schema_migrations (name, checksum) VALUES ($1, $2)', [
      name,
      checksum,
    ])
    await session.query('COMMIT')
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined)
    const reason = error instanceof Error ? error.message : String(error)
    throw new MigrationError(`${name} failed: ${reason}`, { cause: error })
  }
}
