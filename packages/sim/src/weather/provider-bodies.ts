import { civilFromDays } from '@kwm/std'
import { US_PER_DAY, US_PER_MINUTE } from '../venue/civil-time.ts'
import type { PathPoint, RoutineReport, SyntheticStation } from './synthetic-station.ts'

const HOURS_PER_DAY = 24
const MONTHS =
  'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(' ')

/** One METAR with its T group, and the six-hour maximum where it is due. */
export function metarText(station: SyntheticStation, report: RoutineReport): string {
  const tenthC = tenthsOfCelsius(report.wholeF)
  const max = report.sixHourMaxF
  const body = [
    `${station.icao} ${dayHourMinute(report.timeUs)}Z AUTO 27008KT 10SM CLR`,
    `${celsius(tenthC)}/M05 A3002 RMK AO2 SLP166 T${signed(tenthC)}1050`,
    ...(max === null ? [] : [`1${signed(tenthsOfCelsius(max))}`]),
  ]
  return body.join(' ')
}

/**
 * The Timeline API: five-minute rows behind `fromUs` and up to `knownUs`, and the hours of the day,
 * observed where their first row is known and forecast where it is not.
 */
export function visualCrossingBody(
  station: SyntheticStation,
  knownUs: number,
  fromUs = -Infinity,
): string {
  const hours = station.hourlyForecast()
  const rows = station.fiveMinutes(knownUs).filter(({ timeUs }) => timeUs >= fromUs)
  const firstUnknownUs = Math.min(knownUs, station.midnightUs + US_PER_DAY)
  const days = [hours.slice(0, HOURS_PER_DAY), hours.slice(HOURS_PER_DAY)].map((ofDay) =>
    timelineDay(station, ofDay, rows, firstUnknownUs),
  )
  return JSON.stringify({
    ...{ queryCost: 1, latitude: station.latitude, longitude: station.longitude },
    ...{ resolvedAddress: station.icao, address: station.icao, timezone: 'Etc/GMT+5' },
    tzoffset: station.stdOffsetMinutes / 60,
    days,
    stations: { [station.icao]: { id: station.icao, distance: 0, quality: 100 } },
  })
}

/** Hours that have begun are observed, by their first row; the others forecast. */
function timelineDay(
  station: SyntheticStation,
  hours: readonly PathPoint[],
  rows: readonly PathPoint[],
  firstUnknownUs: number,
) {
  const zone = station.stdOffsetMinutes
  const temps = hours.map(({ tempF }) => tempF)
  return {
    datetime: isoDate(hours[0]!.timeUs, zone),
    datetimeEpoch: hours[0]!.timeUs / 1e6,
    tempmax: Math.max(...temps),
    tempmin: Math.min(...temps),
    hours: hours.map(({ timeUs, tempF }) => {
      const minutes = rows.filter((row) => row.timeUs >= timeUs && row.timeUs < timeUs + HOUR_US)
      const isObserved = timeUs < firstUnknownUs
      return {
        datetime: clock(timeUs, zone),
        datetimeEpoch: timeUs / 1e6,
        temp: minutes[0]?.tempF ?? tempF,
        stations: isObserved ? [station.icao] : null,
        source: isObserved ? 'obs' : 'fcst',
        minutes: minutes.map((row) => minuteRow(station, row)),
      }
    }),
  }
}

const minuteRow = ({ icao, stdOffsetMinutes }: SyntheticStation, row: PathPoint) => ({
  datetime: clock(row.timeUs, stdOffsetMinutes),
  datetimeEpoch: row.timeUs / 1e6,
  temp: row.tempF,
  dew: 30,
  humidity: humidity(row.tempF),
  windspeed: 8 + ((row.timeUs / (5 * US_PER_MINUTE)) % 7),
  stations: [icao],
  source: 'obs',
})

