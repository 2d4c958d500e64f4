import { spawn } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { openPool, openSession, startLocalPostgres } from '../src/index.ts'
import { postgresOrSkip } from '../src/testing/index.ts'

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

describe.skipIf(!postgres)('a PostgreSQL of our own', () => {
  test('keeps its data from one start to the next', async () => {
    // Nobody else may enter the directory above: as root, the data is kept elsewhere.
    const above = await mkdtemp(join(tmpdir(), 'kwm-local-'))
    const dataDir = join(above, 'pg')
    const options = { dataDir, port: 0, isDurable: false }
    const first = await startLocalPostgres(options)
    await withSession(first.url, (s) => s.query('CREATE TABLE kept AS SELECT 42 AS n'))
    await first.stop()
    expect(isAlive(first.pid)).toBe(false)
    const second = await startLocalPostgres(options)
    const { rows } = await withSession(second.url, (s) => s.query('SELECT n FROM kept'))
    expect(rows).toEqual([{ n: 42 }])
    expect(second.dataDir).toBe(first.dataDir)
    expect(second.dataDir === dataDir).toBe(process.getuid?.() !== 0)
    await second.stop()
    await Promise.all(
      [above, second.dataDir].map((path) => rm(path, { recursive: true, force: true })),
    )
  })

  test("a directory that is in use, and a port that is taken, are told in the server's words", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'kwm-local-'))
    const first = await startLocalPostgres({
      dataDir,
      port: 0,
      isTemporary: true,
      isDurable: false,
    })
    await expect(startLocalPostgres({ dataDir, port: 0 })).rejects.toThrow(/postmaster.pid/)
    const other = await mkdtemp(join(tmpdir(), 'kwm-local-'))
    await expect(
      startLocalPostgres({ dataDir: other, port: first.port, isTemporary: true }),
    ).rejects.toThrow(/Address already in use/)
    await withSession(first.url, (s) => s.query('SELECT 1')) // It was left alone.
    await first.stop()
  })

  test('dies with its parent, also when that is killed', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'kwm-local-'))
    const module = join(import.meta.dirname, '../dist/index.js')
    const script = `
      const { startLocalPostgres } = await import(${JSON.stringify(module)})
      const { pid } = await startLocalPostgres(${JSON.stringify({ dataDir, port: 0, isTemporary: true })})
      console.log(pid)
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said = await new Promise<string>((settle) => {
      parent.stdout.once('data', (chunk: Buffer) => settle(chunk.toString()))
    })
    const pid = Number(said)
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await eventually(() => !isAlive(pid))
    await eventually(() =>
      stat(dataDir).then(
        () => false,
        () => true,
      ),
    )
  })
})

describe('a database that cannot be reached', () => {
  const url = 'postgres://someone:hunter2@127.0.0.1:1/weather'

  test('is named, with how to start one, and the password is not', async () => {
    for (const open of [openPool, openSession]) {
      const failure = await open({ url }).then(
        () => undefined,
        (error: unknown) => error as Error & { code: string },
      )
      expect(failure?.code).toBe('PG_UNAVAILABLE')
      expect(failure?.message).toMatch(/127\.0\.0\.1:1\/weather .*docker compose up -d postgres/)
      expect(failure?.message).not.toContain('hunter2')
    }
  })

  test('a text that is no address is a configuration error', async () => {
    await expect(openPool({ url: 'hunter2@nowhere' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.not.stringContaining('hunter2'),
    })
  })

  test.skipIf(!postgres)('a wrong password and a missing database are told apart', async () => {
    const wrong = new URL(postgres!.url)
    wrong.password = 'hunter2'
    await expect(openPool({ url: wrong.href })).rejects.toThrow(/refuses user "kwm"/)
    const missing = new URL(postgres!.url)
    missing.pathname = '/nowhere'
    await expect(openPool({ url: missing.href })).rejects.toThrow(/no such database/)
  })
})

async function withSession<T>(
  url: string,
  use: (session: Awaited<ReturnType<typeof openSession>>) => Promise<T>,
): Promise<T> {
  const session = await openSession({ url })
  try {
    return await use(session)
  } finally {
    await session.close()
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await isSo()) return
    await delay(50)
  }
  expect.fail('it did not come to pass within 10 s')
}
