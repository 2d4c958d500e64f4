import { dateUs, isoDate } from '../calendar.ts'
import type { ReportFact } from '../fact.ts'
import { textHash } from '../reading.ts'
import type { WeatherStation } from '../station.ts'
import { isTemperatureF } from '../temperature.ts'
import type { Bulletin } from './bulletin.ts'

/** A station's daily summary: the earliest machine-made maximum of a day. */
export type DailySummary = {
  readonly icao: string
  readonly climateDate: string
  readonly status: 'intermediate' | 'final' | 'correction'
  readonly maxTempF: number | null
  readonly minTempF: number | null
  /** Minutes after midnight in local standard time. */
  readonly maxTimeMinutes: number | null
  readonly text: string
}

const MESSAGE =
  /^([A-Z][A-Z0-9]{3}) DS (?:(COR) )?(?:(\d{4}) )?(\d{2})\/(\d{2}) ?(M|-?\d{2,3}\d{4})\/ ?(M|-?\d{2,3}\d{4})\/\//
const MESSAGES_MAX = 200
const DAY_US = 86_400_000_000

/** All messages of a collective. The year of their dates is the one next to its issue. */
export function parseDsm(bulletin: Bulletin): { summaries: DailySummary[]; faults: string[] } {
  const summaries: DailySummary[] = []
  const faults: string[] = []
  const body = bulletin.text.split('\n').slice(1).join('\n')
  // Each message ends with `=`: what is behind the last one was cut short.
  const messages = body.split('=').slice(0, MESSAGES_MAX)
  for (const [index, message] of messages.entries()) {
    const text = message.replace(/^\s*(?:DSM[A-Z0-9]{3}\s)?/, '').trim()
    if (text === '') continue
    const isCut = index === messages.length - 1
    const read = isCut
      ? `cut short: ${text.slice(0, 40)}`
      : parseMessage(text, bulletin.issueTimeUs)
    if (typeof read === 'string') faults.push(`daily summary: ${read}`)
    else summaries.push(read)
  }
  return { summaries, faults }
}

function parseMessage(text: string, issueTimeUs: number): DailySummary | string {
  const line = text.replace(/\s+/g, ' ')
  const match = MESSAGE.exec(line)
  if (!match) return line.slice(0, 60)
  const [, icao, correction, validAt, day, month, maximum, minimum] = match
  const climateDate = dateNear(Number(month), Number(day), issueTimeUs)
  if (climateDate === undefined) return `${icao}: no such day near its issue: ${day}/${month}`
  const max = parseExtreme(maximum!)
  const min = parseExtreme(minimum!)
  if (!max || !min) return `${icao}: no temperature and time: ${maximum}/ ${minimum}`
  if (max.tempF !== null && min.tempF !== null && max.tempF < min.tempF) {
    return `${icao}: a maximum of ${max.tempF} below the minimum of ${min.tempF}`
  }
  const status = validAt !== undefined ? 'intermediate' : correction ? 'correction' : 'final'
  return {
    ...{ icao: icao!, climateDate, status, text: line },
    ...{ maxTempF: max.tempF, minTempF: min.tempF, maxTimeMinutes: max.timeMinutes },
  }
}

/** `591546` is 59 °F at 15:46; `-051204` and `1011546` occur too. */
function parseExtreme(
  text: string,
): { readonly tempF: number | null; readonly timeMinutes: number | null } | undefined {
  if (text === 'M') return { tempF: null, timeMinutes: null }
  const tempF = Number(text.slice(0, -4))
  const [hour, minute] = [Number(text.slice(-4, -2)), Number(text.slice(-2))]
  if (!isTemperatureF(tempF) || hour > 24 || minute > 59) return undefined
  return { tempF, timeMinutes: hour * 60 + minute }
}

/** In the year that puts it closest to the issue, and not more than ten days from it. */
function dateNear(month: number, day: number, nearUs: number): string | undefined {
  const year = new Date(Math.floor(nearUs / 1_000)).getUTCFullYear()
  return [year - 1, year, year + 1]
    .map((candidate) => isoDate(candidate, month, day))
    .find((date) => date !== undefined && Math.abs(dateUs(date) - nearUs) <= 10 * DAY_US)
}

/** A summary said to be of the whole day before that is over is one of the day so far. */
export function dsmFacts(
  bulletin: Bulletin,
  stations: readonly WeatherStation[],
): { facts: ReportFact[]; faults: string[] } {
  const { summaries, faults } = parseDsm(bulletin)
  const facts = summaries.flatMap((summary): ReportFact[] => {
    const station = stations.find(({ icao }) => icao === summary.icao)
    if (!station) return []
    const { climateDate, maxTempF, minTempF, text } = summary
    const endUs = dateUs(climateDate) - station.stdOffsetMinutes * 60_000_000 + DAY_US
    const status = bulletin.issueTimeUs >= endUs ? summary.status : 'intermediate'
    return [
      {
        type: 'wx.climate-report.v1',
        eventTimeUs: bulletin.issueTimeUs,
        data: {
          ...{ stationId: station.icao, product: 'DSM', climateDate, status, maxTempF, minTempF },
          textHash: textHash(`${bulletin.heading}\n${text}`),
        },
      },
    ]
  })
  return { facts, faults }
}
