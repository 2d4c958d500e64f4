import { migrate, openSession, type Session } from '@kwm/adapter-pg'
import { startPostgres } from '@kwm/adapter-pg/testing'
import { createRegistry } from '@kwm/adapter-telemetry'
import { tapeSubject, type DataOf, type EventType } from '@kwm/contracts'
import { MemoryLog, systemClock } from '@kwm/runtime'
import { assert, Prng } from '@kwm/std'
import { Batch } from '../../../services/recorder/src/batch.ts'
import { createMetrics } from '../../../services/recorder/src/metrics.ts'
import { Origin } from '../../../services/recorder/src/origin.ts'
import { RecorderService } from '../../../services/recorder/src/service.ts'

export type RecorderCopyResult = {
  /** The recorder's rows a second over those of plain COPY: 1 is no overhead. */
  readonly recorderCopyRatio: number
  readonly recorderRowsPerSec: number
  readonly plainCopyRowsPerSec: number
}

const ROUNDS = 9
const RECORDS = 60_000
const BATCH_MAX_ROWS = 10_000
const SHARD = 'bench'
const START_US = 1_795_197_600_000_000

/**
 * The recorder's whole path (parse, check, map, render, COPY, and the position in the same
 * transaction), against one COPY for each table of exactly those rows, rendered beforehand, into the
 * same tables. Rounds alternate and each is held against its neighbour, so that a busy machine is
 * busy for both; the medians count. The recorder maps one batch while PostgreSQL writes the one
 * before: that takes two idle cores, and on one the ratio is a third lower.
 */
export async function benchRecorderCopy(): Promise<RecorderCopyResult> {
  const server = await startPostgres()
  const session = await openSession({ url: server.url })
  const recorder: number[] = []
  const plain: number[] = []
  try {
    await migrate({ url: server.url })
    const tape = makeTape()
    const batch = new Batch(SHARD, new Origin(false, []))
    for (const record of tape.records) batch.add(record)
    for (const copy of batch.copies()) copy.rendered()
    for (let round = 0; round <= ROUNDS; round++) {
      await clear(session)
      const recorderSeconds = await seconds(() => runRecorder(server.url, tape))
      assert((await rowsOf(session)) === batch.rows, 'the recorder wrote every row')
      await clear(session)
      const plainSeconds = await seconds(() => copyPlainly(session, batch))
      assert((await rowsOf(session)) === batch.rows, 'plain COPY wrote every row')
      if (round === 0) continue // The first warms up, and makes the partitions.
      recorder.push(batch.rows / recorderSeconds)
      plain.push(batch.rows / plainSeconds)
    }
  } finally {
    await session.close()
    await server.stop()
  }
  return {
    recorderCopyRatio: median(recorder.map((rate, round) => rate / plain[round]!)),
    recorderRowsPerSec: median(recorder),
    plainCopyRowsPerSec: median(plain),
  }
}

async function runRecorder(url: string, tape: MemoryLog): Promise<void> {
  const silent = { info: () => undefined, warn: () => undefined }
  const service = new RecorderService(
    {
      log: silent,
      tape,
      deadLetters: { append: (letter) => Promise.reject(new Error(letter.reason)) },
      connect: () => openSession({ url, settings: { synchronous_commit: 'off' } }),
      clock: systemClock,
      metrics: createMetrics(createRegistry('bench')),
    },
    { batchMaxRows: BATCH_MAX_ROWS, flushMs: 200 },
  )
  const stop = new AbortController()
  const running = service.run(stop.signal)
  const end = await tape.lastSeq()
  while (service.positionSeq < end) {
    await Promise.race([running, systemClock.sleep(1)])
  }
  stop.abort()
  await running
}

async function copyPlainly(session: Session, batch: Batch): Promise<void> {
  for (const copy of batch.copies()) await session.copyAll([copy.rendered()])
}

async function clear(session: Session): Promise<void> {
  const { rows } = await session.query<{ tables: string }>(
    `SELECT string_agg(table_name, ', ') AS tables FROM ops.time_tables`,
  )
  await session.query(`TRUNCATE ${rows[0]!.tables}, ops.recorder_position`)
  await session.query('CHECKPOINT')
}

async function rowsOf(session: Session): Promise<number> {
  const { rows } = await session.query<{ table_name: string }>(
    'SELECT table_name FROM ops.time_tables',
  )
  const counts = rows.map(({ table_name: table }) => `(SELECT count(*) FROM ${table})`)
  const total = await session.query<{ n: string }>(`SELECT ${counts.join(' + ')} AS n`)
  return Number(total.rows[0]!.n)
}

