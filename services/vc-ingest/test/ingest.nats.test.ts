import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureStreams, NatsDeadLetterLog, NatsEventLog, NatsRawLog } from '@kwm/adapter-nats'
import { NatsSnapshotStore, openNats, type Nats } from '@kwm/adapter-nats'
import { natsServersOrSkip, startNatsServer, type NatsServer } from '@kwm/adapter-nats/testing'
import { createLogger, createRegistry } from '@kwm/adapter-telemetry'
import { FastClock } from '@kwm/runtime/testing'
import { createMetrics } from '../src/metrics.ts'
import { WeatherIngest } from '../src/service.ts'
import { impatientSources, until } from './ingest-rig.ts'
import { START_US, WeatherServer } from './weather-server.ts'

const servers = natsServersOrSkip()
test.skipIf(servers.length === 0)('there is a nats-server to test on', () => {
  expect(servers).not.toEqual([])
})

describe.each(servers)('the ingest on $version', ({ version }) => {
  let server: NatsServer
  let nats: Nats
  const weather = new WeatherServer()

  beforeAll(async () => {
    await weather.listen()
    server = await startNatsServer({ version })
    nats = await openNats({ url: server.url, name: 'test' })
    await ensureStreams(nats, { shard: 'main' })
  })
  afterAll(async () => {
    await nats.close()
    await server.stop()
    weather.close()
  })

  const ids = async (): Promise<string[]> => {
    const tape = new NatsEventLog(nats, { shard: 'main' })
    const endSeq = await tape.lastSeq()
    const found: string[] = []
    const { signal } = new AbortController()
    const accepts = (subject: string): boolean => subject.includes('.wx.')
    if (endSeq === 0) return found
    for await (const { records, throughSeq } of tape.read({ fromSeq: 1, accepts, signal })) {
      found.push(...records.map(({ id }) => id))
      if (throughSeq >= endSeq) break
    }
    return found
  }

  async function runOnce(startUs: number): Promise<void> {
    const stop = new AbortController()
    const service = new WeatherIngest(
      {
        ...{ raw: new NatsRawLog(nats), tape: new NatsEventLog(nats, { shard: 'main' }) },
        ...{ deadLetters: new NatsDeadLetterLog(nats), snapshots: new NatsSnapshotStore(nats) },
        metrics: createMetrics(createRegistry('test')),
        ...{ clock: new FastClock(100, startUs), log: createLogger('test', { level: 'fatal' }) },
      },
      { sources: impatientSources(weather), runId: startUs.toString(36) },
    )
    const run = service.run(stop.signal)
    await until(() => service.readiness === true)
    stop.abort()
    await run
  }

  test('a second run of the process publishes nothing again', async () => {
    await runOnce(START_US)
    const first = await ids()
    expect(first).toHaveLength(10)
    await runOnce(START_US + 600e6)
    expect(await ids()).toEqual(first)
  })
})
