import { climateDateOf, isoDate, monthNumber } from '../calendar.ts'
import type { ReportFact } from '../fact.ts'
import { textHash } from '../reading.ts'
import { reportCode, type WeatherStation } from '../station.ts'
import { isTemperatureF } from '../temperature.ts'
import type { Bulletin } from './bulletin.ts'

export type Cf6Day = {
  readonly date: string
  readonly maxTempF: number | null
  readonly minTempF: number | null
  readonly line: string
}

const MONTH = /^\s*MONTH:\s+([A-Z]+|\d{1,2})\s*$/m
const YEAR = /^\s*YEAR:\s+(\d{4})\s*$/m
const ROW = /^ ?(\d{1,2}) +(M|-?\d{1,3}) +(M|-?\d{1,3}) +(M|-?\d{1,3})(?: |$)/
/** The mean is rounded up at the half; some offices round otherwise. */
const MEAN_OFF_MAX = 1

/** The daily rows of a monthly table. The mean of a row checks that its columns are what they seem. */
export function parseCf6({ text, pil }: Bulletin): { days: Cf6Day[]; faults: string[] } {
  const monthText = MONTH.exec(text)?.[1] ?? ''
  const month = /^\d+$/.test(monthText) ? Number(monthText) : monthNumber(monthText)
  const year = Number(YEAR.exec(text)?.[1] ?? 0)
  if (isoDate(year, month, 1) === undefined) {
    return { days: [], faults: [`${pil}: no month and year of a climatological table`] }
  }
  const days = new Map<number, Cf6Day>()
  const faults: string[] = []
  const parts = text.split(/^={20,}$/m)
  if (parts.length < 4) return { days: [], faults: [`${pil}: no table, or one cut short`] }
  for (const line of parts[2]!.split('\n')) {
    if (line.trim() === '') continue
    const row = parseRow(line, year, month)
    if (typeof row === 'string') faults.push(`${pil}: ${row}`)
    else if (days.has(Number(row.date.slice(8)))) faults.push(`${pil}: ${row.date} twice`)
    else days.set(Number(row.date.slice(8)), row)
  }
  if (days.size === 0 && faults.length === 0) faults.push(`${pil}: a table without rows`)
  return { days: [...days.values()], faults }
}

function parseRow(line: string, year: number, month: number): Cf6Day | string {
  const match = ROW.exec(line)
  if (!match) return `no row: ${line.trim().slice(0, 40)}`
  const date = isoDate(year, month, Number(match[1]))
  if (date === undefined) return `no such day: ${year}-${month}-${match[1]}`
  const [max, min, mean] = [match[2]!, match[3]!, match[4]!].map(orNull) as [
    number | null,
    number | null,
    number | null,
  ]
  for (const value of [max, min]) {
    if (value !== null && !isTemperatureF(value)) return `${date}: no temperature: ${value}`
  }
  if (max !== null && min !== null) {
    if (max < min) return `${date}: a maximum of ${max} below the minimum of ${min}`
    const isOff = mean !== null && Math.abs(mean - (max + min) / 2) > MEAN_OFF_MAX
    if (isOff) return `${date}: ${mean} is not the mean of ${max} and ${min}`
  }
  return { date, maxTempF: max, minTempF: min, line: line.trimEnd() }
}

const orNull = (text: string): number | null => (text === 'M' ? null : Number(text))

/** One fact a day. The day of the issue is not over yet: its row is of the day so far. */
export function cf6Facts(
  bulletin: Bulletin,
  stations: readonly WeatherStation[],
): { facts: ReportFact[]; faults: string[] } {
  const station = stations.find((known) => `CF6${reportCode(known)}` === bulletin.pil)
  if (!station) return { facts: [], faults: [`${bulletin.pil || 'a text'} was not asked for`] }
  const { days, faults } = parseCf6(bulletin)
  const today = climateDateOf(bulletin.issueTimeUs, station.stdOffsetMinutes)
  const facts = days.map(({ date, maxTempF, minTempF }): ReportFact => ({
    type: 'wx.climate-report.v1',
    eventTimeUs: bulletin.issueTimeUs,
    data: {
      ...{ stationId: station.icao, product: 'CF6', climateDate: date, maxTempF, minTempF },
      status: date < today ? 'final' : 'intermediate',
      // Of what it says of the day: the table is issued anew each day with the same old rows.
      textHash: textHash(`${bulletin.pil} ${date} ${maxTempF ?? 'M'} ${minTempF ?? 'M'}`),
    },
  }))
  return { facts, faults }
}
