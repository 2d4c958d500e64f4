import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ensureStreams, NatsEventLog, openNats, type Nats, type NatsError } from '@kwm/adapter-nats'
import { startNatsServer } from '@kwm/adapter-nats/testing'
import type { TapeRecord } from '@kwm/runtime'
import { parseDelivery } from '../src/delivery.ts'
import { fastest } from './fastest.ts'
import { onEachServer } from './on-each-server.ts'
import { outgoing, readThrough } from './tape.ts'
import { startTcpProxy } from './tcp-proxy.ts'

const COUNT = 20_000

/** What a service does: append in bursts; when an append rejects, start over with the same ids. */
async function appendAll(nats: Nats, onProgress: (stored: number) => void): Promise<void> {
  let log = new NatsEventLog(nats, { shard: 'main', ackTimeoutMs: 5_000 })
  let stored = 0
  while (stored < COUNT) {
    const burst = Array.from({ length: Math.min(200, COUNT - stored) }, (_, at) =>
      log.append(outgoing(stored + at + 1)),
    )
    try {
      await Promise.all(burst)
      stored += burst.length
      onProgress(stored)
    } catch {
      await Promise.allSettled(burst)
      log = new NatsEventLog(nats, { shard: 'main', ackTimeoutMs: 5_000 })
    }
  }
}

function expectWholeTape(records: readonly TapeRecord[]): void {
  expect(records.length).toBe(COUNT)
  for (const [at, { seq, id }] of records.entries()) {
    if (seq !== at + 1 || id !== `test-${seq}`)
      expect([seq, id]).toEqual([at + 1, `test-${at + 1}`])
  }
}

