import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensurePartitions, migrate, openSession, timeTables } from '../src/index.ts'
import type { Session } from '../src/index.ts'
import { postgresOrSkip } from '../src/testing/index.ts'

// TimescaleDB is not in the packages we have. A stand-in extension of that name, found through
// PostgreSQL 18's extension_control_path, answers to create_hypertable and notes how it was called:
// what is tested is our side of it.
const STAND_IN = `
CREATE TABLE hypertable_calls (
  relation regclass, column_name name, chunk interval, default_indexes boolean
);
CREATE FUNCTION create_hypertable(
  relation regclass, time_column_name name,
  chunk_time_interval anyelement, create_default_indexes boolean DEFAULT true
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO hypertable_calls
  VALUES (relation, time_column_name, chunk_time_interval, create_default_indexes)
$$;`

async function extensionDirectory(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'kwm-extension-'))
  await mkdir(join(made, 'extension'))
  const control = `default_version = '2'\nrelocatable = true\ntrusted = true\n`
  await writeFile(join(made, 'extension/timescaledb.control'), control)
  await writeFile(join(made, 'extension/timescaledb--2.sql'), STAND_IN)
  await chmod(made, 0o755)
  return made
}

const directory = await extensionDirectory()
const postgres = await postgresOrSkip({
  settings: { extension_control_path: `$system:${directory}` },
})
afterAll(async () => {
  await postgres?.stop()
  await rm(directory, { recursive: true })
})

describe.skipIf(!postgres)('where TimescaleDB answers', () => {
  let session: Session
  beforeAll(async () => {
    await migrate({ url: postgres!.url })
    session = await openSession({ url: postgres!.url })
    return () => session.close()
  })

  test('every time table is a hypertable of its time column and grain', async () => {
    const { rows } = await session.query<{ relation: string }>(
      `SELECT relation::text, column_name, chunk::text, default_indexes
       FROM hypertable_calls ORDER BY 1`,
    )
    expect(rows.map(({ relation }) => relation)).toEqual(await timeTables(session))
    expect(rows).toContainEqual({
      ...{ relation: 'ops.tape_events', column_name: 'stored_time' },
      ...{ chunk: '1 day', default_indexes: false },
    })
    expect(rows).toContainEqual({
      ...{ relation: 'trade.fills', column_name: 'event_time' },
      ...{ chunk: '1 mon', default_indexes: false },
    })
  })

  test('there are no native partitions, and none are made', async () => {
    expect(await ensurePartitions(session, 'all', [20_777])).toBe(0)
    const { rowCount } = await session.query('SELECT FROM pg_inherits')
    expect(rowCount).toBe(0)
  })
})
