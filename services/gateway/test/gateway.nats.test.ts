import { ensureStreams, NatsEventLog, openNats } from '@kwm/adapter-nats'
import { natsServersOrSkip, startNatsServer } from '@kwm/adapter-nats/testing'
import { describe, expect, test } from 'vitest'
import type { PageUpdate } from '../src/http/page-update.ts'
import { Day } from './day.ts'
import { startGateway } from './gateway.ts'

const options = { seed: 3, hours: 8, stepSeconds: 60, isFinished: true, isSynthetic: true }

describe.each(natsServersOrSkip())('on nats-server $version', ({ version }) => {
  test('the view is that of the same tape in memory; why and halt work', async () => {
    const server = await startNatsServer({ version })
    const nats = await openNats({ url: server.url, name: 'test' })
    await ensureStreams(nats, { shard: 'test' })
    const log = new NatsEventLog(nats, { shard: 'test' })
    const { records } = new Day(options).tape.log
    await Promise.all(records.map((record) => log.append(record)))

    const gateway = await startGateway({ log })
    const twin = await startGateway({ log: new Day(options).tape.log })
    await Promise.all([gateway.settle(), twin.settle()])
    expect(gateway.service.model.since(0)).toEqual(twin.service.model.since(0))

    const state: PageUpdate = (await gateway.server.inject('/api/state')).json()
    const submitted = state.orders
      .flatMap(({ stages }) => stages)
      .find(({ stage }) => stage === 'order-submitted')!
    const why = (await gateway.server.inject(`/api/why/${submitted.id}`)).json()
    expect(why.links).toHaveLength(6)
    expect(why.origin.kind).toBe('raw-frame')

    const ack = await gateway.server.inject({ method: 'POST', url: '/api/halt', payload: {} })
    expect(ack.json()).toMatchObject({ seq: records.length + 1, isDuplicate: false })
    await expect.poll(() => gateway.service.model.status().halt.pending).toBe('halt')

    await Promise.all([gateway.close(), twin.close()])
    await nats.close()
    await server.stop()
  })
})
