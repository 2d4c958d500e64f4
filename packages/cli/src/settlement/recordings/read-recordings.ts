import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SettledEvents } from '../settled-events.ts'
import { readAsosObservations } from './asos-observations.ts'
import { readBitcoinHours, readBitcoinQuarters } from './bitcoin.ts'
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
  ['kxbtc_books', 'kxbtc_books', /_ladders\.jsonl(?:\.gz)?$/, each(readBitcoinHours)],
  ['kxbtc15m_ws', 'kxbtc15m_ws', /^markets\.csv$/, each(readBitcoinQuarters)],
  ['weather', 'weather', /^asos5_.*\.dat(?:\.gz)?$/, each(readAsosObservations)],
  ['labels/nws', 'labels', /^nws_daily_high.*\.csv(?:\.gz)?$/, each(readDailyHighs)],
]

type RecordingFiles = {
  readonly recording: string
  readonly files: readonly string[]
  readonly read: Read
}

/** What there is to read under a directory. */
export async function findRecordings(dir: string): Promise<readonly RecordingFiles[]> {
  const found = await stat(dir).catch(() => undefined)
  if (!found?.isDirectory()) throw new RecordingError(`--data: there is no directory ${dir}`)
  const recordings: RecordingFiles[] = []
  for (const [recording, folder, pattern, read] of RECORDINGS) {
    const names = await readdir(join(dir, folder)).catch(() => [])
    const wanted = names.filter((name) => pattern.test(name)).sort()
    const files = wanted.map((name) => join(dir, folder, name))
    if (files.length > 0) recordings.push({ recording, files, read })
  }
  if (recordings.length > 0) return recordings
  const folders = [...new Set(RECORDINGS.map(([, folder]) => folder))].join(', ')
  throw new RecordingError(`--data: no settlements in ${dir}; looked in ${folders}`)
}

/** Everything the audit understands under one directory. */
export async function readRecordings(
  dir: string,
  series?: ReadonlySet<string>,
): Promise<SettledEvents> {
  const into = new SettledEvents(series)
  for (const { recording, files, read } of await findRecordings(dir)) {
    await read(recording, files, into)
  }
  return into
}