onEachServer('a broken world', (version) => {
  test.each(['stop', 'kill'] as const)(
    'server %s and start in the middle of reading and appending',
    async (how) => {
      let server = await startNatsServer({ version })
      const { port, storeDir } = server
      const nats = await openNats({ url: server.url, name: 'test' })
      await ensureStreams(nats, { shard: 'main' })
      const log = new NatsEventLog(nats, { shard: 'main' })

      const read = readThrough(log, { fromSeq: 1, untilSeq: COUNT })
      let stored = 0
      const appended = appendAll(nats, (count) => {
        stored = count
      })
      for (const threshold of [COUNT / 5, COUNT / 2]) {
        await expect.poll(() => stored, { interval: 1, timeout: 30_000 }).toBeGreaterThan(threshold)
        await (how === 'stop' ? server.stop({ keepStore: true }) : server.kill())
        await delay(300)
        server = await startNatsServer({ version, storeDir, port })
      }
      await appended
      expectWholeTape((await read).records)
      expectWholeTape((await readThrough(log, { fromSeq: 1, untilSeq: COUNT })).records)
      await nats.close()
      await server.stop()
      await rm(storeDir, { recursive: true, force: true })
    },
  )

  test('a connection cut again and again loses, repeats and reorders nothing', async () => {
    const server = await startNatsServer({ version })
    const proxy = await startTcpProxy(server.port)
    const nats = await openNats({ url: proxy.url, name: 'test' })
    await ensureStreams(nats, { shard: 'main' })
    const log = new NatsEventLog(nats, { shard: 'main' })

    const read = readThrough(log, { fromSeq: 1, untilSeq: COUNT })
    const appends: Promise<unknown>[] = []
    for (let index = 1; index <= COUNT; index++) {
      appends.push(log.append(outgoing(index)))
      if (index % 50 === 0) await delay(1)
      if (index % 2_500 === 1_234) proxy.cut()
    }
    await Promise.all(appends)
    expectWholeTape((await read).records)
    await nats.close()
    await proxy.close()
    await server.stop()
  })

  test('messages lost on the way are read again', async () => {
    const server = await startNatsServer({ version })
    const nats = await openNats({ url: server.url, name: 'test' })
    await ensureStreams(nats, { shard: 'main' })
    const log = new NatsEventLog(nats, { shard: 'main' })
    const { connection } = nats
    const subscribe = connection.subscribe.bind(connection)
    let received = 0
    let lost = 0
    let isLastLost = false
    connection.subscribe = (subject, options) =>
      subscribe(subject, {
        ...options,
        callback: (error, msg) => {
          const delivery = parseDelivery(msg.reply ?? '')
          const isLast = delivery?.streamSeq === COUNT && !isLastLost
          if (isLast) isLastLost = true
          if (isLast || (delivery && ++received % 777 === 0)) lost++
          else void options?.callback?.(error, msg)
        },
      })
    const read = readThrough(log, { fromSeq: 1, untilSeq: COUNT })
    await appendAll(nats, () => {})
    expectWholeTape((await read).records)
    expect(lost).toBeGreaterThan(10)
    await nats.close()
    await server.stop()
  })

  test('reading goes on at once after a restart of the server, and soon after its consumer was lost', async () => {
    let server = await startNatsServer({ version })
    const { port, storeDir } = server
    const nats = await openNats({ url: server.url, name: 'test' })
    await ensureStreams(nats, { shard: 'main' })
    const log = new NatsEventLog(nats, { shard: 'main' })
    const stop = new AbortController()
    const seen: number[] = []
    const done = (async () => {
      const options = { fromSeq: 1, accepts: () => true, signal: stop.signal }
      for await (const { records } of log.read(options)) seen.push(...records.map(({ seq }) => seq))
    })()
    await log.append(outgoing(1))
    await expect.poll(() => seen, { interval: 5 }).toEqual([1])
    const elapsedMs = await fastest(async () => {
      const before = [...seen]
      const next = before.length + 1
      await server.stop({ keepStore: true })
      server = await startNatsServer({ version, port, storeDir })
      await log.append(outgoing(next))
      await expect.poll(() => seen, { interval: 5 }).toEqual([...before, next])
    }, 2_000)
    expect(elapsedMs, 'not only after a silence').toBeLessThan(2_500)

    const { consumers } = nats.manager
    for (const { name } of await consumers.list('TAPE_main').next()) {
      await consumers.delete('TAPE_main', name)
    }
    const known = [...seen]
    await log.append(outgoing(known.length + 1))
    await expect.poll(() => seen, { interval: 50 }).toEqual([...known, known.length + 1])
    stop.abort()
    await done
    await nats.close()
    await server.stop({ keepStore: false })
  })

  test('no ack: the append rejects, and so does every later one', async () => {
    const server = await startNatsServer({ version })
    const proxy = await startTcpProxy(server.port)
    const nats = await openNats({ url: proxy.url, name: 'test' })
    await ensureStreams(nats, { shard: 'main' })
    const log = new NatsEventLog(nats, { shard: 'main', ackTimeoutMs: 300 })
    await log.append(outgoing(1))

    proxy.hold(true)
    const appends = [log.append(outgoing(2)), log.append(outgoing(3))]
    const startedMs = performance.now()
    for (const { status, reason } of (await Promise.allSettled(
      appends,
    )) as PromiseRejectedResult[]) {
      expect([status, (reason as NatsError).code]).toEqual(['rejected', 'NATS_ACK_TIMEOUT'])
    }
    expect(performance.now() - startedMs).toBeGreaterThan(250)
    proxy.hold(false)
    await expect(log.append(outgoing(4))).rejects.toThrow(/no acknowledgement/)
    const again = new NatsEventLog(nats, { shard: 'main' })
    expect(await again.append(outgoing(2))).toEqual({ seq: 2, isDuplicate: true })
    await nats.close()
    await proxy.close()
    await server.stop()
  })

  test('what JetStream refuses rejects with its code; a hole cannot form', async () => {
    const server = await startNatsServer({ version })
    const nats = await openNats({ url: server.url, name: 'test' })
    const orphan = new NatsEventLog(nats, { shard: 'main' })
    await expect(orphan.append(outgoing(1))).rejects.toMatchObject({ code: 'NATS_NO_STREAM' })

    await ensureStreams(nats, { shard: 'main' })
    await nats.manager.streams.update('TAPE_main', { max_msg_size: 200 })
    const log = new NatsEventLog(nats, { shard: 'main' })
    await log.append(outgoing(1))
    await expect(log.append({ ...outgoing(2), body: 'x'.repeat(500) })).rejects.toMatchObject({
      code: 'NATS_APPEND_REFUSED',
      jetStreamCode: 10_054,
    })
    await expect(log.append(outgoing(3))).rejects.toThrow(/maximum/)
    expect(await log.lastSeq()).toBe(1)

    const huge = new NatsEventLog(nats, { shard: 'main' })
    const body = 'x'.repeat(2e6)
    await expect(huge.append({ ...outgoing(2), body })).rejects.toThrow(/max_payload/)
    const closed = new NatsEventLog(nats, { shard: 'main' })
    await nats.close()
    await expect(closed.append(outgoing(1))).rejects.toMatchObject({ code: 'NATS_CLOSED' })
    await server.stop()
  })
})
