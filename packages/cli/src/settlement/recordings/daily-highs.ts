import type { SettledEvents } from '../settled-events.ts'
import { RecordingError } from './recorded-row.ts'
import { readText } from './text-file.ts'

const HEADER = 'ticker,date,nws_high'
const DAY = /^\d{4}-\d\d-\d\d$/
/** Series for which the publisher of these tables took another station than the market does. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['KXHIGHCHI', 'measured at O’Hare, settled on Midway'],
])

/** Official daily highs by series and day, as a table in text. */
export async function readDailyHighs(
  recording: string,
  file: string,
  into: SettledEvents,
): Promise<void> {
  const [header, ...lines] = (await readText(file)).split('\n')
  if (header?.trim() !== HEADER)
    throw new RecordingError(`${file}: the first line is not ${HEADER}`)
  for (const line of lines) {
    if (line.trim() === '') continue
    const [seriesTicker = '', date = '', high = ''] = line.trim().split(',')
    if (high === '') continue // Missing that day.
    const value = Number(high)
    if (!DAY.test(date) || !Number.isFinite(value)) into.skip(recording, `${file}: ${line}`)
    else if (!ELSEWHERE.has(seriesTicker)) {
      into.addValue('nws', { seriesTicker, date }, { value })
    }
  }
  for (const { seriesTicker, date } of into.days()) {
    const reason = ELSEWHERE.get(seriesTicker)
    if (reason !== undefined) {
      into.addValue('nws', { seriesTicker, date }, { cause: 'station-differs', reason })
    }
  }
}
