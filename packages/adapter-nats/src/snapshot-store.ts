import { createHash, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, gunzip, gzip } from 'node:zlib'
import { SNAPSHOT_BUCKET } from '@kwm/contracts'
import type { SnapshotStore, StoredSnapshot } from '@kwm/runtime'
import { Kvm, type KV } from '@nats-io/kv'
import type { Nats } from './connection.ts'
import { NatsError } from './errors.ts'

const CHUNK_BYTES = 512 * 1_024
const LOAD_ATTEMPTS_MAX = 3

type Head = {
  readonly v: 1
  readonly generation: string
  readonly chunks: number
  readonly sha256: string
  readonly tapeSeq: number
}

/**
 * The newest snapshot of each service in the key-value bucket `snapshots`, gzipped, in chunks below
 * the server's message size: `<service>.chunk.<generation>.<n>`, then `<service>.head`, which names
 * the generation. Until the head is written the snapshot before is the one that counts. One writer
 * per service: a second one could remove chunks that the first is about to name.
 */
export class NatsSnapshotStore implements SnapshotStore {
  readonly #nats: Nats
  #bucket: Promise<KV> | undefined

  constructor(nats: Nats) {
    this.#nats = nats
  }

  /** @throws {NatsError} NATS_SNAPSHOT_CORRUPT: a chunk is missing or altered. */
  async load(service: string): Promise<StoredSnapshot | undefined> {
    const bucket = await this.#open()
    for (let attempt = 1; ; attempt++) {
      const entry = await bucket.get(headKey(service))
      if (!entry || entry.operation !== 'PUT') return undefined
      const head = entry.json<Head>()
      const packed = await readChunks(bucket, service, head)
      if (packed && sha256(packed) === head.sha256) {
        const state = (await promisify(gunzip)(packed)).toString()
        return { v: 1, tapeSeq: head.tapeSeq, state }
      }
      // A save may have replaced the chunks while we read: the head then names other ones.
      if (attempt === LOAD_ATTEMPTS_MAX) throw corruptError(service, head)
    }
  }

  async save(service: string, { tapeSeq, state }: StoredSnapshot): Promise<void> {
    const bucket = await this.#open()
    const packed = await promisify(gzip)(state, { level: constants.Z_BEST_SPEED })
    const generation = randomUUID()
    const chunks = Math.ceil(packed.length / CHUNK_BYTES)
    for (let index = 0; index < chunks; index++) {
      const chunk = packed.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)
      await bucket.put(chunkKey(service, generation, index), chunk)
    }
    const head: Head = { v: 1, generation, chunks, sha256: sha256(packed), tapeSeq }
    await bucket.put(headKey(service), JSON.stringify(head))
    await this.#removeOthers(service, generation)
  }

  async #open(): Promise<KV> {
    this.#bucket ??= new Kvm(this.#nats.connection).open(SNAPSHOT_BUCKET)
    return this.#bucket
  }

  /** Purged, not deleted through the bucket: that would leave a marker for each key for ever. */
  async #removeOthers(service: string, generation: string): Promise<void> {
    const { streams } = this.#nats.manager
    const stream = `KV_${SNAPSHOT_BUCKET}`
    const prefix = `$KV.${SNAPSHOT_BUCKET}.${service}.chunk.`
    const info = await streams.info(stream, { subjects_filter: `${prefix}>` })
    const generations = new Set(
      Object.keys(info.state.subjects ?? {}).map((key) => key.slice(prefix.length).split('.')[0]!),
    )
    generations.delete(generation)
    for (const other of generations) {
      await streams.purge(stream, { filter: `${prefix}${other}.>` })
    }
  }
}

async function readChunks(bucket: KV, service: string, head: Head): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  for (let index = 0; index < head.chunks; index++) {
    const entry = await bucket.get(chunkKey(service, head.generation, index))
    if (!entry || entry.operation !== 'PUT') return undefined
    chunks.push(entry.value)
  }
  return Buffer.concat(chunks)
}

const headKey = (service: string): string => `${service}.head`
const chunkKey = (service: string, generation: string, index: number): string =>
  `${service}.chunk.${generation}.${index}`

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const corruptError = (service: string, { generation, tapeSeq }: Head): NatsError =>
  new NatsError(
    'NATS_SNAPSHOT_CORRUPT',
    `the snapshot of ${service} at tape sequence ${tapeSeq} (generation ${generation}) is incomplete ` +
      `or altered: delete key ${headKey(service)} of bucket ${SNAPSHOT_BUCKET} to rebuild from the tape`,
  )
