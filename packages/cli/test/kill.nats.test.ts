import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ensureStreams, NatsEventLog, openNats } from '@kwm/adapter-nats'
import { natsServersOrSkip, startNatsServer } from '@kwm/adapter-nats/testing'
import { eagerConfigs } from '@kwm/backtest/testing'
import { makerOf } from '@kwm/contracts'
import type { TapeRecord } from '@kwm/runtime'
import { syntheticDay, type VenueSource } from '@kwm/sim'
import { Prng } from '@kwm/std'
import { afterEach, describe, expect, test } from 'vitest'
import { runInProcess } from '../src/demo/in-process-demo.ts'
import { MACHINE_SERVICES } from '../src/stack/local-stack.ts'
import { planReplay, ServiceReplay, startOf } from '../src/tape/replay-service.ts'

const SHARD = 'killed'
const SEED = 20_261_121
const KILLS = 25
const RECORDS_PER_KILL = 200
const BURST = 8
const HOUR_US = 3_600e6
const QUIET_MS = 2_000
const WAITS_MAX = 30
const ROOT = join(import.meta.dirname, '../../..')

const [natsServer] = natsServersOrSkip()

/** What a service of this name would have said to the tape, against what it did. */
function replayOf(name: string, records: readonly TapeRecord[]) {
  const starts = records.flatMap((record) => startOf(record) ?? [])
  const replay = new ServiceReplay(name, planReplay(name, starts), SHARD)
  for (const record of records) replay.take(record)
  return replay.result()
}

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
    const env = {
      ...{ NATS_URL: natsUrl, SHARD, HTTP_PORT: '0', SNAPSHOT_EVERY_RECORDS: '500' },
      // Gates so wide that every service has much to say.
      SIGNALS_ALLOCATED: eagerConfigs.signals.allocated.join(','),
      SIGNALS_PARAMS: JSON.stringify(eagerConfigs.signals.params),
    }
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
    const stop = new AbortController()
    try {
      await ensureStreams(nats, { shard: SHARD })
      const log = new NatsEventLog(nats, { shard: SHARD })
      for (const name of MACHINE_SERVICES) keepRunning(name)
      const records: TapeRecord[] = []
      const reading = follow(log, records, stop.signal)
      await feedAndKill(log, records)
      // A model that recovers on a busy machine computes in silence: what it owes may still come.
      let owing: readonly string[] = MACHINE_SERVICES
      for (let wait = 0; wait < WAITS_MAX && owing.length > 0; wait++) {
        await silence(records)
        owing = owing.filter((name) => replayOf(name, records).difference !== null)
      }
      stop.abort()
      await reading

      expect(new Set(records.map(({ id }) => id)).size).toBe(records.length)
      for (const name of owing) {
        expect(replayOf(name, records).difference?.cause, `${name}, seed ${SEED}`).toBeUndefined()
      }
      const makers = new Map<string, number>()
      for (const { id } of records) {
        const maker = makerOf(id) ?? 'outside'
        makers.set(maker, (makers.get(maker) ?? 0) + 1)
      }
      for (const name of ['outside', ...MACHINE_SERVICES]) {
        expect(makers.get(name) ?? 0, `records of ${name}`).toBeGreaterThan(10)
      }
    } finally {
      stop.abort()
      await nats.close()
      await server.stop()
    }
  }, 400_000)

  /** A burst of the tape at a time; in the middle of each share a service that came up is killed. */
  async function feedAndKill(log: NatsEventLog, tape: readonly TapeRecord[]): Promise<void> {
    const prng = new Prng(SEED)
    const outside = await outsideRecords()
    const startsOf = (name: string): number =>
      tape.filter((record) => startOf(record)?.service === name).length
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = MACHINE_SERVICES[kill % MACHINE_SERVICES.length]!
      const starts = 1 + Math.floor(kill / MACHINE_SERVICES.length)
      await expect.poll(() => startsOf(victim), { timeout: 60_000 }).toBeGreaterThanOrEqual(starts)
      const from = kill * RECORDS_PER_KILL
      const killedAt = from + BURST * prng.nextInt(RECORDS_PER_KILL / BURST)
      for (let sent = from; sent < from + RECORDS_PER_KILL; sent += BURST) {
        const burst = outside.slice(sent, sent + BURST)
        await Promise.all(burst.map((record) => log.append({ ...record, inputSeq: 0 })))
        if (sent === killedAt) services.get(victim)!.kill('SIGKILL')
        await delay(prng.nextInt(20))
      }
    }
  }

  /** What came from outside in an hour of a synthetic day. */
  async function outsideRecords(): Promise<TapeRecord[]> {
    const { source } = syntheticDay({ seed: 7, fromHour: 13 })
    const options = { source: until(source, source.startTimeUs + HOUR_US), shard: SHARD }
    const { tape } = await runInProcess({ ...options, onProgress: () => {} })
    const outside = tape.records.filter(({ id }) => makerOf(id) === undefined)
    expect(outside.length).toBeGreaterThanOrEqual(KILLS * RECORDS_PER_KILL)
    return outside
  }
})

const until = (source: VenueSource, endTimeUs: number): VenueSource => ({
  ...source,
  endTimeUs,
  *changes() {
    for (const change of source.changes()) {
      if (change.timeUs > endTimeUs) return
      yield change
    }
  },
})

async function follow(
  log: NatsEventLog,
  records: TapeRecord[],
  signal: AbortSignal,
): Promise<void> {
  for await (const batch of log.read({ fromSeq: 1, accepts: () => true, signal })) {
    records.push(...batch.records)
  }
}

/** Until nobody has said anything for a while. */
async function silence(records: readonly TapeRecord[]): Promise<void> {
  for (let known = -1; known !== records.length;) {
    known = records.length
    await delay(QUIET_MS)
  }
}
