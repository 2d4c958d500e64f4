import { climateDayStartUs, isoDate, monthNumber } from '../calendar.ts'
import type { ReportFact } from '../fact.ts'
import { textHash } from '../reading.ts'
import { reportCode, type WeatherStation } from '../station.ts'
import { isTemperatureF } from '../temperature.ts'
import type { Bulletin } from './bulletin.ts'

/** One station's part of a climate report. A product may hold several. */
export type CliSummary = {
  /** `CENTRAL PARK NY`, as the headline has it. */
  readonly place: string
  readonly climateDate: string
  readonly status: 'intermediate' | 'final' | 'correction'
  /** Whole °F; null: missing, or not in this issue. */
  readonly maxTempF: number | null
  readonly minTempF: number | null
  /** Minutes after midnight in local standard time. */
  readonly maxTimeMinutes: number | null
  readonly isMaxRecord: boolean
  readonly isMaxEstimated: boolean
  readonly text: string
}

const HEADLINE =
  /^[ \t]*\.{3}THE ([A-Z_.\-()/,'&\s]+?) CLIMATE SUMMARY (?:FOR|FROM)\s+([A-Z]+) (\d{1,2}) (\d{4})( CORRECTION)?\.{3}/gm
const VALID_AS_OF = /^\s*\[?VALID (?:TODAY |YESTERDAY )?AS OF \d{3,4} [AP]M LOCAL TIME/m
/** Up to the next section: a text that ends inside its table was cut short. */
const TABLE = /^TEMPERATURE \(F\)[^\n]*\n([\s\S]*?)(?=^\S)/m
/** Seen so in the column of values: `76`, `100R`, `MM`, `82(E)`, `-4`. */
const ROW = /^ {1,4}(MAXIMUM|MINIMUM)( +)(-?\d{1,3}|MM)(R)?(?: ?\((E)\)|(E))?(R)?(?= |$)(.*)$/
const TIME = /^ +(\d{1,2}):?(\d{2}) ([AP]M)\b/
/** What begins farther right is the record of another year, in a row without a value. */
const VALUE_COLUMN_MAX = 21
const SUMMARIES_MAX = 20

/** Every station's part of the product; parts that cannot be read are named in `faults`. */
export function parseCli(bulletin: Bulletin): { summaries: CliSummary[]; faults: string[] } {
  const summaries: CliSummary[] = []
  const faults: string[] = []
  const headlines = [...bulletin.text.matchAll(HEADLINE)].slice(0, SUMMARIES_MAX)
  if (headlines.length === 0) faults.push(`${bulletin.pil}: no headline of a climate summary`)
  for (const [index, headline] of headlines.entries()) {
    const text = bulletin.text.slice(headline.index, headlines[index + 1]?.index)
    const summary = parseSummary(headline, text, bulletin)
    if (typeof summary === 'string') faults.push(`${bulletin.pil}: ${summary}`)
    else summaries.push(summary)
  }
  return { summaries, faults }
}

function parseSummary(
  [, place, month, day, year, correction]: RegExpExecArray,
  text: string,
  { isCorrected, text: whole }: Bulletin,
): CliSummary | string {
  const climateDate = isoDate(Number(year), monthNumber(month!), Number(day))
  if (climateDate === undefined) return `no such day: ${month} ${day} ${year}`
  const table = TABLE.exec(text)?.[1]
  if (table === undefined) return `${place}: no table of temperatures`
  const isYesterday = /^ *YESTERDAY\b/m.test(table)
  const isToday = /^ *TODAY\b/m.test(table)
  if (isYesterday === isToday) return `${place}: neither of yesterday nor of today`
  const isCorrection =
    isCorrected || correction !== undefined || /\bCORRECTED\b/.test(whole.slice(0, 400))
  const isFinal = isYesterday && !VALID_AS_OF.test(text)
  const max = parseRow(table, 'MAXIMUM')
  const min = parseRow(table, 'MINIMUM')
  if (typeof max === 'string') return `${place}: ${max}`
  if (typeof min === 'string') return `${place}: ${min}`
  const fault = faultOf(max.tempF, min.tempF)
  if (fault !== undefined) return `${place}: ${fault}`
  return {
    place: place!.replace(/\s+/g, ' '),
    climateDate,
    status: !isFinal ? 'intermediate' : isCorrection ? 'correction' : 'final',
    maxTempF: max.tempF,
    minTempF: min.tempF,
    maxTimeMinutes: max.timeMinutes,
    isMaxRecord: max.isRecord,
    isMaxEstimated: max.isEstimated,
    text,
  }
}

type Row = {
  readonly tempF: number | null
  readonly timeMinutes: number | null
  readonly isRecord: boolean
  readonly isEstimated: boolean
}
const NO_ROW: Row = { tempF: null, timeMinutes: null, isRecord: false, isEstimated: false }

/** The row, an empty one where the table has none, or why it cannot be read. */
function parseRow(table: string, name: string): Row | string {
  const lines = table.split('\n').filter((line) => line.trimStart().startsWith(name))
  if (lines.length === 0) return NO_ROW
  if (lines.length > 1) return `several rows of ${name}`
  const line = lines[0]!
  const match = ROW.exec(line)
  if (!match) {
    // A label with nothing in the column of values.
    const rest = line.trimStart().slice(name.length)
    return rest.trim() === '' ? NO_ROW : `${name} is${rest.slice(0, 30)}`
  }
  const [, , gap, value, record, estimated, estimatedBare, recordAfter, rest] = match
  const column = line.indexOf(name) + name.length + gap!.length
  if (column > VALUE_COLUMN_MAX) return NO_ROW
  if (value === 'MM') return NO_ROW
  return {
    tempF: Number(value),
    timeMinutes: clockMinutes(rest!),
    isRecord: (record ?? recordAfter) !== undefined,
    isEstimated: (estimated ?? estimatedBare) !== undefined,
  }
}

/** `301 PM` and `6:27 PM`. */
function clockMinutes(text: string): number | null {
  const match = TIME.exec(text)
  if (!match) return null
  const [hour, minute] = [Number(match[1]), Number(match[2])]
  if (hour < 1 || hour > 12 || minute > 59) return null
  return ((hour % 12) + (match[3] === 'PM' ? 12 : 0)) * 60 + minute
}

function faultOf(maxTempF: number | null, minTempF: number | null): string | undefined {
  for (const value of [maxTempF, minTempF]) {
    if (value !== null && !isTemperatureF(value)) return `no temperature: ${value}`
  }
  if (maxTempF !== null && minTempF !== null && maxTempF < minTempF) {
    return `a maximum of ${maxTempF} below the minimum of ${minTempF}`
  }
  return undefined
}

/** In a product of several stations: a word that only the headline of the wanted one has. */
const WANTED_PLACE: Readonly<Record<string, RegExp>> = {
  CLIHOU: /\bHOBBY\b/,
  CLIMDW: /\bMIDWAY\b/,
  CLINYC: /\bCENTRAL PARK\b/,
  CLIAUS: /\bBERGSTROM\b/,
}

/**
 * The facts of the product for the stations wanted. A report that claims to be final before its day
 * is over, by the clock of the station, is one of the day still running.
 */
export function cliFacts(
  bulletin: Bulletin,
  stations: readonly WeatherStation[],
): { facts: ReportFact[]; faults: string[] } {
  const station = stations.find((known) => `CLI${reportCode(known)}` === bulletin.pil)
  if (!station) return { facts: [], faults: [`${bulletin.pil || 'a text'} was not asked for`] }
  const { summaries, faults } = parseCli(bulletin)
  const wanted = WANTED_PLACE[bulletin.pil]
  const ours =
    summaries.length > 1 && wanted ? summaries.filter(({ place }) => wanted.test(place)) : summaries
  const days = new Set(ours.map(({ climateDate }) => climateDate))
  if (ours.length > days.size || (summaries.length > 0 && ours.length === 0)) {
    const places = summaries.map(({ place }) => place).join(', ')
    return { facts: [], faults: [...faults, `${bulletin.pil}: which of ${places} is unknown`] }
  }
  return { facts: ours.map((summary) => reportFact(summary, bulletin, station)), faults }
}

const DAY_US = 86_400_000_000

function reportFact(
  { climateDate, status, maxTempF, minTempF, text }: CliSummary,
  { issueTimeUs, heading }: Bulletin,
  { icao, stdOffsetMinutes }: WeatherStation,
): ReportFact {
  const isOver = issueTimeUs >= climateDayStartUs(climateDate, stdOffsetMinutes) + DAY_US
  return {
    type: 'wx.climate-report.v1',
    eventTimeUs: issueTimeUs,
    data: {
      ...{ stationId: icao, product: 'CLI', climateDate, maxTempF, minTempF },
      status: isOver ? status : 'intermediate',
      textHash: textHash(`${heading}\n${text}`),
    },
  }
}
