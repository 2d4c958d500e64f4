import { resolveDayTime } from '../calendar.ts'
import type { ObservationFact, ObservationKind } from '../fact.ts'
import { isTemperatureF, tenthsCToF, wholeFOfTenthsC } from '../temperature.ts'

export type Metar = {
  readonly icao: string
  readonly timeUs: number
  readonly isSpecial: boolean
  readonly isCorrection: boolean
  readonly isAutomatic: boolean
  /** Whole °C of the body; null: missing. */
  readonly bodyTempC: number | null
  readonly bodyDewPointC: number | null
  /** Tenths of °C of the T group; null: the report has none. */
  readonly tempTenthsC: number | null
  readonly dewPointTenthsC: number | null
  readonly windKnots: number | null
  /** Tenths of °C of the groups 1snTTT and 4snTTT. */
  readonly max6hTenthsC: number | null
  readonly max24hTenthsC: number | null
}

/** A report, or why it is none. */
export type MetarReading = Metar | string

const LENGTH_MAX = 1_200
const HEAD =
  /^(?:(METAR|SPECI)\s+)?(?:(COR)\s+)?([A-Z][A-Z0-9]{3})\s+(\d{6})Z(?:\s+(AUTO|COR|CC[A-Z]))*(?:\s|$)/
/** `12/M03`, `12/`, `//` and `12///`; a visibility (`1/2SM`) or a wind (`070/12`) is none. */
const BODY_TEMPERATURE = /(?:^|\s)(M?\d{2}|\/\/)\/(M?\d{2}|\/\/)?(?=\s|$)/
const T_GROUP = /(?:^|\s)T([01]\d{3})([01]\d{3})?(?=\s|$|=)/
const MAX_6H = /(?:^|\s)1([01]\d{3})(?=\s|$|=)/
const MAX_24H = /(?:^|\s)4([01]\d{3})[01]\d{3}(?=\s|$|=)/
const WIND = /(?:^|\s)(?:\d{3}|VRB)(\d{2,3})(?:G\d{2,3})?KT(?=\s|$)/
/** Apart from rounding and the minutes between two samplings. */
const BODY_AGAINST_T_C = 1.05
const HOUR_US = 3_600_000_000
const SIX_HOURLY_EARLY_US = 25 * 60_000_000
const SIX_HOURLY_LATE_US = 15 * 60_000_000
const KNOT_MPH = 1.150_779_448

/**
 * One report, without the sign of its end. `nearUs` settles the month of its time. A temperature
 * that body and T group disagree on, or that a maximum contradicts, makes the whole report refused.
 */
export function parseMetar(line: string, nearUs: number): MetarReading {
  const text = line.slice(0, LENGTH_MAX).trim()
  const head = HEAD.exec(text)
  if (!head) return `no METAR: ${text.slice(0, 60)}`
  const [whole, word, correction, icao, dayTime] = head
  const timeUs = resolveDayTime(dayTime!, nearUs)
  if (timeUs === undefined) return `no such time: ${dayTime}Z`
  const remarksAt = text.indexOf(' RMK')
  const body = remarksAt < 0 ? text : text.slice(0, remarksAt)
  const remarks = remarksAt < 0 ? '' : text.slice(remarksAt + 4)
  const temperatures = BODY_TEMPERATURE.exec(body.slice(whole.length - 1))
  const tGroup = T_GROUP.exec(remarks)
  const metar: Metar = {
    icao: icao!,
    timeUs,
    isSpecial: word === 'SPECI',
    isCorrection: correction !== undefined || /\sCOR\s|\sCC[A-Z]\s/.test(whole),
    isAutomatic: /\sAUTO\s/.test(`${whole} `),
    bodyTempC: wholeC(temperatures?.[1]),
    bodyDewPointC: wholeC(temperatures?.[2]),
    tempTenthsC: signedTenths(tGroup?.[1]),
    dewPointTenthsC: signedTenths(tGroup?.[2]),
    windKnots: knots(WIND.exec(body)?.[1]),
    max6hTenthsC: signedTenths(MAX_6H.exec(remarks)?.[1]),
    max24hTenthsC: signedTenths(MAX_24H.exec(remarks)?.[1]),
  }
  return faultOf(metar) ?? metar
}

