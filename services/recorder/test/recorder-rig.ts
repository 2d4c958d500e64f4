import { openSession } from '@kwm/adapter-pg'
import type { Session } from '@kwm/adapter-pg'
import { MemoryLog, systemClock } from '@kwm/runtime'
import type { Clock, DeadLetter, Outgoing } from '@kwm/runtime'
import { Registry } from 'prom-client'
import { createMetrics } from '../src/metrics.ts'
import { RecorderService } from '../src/service.ts'

export type Rig = {
  readonly service: RecorderService
  readonly letters: ReadonlyMap<string, DeadLetter>
  readonly metrics: Registry
}

export type RigOptions = {
  readonly tape: MemoryLog
  readonly connect: () => Promise<Session>
  readonly letters?: Map<string, DeadLetter>
  readonly batchMaxRows?: number
  readonly flushMs?: number
  readonly clock?: Clock
}

export const silent = { info: () => undefined, warn: () => undefined }

export function makeRig(options: RigOptions): Rig {
  const { tape, connect, letters = new Map(), batchMaxRows = 60, flushMs = 5 } = options
  const { clock = systemClock } = options
  const metrics = new Registry()
  const service = new RecorderService(
    {
      log: silent,
      tape,
      deadLetters: {
        append(letter) {
          letters.set(letter.id, letter)
          return Promise.resolve()
        },
      },
      connect,
      clock,
      metrics: createMetrics(metrics),
    },
    { batchMaxRows, flushMs },
  )
  return { service, letters, metrics }
}

export function memoryTape(shard: string, records: readonly Outgoing[]): MemoryLog {
  const tape = new MemoryLog(shard)
  const storedTimeUs = Date.parse('2026-11-20T18:00:00Z') * 1_000
  for (const [i, record] of records.entries()) tape.appendNow(record, storedTimeUs + i)
  return tape
}

/** Run until everything on the tape is committed, then drain. */
export async function recordAll(service: RecorderService, tape: MemoryLog): Promise<void> {
  const stop = new AbortController()
  const running = service.run(stop.signal)
  const failed = running.then(
    () => true,
    () => true,
  )
  const end = await tape.lastSeq()
  while (service.positionSeq < end) {
    if (await Promise.race([failed, systemClock.sleep(2)])) break
  }
  stop.abort()
  await running
}

/** Every row of a shard in every table, in the tape's order, without the shard's name. */
export async function dumpShard(url: string, shard: string): Promise<Record<string, unknown[]>> {
  const session = await openSession({ url })
  try {
    const { rows: tables } = await session.query<{ table_name: string }>(
      'SELECT table_name FROM ops.time_tables ORDER BY 1',
    )
    const dump: Record<string, unknown[]> = {}
    for (const { table_name: table } of tables) {
      const { rows } = await session.query<{ row: object }>(
        `SELECT to_jsonb(t) - 'shard' AS row FROM ${table} AS t WHERE shard = $1
         ORDER BY tape_seq, to_jsonb(t)::text`,
        [shard],
      )
      dump[table] = rows.map(({ row }) => row)
    }
    for (const [table, order] of [
      ['ops.recorder_position', 'tape_seq'],
      ['sim.runs', 'first_tape_seq'],
    ] as const) {
      const { rows } = await session.query<{ row: object }>(
        `SELECT to_jsonb(t) - 'shard' - 'updated_time' AS row FROM ${table} AS t
         WHERE shard = $1 ORDER BY ${order}`,
        [shard],
      )
      dump[table] = rows.map(({ row }) => row)
    }
    return dump
  } finally {
    await session.close()
  }
}
