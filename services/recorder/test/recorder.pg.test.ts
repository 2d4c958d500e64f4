import { migrate, openSession } from '@kwm/adapter-pg'
import type { Session } from '@kwm/adapter-pg'
import { causationChain, declareRun, findEvent } from '@kwm/adapter-pg'
import { postgresOrSkip } from '@kwm/adapter-pg/testing'
import { eventTypes } from '@kwm/contracts'
import type { Outgoing } from '@kwm/runtime'
import { MemoryLog, systemClock } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVENT_COLUMNS } from '../src/rows/event-table.ts'
import { tableOf } from '../src/rows/event-tables.ts'
import { dumpShard, makeRig, memoryTape, recordAll } from './recorder-rig.ts'
import { eventOf, listing, outgoing, sampleData, sampleTape, START_US } from './sample-tape.ts'

const postgres = await postgresOrSkip()
afterAll(() => postgres?.stop())

describe.skipIf(!postgres)('recorder', () => {
  const url = postgres?.url ?? ''
  const connect = (): Promise<Session> => openSession({ url })
  let session: Session
  beforeAll(async () => {
    await migrate({ url })
    session = await connect()
    return () => session.close()
  })

  async function record(shard: string, all: readonly Outgoing[]) {
    const tape = memoryTape(shard, all)
    const rig = makeRig({ tape, connect })
    await recordAll(rig.service, tape)
    return { ...rig, dump: await dumpShard(url, shard) }
  }

  test('the columns of every mapping are the columns of its table', async () => {
    const { rows } = await session.query<{ name: string; columns: string[] }>(
      `SELECT table_schema || '.' || table_name AS name, array_agg(column_name::text) AS columns
       FROM information_schema.columns
       WHERE column_name NOT IN ('known_time', 'value_kind') GROUP BY 1 -- Of downloads alone.`,
    )
    const columnsOf = new Map(rows.map(({ name, columns }) => [name, columns]))
    const data = sampleData(new Prng(1))
    const mapped = new Map<string, Set<string>>()
    for (const type of eventTypes) {
      const target = tableOf(type)
      if (!target) continue
      expect(target.values(data[type]).length, type).toBe(target.columns.length)
      const all = mapped.get(target.table) ?? new Set<string>(EVENT_COLUMNS)
      for (const column of target.columns) all.add(column)
      mapped.set(target.table, all)
    }
    for (const [table, columns] of mapped) {
      expect([...columns].toSorted(), table).toEqual(columnsOf.get(table)?.toSorted())
    }
  })

  test('one event of every type becomes its row, and its body is kept to the letter', async () => {
    const data = sampleData(new Prng(7))
    const records = eventTypes.map((type, i) =>
      outgoing('types', eventOf(type, data[type], { id: `t-${type}`, eventTimeUs: START_US + i })),
    )
    const { dump, letters } = await record('types', records)
    expect(letters.size).toBe(0)
    const typed = Object.entries(dump).filter(([table]) => table !== 'ops.tape_events')
    const ids: string[] = typed.flatMap(([, rows]) =>
      rows.map((row) => (row as { event_id?: string }).event_id ?? ''),
    )
    const untabled = eventTypes.filter((type) => !tableOf(type))
    expect([...ids.filter(Boolean), ...untabled.map((type) => `t-${type}`)].toSorted()).toEqual(
      eventTypes.map((type) => `t-${type}`).toSorted(),
    )
    for (const { id, body } of records) {
      expect((await findEvent(session, id, { shard: 'types' }))?.body).toBe(body)
    }
    expect(dump['kalshi.book_deltas']).toMatchObject([
      { event_time: '2026-11-20T17:00:00+00:00', ingest_time: '2026-11-20T17:00:00.00025+00:00' },
    ])
    expect(dump['ops.control']).toMatchObject(
      ['mode-changed', 'halt-requested', 'resume-requested', 'halted', 'resumed', 'reconciled'].map(
        (action) => ({ action }),
      ),
    )
    expect(dump['wx.observations']).toMatchObject([{ station_ids: ['KNYC', 'a "b" \\c, {d}', ''] }])
    expect(dump['ops.service_starts']).toMatchObject([
      { config: data['ops.service-started.v1'].config },
    ])
  })

  test('what cannot be parsed is kept to the letter, counted and dead-lettered', async () => {
    const bodies = ['nonsense', '{"a":1}', 'nul \u0000 lone \udc00', '']
    const records = bodies.map((body, i) => {
      const subject = i === 1 ? 'tape.broken.no.such-event.v1.x' : 'tape.broken.ops.tick.v1.x'
      return { subject, id: `broken-${i}`, inputSeq: 0, body }
    })
    const { dump, letters, metrics } = await record('broken', records)
    expect([...letters.keys()]).toEqual(records.map(({ id }) => id))
    expect(await metrics.getSingleMetricAsString('recorder_dead_letters_total')).toMatch(/ 4$/m)
    expect(dump['ops.tape_events']).toMatchObject([
      { body: 'nonsense', body_form: 'exact', failure: 'body: not JSON', event_time: null },
      {
        body: '{"a":1}',
        type: 'no.such-event.v1',
        failure: expect.stringMatching(/no.such-event/),
      },
      { body_form: 'json-string' },
      { body: '' },
    ])
    for (const { id, body } of records) expect((await findEvent(session, id))?.body).toBe(body)
  })

  test('a record PostgreSQL will not have costs its own typed row and no other', async () => {
    const records = sampleTape({ seed: 3, records: 300, shard: 'poison' })
    const poisoned = new Set([17, 18, 150, 299])
    for (const i of poisoned) {
      const data = { ...sampleData(new Prng(i))['wx.climate-report.v1'], climateDate: '2026-99-99' }
      const event = eventOf('wx.climate-report.v1', data, { id: `e${i}`, eventTimeUs: START_US })
      records[i] = outgoing('poison', event)
    }
    const { dump, letters } = await record('poison', records)
    const without = await record(
      'healthy',
      records.filter((_, i) => !poisoned.has(i)),
    )
    const ids = (rows: unknown[] | undefined) =>
      rows?.map((row) => (row as { event_id?: string }).event_id)
    for (const [table, rows] of Object.entries(without.dump)) {
      if (table !== 'ops.tape_events') expect(ids(dump[table]), table).toEqual(ids(rows))
    }
    expect(dump['ops.tape_events']).toHaveLength(300)
    for (const i of poisoned) {
      expect(letters.get(`e${i}`)?.reason).toMatch(/date/)
      expect(dump['ops.tape_events']![i]).toMatchObject({ failure: expect.stringMatching(/date/) })
    }
  })

  test('a second recorder of the shard waits until the first is gone', async () => {
    const records = sampleTape({ seed: 5, records: 220, shard: 'twice' })
    const tape = memoryTape('twice', records.slice(0, 200))
    const [first, second] = [makeRig({ tape, connect }), makeRig({ tape, connect })]
    const [stopFirst, stopSecond] = [new AbortController(), new AbortController()]
    const firstRun = first.service.run(stopFirst.signal)
    await until(() => first.service.positionSeq === 200)
    const secondRun = second.service.run(stopSecond.signal)
    await until(() => second.service.readiness === 'waiting for another recorder')
    stopFirst.abort()
    await firstRun
    for (const late of records.slice(200)) tape.appendNow(late)
    await until(() => second.service.positionSeq === 220 && second.service.readiness === true)
    stopSecond.abort()
    await secondRun
    const dump = await dumpShard(url, 'twice')
    expect(dump['ops.tape_events']!.map((row) => (row as { tape_seq: number }).tape_seq)).toEqual(
      Array.from({ length: 220 }, (_, i) => i + 1),
    )
  })

  test('stopping commits what was read, also a batch that is far from full', async () => {
    const tape = memoryTape('drain', sampleTape({ seed: 8, records: 20, shard: 'drain' }))
    const { service } = makeRig({ tape, connect, batchMaxRows: 1_000_000, flushMs: 3_600_000 })
    const stop = new AbortController()
    const running = service.run(stop.signal)
    await until(() => service.readiness === true)
    await systemClock.sleep(20)
    stop.abort()
    await running
    expect(service.positionSeq).toBe(20)
  })

  test('a tape that was made anew under an old name is refused', async () => {
    await record('anew', sampleTape({ seed: 9, records: 10, shard: 'anew' }))
    const { service } = makeRig({ tape: new MemoryLog('anew'), connect })
    await expect(service.run(new AbortController().signal)).rejects.toMatchObject({
      code: 'RECORDER_TAPE_BEHIND',
    })
  })

  test('a database that does not come back ends the run with an error, after bounded tries', async () => {
    const tape = memoryTape('gone', sampleTape({ seed: 1, records: 10, shard: 'gone' }))
    let tries = 0
    const { service } = makeRig({
      tape,
      clock: { ...systemClock, sleep: () => Promise.resolve() },
      connect: () => {
        tries++
        return openSession({ url: 'postgres://kwm:secret@127.0.0.1:1/kwm' })
      },
    })
    const running = service.run(new AbortController().signal)
    await expect(running).rejects.toThrow(/Postgres does not answer at 127.0.0.1:1\/kwm/)
    await expect(running).rejects.not.toThrow(/secret/)
    expect(tries).toBe(9)
  })

  test('synthetic records are marked, also those before the first listing', async () => {
    const tick = (id: string, i: number) =>
      outgoing(
        'synth',
        eventOf('ops.tick.v1', { second: i, source: 'tape' }, { id, eventTimeUs: START_US + i }),
      )
    const list = (id: string, ticker: string, isSynthetic: boolean) =>
      outgoing(
        'synth',
        eventOf('md.market-listed.v1', listing(ticker, isSynthetic), { id, eventTimeUs: START_US }),
      )
    const stale = (id: string, marketTicker: string) =>
      outgoing(
        'synth',
        eventOf(
          'md.book-stale.v1',
          { marketTicker, reason: 'audit' },
          { id, eventTimeUs: START_US },
        ),
      )
    const { dump } = await record('synth', [
      tick('before', 0),
      list('fake', 'SYN-1-A', true),
      tick('during', 1),
      list('real', 'REAL-1-A', false),
      tick('after', 2),
      stale('stale-fake', 'SYN-1-A'),
      stale('stale-real', 'REAL-1-A'),
    ])
    const marks = (table: string) =>
      Object.fromEntries(
        (dump[table] as { event_id: string; is_synthetic: boolean }[]).map((row) => [
          row.event_id,
          row.is_synthetic,
        ]),
      )
    expect(marks('ops.ticks')).toEqual({ before: true, during: true, after: false })
    expect(marks('kalshi.book_stale')).toEqual({ 'stale-fake': true, 'stale-real': false })
    expect(marks('ops.tape_events')).toMatchObject({
      before: true,
      'stale-fake': true,
      real: false,
    })
    expect(dump['sim.runs']).toMatchObject([
      { first_tape_seq: 2, is_synthetic: true, started_time: '2026-11-20T17:00:00+00:00' },
      { first_tape_seq: 4, is_synthetic: false },
    ])
  })

  test('a run declared beforehand marks every record and keeps its seed', async () => {
    await declareRun(session, {
      ...{ shard: 'declared', firstTapeSeq: 1, startedTimeUs: START_US + 1 },
      ...{ seed: '42', source: 'venue-sim', isSynthetic: true },
    })
    const tape = [
      eventOf('ops.tick.v1', { second: 1, source: 'tape' }, { id: 'a', eventTimeUs: START_US }),
      eventOf('md.market-listed.v1', listing('S-1-A', true), { id: 'b', eventTimeUs: START_US }),
    ]
    const { dump } = await record(
      'declared',
      tape.map((event) => outgoing('declared', event)),
    )
    expect(dump['ops.tape_events']).toMatchObject([{ is_synthetic: true }, { is_synthetic: true }])
    expect(dump['sim.runs']).toMatchObject([
      { seed: '42', started_time: '2026-11-20T17:00:00.000001+00:00' },
    ])
  })

  test('a chain of causes is followed to where it leaves the tape', async () => {
    const chain = ['frame-1', 'c1', 'c2', 'c3'].map((id, i, ids) => ({
      ...eventOf('ops.tick.v1', { second: i, source: 'wall' }, { id, eventTimeUs: START_US }),
      causationId: ids[i - 1] ?? 'outside',
    }))
    await record(
      'chain',
      chain.slice(1).map((event) => outgoing('chain', event)),
    )
    const found = await causationChain(session, 'c3', { shard: 'chain' })
    expect(found.map(({ id, tapeSeq, eventTimeUs }) => ({ id, tapeSeq, eventTimeUs }))).toEqual([
      { id: 'c3', tapeSeq: 3, eventTimeUs: START_US },
      { id: 'c2', tapeSeq: 2, eventTimeUs: START_US },
      { id: 'c1', tapeSeq: 1, eventTimeUs: START_US },
    ])
    expect(await causationChain(session, 'nobody')).toEqual([])
  })
})

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 8_000 && !isSo(); i++) await systemClock.sleep(5)
  expect(isSo()).toBe(true)
}
