import { declareRun, ensurePartitions, timeTables, tryAdvisoryLock } from '@kwm/adapter-pg'
import type { Session } from '@kwm/adapter-pg'
import type { Clock } from '@kwm/runtime'
import type { Batch, CopyRows } from './batch.ts'
import { PositionMovedError } from './errors.ts'
import { Origin } from './origin.ts'

const DAY_US = 86_400_000_000

/** One shard in the database, over one connection, which also holds the shard's lock. */
export class ShardStore {
  readonly #session: Session
  readonly #shard: string
  readonly #clock: Clock
  readonly #partitions = new Set<string>()
  #tables: readonly string[] = []
  #aheadDay = 0

  constructor(session: Session, shard: string, clock: Clock) {
    this.#session = session
    this.#shard = shard
    this.#clock = clock
  }

  /** One writer a shard: false while another connection has it. */
  tryLock(): Promise<boolean> {
    return tryAdvisoryLock(this.#session, `recorder ${this.#shard}`)
  }

  /** Where the shard stands. All up to and including `tapeSeq` is in the tables. */
  async load(): Promise<{ readonly tapeSeq: number; readonly origin: Origin }> {
    const own = [this.#shard]
    this.#tables = await timeTables(this.#session)
    await this.#session.query(
      'INSERT INTO ops.recorder_position (shard, tape_seq) VALUES ($1, 0) ON CONFLICT DO NOTHING',
      own,
    )
    const position = await this.#session.query<{ tape_seq: string }>(
      'SELECT tape_seq FROM ops.recorder_position WHERE shard = $1',
      own,
    )
    const run = await this.#session.query<{ is_synthetic: boolean }>(
      `SELECT is_synthetic FROM sim.runs WHERE shard = $1
       ORDER BY first_tape_seq DESC LIMIT 1`,
      own,
    )
    const listed = await this.#session.query<Listed>(
      `SELECT market_ticker, event_ticker, is_synthetic FROM (
         SELECT DISTINCT ON (market_ticker) * FROM kalshi.markets WHERE shard = $1
         ORDER BY market_ticker, tape_seq DESC
       ) AS newest ORDER BY tape_seq`,
      own,
    )
    const tickers = listed.rows.flatMap((row): (readonly [string, boolean])[] => [
      [row.market_ticker, row.is_synthetic],
      [row.event_ticker, row.is_synthetic],
    ])
    return {
      tapeSeq: Number(position.rows[0]!.tape_seq),
      origin: new Origin(run.rows[0]?.is_synthetic ?? null, tickers),
    }
  }

  /** The rows and the new position, all or nothing. */
  async commit(batch: Batch, expectedSeq: number): Promise<void> {
    const copies = batch.copies().filter((copy) => copy.count > 0)
    await this.#makePartitionsAhead()
    for (const copy of copies) await this.#makePartitions(copy)
    await this.#session.query('BEGIN')
    try {
      await this.#session.copyAll(copies.map((copy) => copy.rendered()))
      await this.#declareRuns(batch)
      await this.#movePosition(expectedSeq, batch.throughSeq)
      await this.#session.query('COMMIT')
    } catch (error) {
      await this.#session.query('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  async #movePosition(expectedSeq: number, throughSeq: number): Promise<void> {
    const { rowCount } = await this.#session.query(
      `UPDATE ops.recorder_position SET tape_seq = $2, updated_time = now()
       WHERE shard = $1 AND tape_seq = $3`,
      [this.#shard, throughSeq, expectedSeq],
    )
    if (rowCount !== 1) throw new PositionMovedError(this.#shard, expectedSeq)
  }

  /** The first run of a shard also says what the records before its first listing were. */
  async #declareRuns({ runs }: Batch): Promise<void> {
    for (const run of runs) await declareRun(this.#session, run)
    const [first] = runs
    if (!first) return
    for (const table of this.#tables) {
      await this.#session.query(
        `UPDATE ${table} SET is_synthetic = $2 WHERE shard = $1 AND is_synthetic IS NULL`,
        [this.#shard, first.isSynthetic],
      )
    }
  }

  /** Today's and tomorrow's, once a day: midnight then makes nobody wait. */
  async #makePartitionsAhead(): Promise<void> {
    const day = Math.floor(this.#clock.nowUs() / DAY_US)
    if (day === this.#aheadDay) return
    await ensurePartitions(this.#session, 'all', [day, day + 1])
    this.#aheadDay = day
  }

  async #makePartitions({ table, days }: CopyRows): Promise<void> {
    const missing = [...days].filter((day) => !this.#partitions.has(`${table} ${day}`))
    if (missing.length === 0) return
    await ensurePartitions(this.#session, table, missing)
    for (const day of missing) this.#partitions.add(`${table} ${day}`)
  }
}

type Listed = {
  readonly market_ticker: string
  readonly event_ticker: string
  readonly is_synthetic: boolean
}
