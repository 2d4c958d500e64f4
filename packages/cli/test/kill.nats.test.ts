import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ensureStreams, NatsEventLog, openNats } from '@kwm/adapter-nats'
import { natsServersOrSkip, startNatsServer } from '@kwm/adapter-nats/testing'
import { makerOf } from '@kwm/contracts'
import type { TapeRecord } from '@kwm/runtime'
import { syntheticDay } from '@kwm/sim'
import { Prng } from '@kwm/std'
import { afterEach, describe, expect, test } from 'vitest'
import { runInProcess } from '../src/demo/in-process-demo.ts'
import { MACHINE_SERVICES } from '../src/stack/local-stack.ts'
import { planReplay, ServiceReplay, startOf } from '../src/tape/replay-service.ts'

const SHARD = 'killed'
const SEED = 20_261_121
const KILLS = 25
const RECORDS = 15_000
const RECORDS_PER_SECOND = 600
const KILL_EVERY_MS = (RECORDS / RECORDS_PER_SECOND / KILLS) * 1_000
const QUIET_MS = 3_000
const WAITS_MAX = 20
const QUIET_TIMEOUT_MS = 120_000
const ROOT = join(import.meta.dirname, '../../..')

const [natsServer] = natsServersOrSkip()

/** What a service of this name would have said to the tape, against what it did. */
function replayOf(name: string, records: readonly TapeRecord[]) {
  const starts = records.flatMap((record) => startOf(record) ?? [])
  const replay = new ServiceReplay(name, planReplay(name, starts), SHARD)
  for (const record of records) replay.take(record)
  return replay.result()
}

const owes =
  (records: readonly TapeRecord[]) =>
  (name: string): boolean =>
    replayOf(name, records).difference !== null

describe.skipIf(!natsServer)('machine services on a real server', () => {
  const services = new Map<string, ChildProcess>()
  let natsUrl = ''
  let isOver = false

  afterEach(() => {
    isOver = true
    for (const child of services.values()) child.kill('SIGKILL')
  })

  /** Killed or not, it is started again at once, as a supervisor does. */
  function keepRunning(name: string): void {
    const main = join(ROOT, 'services', name, 'dist/main.js')
    const env = { NATS_URL: natsUrl, SHARD, HTTP_PORT: '0', SNAPSHOT_EVERY_RECORDS: '1500' }
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.on('data', (bytes: Buffer) => process.stderr.write(bytes))
    services.set(name, child)
    child.once('exit', () => isOver || keepRunning(name))
  }

  test(`killed ${KILLS} times on the way, they say all they would have said, once, to the byte`, async () => {
    spawnSync('node_modules/.bin/tsc', ['--build'], { cwd: ROOT })
    const server = await startNatsServer()
    natsUrl = server.url
    const nats = await openNats({ url: natsUrl, name: 'test' })
    try {
      await ensureStreams(nats, { shard: SHARD })
      const log = new NatsEventLog(nats, { shard: SHARD })
      for (const name of MACHINE_SERVICES) keepRunning(name)
      const feeding = feed(log, await outsideRecords())
      const kills = await killAtRandom()
      await feeding
      let records = await readAll(log)
      // A model that recovers on a busy machine computes in silence: what it owes may still come.
      for (let wait = 0; wait < WAITS_MAX && MACHINE_SERVICES.some(owes(records)); wait++) {
        records = await readAll(log)
      }

      expect(Math.min(...kills.values()), 'every service was killed').toBeGreaterThanOrEqual(4)
      expect(new Set(records.map(({ id }) => id)).size).toBe(records.length)
      for (const name of MACHINE_SERVICES) {
        const { difference, outputs } = replayOf(name, records)
        expect(difference?.cause ?? null, `${name}, seed ${SEED}`).toBe(null)
        expect(outputs, name).toBeGreaterThan(0)
      }
    } finally {
      await nats.close()
      await server.stop()
    }
  }, 400_000)

  /** What came from outside on a synthetic day, from the hours in which orders are sent. */
  async function outsideRecords(): Promise<TapeRecord[]> {
    const { source } = syntheticDay({ seed: 7 })
    const { tape } = await runInProcess({ source, shard: SHARD, onProgress: () => {} })
    return tape.records.filter(({ id }) => makerOf(id) === undefined).slice(0, RECORDS)
  }

  async function feed(log: NatsEventLog, records: readonly TapeRecord[]): Promise<void> {
    const startedMs = performance.now()
    let last: Promise<unknown> | undefined
    for (let sent = 0; sent < records.length;) {
      const due = Math.ceil(((performance.now() - startedMs) / 1_000) * RECORDS_PER_SECOND)
      for (; sent < Math.min(due, records.length); sent++) {
        last = log.append({ ...records[sent]!, inputSeq: 0 })
      }
      await delay(4)
    }
    await last
  }

  async function killAtRandom(): Promise<Map<string, number>> {
    const prng = new Prng(SEED)
    const kills = new Map<string, number>(MACHINE_SERVICES.map((name) => [name, 0]))
    for (let kill = 0; kill < KILLS; kill++) {
      await delay(KILL_EVERY_MS * (0.5 + prng.nextFloat()))
      const name = MACHINE_SERVICES[kill % MACHINE_SERVICES.length]!
      services.get(name)!.kill('SIGKILL')
      kills.set(name, kills.get(name)! + 1)
    }
    return kills
  }

  /** Everything on the tape once nobody has said anything for a while. */
  async function readAll(log: NatsEventLog): Promise<TapeRecord[]> {
    const all: TapeRecord[] = []
    const stop = new AbortController()
    const deadline = setTimeout(() => stop.abort(), QUIET_TIMEOUT_MS)
    let quiet = setTimeout(() => {}, 0)
    for await (const { records } of log.read({
      fromSeq: 1,
      accepts: () => true,
      signal: stop.signal,
    })) {
      all.push(...records)
      clearTimeout(quiet)
      quiet = setTimeout(() => stop.abort(), QUIET_MS)
    }
    clearTimeout(deadline)
    clearTimeout(quiet)
    return all
  }
})
