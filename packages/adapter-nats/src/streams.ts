import {
  DEAD_LETTER_STREAM,
  RAW_STREAM,
  SHARD_PATTERN,
  SNAPSHOT_BUCKET,
  tapeStream,
  tapeSubjects,
} from '@kwm/contracts'
import { assert } from '@kwm/std'
import { JetStreamApiError, StorageType } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import type { Nats } from './connection.ts'

const DEDUPE_WINDOW_NS = 120e9
const ERR_STREAM_NOT_FOUND = 10_059
const ERR_STREAM_NAME_IN_USE = 10_058
const ERR_MESSAGE_NOT_FOUND = 10_037

/**
 * Make the streams and the snapshot bucket that are missing. A stream that exists is left as the
 * operator configured it. Fields newer than nats-server 2.9 are not used.
 */
export async function ensureStreams(
  nats: Nats,
  { shard }: { readonly shard: string },
): Promise<void> {
  assert(SHARD_PATTERN.test(shard), `not a shard name: ${shard}`)
  await ensureStream(nats, tapeStream(shard), tapeSubjects(shard))
  await ensureStream(nats, RAW_STREAM, 'raw.>')
  await ensureStream(nats, DEAD_LETTER_STREAM, 'dlq.>')
  await new Kvm(nats.connection).create(SNAPSHOT_BUCKET, {
    history: 1,
    storage: StorageType.File,
  })
}

async function ensureStream({ manager }: Nats, name: string, subject: string): Promise<void> {
  try {
    await manager.streams.info(name)
  } catch (error) {
    if (jetStreamCodeOf(error) !== ERR_STREAM_NOT_FOUND) throw error
    const config = {
      name,
      subjects: [subject],
      storage: StorageType.File,
      duplicate_window: DEDUPE_WINDOW_NS,
    }
    await manager.streams.add(config).catch((raced: unknown) => {
      if (jetStreamCodeOf(raced) !== ERR_STREAM_NAME_IN_USE) throw raced
    })
  }
}

export const isStreamNotFound = (error: unknown): boolean =>
  jetStreamCodeOf(error) === ERR_STREAM_NOT_FOUND

export const isMessageNotFound = (error: unknown): boolean =>
  jetStreamCodeOf(error) === ERR_MESSAGE_NOT_FOUND

const jetStreamCodeOf = (error: unknown): number | undefined =>
  error instanceof JetStreamApiError ? error.code : undefined
