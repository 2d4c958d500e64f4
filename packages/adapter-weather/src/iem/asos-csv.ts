import { factsOfReports, parseMetar, type Metar } from '../metar/metar.ts'
import { readParts, refuse, type Reading } from '../reading.ts'
import type { WeatherStation } from '../station.ts'

const VALID = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})$/
const ROWS_MAX = 200_000
const MISSING = new Set(['M', '', 'null'])

/**
 * `asos.py?data=metar&format=onlycomma&tz=UTC`: `station,valid,metar`. The report is read, not the
 * columns made from it, and must be of the station and minute of its row.
 */
export function readAsosCsv(
  body: string,
  stations: readonly WeatherStation[],
  source: string,
): Reading {
  const lines = body.split('\n', ROWS_MAX + 1).map((line) => line.trim())
  if (lines.length > ROWS_MAX) return refuse('shape', `more than ${ROWS_MAX} lines`)
  const rows = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (rows[0] !== 'station,valid,metar') return refuse('shape', rows[0] ?? 'an empty body')
  const reports: Metar[] = []
  const faults: string[] = []
  // Every line ends with a line end: the last one of an answer cut short does not.
  const cut = body.endsWith('\n') ? undefined : rows.pop()
  if (cut !== undefined) faults.push(`cut short: ${cut.slice(0, 40)}`)
  for (const row of rows.slice(1)) {
    const read = readRow(row, stations)
    if (typeof read === 'string') faults.push(read)
    else if (read) reports.push(read)
  }
  return readParts(factsOfReports(reports, source), faults)
}

/** Null: the row says that there is no report. */
function readRow(row: string, stations: readonly WeatherStation[]): Metar | string | null {
  const [code = '', valid = '', ...report] = row.split(',')
  const text = report.join(',').replace(/^"|"$/g, '')
  const station = stations.find(({ icao }) => icao === code || icao === `K${code}`)
  if (!station) return `a row of ${code.slice(0, 8)}, which was not asked for`
  const time = VALID.exec(valid)
  const timeUs = time ? Date.parse(`${time[1]}T${time[2]}:00Z`) * 1_000 : NaN
  if (Number.isNaN(timeUs)) return `${code}: no such time: ${valid.slice(0, 20)}`
  if (MISSING.has(text)) return null
  const metar = parseMetar(text, timeUs)
  if (typeof metar === 'string') return `${code} ${valid}: ${metar}`
  if (metar.icao !== station.icao) return `${code} ${valid}: a report of ${metar.icao}`
  if (metar.timeUs !== timeUs) return `${code} ${valid}: a report of another minute`
  return metar
}
