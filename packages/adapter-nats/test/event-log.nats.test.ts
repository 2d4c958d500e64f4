import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ensureStreams, NatsEventLog, openNats, type Nats } from '@kwm/adapter-nats'
import { startNatsServer, type NatsServer } from '@kwm/adapter-nats/testing'
import type { EventType } from '@kwm/contracts'
import type { Outgoing, TapeRecord } from '@kwm/runtime'
import { onEachServer } from './on-each-server.ts'
import { fastest } from './fastest.ts'
import { outgoing as outgoingOf, readThrough } from './tape.ts'

onEachServer('the tape', (version) => {
  let server: NatsServer
  let nats: Nats
  let log: NatsEventLog
  let tests = 0
  let shard = ''
  let stream = ''
  const outgoing = (index: number, type?: EventType): Outgoing => outgoingOf(index, type, shard)

  beforeAll(async () => {
    server = await startNatsServer({ version })
    nats = await openNats({ url: server.url, name: 'test' })
  })
  afterAll(async () => {
    await nats.close()
    await server.stop()
  })
  beforeEach(async () => {
    // A tape each: nats-server 2.15.1 may bring back parts of a stream deleted a moment ago.
    shard = `test${++tests}`
    stream = `TAPE_${shard}`
    await ensureStreams(nats, { shard })
    log = new NatsEventLog(nats, { shard })
  })

  test('streams are made once and left alone after that', async () => {
    await ensureStreams(nats, { shard })
    const { config } = await nats.manager.streams.info(stream)
    expect(config.subjects).toEqual([`tape.${shard}.>`])
    expect(config.storage).toBe('file')
    expect(config.duplicate_window).toBe(120e9)
    await nats.manager.streams.update(stream, { max_bytes: 1e9 })
    await ensureStreams(nats, { shard })
    expect((await nats.manager.streams.info(stream)).config.max_bytes).toBe(1e9)
  })

  test('appends in order, once per id, and gives back what was appended', async () => {
    expect(await log.lastSeq()).toBe(0)
    const acks = await Promise.all([1, 2, 2, 3].map((index) => log.append(outgoing(index))))
    expect(acks.map(({ seq }) => seq)).toEqual([1, 2, 2, 3])
    expect(acks.map(({ isDuplicate }) => isDuplicate)).toEqual([false, false, true, false])
    expect(await log.lastSeq()).toBe(3)

    const { records } = await readThrough(log, { fromSeq: 1, untilSeq: 3 })
    const appended = [1, 2, 3].map((index) => outgoing(index))
    expect(records).toMatchObject(appended)
    expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3])
    const nowUs = Date.now() * 1_000
    for (const { storedTimeUs } of records) {
      expect(Math.abs(nowUs - storedTimeUs)).toBeLessThan(60e6)
    }
    expect(new Set(records.map(({ storedTimeUs }) => storedTimeUs % 1_000)).size).toBeGreaterThan(1)
  })

  test('50,000 overlapping appends are read in the order of the calls by every reader', async () => {
    const count = 50_000
    const read = readThrough(log, { fromSeq: 1, untilSeq: count })
    const acks = []
    for (let index = 1; index <= count; index++) {
      acks.push(log.append(outgoing(index)))
      if (index % 5_000 === 0) await acks.at(-1)
    }
    for (const [index, { seq }] of (await Promise.all(acks)).entries()) expect(seq).toBe(index + 1)
    const late = await readThrough(log, { fromSeq: 1, untilSeq: count })
    for (const { records } of [await read, late]) {
      expect(records.length).toBe(count)
      for (const [at, { seq, id }] of records.entries()) {
        if (seq !== at + 1 || id !== `test-${seq}`)
          expect([seq, id]).toEqual([at + 1, `test-${seq}`])
      }
    }
  })

  test('reads from the middle, and waits where there is nothing yet', async () => {
    await Promise.all([1, 2, 3, 4].map((index) => log.append(outgoing(index))))
    const { records } = await readThrough(log, { fromSeq: 3, untilSeq: 4 })
    expect(records.map(({ seq }) => seq)).toEqual([3, 4])

    const later = readThrough(log, { fromSeq: 5, untilSeq: 5 })
    await log.append(outgoing(5))
    expect((await later).records.map(({ seq }) => seq)).toEqual([5])
  })

  test('a single record is delivered at once, not with the next', async () => {
    const stop = new AbortController()
    const arrivals: TapeRecord[] = []
    const done = (async () => {
      for await (const { records } of log.read({
        fromSeq: 1,
        accepts: () => true,
        signal: stop.signal,
      })) {
        arrivals.push(...records)
      }
    })()
    for (let index = 1; index <= 20; index++) {
      await log.append(outgoing(index))
      await expect.poll(() => arrivals.length, { interval: 1 }).toBe(index)
    }
    stop.abort()
    await done
  })

  test('skips by subject, and says how far it is when all was skipped', async () => {
    for (let index = 1; index <= 30; index++) {
      await log.append(outgoing(index, index % 10 === 0 ? 'ops.tick.v1' : 'md.trade.v1'))
    }
    const accepts = (subject: string): boolean => subject.includes('.ops.tick.')
    for (const eventTypes of [undefined, ['ops.tick.v1'], ['ops.tick.v1', 'md.ticker.v1']]) {
      const { records } = await readThrough(log, {
        fromSeq: 1,
        untilSeq: 30,
        accepts,
        ...(eventTypes && { eventTypes }),
      })
      expect(records.map(({ seq }) => seq)).toEqual([10, 20, 30])
    }
  })

  test('a reader whose newest records are filtered away learns that it has caught up', async () => {
    await log.append(outgoing(1, 'ops.tick.v1'))
    for (let index = 2; index <= 10; index++) await log.append(outgoing(index))
    const filter = {
      accepts: (subject: string) => !subject.includes('.md.book-delta.'),
      eventTypes: ['ops.tick.v1', 'md.trade.v1'],
    }
    for (const fromSeq of [1, 2]) {
      const elapsedMs = await fastest(async () => {
        const read = await readThrough(log, { fromSeq, untilSeq: 10, ...filter })
        expect(read.records.length).toBe(fromSeq === 1 ? 1 : 0)
        expect(read.throughSeq).toBe(10)
      })
      expect(elapsedMs, 'not only by a heartbeat').toBeLessThan(500)
    }

    // Also when the newest arrive while it reads: by the next heartbeat.
    const following = readThrough(log, { fromSeq: 1, untilSeq: 12, ...filter })
    await new Promise((resolve) => setTimeout(resolve, 300))
    await log.append(outgoing(11))
    await log.append(outgoing(12))
    expect((await following).records.length).toBe(1)
  })

  test('a slow reader holds the server back and loses nothing', async () => {
    const count = 40_000
    const body = 'x'.repeat(2_000)
    const before = process.memoryUsage().rss
    for (let index = 1; index <= count; index += 2_000) {
      await Promise.all(
        Array.from({ length: 2_000 }, (_, at) => log.append({ ...outgoing(index + at), body })),
      )
    }
    const stop = new AbortController()
    let expected = 1
    for await (const { records, throughSeq } of log.read({
      fromSeq: 1,
      accepts: () => true,
      signal: stop.signal,
    })) {
      for (const { seq } of records) if (seq !== expected++) expect(seq).toBe(expected - 1)
      expect(records.length).toBeLessThanOrEqual(1_024)
      if (throughSeq < 2_000) {
        await new Promise((resolve) => setTimeout(resolve, 1_500))
        const [consumer] = await nats.manager.consumers.list(stream).next()
        expect(consumer!.num_pending).toBeGreaterThan(count / 4)
      }
      if (throughSeq >= count) break
    }
    expect(expected).toBe(count + 1)
    expect(process.memoryUsage().rss - before).toBeLessThan(400e6)
  })

  test('a tape shorter than what the reader has seen is an error, not a wait', async () => {
    await log.append(outgoing(1))
    await expect(readThrough(log, { fromSeq: 5, untilSeq: 5 })).rejects.toThrow(/ends at 1/)
    await nats.manager.streams.purge(stream)
    await log.append(outgoing(2))
    await log.append(outgoing(3))
    await nats.manager.streams.purge(stream, { seq: 3 })
    await expect(readThrough(log, { fromSeq: 2, untilSeq: 3 })).rejects.toThrow(/begins at 3/)
    await nats.manager.streams.delete(stream)
    await expect(readThrough(log, { fromSeq: 1, untilSeq: 1 })).rejects.toThrow(
      `no stream ${stream}`,
    )
  })

  test('lastOf finds the newest of a type', async () => {
    expect(await log.lastOf('ops.tick.v1')).toBeUndefined()
    for (const index of [1, 2]) await log.append(outgoing(index, 'ops.tick.v1'))
    await log.append(outgoing(3))
    expect(await log.lastOf('ops.tick.v1')).toMatchObject({ ...outgoing(2, 'ops.tick.v1'), seq: 2 })
  })
})
