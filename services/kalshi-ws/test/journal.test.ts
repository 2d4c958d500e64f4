import { encodeHostRecord, kalshiWire } from '@kwm/adapter-kalshi'
import type { RawFrame } from '@kwm/contracts'
import { createFeedMachine } from '@kwm/machines'
import { systemClock } from '@kwm/runtime'
import { Prng } from '@kwm/std'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FeedJournal, RAW_SUBJECT } from '../src/journal.ts'
import { MemoryBroker, newMetrics } from './memory-ports.ts'
import type { BrokerClient } from './memory-ports.ts'

const feed = { feed: 'kalshi-ws', watch: { series: ['KXHIGHNY'], events: [], markets: [] } }
const machine = createFeedMachine(kalshiWire)

const openJournal = (client: BrokerClient, options = {}): FeedJournal =>
  new FeedJournal(
    {
      raw: client.raw,
      tape: client.tape,
      deadLetters: client.deadLetters,
      snapshots: client.snapshots,
      clock: systemClock,
      metrics: newMetrics(),
      machine,
    },
    { feed, ...options },
  )

const MARKETS = ['KXHIGHNY-26NOV20-A', 'KXHIGHNY-26NOV20-B']

/** A session as the wire has it, with every fault: records of one process, open to close. */
function session(seed: number, run: number, length: number): RawFrame[] {
  const prng = new Prng(seed)
  const id = `main-${run.toString(36)}`
  const records: RawFrame[] = []
  let [hostNo, frameNo, seq, nowUs] = [0, 0, 0, 1_795_000_000_000_000 + run * 1e9]
  const host = (record: Parameters<typeof encodeHostRecord>[0]): void => {
    const connectionId = `${id}-host`
    const bytes = encodeHostRecord(record)
    records.push({ kind: 'frame', connectionId, frameNo: hostNo++, receivedTimeUs: nowUs++, bytes })
  }
  const wire = (kind: RawFrame['kind'], value: unknown): void => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const bytes = Buffer.from(text)
    const at = { connectionId: `${id}-1`, frameNo: frameNo++, receivedTimeUs: nowUs++ }
    records.push({ kind, ...at, bytes })
  }
  host({ kind: 'start' })
  wire('open', 'address')
  wire('frame', { id: 1, type: 'subscribed', msg: { channel: 'orderbook_delta', sid: 1 } })
  for (let i = 0; i < length; i++) {
    const market_ticker = MARKETS[prng.nextInt(MARKETS.length)]!
    const price_dollars = `0.${10 + prng.nextInt(3)}`
    const msg = {
      market_ticker,
      market_id: 'm',
      price_dollars,
      side: 'yes',
      ts_ms: 1_795_000_000_000 + i,
    }
    const delta = { type: 'orderbook_delta', sid: 1, seq: ++seq, msg: { ...msg, delta_fp: '1.00' } }
    switch (prng.nextInt(8)) {
      case 0:
        wire('frame', {
          type: 'orderbook_snapshot',
          sid: 1,
          seq,
          msg: { market_ticker, market_id: 'm' },
        })
        break
      case 1:
        wire('frame', { ...delta, seq: ++seq })
        break
      case 2:
        wire('frame', { ...delta, seq: (seq -= 1) })
        break
      case 3:
        wire('frame', '{"type":')
        break
      case 4:
        host({ kind: 'second' })
        break
      default:
        wire('frame', delta)
    }
  }
  return records
}

/** What the tape must hold: RAW through a machine that never crashed. */
function expectedTape(broker: MemoryBroker): string[] {
  const state = machine.initial(feed)
  return broker.raw.flatMap((record) =>
    machine.step(state, record).events.map((event) => JSON.stringify(event)),
  )
}

const run = fc.record({
  seed: fc.nat(),
  length: fc.integer({ min: 0, max: 60 }),
  takes: fc.nat(80),
  tapeMax: fc.oneof(fc.nat(60), fc.constant(Infinity)),
  snapshotEveryRecords: fc.integer({ min: 1, max: 40 }),
})

// Each process takes some records and dies without a word: RAW has them all, the tape a beginning
// of their events. The last one recovers and rests.
test('after any crashes the tape is what RAW gives, to the byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 4 }), async (runs) => {
      const broker = new MemoryBroker()
      for (const [index, each] of runs.entries()) {
        const client = broker.connect(each.tapeMax)
        const journal = openJournal(client, { snapshotEveryRecords: each.snapshotEveryRecords })
        // A crash in the middle of recovery leaves it hanging here: nothing more is taken.
        const recovered = await Promise.race([journal.recover(), settle()])
        if (recovered) {
          expect(recovered.orphans).toBe(0)
          for (const record of session(each.seed, index, each.length).slice(0, each.takes)) {
            journal.ingest(record)
          }
          await settle()
        }
        client.crash()
      }
      const report = await openJournal(broker.connect()).recover()
      expect(report.orphans).toBe(0)
      expect(broker.tape.records.map(({ body }) => body)).toEqual(expectedTape(broker))
    }),
    { numRuns: 60 },
  )
})

