import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { VenueMarket } from '@kwm/adapter-kalshi'
import { createLogger, createRegistry } from '@kwm/adapter-telemetry'
import { IemProvider, NceiProvider } from '@kwm/adapter-weather'
import { eventSchemas, type AnyEvent, type DataOf, type RawFrame } from '@kwm/contracts'
import { encodeEvent } from '@kwm/machines'
import { MemoryLog, MemorySnapshotStore } from '@kwm/runtime'
import type { DeadLetter, EventLog, RawLog } from '@kwm/runtime'
import { FastClock } from '@kwm/runtime/testing'
import { ArchiveReader } from '../src/archive-reader.ts'
import { createMetrics } from '../src/metrics.ts'
import { SettlementService } from '../src/service.ts'
import { VenueReader } from '../src/venue-reader.ts'
import { settledEvent } from './venue-markets.ts'

const EVENT = 'KXHIGHNY-26JUL10'
const START_US = Date.parse('2026-07-12T12:30:00Z') * 1_000

let tape: MemoryLog
let repeated: string[]
let raw: (RawFrame & { subject: string })[]
let letters: DeadLetter[]
let snapshots: MemorySnapshotStore
let markets: VenueMarket[]
let archives: { iem: [status: number, type: string, body: string]; ncei: typeof archives.iem }
let venueStatus: number
let asked: number
let query: URLSearchParams
let root = ''
let closeServer: () => void
let stopService: (() => Promise<void>) | undefined

beforeEach(async () => {
  tape = new MemoryLog('main')
  ;[repeated, raw, letters] = [[], [], []]
  snapshots = new MemorySnapshotStore()
  markets = settledEvent(EVENT, 80, 85)
  archives = {
    iem: [
      200,
      'application/json',
      JSON.stringify({ results: [{ station: 'KNYC', valid: '2026-07-10', high: 85, low: 64 }] }),
    ],
    ncei: [
      200,
      'application/json',
      JSON.stringify([{ DATE: '2026-07-10', STATION: 'USW00094728', TMAX: '85' }]),
    ],
  }
  ;[venueStatus, asked] = [200, 0]
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path.startsWith('/trade')) {
      asked++
      query = new URL(path, root).searchParams
      const body =
        venueStatus === 200 ? JSON.stringify({ markets, cursor: '' }) : '<html>Busy</html>'
      response.writeHead(venueStatus, { 'content-type': 'application/json' }).end(body)
      return
    }
    const [status, type, body] = path.startsWith('/json') ? archives.iem : archives.ncei
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  closeServer = () => {
    server.closeAllConnections()
    server.close()
  }
})
afterEach(async () => {
  await stopService?.()
  stopService = undefined
  closeServer()
  if (repeated.length > 0) throw new Error(`published again: ${repeated.join()}`)
})

const rawLog: RawLog = {
  append: (subject, frame) => {
    raw.push({ ...frame, subject })
    return Promise.resolve({ seq: raw.length, isDuplicate: false })
  },
  async *replay() {},
  lastSeq: () => Promise.resolve(raw.length),
}
const watchedTape = (): EventLog => ({
  shard: 'main',
  append: (outgoing) => {
    const ack = tape.appendNow(outgoing)
    if (ack.isDuplicate) repeated.push(outgoing.id)
    return Promise.resolve(ack)
  },
  read: (options) => tape.read(options),
  lastSeq: () => tape.lastSeq(),
})

function start() {
  const clock = new FastClock(1_000, START_US)
  const registry = createRegistry('test')
  const ports = {
    ...{ raw: rawLog, clock },
    deadLetters: { append: (letter: DeadLetter) => Promise.resolve(void letters.push(letter)) },
  }
  const runId = String(performance.now()).replace('.', '')
  const rest = { baseUrl: `${root}/trade-api/v2`, attemptsMax: 1 }
  const baseUrl = root
  const service = new SettlementService(
    {
      ...{ tape: watchedTape(), snapshots, clock, metrics: createMetrics(registry) },
      log: createLogger('test', { level: 'fatal' }),
      venue: new VenueReader({ raw: rawLog, clock }, rest, runId),
      archives: [
        new ArchiveReader(ports, new IemProvider({ baseUrl }), 'cli-json', runId),
        new ArchiveReader(ports, new NceiProvider({ baseUrl }), 'daily', runId),
      ],
    },
    { series: ['KXHIGHNY'], venueEveryMs: 60_000, archiveEveryMs: 600_000 },
  )
  const stop = new AbortController()
  const run = service.run(stop.signal)
  run.catch(() => undefined)
  stopService = async () => {
    stop.abort()
    await run
  }
  const metric = async (name: string, label: string) => {
    const found = await registry.getSingleMetric(name)?.get()
    return Object.fromEntries(
      (found?.values ?? []).map(({ labels, value }) => [
        (labels as Record<string, string>)[label],
        value,
      ]),
    )
  }
  return { service, metric }
}

