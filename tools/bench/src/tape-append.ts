import { ensureStreams, NatsEventLog, openNats, type Nats } from '@kwm/adapter-nats'
import { startNatsServer } from '@kwm/adapter-nats/testing'
import type { Outgoing } from '@kwm/runtime'

export type TapeAppendResult = {
  /** `EventLog.append` against raw publishing of the same bytes: 1 is no overhead. */
  readonly tapeAppendRatio: number
  readonly appendPerSec: number
  readonly rawPublishPerSec: number
}

const ROUNDS = 7
const RECORDS_PER_ROUND = 60_000
const IN_FLIGHT_MAX = 2_048
const BODY = JSON.stringify({ type: 'md.book-delta.v1', filler: 'x'.repeat(260) })

/**
 * The rate of `NatsEventLog.append`, against publishing written out here with nothing around it but
 * numbered acks. Rounds alternate, so that a busy machine is busy for both; the medians count.
 */
export async function benchTapeAppend(): Promise<TapeAppendResult> {
  const server = await startNatsServer()
  const nats = await openNats({ url: server.url, name: 'bench-tape-append' })
  const appendRates: number[] = []
  const rawRates: number[] = []
  try {
    await ensureStreams(nats, { shard: 'bench' })
    const log = new NatsEventLog(nats, { shard: 'bench' })
    for (let round = 0; round <= ROUNDS; round++) {
      const raw = await rate(() => publishRaw(nats, `raw-${round}`))
      const append = await rate(() => appendAll(log, `append-${round}`))
      if (round === 0) continue // The first warms up.
      rawRates.push(raw)
      appendRates.push(append)
    }
  } finally {
    await nats.close()
    await server.stop()
  }
  return {
    tapeAppendRatio: median(appendRates.map((append, round) => append / rawRates[round]!)),
    appendPerSec: median(appendRates),
    rawPublishPerSec: median(rawRates),
  }
}

const record = (prefix: string, index: number): Outgoing => ({
  subject: `tape.bench.md.book-delta.v1.KXHIGHNY-26NOV20-B${index % 8}_5`,
  id: `${prefix}-${index}`,
  inputSeq: index + 1,
  body: BODY,
})

async function appendAll(log: NatsEventLog, prefix: string): Promise<void> {
  let last: Promise<unknown> | undefined
  for (let index = 0; index < RECORDS_PER_ROUND; index++) {
    last = log.append(record(prefix, index))
    if (index % IN_FLIGHT_MAX === 0) await last
  }
  await last
}

/** The same subjects, headers and bodies; an ack is counted, not even parsed. */
async function publishRaw({ connection }: Nats, prefix: string): Promise<void> {
  const inbox = `_INBOX.${prefix}-${process.pid}`
  let acked = 0
  let awaited = { count: Infinity, resume: () => {} }
  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: () => {
      if (++acked >= awaited.count) awaited.resume()
    },
  })
  const ackedAtLeast = (count: number): Promise<void> =>
    new Promise((resolve) => {
      awaited = { count, resume: resolve }
      if (acked >= count) resolve()
    })
  for (let index = 0; index < RECORDS_PER_ROUND; index++) {
    const { subject, id, inputSeq, body } = record(prefix, index)
    const bytes = Buffer.from(
      `NATS/1.0\r\nNats-Msg-Id: ${id}\r\nKwm-Input-Seq: ${inputSeq}\r\n\r\n`,
    )
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the client asks for no more
    const headers = { encode: () => bytes } as never
    connection.publish(subject, body, { reply: `${inbox}.${index}`, headers })
    if (index % IN_FLIGHT_MAX === 0) await ackedAtLeast(index + 1)
  }
  await ackedAtLeast(RECORDS_PER_ROUND)
  subscription.unsubscribe()
}

async function rate(run: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await run()
  return (RECORDS_PER_ROUND / (performance.now() - startedMs)) * 1_000
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!