/**
 * The facts of a report: the reading (°F as converted from the °C it was sent in, `tenth-f` where
 * there is a T group) and each maximum (whole °F, exactly). A reading that is missing is a fact too.
 */
export function metarFacts(metar: Metar, source: string): ObservationFact[] {
  const { icao, timeUs, windKnots } = metar
  const observation = (
    kind: ObservationKind,
    tempF: number | null,
    windowStartUs: number | null,
  ): ObservationFact => ({
    type: 'wx.observation.v1',
    eventTimeUs: timeUs,
    data: {
      ...{ stationId: icao, source, kind, tempF, dewPointF: null, humidityPct: null },
      ...{ windMph: null, windowStartUs, stationIds: [icao] },
    },
  })
  const hasTenths = metar.tempTenthsC !== null
  const tenthsC = metar.tempTenthsC ?? tenfold(metar.bodyTempC)
  const dewPoint = hasTenths ? metar.dewPointTenthsC : tenfold(metar.bodyDewPointC)
  const reading = observation(
    hasTenths ? 'tenth-f' : 'whole-c',
    tenthsC === null ? null : tenthsCToF(tenthsC),
    null,
  )
  const windMph = windKnots === null ? null : Math.round(windKnots * KNOT_MPH * 100) / 100
  const dewPointF = dewPoint === null ? null : tenthsCToF(dewPoint)
  const facts: ObservationFact[] = [{ ...reading, data: { ...reading.data, dewPointF, windMph } }]
  for (const [kind, maximum, windowStartUs] of [
    ['max-6h', metar.max6hTenthsC, timeUs - 6 * HOUR_US],
    // Of the calendar day in standard time: sent some minutes before it ends.
    ['max-24h', metar.max24hTenthsC, (Math.round(timeUs / HOUR_US) - 24) * HOUR_US],
  ] as const) {
    if (maximum !== null) facts.push(observation(kind, wholeFOfTenthsC(maximum), windowStartUs))
  }
  return facts
}

/** In the order given, corrected reports behind all others: of two for one minute the last counts. */
export const factsOfReports = (reports: readonly Metar[], source: string): ObservationFact[] =>
  reports
    .toSorted((a, b) => Number(a.isCorrection) - Number(b.isCorrection))
    .flatMap((report) => metarFacts(report, source))

function faultOf(metar: Metar): string | undefined {
  const { tempTenthsC, bodyTempC, max6hTenthsC, max24hTenthsC, timeUs } = metar
  for (const value of [tempTenthsC, tenfold(bodyTempC), max6hTenthsC, max24hTenthsC]) {
    if (value !== null && !isTemperatureF(tenthsCToF(value))) return `no temperature: ${value / 10}`
  }
  if (tempTenthsC !== null && bodyTempC !== null) {
    const apart = Math.abs(tempTenthsC / 10 - bodyTempC)
    if (apart > BODY_AGAINST_T_C) return `${bodyTempC} °C in the body, ${tempTenthsC / 10} in T`
  }
  if (max6hTenthsC !== null) {
    if (!isSixHourly(timeUs)) return 'a 6-hour maximum at another hour than 00, 06, 12, 18Z'
    if (tempTenthsC !== null && max6hTenthsC < tempTenthsC) {
      return `a 6-hour maximum of ${max6hTenthsC / 10} below the reading of ${tempTenthsC / 10}`
    }
  }
  return undefined
}

/** The group is sent at 00, 06, 12 and 18Z; the report is made some minutes before. */
function isSixHourly(timeUs: number): boolean {
  const intoUs = timeUs % (6 * HOUR_US)
  return intoUs <= SIX_HOURLY_LATE_US || intoUs >= 6 * HOUR_US - SIX_HOURLY_EARLY_US
}

function wholeC(text: string | undefined): number | null {
  if (text === undefined || text.startsWith('/')) return null
  return text.startsWith('M') ? 0 - Number(text.slice(1)) : Number(text)
}

/** `1015` is -1.5 °C, in tenths; a negative zero is zero. */
function signedTenths(text: string | undefined): number | null {
  if (text === undefined) return null
  const size = Number(text.slice(1))
  return text.startsWith('1') ? 0 - size : size
}

const knots = (text: string | undefined): number | null =>
  text === undefined ? null : Number(text)
const tenfold = (value: number | null): number | null => (value === null ? null : value * 10)
