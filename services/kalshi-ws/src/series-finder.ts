import type { ReadOutcome } from './read-schedule.ts'
import type { VenueReads } from './venue-reads.ts'
import { seriesOf } from './watch.ts'
import type { SeriesQuery, Watch } from './watch.ts'

export type FinderPorts = {
  readonly rest: Pick<VenueReads, 'seriesList'>
  readonly onSeries: (ticker: string) => void
}

/** Of one deployment: a query that finds more is too wide. */
export const SERIES_MAX = 500

/** The series to follow: those named, and those that queries find, which only ever grow. */
export class SeriesFinder {
  readonly #ports: FinderPorts
  readonly #queries: readonly SeriesQuery[]
  readonly #series: Set<string>

  constructor(ports: FinderPorts, watch: Watch) {
    this.#ports = ports
    const { named, queries } = seriesOf(watch)
    this.#series = new Set(named)
    this.#queries = queries
  }

  get series(): ReadonlySet<string> {
    return this.#series
  }

  get hasQueries(): boolean {
    return this.#queries.length > 0
  }

  async read(signal: AbortSignal): Promise<ReadOutcome> {
    let found = 0
    for (const { category, tag, prefix } of this.#queries) {
      const filter = {
        ...(category !== undefined && { category }),
        ...(tag !== undefined && { tag }),
      }
      const listed = await this.#ports.rest.seriesList(filter, signal)
      for (const { ticker } of listed) {
        if (prefix !== undefined && !ticker.startsWith(prefix)) continue
        found++
        if (this.#series.has(ticker) || this.#series.size >= SERIES_MAX) continue
        this.#series.add(ticker)
        this.#ports.onSeries(ticker)
      }
    }
    return found > 0 ? 'fruitful' : 'fruitless'
  }
}
