import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SettledEvents } from '../settled-events.ts'
import { readAsosObservations } from './asos-observations.ts'
import { readDailyHighs } from './daily-highs.ts'
import { readKalshiCapture } from './kalshi-capture.ts'
import { readLabelTable, readMarketTable } from './market-tables.ts'
import { RecordingError } from './recorded-row.ts'
import { readTemperatureBooks } from './temperature-books.ts'

type Read = (recording: string, files: readonly string[], into: SettledEvents) => Promise<void>

/** One file after the other. */
const each =
  (read: (recording: string, file: string, into: SettledEvents) => Promise<void>): Read =>
  async (recording, files, into) => {
    for (const file of files) await read(recording, file, into)
  }

const readBooks: Read = (recording, files, into) => {
  const named = (start: string): string[] =>
    files.filter((file) => file.split('/').at(-1)!.startsWith(start))
  const parts = { books: named('dt='), metas: named('meta_'), actuals: named('actuals_') }
  return readTemperatureBooks(recording, parts, into)
}

/** What the audit can read, by folder and name. Daily highs come last: they ask which days there are. */
const RECORDINGS: readonly (readonly [name: string, folder: string, file: RegExp, read: Read])[] = [
  ['kxhigh_trades', 'kxhigh_trades', /_markets\.parquet$/, each(readMarketTable)],
  ['labels', 'labels', /^kxhigh_markets.*\.parquet$/, each(readLabelTable)],
  ['kxhighny_topbook', 'kxhighny_topbook', /^results\.parquet$/, each(readLabelTable)],
  ['temperature_books', 'temperature_books', /\.jsonl(?:\.gz)?$/, readBooks],
  ['cli/kalshi', 'cli/kalshi', /_settled.*\.json$/, each(readKalshiCapture)],
  ['weather', 'weather', /^asos5_.*\.dat(?:\.gz)?$/, each(readAsosObservations)],
  ['labels/nws', 'labels', /^nws_daily_high.*\.csv(?:\.gz)?$/, each(readDailyHighs)],
]

/** Everything the audit understands under one directory. */
export async function readRecordings(
  dir: string,
  series?: ReadonlySet<string>,
): Promise<SettledEvents> {
  const found = await stat(dir).catch(() => undefined)
  if (!found?.isDirectory()) throw new RecordingError(`--data: there is no directory ${dir}`)
  const into = new SettledEvents(series)
  let files = 0
  for (const [recording, folder, pattern, read] of RECORDINGS) {
    const names = await readdir(join(dir, folder)).catch(() => [])
    const wanted = names.filter((name) => pattern.test(name)).sort()
    files += wanted.length
    if (wanted.length > 0) {
      await read(
        recording,
        wanted.map((name) => join(dir, folder, name)),
        into,
      )
    }
  }
  if (files > 0) return into
  const folders = [...new Set(RECORDINGS.map(([, folder]) => folder))].join(', ')
  throw new RecordingError(`--data: no settlements in ${dir}; looked in ${folders}`)
}