/** The ensemble API: unix times, °F, control run and members. */
export function openMeteoBody(station: SyntheticStation): string {
  const hours = station.hourlyForecast()
  const hourly: Record<string, readonly number[]> = { time: hours.map((h) => h.timeUs / 1e6) }
  for (const [m, path] of station.ensemble().entries()) {
    hourly[m === 0 ? 'temperature_2m' : `temperature_2m_member${String(m).padStart(2, '0')}`] = path
  }
  const units = Object.keys(hourly).map((key) => [key, key === 'time' ? 'unixtime' : '°F'])
  return JSON.stringify({
    ...{ latitude: station.latitude, longitude: station.longitude, generationtime_ms: 1 },
    ...{ utc_offset_seconds: 0, timezone: 'GMT', timezone_abbreviation: 'GMT', elevation: 10 },
    hourly_units: Object.fromEntries(units) as Record<string, string>,
    hourly,
  })
}

/** The archive's CSV of reports: those known, oldest first. */
export function asosCsv(station: SyntheticStation, knownUs: number): string {
  const rows = station.routineReports(knownUs).map((report) => {
    const minute = `${isoDate(report.timeUs, 0)} ${clock(report.timeUs, 0).slice(0, 5)}`
    return `${station.icao.slice(1)},${minute},${metarText(station, report)}`
  })
  return ['station,valid,metar', ...rows, ''].join('\n')
}

/** The final climate report, issued two hours after the climate day; undefined before. */
export function climateReportText(station: SyntheticStation, knownUs: number): string | undefined {
  const issuedUs = station.midnightUs + US_PER_DAY + REPORT_DELAY_US
  const extremes = station.extremes(knownUs)
  if (!extremes || knownUs < issuedUs) return undefined
  const { year, month, day } = station.date
  const name = MONTHS[month - 1]!
  const line = (label: string, value: number, time: string): string =>
    `  ${label}${String(value).padStart(11)}   ${time}`
  return [
    '000',
    `CDUS41 KSYN ${dayHourMinute(issuedUs)}`,
    station.report,
    '',
    'CLIMATE REPORT',
    'SYNTHETIC WEATHER SERVICE',
    `${REPORT_CLOCK} EST SYN ${name.slice(0, 3)} ${String(day).padStart(2, '0')} ${year}`,
    '',
    `...THE SYNTHETIC CITY CLIMATE SUMMARY FOR ${name} ${day} ${year}...`,
    '',
    'WEATHER ITEM   OBSERVED TIME   RECORD YEAR NORMAL DEPARTURE LAST',
    '                VALUE   (LST)  VALUE       VALUE  FROM      YEAR',
    '...................................................................',
    'TEMPERATURE (F)',
    ' YESTERDAY',
    line('MAXIMUM', extremes.maxF, '2:00 PM'),
    line('MINIMUM', extremes.minF, '6:00 AM'),
    '',
  ].join('\n')
}

const HOUR_US = 60 * US_PER_MINUTE
const REPORT_DELAY_US = 2 * HOUR_US
const REPORT_CLOCK = '200 AM'

/** A T group keeps a whole °F: tenths of °C, rounded half away from zero like the sensor does. */
const tenthsOfCelsius = (wholeF: number): number => Math.round(((wholeF - 32) * 50) / 9)

const signed = (tenthC: number): string =>
  `${tenthC < 0 ? 1 : 0}${String(Math.abs(tenthC)).padStart(3, '0')}`

function celsius(tenthC: number): string {
  const whole = Math.floor(tenthC / 10 + 0.5)
  return `${whole < 0 || (whole === 0 && tenthC < 0) ? 'M' : ''}${two(Math.abs(whole))}`
}

/** Falls as it warms; a repeat of all of a row's values is then a repeat of the row. */
const humidity = (tempF: number): number => Math.round((110 - tempF) * 10) / 10

const two = (n: number): string => String(n).padStart(2, '0')

function dayHourMinute(timeUs: number): string {
  const { day } = civilFromDays(Math.floor(timeUs / US_PER_DAY))
  return two(day) + clock(timeUs, 0).slice(0, 5).replace(':', '')
}

function clock(timeUs: number, offsetMinutes: number): string {
  const minute = Math.floor(timeUs / US_PER_MINUTE) + offsetMinutes
  const ofDay = ((minute % 1_440) + 1_440) % 1_440
  return `${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)}:00`
}

function isoDate(timeUs: number, offsetMinutes: number): string {
  const days = Math.floor((timeUs / US_PER_MINUTE + offsetMinutes) / 1_440)
  const { year, month, day } = civilFromDays(days)
  return `${year}-${two(month)}-${two(day)}`
}