/** Long enough for the acks of what was taken. */
const settle = async (): Promise<undefined> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  return undefined
}

describe('recovery', () => {
  test('a second one finds everything done, and replays only from the snapshot on', async () => {
    const broker = new MemoryBroker()
    const first = openJournal(broker.connect())
    await first.recover()
    for (const record of session(1, 0, 50)) first.ingest(record)
    await first.flush()
    expect((await openJournal(broker.connect()).recover()).appended).toBe(0)
    const again = await openJournal(broker.connect()).recover()
    expect(again).toMatchObject({ records: 0, appended: 0, found: 0, orphans: 0 })
  })

  test('a snapshot stored in full flow is gone on from, not before it', async () => {
    const broker = new MemoryBroker()
    const journal = openJournal(broker.connect())
    await journal.recover()
    const records = session(5, 0, 60)
    for (const record of records.slice(0, 40)) journal.ingest(record)
    const saved = journal.save()
    for (const record of records.slice(40)) journal.ingest(record)
    await saved
    await journal.flush()
    const report = await openJournal(broker.connect()).recover()
    expect(report).toMatchObject({ records: records.length - 40, appended: 0, orphans: 0 })
  })

  test('frames of other shards are not ours', async () => {
    const broker = new MemoryBroker('main-2')
    const other = broker.connect()
    for (const record of session(1, 0, 20)) await other.raw.append(RAW_SUBJECT, record)
    const report = await openJournal(broker.connect()).recover()
    expect(report).toMatchObject({ records: 0, rawSeq: broker.raw.length, appended: 0 })
  })

  test('an event that RAW does not give is told', async () => {
    const broker = new MemoryBroker()
    const journal = openJournal(broker.connect())
    await journal.recover()
    for (const record of session(3, 0, 30)) journal.ingest(record)
    await journal.flush()
    broker.raw.splice(-1)
    const last = broker.raw.length
    while (expectedTape(broker).length === broker.tape.records.length && broker.raw.length > 0) {
      broker.raw.splice(-1)
    }
    expect(last).toBeGreaterThan(0)
    const report = await openJournal(broker.connect()).recover()
    expect(report.orphans).toBe(broker.tape.records.length - expectedTape(broker).length)
    expect(report.orphans).toBeGreaterThan(0)
  })

  test('an event that comes out different stops the service', async () => {
    const broker = new MemoryBroker()
    const journal = openJournal(broker.connect())
    await journal.recover()
    for (const record of session(3, 0, 30)) journal.ingest(record)
    await journal.flush()
    const at = broker.raw.findIndex(({ kind }) => kind === 'open')
    broker.raw[at] = { ...broker.raw[at]!, receivedTimeUs: 5 }
    await expect(openJournal(broker.connect()).recover()).rejects.toThrow(/RAW gives another/)
  })
})

test('what cannot be read goes to the dead letters, with its bytes and the reason', async () => {
  const broker = new MemoryBroker()
  const journal = openJournal(broker.connect())
  for (const record of session(1, 0, 0)) journal.ingest(record)
  const bytes = Buffer.from('{"type":"orderbook_delta","sid":1,"seq":1,"msg":{"surprise":1}}')
  const at = { connectionId: 'main-0-1', frameNo: 2, receivedTimeUs: 1_795_000_000_000_000 }
  journal.ingest({ kind: 'frame', ...at, bytes })
  await journal.flush()
  expect(broker.letters).toEqual([
    {
      service: 'kalshi-ws',
      reason: 'unknown-field: surprise',
      subject: 'raw.kalshi.ws',
      id: 'main-0-1-2',
      body: bytes,
    },
  ])
})

test('a broker that falls behind stops the reading; frames wait their turn in order', async () => {
  const broker = new MemoryBroker()
  const pressure: boolean[] = []
  const journal = openJournal(broker.connect(), {
    onPressure: (isHigh: boolean) => pressure.push(isHigh),
  })
  const records = session(7, 0, 20_000)
  for (const record of records) journal.ingest(record)
  expect(broker.raw.length).toBeLessThan(2_000)
  await journal.flush()
  expect(pressure).toEqual([true, false])
  expect(broker.raw.map(({ frameNo, connectionId }) => `${connectionId}-${frameNo}`)).toEqual(
    records.map(({ frameNo, connectionId }) => `${connectionId}-${frameNo}`),
  )
  expect(broker.tape.records.map(({ body }) => body)).toEqual(expectedTape(broker))
})

test('an append that fails fails the journal', async () => {
  const broker = new MemoryBroker()
  const client = broker.connect()
  const journal = new FeedJournal(
    {
      raw: client.raw,
      tape: Object.assign(client.tape, { append: () => Promise.reject(new Error('refused')) }),
      deadLetters: client.deadLetters,
      snapshots: client.snapshots,
      clock: systemClock,
      metrics: newMetrics(),
      machine,
    },
    { feed },
  )
  for (const record of session(1, 0, 10)) journal.ingest(record)
  await expect(journal.flush()).rejects.toThrow('refused')
  expect(journal.failed.aborted).toBe(true)
})
