import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { ensurePartitions, loadMigrations, migrate, openSession, timeTables } from '../src/index.ts'
import type { Session } from '../src/index.ts'
import { freshDatabase, postgresOrSkip } from '../src/testing/index.ts'

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

const MIGRATIONS = new URL('../migrations/', import.meta.url)

describe.skipIf(!postgres)('migrations', () => {
  let url = ''
  const databases: { stop(): Promise<void> }[] = []
  beforeEach(async () => {
    const database = await freshDatabase(postgres!.url)
    databases.push(database)
    url = database.url
    return () => database.stop()
  })

  test('eight processes starting at once apply every migration once', async () => {
    const all = (await loadMigrations(MIGRATIONS)).map(({ name }) => name)
    const applied = await Promise.all(Array.from({ length: 8 }, () => migrate({ url })))
    expect(applied.flat().toSorted()).toEqual(all)
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
  })

  test('running again changes nothing', async () => {
    await migrate({ url })
    expect(await migrate({ url })).toEqual([])
  })

  test('an applied migration that has changed since is refused by name', async () => {
    const directory = await copyOfMigrations()
    await migrate({ url, directory: pathToFileURL(`${directory}/`) })
    const path = join(directory, '0003_kalshi.sql')
    await writeFile(path, `${await readFile(path, 'utf8')}\n-- harmless?\n`)
    await expect(migrate({ url, directory: pathToFileURL(`${directory}/`) })).rejects.toMatchObject(
      {
        code: 'PG_MIGRATION',
        message: expect.stringContaining('0003_kalshi.sql was applied'),
      },
    )
  })

  test('a migration that fails leaves nothing of itself and is tried again', async () => {
    const directory = await copyOfMigrations()
    const path = join(directory, '0099_broken.sql')
    const options = { url, directory: pathToFileURL(`${directory}/`) }
    await writeFile(path, 'CREATE TABLE ops.half (id int);\nSELECT nonsense;')
    await expect(migrate(options)).rejects.toThrow(/0099_broken.sql failed: .*nonsense/)
    await writeFile(path, 'CREATE TABLE ops.half (id int);')
    expect(await migrate(options)).toEqual(['0099_broken.sql'])
  })

  test('migrations of a newer release are left alone', async () => {
    const directory = await copyOfMigrations()
    await writeFile(join(directory, '0099_newer.sql'), 'CREATE TABLE ops.newer (id int);')
    await migrate({ url, directory: pathToFileURL(`${directory}/`) })
    expect(await migrate({ url })).toEqual([])
  })

  test('every column that is not in plain text has its unit in its name', async () => {
    await migrate({ url })
    const rows = await query<{ column: string }>(
      url,
      `SELECT table_schema || '.' || table_name || '.' || column_name AS column
       FROM information_schema.columns
       WHERE table_schema IN ('kalshi', 'trade') AND data_type IN ('bigint', 'integer')
         AND table_name !~ '_(before|after)$'
         AND column_name !~ '_(bps|centi|micros|us|seq|seconds|minutes|milli|index)$'`,
    )
    expect(rows).toEqual([])
  })
})

describe.skipIf(!postgres)('partitions', () => {
  let session: Session
  beforeEach(async () => {
    const database = await freshDatabase(postgres!.url)
    await migrate({ url: database.url })
    session = await openSession({ url: database.url })
    return async () => {
      await session.close()
      await database.stop()
    }
  })

  const dayOf = (date: string): number => Date.parse(date) / 86_400_000

  test('events years apart and at midnight land in partitions of their own day', async () => {
    const days = ['2025-03-09', '2025-03-10', '2026-11-20'].map(dayOf)
    expect(await ensurePartitions(session, 'kalshi.book_deltas', days)).toBe(3)
    expect(await ensurePartitions(session, 'kalshi.book_deltas', days)).toBe(0)
    await session.query(`
      INSERT INTO kalshi.book_deltas SELECT 's', n, 'e' || n, t::timestamptz, now(), false,
        'M', 'yes', 5000, 100, n
      FROM (VALUES (1, '2025-03-09 23:59:59.999999+00'), (2, '2025-03-10 00:00:00+00'),
                   (3, '2026-11-20 12:00:00+00'), (4, '1970-01-01 00:00:00+00'),
                   (5, '2255-06-05 23:47:34.740991+00')) AS v (n, t)`)
    const { rows } = await session.query(
      `SELECT tape_seq::int AS n, tableoid::regclass::text AS at FROM kalshi.book_deltas ORDER BY 1`,
    )
    expect(rows).toEqual([
      { n: 1, at: 'kalshi.book_deltas_2025_03_09' },
      { n: 2, at: 'kalshi.book_deltas_2025_03_10' },
      { n: 3, at: 'kalshi.book_deltas_2026_11_20' },
      { n: 4, at: 'kalshi.book_deltas_before' },
      { n: 5, at: 'kalshi.book_deltas_after' },
    ])
  })

  test('a partition has the indexes of its table; months cover their last day', async () => {
    const days = ['2028-02-29', '2028-03-01', '2099-12-31'].map(dayOf)
    expect(await ensurePartitions(session, 'trade.fills', days)).toBe(3)
    const { rows } = await session.query<{ indexdef: string }>(
      `SELECT indexdef FROM pg_indexes WHERE tablename = 'fills_2028_02'`,
    )
    expect(rows.map((row) => /\((.*)\)/.exec(row.indexdef)![1]!).toSorted()).toEqual([
      'client_order_id',
      'event_time',
      'shard) WHERE (is_synthetic IS NULL',
    ])
  })

  test('nonsense times never ask for a partition', async () => {
    for (const table of await timeTables(session)) {
      expect(await ensurePartitions(session, table, [0, dayOf('2150-01-01'), 104_249])).toBe(0)
    }
  })

  test('two sessions making the same partition at once make it once', async () => {
    const url = (await session.query<{ d: string }>('SELECT current_database() AS d')).rows[0]!.d
    const own = new URL(postgres!.url)
    own.pathname = `/${url}`
    const others = await Promise.all(
      Array.from({ length: 6 }, () => openSession({ url: own.href })),
    )
    const days = ['2026-01-01', '2026-01-02', '2026-01-03'].map(dayOf)
    const made = await Promise.all(
      others.map((other) => ensurePartitions(other, 'ops.ticks', days)),
    )
    expect(made.reduce((sum, n) => sum + n, 0)).toBe(3)
    await Promise.all(others.map((other) => other.close()))
  })
})

async function copyOfMigrations(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kwm-migrations-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await cp(MIGRATIONS, directory, { recursive: true })
  return directory
}

async function query<R extends object>(url: string, text: string): Promise<R[]> {
  const session = await openSession({ url })
  try {
    return (await session.query<R>(text)).rows
  } finally {
    await session.close()
  }
}
