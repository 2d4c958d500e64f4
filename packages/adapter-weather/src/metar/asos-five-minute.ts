import { climateDayStartUs, isoDate, resolveDayTime } from '../calendar.ts'
import type { ObservationFact } from '../fact.ts'
import { readParts, refuse, type Reading } from '../reading.ts'
import type { WeatherStation } from '../station.ts'
import { metarFacts, parseMetar } from './metar.ts'

/** WBAN, ICAO, call sign, local standard time, length, then the text with the time once more. */
const RECORD =
  /^(\d{5})([A-Z0-9]{4}) ([A-Z0-9 ]{3})(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{3})(\d{2}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}) {2}5-MIN (.*)$/
/** Before the text that the length counts: 28 columns, and the length itself counts none of them. */
const LENGTH_AT = 28
const LINES_MAX = 500_000
const SOURCE = 'ncei-asos-5min'

/**
 * NCEI's ASOS 5-minute data (DSI-6401), one station and month a file. The record time is local
 * standard time and must be that of the report inside; a line cut short is refused by its length.
 */
export function parseAsosFiveMinute(text: string, station: WeatherStation): Reading {
  const facts: ObservationFact[] = []
  const faults: string[] = []
  const lines = text.split('\n', LINES_MAX + 1)
  if (lines.length > LINES_MAX) return refuse('shape', `more than ${LINES_MAX} lines`)
  for (const [index, line] of lines.entries()) {
    const record = line.trimEnd()
    if (record === '') continue
    const read = parseRecord(record, station)
    if (typeof read === 'string') faults.push(`line ${index + 1}: ${read}`)
    else facts.push(...read)
  }
  return readParts(facts, faults)
}

function parseRecord(record: string, station: WeatherStation): ObservationFact[] | string {
  const match = RECORD.exec(record)
  if (!match) return `no 5-minute record: ${record.slice(0, 60)}`
  const [, , icao, , year, month, day, hour, minute, length, , report] = match
  if (icao !== station.icao) return `a record of ${icao}, not of ${station.icao}`
  if (record.length !== LENGTH_AT + Number(length)) {
    return `${record.length - LENGTH_AT} characters, ${Number(length)} by its own count`
  }
  const date = isoDate(Number(year), Number(month), Number(day))
  if (date === undefined) return `no such day: ${year}-${month}-${day}`
  const minutes = Number(hour) * 60 + Number(minute)
  const timeUs = climateDayStartUs(date, station.stdOffsetMinutes) + minutes * 60_000_000
  const metar = parseMetar(report!, timeUs)
  if (typeof metar === 'string') return metar
  if (metar.icao !== icao) return `a report of ${metar.icao} in a record of ${icao}`
  const stated = resolveDayTime(/(\d{6})Z/.exec(report!)![1]!, timeUs)
  if (stated !== timeUs) return `recorded at ${date} ${hour}:${minute}, the report says otherwise`
  return metarFacts(metar, SOURCE)
}
