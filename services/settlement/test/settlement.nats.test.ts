import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureStreams, NatsEventLog, NatsRawLog } from '@kwm/adapter-nats'
import { NatsSnapshotStore, openNats, type Nats } from '@kwm/adapter-nats'
import { natsServersOrSkip, startNatsServer, type NatsServer } from '@kwm/adapter-nats/testing'
import { createLogger, createRegistry } from '@kwm/adapter-telemetry'
import type { AnyEvent } from '@kwm/contracts'
import { encodeEvent } from '@kwm/machines'
import { systemClock as clock } from '@kwm/runtime'
import { createMetrics } from '../src/metrics.ts'
import { SettlementService } from '../src/service.ts'
import { VenueReader } from '../src/venue-reader.ts'
import { settledEvent } from './venue-markets.ts'

const servers = natsServersOrSkip()
test.skipIf(servers.length === 0)('there is a nats-server to test on', () => {
  expect(servers).not.toEqual([])
})

describe.each(servers)('settlement on $version', ({ version }) => {
  let server: NatsServer
  let nats: Nats
  let venue: Server

  beforeAll(async () => {
    const markets = settledEvent('KXHIGHNY-26JUL10', 80, 85)
    venue = createServer((_, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ markets, cursor: '' }))
    })
    await new Promise<void>((resolve) => venue.listen(0, '127.0.0.1', resolve))
    server = await startNatsServer({ version })
    nats = await openNats({ url: server.url, name: 'test' })
    await ensureStreams(nats, { shard: 'main' })
  })
  afterAll(async () => {
    await nats.close()
    await server.stop()
    venue.closeAllConnections()
    venue.close()
  })

  const labelIds = async (): Promise<string[]> => {
    const tape = new NatsEventLog(nats, { shard: 'main' })
    const endSeq = await tape.lastSeq()
    const found: string[] = []
    const { signal } = new AbortController()
    const accepts = (subject: string): boolean => subject.includes('.wx.settlement.v1.')
    for await (const { records, throughSeq } of tape.read({ fromSeq: 1, accepts, signal })) {
      found.push(...records.map(({ id }) => id))
      if (throughSeq >= endSeq) break
    }
    return found.toSorted()
  }

  async function runUntil(isDone: (ids: string[]) => boolean): Promise<void> {
    const raw = new NatsRawLog(nats)
    const baseUrl = `http://127.0.0.1:${(venue.address() as AddressInfo).port}/trade-api/v2`
    const service = new SettlementService(
      {
        ...{ tape: new NatsEventLog(nats, { shard: 'main' }), archives: [], clock },
        snapshots: new NatsSnapshotStore(nats),
        metrics: createMetrics(createRegistry('test')),
        log: createLogger('test', { level: 'fatal' }),
        venue: new VenueReader({ raw, clock }, { baseUrl }, clock.nowUs().toString(36)),
      },
      { series: ['KXHIGHNY'], venueEveryMs: 60_000 },
    )
    const stop = new AbortController()
    const run = service.run(stop.signal)
    while (service.readiness !== true || !isDone(await labelIds())) await delay(5)
    stop.abort()
    await run
  }

  test('the report on the tape and the result of the venue, once each over two runs', async () => {
    const timeUs = clock.nowUs()
    const event: AnyEvent = {
      ...{ type: 'wx.climate-report.v1', id: 'report-1', causationId: 'raw' },
      ...{ eventTimeUs: timeUs, ingestTimeUs: timeUs },
      data: {
        ...{ stationId: 'KNYC', product: 'CLI', climateDate: '2026-07-10', status: 'final' },
        ...{ maxTempF: 85, minTempF: 64, textHash: 'hash' },
      },
    }
    const tape = new NatsEventLog(nats, { shard: 'main' })
    await tape.append(encodeEvent(event, 'main', 0))
    const both = ['cli-final', 'kalshi'].map((source) => `settlement-KXHIGHNY-26JUL10-${source}-0`)
    await runUntil((ids) => ids.length === 2)
    expect(await labelIds()).toEqual(both)
    await runUntil(() => true)
    expect(await labelIds()).toEqual(both)
  })
})
