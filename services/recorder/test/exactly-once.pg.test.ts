import { ConnectionLostError, migrate, openSession } from '@kwm/adapter-pg'
import type { Session } from '@kwm/adapter-pg'
import { postgresOrSkip } from '@kwm/adapter-pg/testing'
import type { Clock, DeadLetter } from '@kwm/runtime'
import { systemClock } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dumpShard, makeRig, memoryTape, recordAll } from './recorder-rig.ts'
import { eventOf, listing, outgoing, sampleTape, START_US } from './sample-tape.ts'

/** Waits for locks and back-offs are real, and short. */
const hurried: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal),
}

const SEEDS = 30
/** `make properties` takes other seeds than `make test`. */
const FIRST_SEED = 1 + SEEDS * Number(process.env['KWM_SEED'] ?? 0)
const RECORDS = 250

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

describe.skipIf(!postgres)('exactly once', () => {
  const url = postgres?.url ?? ''
  let admin: Session
  beforeAll(async () => {
    await migrate({ url })
    admin = await openSession({ url })
    return () => admin.close()
  })

  function tapeFor(shard: string, seed: number) {
    const records = sampleTape({ seed, records: RECORDS, shard: 'same' })
    // The first listing rewrites the marks of what came before it: a kill must not lose or repeat it.
    const first = eventOf('md.market-listed.v1', listing('SYN-26NOV20-T1', seed % 2 === 0), {
      id: 'first-listing',
      eventTimeUs: START_US,
    })
    records.splice(40 + (seed % 60), 0, outgoing('same', first))
    return memoryTape(shard, records)
  }

  // Goal: whatever happens to the database connection or to the recorder, the tables are those of
  // an undisturbed run. Method: faults at seeded points of the dialogue with a real server, before
  // and after a statement took effect, a commit among them; the service now survives, now is made
  // anew.
  test.each(Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i))('seed %i', async (seed) => {
    const prng = new Prng(seed)
    const calm = tapeFor(`calm-${seed}`, seed)
    const calmLetters = new Map<string, DeadLetter>()
    const calmRig = makeRig({
      tape: calm,
      letters: calmLetters,
      connect: () => openSession({ url }),
      batchMaxRows: 1_000,
    })
    await recordAll(calmRig.service, calm)

    const shard = `rough-${seed}`
    const rough = tapeFor(shard, seed)
    const letters = new Map<string, DeadLetter>()
    const faults = { left: 6, hit: 0 }
    const connect = () => faultySession({ url, admin, prng, faults })
    const end = await rough.lastSeq()
    for (let position = 0; position < end;) {
      const batchMaxRows = 10 + (prng.nextUint32() % 150)
      const { service } = makeRig({ tape: rough, letters, connect, batchMaxRows, clock: hurried })
      const stop = new AbortController()
      const running = service.run(stop.signal)
      const dies = prng.nextUint32() % 3 === 0
      const diesAt = service.positionSeq + (prng.nextUint32() % end)
      const isOver = running.then(
        () => true,
        () => true,
      )
      while (service.positionSeq < (dies ? diesAt : end)) {
        if (await Promise.race([isOver, systemClock.sleep(1)])) break
      }
      stop.abort()
      await running
      position = service.positionSeq
    }
    expect(faults.hit, 'faults that were injected').toBeGreaterThan(0)
    expect(await dumpShard(url, shard), `seed ${seed}`).toEqual(
      await dumpShard(url, `calm-${seed}`),
    )
    expect([...letters.keys()].toSorted()).toEqual([...calmLetters.keys()].toSorted())
  })
})

type FaultOptions = {
  readonly url: string
  readonly admin: Session
  readonly prng: Prng
  readonly faults: { left: number; hit: number }
}

/**
 * A session that breaks at a seeded statement: the connection is cut before it, after it took
 * effect but before we know, or by the server while it runs.
 */
async function faultySession({ url, admin, prng, faults }: FaultOptions): Promise<Session> {
  const session = await openSession({ url })
  const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const pid = rows[0]!.pid
  let untilFault = 4 + (prng.nextUint32() % 100)
  let isCut = false
  const cut = async (): Promise<never> => {
    isCut = true
    await admin.query('SELECT pg_terminate_backend($1, 5000)', [pid])
    throw new ConnectionLostError('cut by the test')
  }
  async function perhapsCut<T>(text: string, statement: () => Promise<T>): Promise<T> {
    if (isCut) throw new ConnectionLostError('cut by the test')
    untilFault--
    // A first batch asks for many partitions; the statement that matters gets more than its share.
    const isChosen = text === 'COMMIT' && prng.nextUint32() % 4 === 0
    if (faults.left === 0 || (untilFault > 0 && !isChosen)) return statement()
    faults.left--
    faults.hit++
    const kind = prng.nextUint32() % 3
    if (kind === 0) return cut()
    if (kind === 1) {
      await statement()
      return cut()
    }
    const outcome = statement().catch(() => undefined)
    await cut().catch(() => undefined)
    await outcome
    throw new ConnectionLostError('cut by the test')
  }
  return {
    query: (text, values) => perhapsCut(text, () => session.query(text, values)),
    copyAll: (copies) => perhapsCut('COPY', () => session.copyAll(copies)),
    close: () => session.close().catch(() => undefined),
  }
}
