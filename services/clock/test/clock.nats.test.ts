import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureStreams, NatsEventLog, openNats, type Nats } from '@kwm/adapter-nats'
import { natsServersOrSkip, startNatsServer, type NatsServer } from '@kwm/adapter-nats/testing'
import { tapeSubject, tickV1 } from '@kwm/contracts'
import { systemClock, type TapeRecord } from '@kwm/runtime'
import { createMetrics } from '../src/metrics.ts'
import { ClockService } from '../src/service.ts'
import type { TickSource } from '@kwm/machines'

const servers = natsServersOrSkip()
test.skipIf(servers.length === 0)('there is a nats-server to test on', () => {
  expect(servers).not.toEqual([])
})

const clockOver = (tape: NatsEventLog, source: TickSource): ClockService =>
  new ClockService(source, {
    log: tape,
    readLastTick: () => tape.lastOf('ops.tick.v1'),
    clock: systemClock,
    metrics: createMetrics(new Registry()),
  })

const second = ({ body }: TapeRecord): number => tickV1.parse(JSON.parse(body)).data.second

describe.each(servers)('the clock on $version', ({ version }) => {
  let server: NatsServer
  let nats: Nats

  beforeAll(async () => {
    server = await startNatsServer({ version })
    nats = await openNats({ url: server.url, name: 'test' })
  })
  afterAll(async () => {
    await nats.close()
    await server.stop()
  })

  async function ticks(tape: NatsEventLog, count: number): Promise<TapeRecord[]> {
    const found: TapeRecord[] = []
    const accepts = (subject: string): boolean => subject.includes('.ops.tick.')
    const { signal } = new AbortController()
    for await (const { records } of tape.read({ fromSeq: 1, accepts, signal })) {
      found.push(...records)
      if (found.length >= count) break
    }
    return found
  }

  test('two replicas on the wall make one tick a second, never before it', async () => {
    await ensureStreams(nats, { shard: 'wall' })
    const tape = new NatsEventLog(nats, { shard: 'wall' })
    const stop = new AbortController()
    const clocks = [clockOver(tape, 'wall'), clockOver(new NatsEventLog(nats, tape), 'wall')]
    const runs = clocks.map((clock) => clock.run(stop.signal))
    const found = await ticks(tape, 4)
    stop.abort()
    await Promise.all(runs)
    expect(found.map(second)).toEqual(found.map((_, at) => second(found[0]!) + at))
    for (const tick of found.slice(1)) {
      const lateUs = tick.storedTimeUs - second(tick) * 1_000_000
      // Early is wrong on any machine; how late is the scheduler's business.
      expect(lateUs).toBeGreaterThanOrEqual(-5_000)
    }
  })

  test('on the tape: behind the feed, and from where it stopped after a restart', async () => {
    await ensureStreams(nats, { shard: 'day' })
    const tape = new NatsEventLog(nats, { shard: 'day' })
    const feed = async (index: number, timeS: number): Promise<void> => {
      const eventTimeUs = Math.round(timeS * 1_000_000)
      const data = { marketTicker: 'KXHIGHNY-26NOV20-B48.5', reason: 'sequence-gap' }
      const envelope = {
        id: `e${index}`,
        causationId: 'raw',
        eventTimeUs,
        ingestTimeUs: eventTimeUs,
      }
      await tape.append({
        subject: tapeSubject('day', 'md.book-stale.v1', data.marketTicker),
        id: envelope.id,
        inputSeq: 0,
        body: JSON.stringify({ type: 'md.book-stale.v1', ...envelope, data }),
      })
    }
    for (const [round, times] of [
      [100, 100.5, 105.2, 103],
      [99, 106, 200],
    ].entries()) {
      const stop = new AbortController()
      const run = clockOver(tape, 'tape').run(stop.signal)
      for (const [index, timeS] of times.entries()) await feed(round * 10 + index, timeS)
      const wanted = [100, 105, 106, 200].slice(0, (round + 1) * 2)
      expect((await ticks(tape, wanted.length)).map(second)).toEqual(wanted)
      stop.abort()
      await run
    }
  })
})
