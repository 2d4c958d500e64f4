import type { RawFrame } from '@kwm/contracts'

/** One record of the tape. `body` is the envelope as JSON, not yet parsed. */
export type TapeRecord = {
  /** Position in the tape's one order, from 1. */
  readonly seq: number
  readonly subject: string
  /** The envelope's id, also the broker's message id: appending it twice stores it once. */
  readonly id: string
  /** For an output of a machine: the tape sequence of the input that caused it. Else 0. */
  readonly inputSeq: number
  /** When the broker stored it, by its clock. Never an input of a decision. */
  readonly storedTimeUs: number
  readonly body: string
}

/** A record on its way to the tape. */
export type Outgoing = Pick<TapeRecord, 'subject' | 'id' | 'inputSeq' | 'body'>

export type Ack = { readonly seq: number; readonly isDuplicate: boolean }

/** Records in tape order. All up to `throughSeq` were delivered, or skipped by the filter. */
export type TapeBatch = { readonly records: readonly TapeRecord[]; readonly throughSeq: number }

export type ReadOptions = {
  /** The first sequence wanted. */
  readonly fromSeq: number
  /** Decided by subject alone, before the body is decoded. */
  readonly accepts: (subject: string) => boolean
  /**
   * The event types `accepts` can take, for servers that filter on their side (nats-server 2.10 and
   * up). Absent: all.
   */
  readonly eventTypes?: readonly string[]
  /** Ends the iteration without an error. */
  readonly signal: AbortSignal
}

/** The tape of one shard. */
export interface EventLog {
  readonly shard: string
  /**
   * Append at the end. Calls may overlap; records are stored in the order of the calls. Rejects
   * when the record cannot be known to be stored: the caller then crashes and recovers.
   */
  append(record: Outgoing): Promise<Ack>
  /** Every record from `fromSeq` on, for ever, until the signal. Follows the tape as it grows. */
  read(options: ReadOptions): AsyncIterable<TapeBatch>
  /** The sequence of the newest record, 0 for an empty tape. */
  lastSeq(): Promise<number>
}

export type RawRecord = RawFrame & { readonly seq: number; readonly subject: string }

/** Frames of the outside world, byte for byte. */
export interface RawLog {
  append(subject: string, frame: RawFrame): Promise<Ack>
  /** Frames from `fromSeq` to the newest at the time of the call, then ends. */
  replay(options: { readonly subject: string; readonly fromSeq: number }): AsyncIterable<RawRecord>
  lastSeq(): Promise<number>
}

/** `state` belongs to the machine; everything up to and including `tapeSeq` is in it. */
export type StoredSnapshot = {
  readonly v: 1
  readonly tapeSeq: number
  readonly state: string
}

/** The newest snapshot of each service. Saving replaces it as a whole or not at all. */
export interface SnapshotStore {
  load(service: string): Promise<StoredSnapshot | undefined>
  save(service: string, snapshot: StoredSnapshot): Promise<void>
}

/** What could not be parsed, with the reason. */
export type DeadLetter = {
  readonly service: string
  readonly reason: string
  readonly subject: string
  /** The record's id or the raw frame's id: appending it twice stores it once. */
  readonly id: string
  readonly body: string | Uint8Array
}

export interface DeadLetterLog {
  append(letter: DeadLetter): Promise<void>
}

export interface Clock {
  /** Microseconds since 1970-01-01T00:00:00Z. */
  nowUs(): number
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** A machine (or several composed) bound to the tape: decode, step, encode. Never waits. */
export interface Processor {
  /** The machines inside, in order. */
  readonly machines: readonly string[]
  /** Event types it reads from outside itself. */
  readonly inputTypes: readonly string[]
  /** Event types it writes. */
  readonly outputTypes: readonly string[]
  /**
   * Take one record, in tape order, and append what it causes to `outputs`.
   * @throws {UnparsableRecordError} The record is not what its subject says; the state is unchanged.
   */
  process(record: TapeRecord, outputs: Outgoing[]): void
  /** Versioned plain data as JSON. */
  snapshot(): string
  restore(state: string): void
}

/** A record that does not fit its schema. It goes to the dead letters with the reason. */
export class UnparsableRecordError extends Error {
  override readonly name = 'UnparsableRecordError'
  readonly code = 'TAPE_UNPARSABLE_RECORD'
}
