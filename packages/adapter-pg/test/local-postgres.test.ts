import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startPostgres } from '../src/testing/index.ts'

test('a server of our own answers, and is gone after stop', async () => {
  const t0 = performance.now()
  const server = await startPostgres()
  console.log('start ms', performance.now() - t0)
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  const { rows } = await client.query('select version()')
  console.log(rows)
  await client.end()
  await server.stop()
  await expect(new pg.Client({ connectionString: server.url }).connect()).rejects.toThrow()
})
