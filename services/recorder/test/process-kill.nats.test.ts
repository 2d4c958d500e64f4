import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ensureStreams, NatsEventLog, openNats } from '@kwm/adapter-nats'
import { natsServersOrSkip, startNatsServer } from '@kwm/adapter-nats/testing'
import { openSession } from '@kwm/adapter-pg'
import type { Session } from '@kwm/adapter-pg'
import { postgresOrSkip } from '@kwm/adapter-pg/testing'
import { systemClock } from '@kwm/runtime'
import type { TapeRecord } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sampleTape } from './sample-tape.ts'

const SHARD = 'killed'
const RECORDS = 30_000
const KILLS = 6
const ROOT = join(import.meta.dirname, '../../..')
const MAIN = join(import.meta.dirname, '../dist/main.js')

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())
const [natsServer] = natsServersOrSkip()

describe.skipIf(!postgres || !natsServer)('the recorder process', () => {
  let session: Session
  let natsUrl = ''
  let tape: NatsEventLog
  const running = new Set<ChildProcess>()

  beforeAll(async () => {
    const built = spawnSync('node_modules/.bin/tsc', ['--build', 'services/recorder'], {
      cwd: ROOT,
    })
    if (!existsSync(MAIN)) throw new Error(`main.ts did not build: ${built.stdout.toString()}`)
    const server = await startNatsServer()
    natsUrl = server.url
    const nats = await openNats({ url: natsUrl, name: 'test' })
    await ensureStreams(nats, { shard: SHARD })
    tape = new NatsEventLog(nats, { shard: SHARD })
    session = await openSession({ url: postgres!.url })
    return async () => {
      for (const child of running) child.kill('SIGKILL')
      await session.close()
      tape.close()
      await nats.close()
      await server.stop()
    }
  }, 180_000)

  function start(): ChildProcess & { readonly output: () => string } {
    const child = spawn(process.execPath, [MAIN], {
      env: {
        PATH: process.env['PATH'],
        ...{ NATS_URL: natsUrl, SHARD, DATABASE_URL: postgres!.url, HTTP_PORT: '0' },
        ...{ RECORDER_BATCH_MAX_ROWS: '500', RECORDER_FLUSH_MS: '20' },
      },
    })
    running.add(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)))
    }
    return Object.assign(child, { output: () => output })
  }

  const exitOf = (child: ChildProcess): Promise<number | null> =>
    new Promise((settle) => {
      if (child.exitCode !== null || child.signalCode !== null) settle(child.exitCode)
      else child.once('exit', settle)
    })

  const position = async (): Promise<number> => {
    const { rows } = await session
      .query<{ tape_seq: string }>('SELECT tape_seq FROM ops.recorder_position')
      .catch(() => ({ rows: [] }))
    return Number(rows[0]?.tape_seq ?? 0)
  }

  test('killed again and again in the middle of a run, it has every record once', async () => {
    const prng = new Prng(2026)
    const records = sampleTape({ seed: 2026, records: RECORDS, shard: SHARD })
    await Promise.all(records.map((record) => tape.append(record)))
    let kills = 0
    for (; kills < KILLS; kills++) {
      const child = start()
      const from = await position()
      while ((await position()) <= from) {
        expect(child.exitCode, child.output()).toBe(null)
        await delay(3)
      }
      await delay(prng.nextUint32() % 60)
      child.kill('SIGKILL')
      await exitOf(child)
    }
    const killedAt = await position()
    expect(killedAt, 'kills fell into the run').toBeLessThan(RECORDS)

    const child = start()
    while ((await position()) < RECORDS) {
      expect(child.exitCode, child.output()).toBe(null)
      await delay(20)
    }
    child.kill('SIGTERM')
    expect(await exitOf(child), child.output()).toBe(0)

    const { rows } = await session.query<{ seq: string; event_id: string; body: string }>(
      'SELECT tape_seq AS seq, event_id, body FROM ops.tape_events WHERE shard = $1 ORDER BY 1',
      [SHARD],
    )
    const expected = await tapeRecords()
    expect(rows.map((row) => Number(row.seq))).toEqual(expected.map(({ seq }) => seq))
    const bodyOf = new Map(expected.map(({ seq, body }) => [seq, body]))
    const altered = rows.filter((row) => bodyOf.get(Number(row.seq)) !== row.body)
    expect(altered.map((row) => row.body).filter((body) => !body.startsWith('"'))).toEqual([])
    const { rows: typed } = await session.query<{ n: string; distinct: string }>(
      `SELECT count(*) AS n, count(DISTINCT tape_seq) AS distinct FROM trade.orders`,
    )
    expect(typed[0]!.n).toBe(typed[0]!.distinct)
    expect(Number(typed[0]!.n)).toBe(
      expected.filter(({ subject }) => /exec\.(order|cancel)/.test(subject)).length,
    )
  }, 180_000)

  async function tapeRecords(): Promise<TapeRecord[]> {
    const all: TapeRecord[] = []
    const stop = new AbortController()
    for await (const { records } of tape.read({
      fromSeq: 1,
      accepts: () => true,
      signal: stop.signal,
    })) {
      all.push(...records)
      if (all.length >= RECORDS) stop.abort()
      await systemClock.sleep(0)
    }
    return all
  }
})
