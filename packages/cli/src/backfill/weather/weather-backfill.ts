import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { addDownloaded, ConnectionLostError, finalDownloads, type Session } from '@kwm/adapter-pg'
import { OperatingError, type Clock } from '@kwm/runtime'
import { inParallel, reasonOf, type BackfillResult } from '../backfill.ts'
import type { WeatherItem, WeatherItemFacts } from './items.ts'

export type WeatherBackfillOptions = {
  /** For `failed.ndjson` and `faults.ndjson`. */
  readonly outDir: string
  readonly isRefresh: boolean
  readonly database: Session
  readonly clock: Clock
  readonly onProgress: (progress: WeatherProgress) => void
  readonly signal: AbortSignal
}

export type WeatherProgress = {
  readonly items: number
  readonly done: number
  /** New rows; what was there already is not counted. */
  readonly rows: number
}

export type WeatherBackfillResult = BackfillResult & {
  /** Facts in the answers, also those that were there already. */
  readonly facts: number
  /** Parts of answers that could not be read; also in `faults.ndjson`. */
  readonly faults: number
}

/** Providers wait their own turns; this many items may be waiting at once. */
const IN_FLIGHT = 8

/**
 * Download weather into the store. Killed at any point and started again it goes on: the rows of an item
 * and the note that it is done are one transaction, and rows that are there are not added again.
 */
export async function weatherBackfill(
  all: readonly WeatherItem[],
  options: WeatherBackfillOptions,
): Promise<WeatherBackfillResult> {
  const { database, signal, outDir, clock } = options
  await mkdir(outDir, { recursive: true })
  const finals = await finalDownloads(database)
  const items = all.filter(({ key }) => options.isRefresh || !finals.has(key))
  const inTurn = oneAtATime()
  const failed: { key: string; reason: string }[] = []
  const sum = { done: 0, rows: 0, facts: 0, faults: 0 }
  const report = (): void => options.onProgress({ items: items.length, ...sum })
  const store = async ({ key, isFinal }: WeatherItem, got: WeatherItemFacts): Promise<void> => {
    const download = { key, isFinal, faults: got.faults.length, doneTimeUs: clock.nowUs() }
    sum.rows += await inTurn(() => addDownloaded(database, got.facts, download))
    sum.facts += got.facts.length
    sum.faults += got.faults.length
    for (const fault of got.faults) await appendLine(outDir, 'faults', { key, fault })
  }
  report()
  await inParallel(items, IN_FLIGHT, signal, async (item) => {
    try {
      await store(item, await item.fetch(signal))
    } catch (error) {
      const isOfItem = error instanceof OperatingError && !(error instanceof ConnectionLostError)
      if (signal.aborted || !isOfItem) throw error
      const failure = { key: item.key, reason: reasonOf(error) }
      failed.push(failure)
      await appendLine(outDir, 'failed', failure)
    }
    sum.done++
    report()
  })
  return { items: items.length, ...sum, skipped: all.length - items.length, failed }
}

const appendLine = (dir: string, name: string, line: object): Promise<void> =>
  appendFile(join(dir, `${name}.ndjson`), `${JSON.stringify(line)}\n`)

/** The one connection to the database holds one transaction at a time. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}
