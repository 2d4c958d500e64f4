import { setTimeout as delay } from 'node:timers/promises'
import { NatsEventLog, openNats } from '@kwm/adapter-nats'
import { openPool } from '@kwm/adapter-pg'
import type { LocalStack } from '../stack/local-stack.ts'
import { readLive } from '../tape/tape-source.ts'
import { writeTapeFile } from '../tape/tape-file.ts'
import { TapeTally, type Tally } from '../tape/tape-tally.ts'
import type { Progress } from './progress.ts'
import type { Latency } from './summary.ts'

const POLL_MS = 200
/** The tape has been silent this long after the end of the play: everything has been said. */
const QUIET_MS = 1_500
const QUIET_TIMEOUT_MS = 60_000

type VenueStatus = {
  readonly source: string
  readonly progress: number
  readonly finished: boolean
  readonly framesSent: number
  readonly simTimeUs: number
}

/** The series of what the venue plays, for discovery. */
export async function seriesPlayed(stack: LocalStack): Promise<string> {
  const answer = await getJson<{ markets: { event_ticker: string }[] }>(
    `${stack.url('venue-sim')}/trade-api/v2/markets?limit=1000`,
  )
  return [...new Set(answer.markets.map((market) => market.event_ticker.split('-')[0]!))].join(',')
}

/** Until the venue has played everything. Returns what it was. */
export async function watchPlay(
  stack: LocalStack,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  for (;;) {
    const status = await getJson<VenueStatus>(`${stack.url('venue-sim')}/admin/status`)
    const time = new Date(status.simTimeUs / 1_000).toISOString().slice(11, 16)
    const note = `${time}Z of the day, ${status.framesSent.toLocaleString('en-US')} frames`
    progress.update(status.finished ? 1 : status.progress, note)
    if (status.finished || signal.aborted) return status.source
    await delay(POLL_MS)
  }
}

/** Until nobody has anything more to say and the recorder has written it all down. */
export async function waitUntilQuiet(stack: LocalStack): Promise<void> {
  const nats = await openNats({ url: stack.natsUrl, name: 'kwm' })
  const pool = await openPool({ url: stack.databaseUrl })
  try {
    const log = new NatsEventLog(nats, { shard: stack.shard })
    const deadlineMs = Date.now() + QUIET_TIMEOUT_MS
    let seq = await log.lastSeq()
    let sinceMs = Date.now()
    while (Date.now() < deadlineMs) {
      await delay(POLL_MS)
      const now = await log.lastSeq()
      const isStill = now - seq <= 2 // The feed goes on to say that it is alive.
      if (!isStill) sinceMs = Date.now()
      seq = now
      const { rows } = await pool.query(
        'select tape_seq from ops.recorder_position where shard = $1',
        [stack.shard],
      )
      const recorded = Number((rows[0] as { tape_seq?: string } | undefined)?.tape_seq ?? 0)
      if (Date.now() - sinceMs >= QUIET_MS && recorded >= seq - 3) return
    }
  } finally {
    await pool.end()
    await nats.close()
  }
}

export async function recordedRows(stack: LocalStack): Promise<number> {
  const pool = await openPool({ url: stack.databaseUrl })
  try {
    const { rows } = await pool.query(
      'select count(*) as n from ops.tape_events where shard = $1',
      [stack.shard],
    )
    return Number((rows[0] as { n: string }).n)
  } finally {
    await pool.end()
  }
}

/** Count the tape and keep a copy of it in a file. */
export async function takeTape(
  stack: LocalStack,
  file: string,
  isSynthetic: boolean,
): Promise<Tally> {
  const tally = new TapeTally()
  async function* counted(): AsyncGenerator<
    ReturnType<typeof readLive> extends AsyncGenerator<infer R> ? R : never
  > {
    for await (const record of readLive(stack.natsUrl, stack.shard)) {
      tally.add(record)
      yield record
    }
  }
  await writeTapeFile(file, { shard: stack.shard, isSynthetic }, counted())
  return tally.result()
}

/** Null when no order came through. */
export async function wireToIntent(stack: LocalStack): Promise<Latency | null> {
  const text = await (await fetch(`${stack.url('exec')}/metrics`)).text()
  const quantile = (q: string): number => {
    const match = new RegExp(
      `^exec_wire_to_intent_seconds\\{quantile="${q}"[^}]*\\} (\\S+)`,
      'm',
    ).exec(text)
    return match ? Number(match[1]) * 1e6 : NaN
  }
  const latency = { p50: Math.round(quantile('0.5')), p99: Math.round(quantile('0.99')) }
  return Number.isFinite(latency.p50) && latency.p50 > 0 ? latency : null
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return (await response.json()) as T
}
