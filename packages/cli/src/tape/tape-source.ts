import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { NatsEventLog, openNats } from '@kwm/adapter-nats'
import type { TapeRecord } from '@kwm/runtime'
import { findStack, stateDir } from '../stack/run-dir.ts'
import { readTapeFile, TapeFileError } from './tape-file.ts'

/** The tape of the last demo. */
export const lastTapeFile = (): string => join(stateDir(), 'demo', 'last', 'tape.ndjson.gz')

export type TapeSource = {
  readonly name: string
  readonly shard: string
  readonly records: AsyncIterable<TapeRecord>
}

/**
 * The tape to look at: a file that was named, else the stack that is up, else the last demo.
 * @throws {TapeFileError} There is none.
 */
export async function openTapeSource(file: string | undefined): Promise<TapeSource> {
  const stack = file ? undefined : await findStack()
  if (stack) {
    const { natsUrl, shard } = stack
    return { name: `the running stack at ${natsUrl}`, shard, records: readLive(natsUrl, shard) }
  }
  const path = file ?? lastTapeFile()
  if (!existsSync(path)) {
    const hint = file
      ? 'give another with --tape FILE'
      : 'run `make demo` first, or give one with --tape FILE'
    throw new TapeFileError(`no tape at ${path}: ${hint}`)
  }
  const { header, records } = await readTapeFile(path)
  return { name: path, shard: header.shard, records }
}

/** The tape of a running stack as it is now: from its first record to its newest. */
export async function* readLive(natsUrl: string, shard: string): AsyncGenerator<TapeRecord> {
  const nats = await openNats({ url: natsUrl, name: 'kwm' })
  const stop = new AbortController()
  try {
    const log = new NatsEventLog(nats, { shard })
    const lastSeq = await log.lastSeq()
    if (lastSeq === 0) return
    for await (const batch of log.read({ fromSeq: 1, accepts: () => true, signal: stop.signal })) {
      for (const record of batch.records) if (record.seq <= lastSeq) yield record
      if (batch.throughSeq >= lastSeq) return
    }
  } finally {
    stop.abort()
    await nats.close()
  }
}