const until = async (isDone: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isDone())) await delay(2)
}
const labels = (): string[] =>
  tape.records
    .filter(({ subject }) => subject.includes('.wx.settlement.v1.'))
    .map(({ body }) => eventSchemas['wx.settlement.v1'].parse(JSON.parse(body)))
    .map(({ data, id }) => `${data.source} ${data.eventTicker} ${data.maxTempF}#${id.at(-1)}`)
    .toSorted()
const statuses = (): string[] =>
  tape.records
    .filter(({ subject }) => subject.includes('.ops.feed-status.v1.'))
    .map(({ body }) => eventSchemas['ops.feed-status.v1'].parse(JSON.parse(body)).data)
    .map(({ status, reason }) => `${status} ${reason}`)

let reports = 0
function report(
  maxTempF: number | null,
  given: Partial<DataOf<'wx.climate-report.v1'>> = {},
): void {
  const timeUs = START_US - 1e9 + ++reports * 1_000_000
  const event: AnyEvent = {
    ...{ type: 'wx.climate-report.v1', id: `report-${reports}`, causationId: 'raw' },
    ...{ eventTimeUs: timeUs, ingestTimeUs: timeUs },
    data: {
      ...{ stationId: 'KNYC', product: 'CLI', climateDate: '2026-07-10', status: 'final' },
      ...{ maxTempF, minTempF: 64, textHash: `hash-${reports}`, ...given },
    },
  }
  tape.appendNow(encodeEvent(event, 'main', 0))
}

const FOUR = [
  'cli-final KXHIGHNY-26JUL10 85#0',
  'iem KXHIGHNY-26JUL10 85#0',
  'kalshi KXHIGHNY-26JUL10 85#0',
  'ncei KXHIGHNY-26JUL10 85#0',
]