/** The mix of a busy afternoon: for each book change what the machines make of it, now and then. */
function makeTape(): MemoryLog {
  const prng = new Prng('recorder-copy')
  const tape = new MemoryLog(SHARD)
  for (let i = 0; i < RECORDS; i++) {
    const [type, data] = makeEvent(prng.nextUint32() % 100, i)
    const [id, causationId] = [`kalshi-ws-${i}-0`, `conn-7-${i}`]
    const eventTimeUs = START_US + i * 150
    const event = { type, id, causationId, eventTimeUs, ingestTimeUs: eventTimeUs + 90, data }
    const subject = tapeSubject(SHARD, type, MARKETS[0]!)
    const record = { subject, id, inputSeq: 0, body: JSON.stringify(event) }
    tape.appendNow(record, eventTimeUs + 400)
  }
  return tape
}

const EVENT = 'KXHIGHNY-26NOV20'
const MARKETS = [44.5, 46.5, 48.5, 50.5, 52.5, 54.5].map((strike) => `${EVENT}-B${strike}`)

function makeEvent(share: number, i: number): readonly [EventType, DataOf<EventType>] {
  const marketTicker = MARKETS[i % MARKETS.length]!
  if (share < 55) {
    const side = i % 2 ? 'yes' : 'no'
    const change = { side, priceBps: 1 + (i % 9_000), countDeltaCenti: 100 } as const
    return ['md.book-delta.v1', { marketTicker, ...change, venueSeq: i }]
  }
  if (share < 65) {
    const print = { yesPriceBps: 4_200, countCenti: 100 + i, takerSide: 'yes' as const }
    return ['md.trade.v1', { marketTicker, tradeId: `trade-${i}`, ...print, isBlock: false }]
  }
  if (share < 80) return ['feature.ladder-frame.v1', ladderFrame(i)]
  if (share < 90) return ['pmf.fused-pmf.v1', fusedPmf(i)]
  const no = { strategy: 'momentum', eventTicker: EVENT, pmfId: `pmf-model-${i}-f0` }
  const gates = ['spread', 'depth', 'acceleration', 'follow', 'ev'].map((gate) => ({
    ...{ gate, value: i / 7, threshold: 0.5, passed: i % 2 === 0 },
  }))
  const why = { decision: 'no-trade' as const, reason: 'spread', leaderTicker: marketTicker }
  return ['signal.opportunity.v1', { ...no, ...why, followerTicker: null, evBps: -i / 3, gates }]
}

const fusedPmf = (i: number): DataOf<'pmf.fused-pmf.v1'> => ({
  eventTicker: EVENT,
  frameId: `features-${i}-0`,
  ...{ isFeasible: true, reason: 'ok', weights: { market: 0.7, weather: 0.3 } },
  brackets: MARKETS.map((marketTicker, k) => ({
    marketTicker,
    p: 1 / (k + 2),
    sd: 0.01,
    mid: i / 1e6,
  })),
  ...{ mu: 48 + i / 1e5, muVelocity: i / 1e7, muVelocitySe: 0.001, muAcceleration: null },
  ...{ muAccelerationSe: null, sumOfMids: 1.01 },
})

const ladderFrame = (i: number): DataOf<'feature.ladder-frame.v1'> => ({
  ...{ eventTicker: EVENT, seriesTicker: 'KXHIGHNY', closeTimeUs: START_US, trigger: 'change' },
  ...{ centres: [44.5, 46.5, 48.5, 50.5, 52.5, 54.5], isPartition: true },
  rows: MARKETS.map((marketTicker, k) => ({
    ...{ marketTicker, quoteState: 'two', bidBps: 4_100 + k, askBps: 4_300, bidCenti: 1_000 + i },
    ...{ askCenti: 250, mid: 0.42 + i / 1e7, fairMid: 0.42, fairVar: i / 1e9, microprice: i / 9e5 },
    ...{ queueImbalance: 0.95, depthImbalance: null, ofi5s: -3, ofi60s: i / 11, signedFlow30s: 0 },
    ...{ volume10min: 12.5, velocity: i / 1e8, velocitySe: 0.0001, acceleration: null },
    ...{ accelerationSe: null, ras: null, rasZ: null, isActive: true },
  })),
})

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1_000
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
