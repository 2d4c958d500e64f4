import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { LocalPostgresError } from '../errors.ts'
import { startLocalPostgres } from '../local-postgres.ts'

export type TestPostgres = { readonly url: string; stop(): Promise<void> }
export type TestPostgresOptions = { readonly settings?: Readonly<Record<string, string>> }

/**
 * A real PostgreSQL for a test file: our own binaries on a free port, in a directory that goes away
 * with it; or a fresh database on the server KWM_POSTGRES_URL (or DATABASE_URL_TEST) names.
 */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const given = process.env['KWM_POSTGRES_URL'] ?? process.env['DATABASE_URL_TEST']
  if (given && !options.settings) return freshDatabase(given, async () => undefined)
  const server = await startLocalPostgres({
    dataDir: await mkdtemp(join(tmpdir(), 'kwm-pg-')),
    port: 0,
    isDurable: false,
    isTemporary: true,
    ...options,
  })
  return { url: server.url, stop: () => server.stop() }
}

/**
 * For the top of a test file: `const postgres = await postgresOrSkip()` and
 * `describe.skipIf(!postgres)`. Where CI is 'true' a missing server is a failure instead.
 */
export async function postgresOrSkip(
  options: TestPostgresOptions = {},
): Promise<TestPostgres | undefined> {
  try {
    return await startPostgres(options)
  } catch (error) {
    if (process.env['CI'] === 'true' || !(error instanceof LocalPostgresError)) throw error
    process.stderr.write(`SKIPPED, there is no PostgreSQL here: ${error.message}\n`)
    return undefined
  }
}

/** A new database beside the one of `url`, dropped by `stop`: tests of one server do not meet. */
export async function freshDatabase(
  url: string,
  afterwards: () => Promise<void> = async () => undefined,
): Promise<TestPostgres> {
  const name = `kwm_test_${randomBytes(6).toString('hex')}`
  await administer(url, `CREATE DATABASE ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return {
    url: own.href,
    async stop() {
      await administer(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      await afterwards()
    },
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
