import { fork, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ensureStreams, openNats } from '@kwm/adapter-nats'
import { startNatsServer } from '@kwm/adapter-nats/testing'
import { systemClock } from '@kwm/runtime'
import { quantiles, type Quantiles } from './quantiles.ts'

const SHARD = 'bare'
const STREAM = `TAPE_${SHARD}`
const MESSAGE_BYTES = 300
const WARM_UP_MESSAGES = 2_000
const BATCH_MS = 1

export type BareHops = { readonly hops: number; readonly perSec: number; readonly messages: number }

/**
 * The limit of this machine and this broker: messages through as many processes as the services
 * have, with nothing in them. Sent in the batches in which the simulated venue sends.
 */
export async function bareHops({ hops, perSec, messages }: BareHops): Promise<Quantiles> {
  const server = await startNatsServer()
  const nats = await openNats({ url: server.url, name: 'bare' })
  const relays: ChildProcess[] = []
  try {
    await ensureStreams(nats, { shard: SHARD })
    const subject = (hop: number): string => `tape.${SHARD}.md.bare.v1.${hop}`
    for (let hop = 1; hop < hops; hop++) {
      const env = { NATS_URL: server.url, STREAM, FROM: subject(hop - 1), TO: subject(hop) }
      const relay = fork(path.join(import.meta.dirname, 'bare-relay.mjs'), { env, execArgv: [] })
      relays.push(relay)
      await new Promise((resolve) => relay.once('message', resolve))
    }
    const micros: number[] = []
    const last = subject(hops - 1)
    nats.connection.subscribe('bare.out', {
      callback: (_, msg) => {
        if (msg.subject === last)
          micros.push(systemClock.nowUs() - Number(msg.string().slice(0, 16)))
      },
    })
    nats.connection.subscribe('bare.ack', { callback: () => {} })
    await nats.manager.consumers.add(STREAM, {
      deliver_subject: 'bare.out',
      deliver_policy: 'new',
      ack_policy: 'none',
      mem_storage: true,
    })
    const filler = 'x'.repeat(MESSAGE_BYTES - 16)
    const startedMs = performance.now()
    for (let sent = 0; sent < WARM_UP_MESSAGES + messages;) {
      const due = Math.floor(((performance.now() - startedMs) / 1_000) * perSec)
      for (; sent < Math.min(due, WARM_UP_MESSAGES + messages); sent++) {
        const body = Buffer.from(systemClock.nowUs() + filler)
        nats.connection.publish(subject(0), body, { reply: 'bare.ack' })
      }
      await delay(BATCH_MS)
    }
    await delay(500)
    return quantiles(micros.slice(WARM_UP_MESSAGES))
  } finally {
    for (const relay of relays) relay.kill()
    await nats.close()
    await server.stop()
  }
}