describe('labels of a day', () => {
  test('come from every source, once each; the venue is believed first', async () => {
    const { service, metric } = start()
    report(83, { status: 'intermediate' })
    report(null)
    report(84, { product: 'DSM' })
    report(85)
    report(85, { status: 'correction' })
    await until(() => labels().length === 4)
    const before = asked
    await until(() => asked > before + 2)
    expect(labels()).toEqual(FOUR)
    expect(service.book.official(EVENT)).toMatchObject({ source: 'kalshi', maxTempF: 85 })
    await until(async () => (await metric('settlement_audit_events', 'verdict'))['match'] === 1)
    expect(statuses()).toEqual(['live '])
    // The venue takes the time of settlement with this status, and no other time.
    expect([...query.keys()].toSorted()).toEqual([
      'limit',
      'min_settled_ts',
      'series_ticker',
      'status',
    ])
    expect(Number(query.get('min_settled_ts')) * 1e6).toBeLessThan(START_US - 7 * 86_400e6)
    expect(service.readiness).toBe(true)
  })

  test('a label has the times and the cause of what it came from, and that is in RAW or on the tape', async () => {
    start()
    report(85)
    await until(() => labels().length === 4)
    const events = tape.records
      .filter(({ subject }) => subject.includes('.wx.settlement.v1.'))
      .map(({ body }) => eventSchemas['wx.settlement.v1'].parse(JSON.parse(body)))
    const kept = new Set(raw.map(({ connectionId, frameNo }) => `${connectionId}-${frameNo}`))
    for (const { data, causationId } of events) {
      if (data.source === 'cli-final') expect(causationId).toBe(`report-${reports}`)
      else expect(kept).toContain(causationId)
    }
    const venue = events.find(({ data }) => data.source === 'kalshi')!
    expect(venue.eventTimeUs).toBe(Date.parse('2026-07-11T12:00:59.542Z') * 1_000 + 488)
    expect(venue.ingestTimeUs).toBeGreaterThanOrEqual(START_US)
  })

  test('the venue and the report differ: told on the tape, counted, and until it is mended', async () => {
    const { metric } = start()
    report(80)
    await until(() => statuses().some((status) => status.startsWith('stale')))
    expect(statuses().at(-1)).toBe(
      'stale KXHIGHNY-26JUL10: the venue settled on 85, the final report has 80',
    )
    expect(await metric('settlement_mismatches_total', 'kind')).toEqual({
      'venue-against-report': 1,
    })
    markets = settledEvent(EVENT, 80, 80)
    await until(() => statuses().at(-1) === 'live ')
    expect(labels()).toContain('kalshi KXHIGHNY-26JUL10 80#1')
    expect(await metric('settlement_mismatches_total', 'kind')).toEqual({
      ...{ 'venue-against-report': 1, 'venue-changed-its-result': 1 },
    })
  })

  test('a venue that contradicts itself is not believed, and told once', async () => {
    markets = settledEvent(EVENT, 80, 85).map((one) => ({ ...one, expiration_value: '95.00' }))
    const { metric } = start()
    report(85)
    const kind = async () =>
      (await metric('settlement_mismatches_total', 'kind'))['venue-contradicts-itself']
    await until(async () => (await kind()) === 1 && labels().length === 3)
    const before = asked
    await until(() => asked > before + 2)
    expect(labels()).toEqual(FOUR.filter((label) => !label.startsWith('kalshi')))
    expect(await kind()).toBe(1)
  })
})

describe('what breaks', () => {
  test('a venue that does not answer: the others go on, and it is read when it is back', async () => {
    venueStatus = 503
    const { metric } = start()
    report(85)
    await until(() => labels().length === 3)
    expect((await metric('settlement_reads_failed_total', 'provider'))['kalshi']).toBeGreaterThan(0)
    venueStatus = 200
    await until(() => labels().length === 4)
    expect(labels()).toEqual(FOUR)
  })

  test('archives that give HTML and half a JSON: quarantined, and nothing of them is believed', async () => {
    archives.iem = [200, 'text/html', '<html>Busy</html>']
    archives.ncei = [200, 'application/json', archives.ncei[2].slice(0, 40)]
    const { metric } = start()
    report(85)
    await until(() => letters.length === 2)
    expect(labels()).toEqual(FOUR.filter((label) => /^(cli|kalshi)/.test(label)))
    expect((await metric('settlement_frames_total', 'outcome'))['quarantined']).toBe(1)
  })

  test('an archive has the day when it is over by a day: before, it may hold the afternoon', async () => {
    const results = ['2026-07-10', '2026-07-11'].map((valid) => ({
      station: 'KNYC',
      valid,
      high: 85,
      low: 64,
    }))
    archives.iem = [200, 'application/json', JSON.stringify({ results })]
    start()
    await until(() => labels().length === 3)
    expect(labels().filter((label) => label.startsWith('iem'))).toEqual([
      'iem KXHIGHNY-26JUL10 85#0',
    ])
  })

  test.each([true, false])(
    'a restart publishes nothing again (with its snapshot: %s)',
    async (isKept) => {
      start()
      report(85)
      report(85, { product: 'CF6' })
      report(86, { product: 'CF6' })
      await until(() => labels().length === 6)
      await stopService!()
      const before = labels()
      expect(before).toContain('cf6 KXHIGHNY-26JUL10 86#1')
      if (!isKept) snapshots = new MemorySnapshotStore()
      const { service } = start()
      await until(() => service.readiness === true)
      const from = asked
      await until(() => asked > from + 2)
      expect(labels()).toEqual(before)
    },
  )

  test('reports that came while it was away are read at the start', async () => {
    report(85)
    start()
    await until(() => labels().length === 4)
    await stopService!()
    report(84, { product: 'CF6' })
    start()
    await until(() => labels().includes('cf6 KXHIGHNY-26JUL10 84#0'))
    expect(labels()).toHaveLength(5)
  })
})
