import { Kvm } from '@nats-io/kv'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import {
  ensureStreams,
  NatsDeadLetterLog,
  NatsRawLog,
  NatsSnapshotStore,
  openNats,
  type Nats,
} from '@kwm/adapter-nats'
import { startNatsServer, type NatsServer } from '@kwm/adapter-nats/testing'
import { rawSubject, type RawFrame } from '@kwm/contracts'
import type { RawRecord } from '@kwm/runtime'
import { onEachServer } from './on-each-server.ts'

const CHUNKS_OF_5_MB = 10

const frame = (frameNo: number, bytes: Uint8Array): RawFrame => ({
  kind: frameNo === 0 ? 'open' : 'frame',
  connectionId: 'kalshi-1',
  frameNo,
  receivedTimeUs: 1_795_224_899_193_123 + frameNo,
  bytes,
})

onEachServer('the stores', (version) => {
  let server: NatsServer
  let nats: Nats

  beforeAll(async () => {
    server = await startNatsServer({ version })
    nats = await openNats({ url: server.url, name: 'test' })
    await ensureStreams(nats, { shard: 'main' })
  })
  afterEach(() => vi.restoreAllMocks())
  afterAll(async () => {
    await nats.close()
    await server.stop()
  })

  test('raw frames come back byte for byte, and the replay ends at the newest', async () => {
    const log = new NatsRawLog(nats)
    const subject = rawSubject('kalshi', 'ws')
    const every = Uint8Array.from({ length: 256 }, (_, at) => at)
    const payloads = [every, new Uint8Array(0), Uint8Array.of(0xff, 0xfe, 0x0d, 0x0a, 0x0d, 0x0a)]
    expect(await collect(log, subject)).toEqual([])
    for (const [frameNo, bytes] of payloads.entries()) {
      expect((await log.append(subject, frame(frameNo, bytes))).isDuplicate).toBe(false)
      await log.append(rawSubject('nws', 'cli'), {
        ...frame(frameNo, every),
        connectionId: `nws-${frameNo}`,
      })
    }
    expect((await log.append(subject, frame(1, every))).isDuplicate).toBe(true)
    expect(await log.lastSeq()).toBe(6)

    const records = await collect(log, subject)
    expect(records).toEqual(
      payloads.map((bytes, at) => ({ ...frame(at, bytes), seq: 2 * at + 1, subject })),
    )
    expect((await collect(log, subject, 4)).map(({ seq }) => seq)).toEqual([5])
    expect(await collect(log, subject, 99)).toEqual([])
    expect((await collect(log, 'raw.>')).length).toBe(6)
  })

  test('dead letters keep the body and the reason, once per record', async () => {
    const log = new NatsDeadLetterLog(nats)
    const body = Uint8Array.of(0xc3, 0x28, 0)
    const letter = { service: 'risk', subject: 'tape.main.x', id: 'bad-1', body }
    await log.append({ ...letter, reason: 'data.priceBps:\nexpected number' })
    await log.append({ ...letter, reason: 'again' })
    await log.append({ ...letter, service: 'exec', reason: 'also there' })
    const { state } = await nats.manager.streams.info('DLQ')
    expect(state.messages).toBe(2)
    const stored = await nats.manager.streams.getMessage('DLQ', { last_by_subj: 'dlq.risk' })
    expect([...stored!.data]).toEqual([...body])
    expect(stored!.header.get('Kwm-Reason')).toBe('data.priceBps: expected number')
    expect(stored!.header.get('Kwm-Subject')).toBe('tape.main.x')
    expect(stored!.header.get('Kwm-Id')).toBe('bad-1')
  })

  test('a snapshot above the message size replaces the one before as a whole', async () => {
    const store = new NatsSnapshotStore(nats)
    expect(await store.load('risk')).toBeUndefined()
    const first = { v: 1, tapeSeq: 7, state: incompressible(11e6, 1) } as const
    await store.save('risk', first)
    expect(await new NatsSnapshotStore(nats).load('risk')).toEqual(first)
    expect((await chunkKeys()).length).toBeGreaterThan(CHUNKS_OF_5_MB)

    const second = { v: 1, tapeSeq: 8, state: '{"small":true,"text":"é°F"}' } as const
    await store.save('risk', second)
    expect(await store.load('risk')).toEqual(second)
    expect((await chunkKeys()).length).toBe(1)
  })

  test.each(['a chunk', 'the head'])(
    'a crash before %s is written leaves the old one',
    async (what) => {
      const store = new NatsSnapshotStore(nats)
      const old = { v: 1, tapeSeq: 10, state: incompressible(3e6, 2) } as const
      await store.save('risk', old)
      const before = (await chunkKeys()).length

      const bucket = Object.getPrototypeOf(await new Kvm(nats.connection).open('snapshots'))
      const put = bucket.put
      vi.spyOn(bucket, 'put').mockImplementation(function (this: unknown, ...args: unknown[]) {
        const isFatal = what === 'the head' ? /\.head$/ : /\.chunk\..*\.2$/
        if (isFatal.test(String(args[0]))) throw new Error('crash')
        return put.apply(this, args)
      })
      const next = { v: 1, tapeSeq: 11, state: incompressible(4e6, 3) } as const
      await expect(store.save('risk', next)).rejects.toThrow('crash')
      vi.restoreAllMocks()
      expect((await chunkKeys()).length).toBeGreaterThan(before)
      expect(await new NatsSnapshotStore(nats).load('risk')).toEqual(old)

      await store.save('other', next)
      await store.save('risk', next)
      expect(await store.load('risk')).toEqual(next)
      const generations = new Set((await chunkKeys()).map((key) => key.split('.')[4]))
      expect(generations.size).toBe(1)
      expect(await store.load('other')).toEqual(next)
    },
  )

  test('an altered or missing chunk is an error, not a state', async () => {
    const store = new NatsSnapshotStore(nats)
    await store.save('features', { v: 1, tapeSeq: 5, state: incompressible(2e6, 4) })
    const bucket = await new Kvm(nats.connection).open('snapshots')
    const key = (await chunkKeys('features')).at(-1)!.slice('$KV.snapshots.'.length)
    const { value } = (await bucket.get(key))!
    await bucket.put(
      key,
      value.map((byte, at) => (at === 100 ? byte ^ 1 : byte)),
    )
    await expect(store.load('features')).rejects.toMatchObject({ code: 'NATS_SNAPSHOT_CORRUPT' })
    await bucket.delete(key)
    await expect(store.load('features')).rejects.toThrow(/delete key features.head/)
    await bucket.delete('features.head')
    expect(await store.load('features')).toBeUndefined()
  })

  async function chunkKeys(service = 'risk'): Promise<string[]> {
    const { state } = await nats.manager.streams.info('KV_snapshots', {
      subjects_filter: `$KV.snapshots.${service}.chunk.>`,
    })
    return Object.keys(state.subjects ?? {}).toSorted()
  }
})

async function collect(log: NatsRawLog, subject: string, fromSeq = 1): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for await (const record of log.replay({ subject, fromSeq })) records.push(record)
  return records
}

/** Text that gzip cannot make much smaller than its half. */
function incompressible(length: number, seed: number): string {
  let state = seed
  let text = ''
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text += state.toString(16)
  }
  return text
}
