import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const PACK = join(import.meta.dirname, '../../../infra/npm/pack-venue-sim.mjs')
const { PATH, HOME } = process.env

let directory = ''
let file = ''
let started: ChildProcess | undefined
/** npx, and what it runs. */
const end = (): void => {
  if (started && started.exitCode === null && started.signalCode === null)
    process.kill(-started.pid!, 'SIGTERM')
}
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'venue-sim-package-'))
  file = (await run(process.execPath, [PACK, directory])).stdout.trim()
}, 60_000)
afterAll(async () => {
  end()
  await rm(directory, { recursive: true, force: true })
})

/** As a stranger has it: a directory with nothing in it, a cache with nothing in it, no network. */
const npx = (args: readonly string[]): readonly string[] => [
  ...['--offline', '--yes', '--no-update-notifier', '--cache', join(directory, 'cache')],
  ...[`./${basename(file)}`, ...args],
]

test('npx of the packed file says what it is', async () => {
  const options = { cwd: directory, env: { PATH, HOME } }
  const { stdout } = await run('npx', npx(['--help']), options)
  expect(stdout).toContain('VENUE_SIM_PUBLIC_KEY_FILE')
}, 60_000)

test('npx of the packed file is an exchange', async () => {
  const key = join(directory, 'key.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const env = { PATH, HOME, HTTP_PORT: '0', VENUE_SIM_KEY_ID: 'k', VENUE_SIM_PUBLIC_KEY_FILE: key }
  const options = { cwd: directory, env, detached: true } as const
  const child = spawn('npx', npx([]), { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  started = child
  const port = await new Promise<number>((resolve, reject) => {
    let told = ''
    child.once('exit', (code) => reject(new Error(`exit ${code}: ${told}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      told += chunk.toString()
      const found = /"port":(\d+)/.exec(told)?.[1]
      if (found !== undefined) resolve(Number(found))
    })
  })
  const answer = await fetch(`http://127.0.0.1:${port}/trade-api/v2/markets?limit=1`)
  expect(await answer.json()).toMatchObject({ markets: [{ is_synthetic: true }] })
  const closed = new Promise((resolve) => child.once('close', resolve))
  end()
  await closed
}, 60_000)
