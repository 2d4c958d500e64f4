import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CandleInterval, TimeRange } from '@kwm/adapter-kalshi'
import { writeParquet } from '@kwm/adapter-parquet'
import { upsertHistory, type HistoryTable, type Session } from '@kwm/adapter-pg'
import { Checkpoint } from './checkpoint.ts'
import { HISTORY_COLUMNS } from './history-tables.ts'
import { candleItems, findMarkets, marketsItem, tradeItems, type Item, type Venue } from './work.ts'

export type BackfillOptions = {
  readonly kind: HistoryTable
  readonly series: readonly string[]
  readonly range: TimeRange
  readonly interval: CandleInterval
  readonly outDir: string
  /** Ask again for what is done and cannot change. */
  readonly isRefresh: boolean
  /** Also into `kalshi.history_*`. */
  readonly database: Session | undefined
  readonly onProgress: (progress: BackfillProgress) => void
  readonly signal: AbortSignal
}

export type BackfillProgress = {
  readonly items: number
  readonly done: number
  readonly rows: number
}

export type BackfillResult = BackfillProgress & {
  /** Done by an earlier run, and final. */
  readonly skipped: number
  /** By key, with the reason; also in `failed.ndjson`. */
  readonly failed: readonly { readonly key: string; readonly reason: string }[]
}

const IN_FLIGHT = 16

/**
 * Download what there is of the past. Killed at any point and started again it goes on: an item is a
 * whole file, written beside and renamed, then rows by key, then a line in the checkpoint.
 */
export async function backfill(venue: Venue, options: BackfillOptions): Promise<BackfillResult> {
  const { outDir, signal } = options
  const checkpoint = await Checkpoint.open(join(outDir, 'checkpoint.ndjson'))
  try {
    const all = await plan(venue, options)
    const items = all.filter(({ key }) => options.isRefresh || !checkpoint.get(key)?.isFinal)
    const failed: { key: string; reason: string }[] = []
    let done = 0
    let rows = 0
    const report = (): void => options.onProgress({ items: items.length, done, rows })
    report()
    await inParallel(items, IN_FLIGHT, signal, async (item) => {
      try {
        rows += await store(item, options, checkpoint)
      } catch (error) {
        if (signal.aborted) throw error
        const failure = { key: item.key, reason: reasonOf(error) }
        failed.push(failure)
        await appendFile(join(outDir, 'failed.ndjson'), `${JSON.stringify(failure)}\n`)
      }
      done++
      report()
    })
    return { items: items.length, done, rows, skipped: all.length - items.length, failed }
  } finally {
    await checkpoint.close()
  }
}

async function plan(venue: Venue, options: BackfillOptions): Promise<readonly Item[]> {
  const { kind, series, range, interval, signal } = options
  const cutoff = await venue.history.cutoff(signal)
  const items: Item[] = []
  for (const ticker of series) {
    await venue.rest.series(ticker, signal)
    const markets = await findMarkets(venue, ticker, range, cutoff, signal)
    if (kind === 'markets') items.push(marketsItem(venue, ticker, markets))
    else if (kind === 'candles')
      items.push(...candleItems(venue, ticker, markets, interval, cutoff))
    else items.push(...tradeItems(venue, ticker, markets, cutoff))
  }
  return items
}

async function store(
  { key, table, file, isFinal, fetch }: Item,
  { outDir, database, signal }: BackfillOptions,
  checkpoint: Checkpoint,
): Promise<number> {
  const rows = await fetch(signal)
  await writeParquet(join(outDir, file), HISTORY_COLUMNS[table], rows)
  if (database) await upsertHistory(database, table, rows)
  await checkpoint.done({ key, rows: rows.length, isFinal })
  return rows.length
}

export async function inParallel<T>(
  items: readonly T[],
  inFlight: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      signal.throwIfAborted()
      await work(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, items.length) }, worker))
}

export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 500)
