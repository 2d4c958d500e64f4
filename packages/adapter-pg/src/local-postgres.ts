import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@kwm/runtime'
import pg from 'pg'
import { LocalPostgresError } from './errors.ts'
import { exists, isReachable, postgresBinaries } from './postgres-binaries.ts'
import { unprivilegedAccount } from './unprivileged-account.ts'
import type { Account } from './unprivileged-account.ts'

const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 15_000
const NAME = 'kwm'

export type LocalPostgresOptions = {
  /** Made when it is missing; a cluster that is already there is started again. */
  readonly dataDir: string
  /** On 127.0.0.1. 0: any free port. */
  readonly port: number
  readonly log?: (line: string) => void
  /** False: no fsync, for data that may be lost with the machine. */
  readonly isDurable?: boolean
  /** Remove the directory once the server has stopped, also when we are killed. */
  readonly isTemporary?: boolean
  readonly settings?: Readonly<Record<string, string>>
}

export type LocalPostgres = {
  readonly url: string
  readonly pid: number
  readonly port: number
  readonly dataDir: string
  stop(): Promise<void>
}

/**
 * A PostgreSQL of our own on the loopback interface. It does not outlive this process: a small shell
 * holds the other end of a pipe and stops the server when the pipe closes, however we died.
 * @throws {LocalPostgresError} No binaries, no account to run them as, or the server's own words.
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const account = await unprivilegedAccount()
  const bin = await postgresBinaries(account)
  const dataDir = await prepareDirectory(resolve(options.dataDir), account)
  if (dataDir !== resolve(options.dataDir)) {
    options.log?.(`postgres cannot enter ${options.dataDir}: its data is in ${dataDir}`)
  }
  const password = await initialise(bin, dataDir, account)
  const port = options.port || (await freePort())
  const child = spawn('/bin/sh', ['-c', WATCHDOG, 'kwm-postgres', bin, dataDir, ...tail(options)], {
    ...account,
    cwd: dataDir,
    // Its own session: Ctrl-C reaches us first, and we decide when the database stops.
    detached: true,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', PGPORT: String(port) },
  })
  const exited = new Promise<void>((settle) => child.once('exit', () => settle()))
  detach(child)

  const urlOf = (database: string): string =>
    `postgres://${NAME}:${password}@127.0.0.1:${port}/${database}`
  try {
    await untilAnswering(urlOf('postgres'), child, dataDir)
  } catch (error) {
    child.stdin.end()
    throw error
  }
  const pid = Number(
    (await readFile(join(dataDir, 'cluster/postmaster.pid'), 'utf8')).split('\n')[0],
  )
  return {
    url: urlOf(NAME),
    pid,
    port,
    dataDir,
    async stop() {
      child.stdin.end('stop\n')
      const deadline = new AbortController()
      await Promise.race([exited, delay(STOP_TIMEOUT_MS, undefined, { signal: deadline.signal })])
      deadline.abort()
    },
  }
}

/**
 * $1 binaries, $2 directory, $3 'temporary' or 'kept', then settings. `read` returns when a line
 * comes (stop in order) or when our death closes the pipe (stop at once). It signals the server it
 * started itself: the directory may be in use by another, which then refused ours.
 */
const WATCHDOG = `
bin=$1 dir=$2 kept=$3 own=$2/watchdog-$$.pid
shift 3
{
  sh -c 'echo $$ >"$0"; exec "$@"' "$own" "$bin/postgres" -D "$dir/cluster" "$@" \
    >>"$dir/postgres.log" 2>&1
  rm -f "$own"
  echo gone
} &
if read -r word; then signal=INT; else signal=QUIT; fi
if [ -f "$own" ]; then kill -s "$signal" "$(cat "$own")"; fi
wait
if [ "$kept" = temporary ]; then cd / && rm -rf "$dir"; fi
`

function tail({ isDurable = true, isTemporary = false, settings = {} }: LocalPostgresOptions) {
  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    max_connections: '60',
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    ...(isDurable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...settings,
  }
  const pairs = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return [isTemporary ? 'temporary' : 'kept', ...pairs]
}

/** The server's account must own the directory and be able to reach it. */
async function prepareDirectory(wanted: string, account: Account | undefined): Promise<string> {
  await mkdir(wanted, { recursive: true })
  if (!account) return wanted
  let directory = wanted
  if (!(await isReachable(dirname(wanted)))) {
    const key = createHash('sha256').update(wanted).digest('hex').slice(0, 12)
    directory = `/var/tmp/kwm-postgres-data-${key}`
    await mkdir(directory, { recursive: true })
  }
  await chown(directory, account.uid, account.gid)
  await chmod(directory, 0o700)
  return directory
}

/** Make the cluster unless it is there. Returns the password of its one user. */
async function initialise(bin: string, dataDir: string, account?: Account): Promise<string> {
  const passwordFile = join(dataDir, 'password')
  if (await exists(join(dataDir, 'cluster/PG_VERSION'))) {
    return (await readFile(passwordFile, 'utf8')).trim()
  }
  const password = randomBytes(12).toString('hex')
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (account) await chown(passwordFile, account.uid, account.gid)
  const args = ['-D', 'cluster', '-U', NAME, '-E', 'UTF8', '--locale=C', '--no-instructions']
  const child = spawn(
    join(bin, 'initdb'),
    [...args, '--no-sync', '--auth=scram-sha-256', '--pwfile=password'],
    { ...account, cwd: dataDir, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)))
  }
  const code = await new Promise<number | null>((settle, reject) => {
    child.once('error', reject)
    child.once('close', settle)
  })
  if (code !== 0) throw new LocalPostgresError(`initdb failed in ${dataDir}: ${said.trim()}`)
  return password
}

/** Wait for the server, and make our database in it. */
async function untilAnswering(
  url: string,
  child: ChildProcessWithoutNullStreams,
  dataDir: string,
): Promise<void> {
  let hasExited = false
  child.stdout.on('data', () => (hasExited = true)) // It speaks once: when the server is gone.
  child.once('exit', () => (hasExited = true))
  const deadline = performance.now() + START_TIMEOUT_MS
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [NAME])
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${NAME}`)
      await client.end()
      return
    } catch (error) {
      await client.end().catch(() => undefined)
      if (hasExited || performance.now() > deadline) throw await startFailure(dataDir, error)
    }
    await delay(25)
  }
}

async function startFailure(dataDir: string, cause: unknown): Promise<LocalPostgresError> {
  const log = await readFile(join(dataDir, 'postgres.log'), 'utf8').catch(() => '')
  const lines = log.trim().split('\n').slice(-6).join('\n')
  return new LocalPostgresError(`postgres did not start in ${dataDir}:\n${lines}`, { cause })
}

function detach(child: ChildProcessWithoutNullStreams): void {
  child.unref()
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    stream.on('error', () => undefined)
    if ('unref' in stream && typeof stream.unref === 'function') stream.unref()
  }
}
