import { OperatingError } from '@kwm/runtime'

/** The database is ahead of the tape: the stream was made anew under the name of an old shard. */
export class TapeBehindError extends OperatingError {
  override readonly name = 'TapeBehindError'
  readonly code = 'RECORDER_TAPE_BEHIND'

  constructor(shard: string, positionSeq: number, tapeEndSeq: number) {
    super(
      `shard ${shard} is recorded up to ${positionSeq}, but its tape ends at ${tapeEndSeq}: the ` +
        'stream was made anew. Use another SHARD, or another database',
    )
  }
}

/** Somebody else wrote this shard while we held its lock. */
export class PositionMovedError extends OperatingError {
  override readonly name = 'PositionMovedError'
  readonly code = 'RECORDER_POSITION_MOVED'

  constructor(shard: string, expectedSeq: number) {
    super(`the position of shard ${shard} is no longer ${expectedSeq}: another writer moved it`)
  }
}

/** A batch holds a record PostgreSQL will not have. Smaller batches find out which. */
export class PoisonError extends OperatingError {
  override readonly name = 'PoisonError'
  readonly code = 'RECORDER_POISON'
  readonly firstSeq: number
  readonly throughSeq: number
  readonly records: number

  constructor(firstSeq: number, throughSeq: number, records: number, cause: Error) {
    super(`records ${firstSeq} to ${throughSeq}: ${cause.message}`, { cause })
    this.firstSeq = firstSeq
    this.throughSeq = throughSeq
    this.records = records
  }
}
