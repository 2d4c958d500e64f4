import type { CivilDate } from '@kwm/std'
import { Prng, assert, civilFromDays } from '@kwm/std'
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../venue/civil-time.ts'
import { MINUTES_PER_DAY, diurnalCurveF } from './temperature-path.ts'
import type { TemperaturePath } from './temperature-path.ts'

/** A routine report: the reading, and every six hours the highest since the last such report. */
export type RoutineReport = {
  readonly timeUs: number
  readonly wholeF: number
  readonly sixHourMaxF: number | null
}

/** What happened, and when the climate day began. */
export type StationDay = { readonly path: TemperaturePath; readonly midnightUs: number }

export type PathPoint = { readonly timeUs: number; readonly tempF: number }

const REPORT_MINUTE = 51
const SIX_HOURS_MINUTES = 360
const MEMBERS = 31
const FORECAST_HOURS = 31
const MEMBER_TAU_HOURS = 9
/** What the synthetic forecast leaves out of the high, as `syntheticDay` draws it. */
const TURBULENCE_F = 0.7

/**
 * What instruments and forecasters say of a synthetic day. Nothing is told before its time: readings
 * when their minutes are over, the climate report after the day. The forecast is the public one the
 * market opened with, never the path.
 */
export class SyntheticStation {
  readonly icao = 'KSYN'
  readonly report = 'CLISYN'
  readonly latitude = 40
  readonly longitude = -75
  readonly date: CivilDate
  readonly midnightUs: number
  readonly stdOffsetMinutes: number
  readonly #truth: StationDay
  readonly #forecastHighF: number
  readonly #seed: string

  constructor(truth: StationDay, forecastHighF: number, seed: string) {
    this.#truth = truth
    this.#forecastHighF = forecastHighF
    this.#seed = seed
    this.midnightUs = truth.midnightUs
    const ofDayUs = ((truth.midnightUs % US_PER_DAY) + US_PER_DAY) % US_PER_DAY
    const isWest = ofDayUs < US_PER_DAY / 2
    this.stdOffsetMinutes = (isWest ? -ofDayUs : US_PER_DAY - ofDayUs) / US_PER_MINUTE
    const localUs = truth.midnightUs + this.stdOffsetMinutes * US_PER_MINUTE
    this.date = civilFromDays(Math.floor(localUs / US_PER_DAY))
  }

  /** The five-minute means over by `knownUs`, each at the end of its five minutes. */
  fiveMinutes(knownUs: number): PathPoint[] {
    const points: PathPoint[] = []
    for (const [k, tempF] of this.#truth.path.observationsF.entries()) {
      const timeUs = this.midnightUs + (k + 1) * 5 * US_PER_MINUTE
      if (timeUs > knownUs) break
      points.push({ timeUs, tempF: Math.round(tempF * 10) / 10 })
    }
    return points
  }

  /** Hourly, at nine minutes to; newest last. */
  routineReports(knownUs: number): RoutineReport[] {
    const reports: RoutineReport[] = []
    const { observationsF } = this.#truth.path
    for (let minute = REPORT_MINUTE; minute < MINUTES_PER_DAY; minute += 60) {
      const timeUs = this.midnightUs + minute * US_PER_MINUTE
      if (timeUs > knownUs) break
      const wholeF = Math.floor(observationsF[Math.floor(minute / 5) - 1]! + 0.5)
      reports.push({ timeUs, wholeF, sixHourMaxF: this.#sixHourMaxF(minute) })
    }
    return reports
  }

  /** Each hour of the day and the night after it, as issued the evening before. */
  hourlyForecast(): PathPoint[] {
    const weather = { ...this.#truth.path.weather, highF: this.#forecastHighF - TURBULENCE_F }
    return Array.from({ length: FORECAST_HOURS }, (_, hour) => ({
      timeUs: this.midnightUs + hour * US_PER_HOUR,
      tempF: round1(diurnalCurveF(weather, (hour * 60) % MINUTES_PER_DAY)),
    }))
  }

  get forecastIssueUs(): number {
    return this.midnightUs - 6 * US_PER_HOUR
  }

  /** The forecast with as many errors as an ensemble has members: `members[m][hour]`. */
  ensemble(): number[][] {
    const forecast = this.hourlyForecast()
    const { weatherSdF } = this.#truth.path.weather
    const persistence = Math.exp(-1 / MEMBER_TAU_HOURS)
    const stepSd = weatherSdF * Math.sqrt(1 - persistence ** 2)
    return Array.from({ length: MEMBERS }, (_, m) => {
      const prng = new Prng(`${this.#seed}/member ${m}`)
      let error = weatherSdF * prng.nextNormal()
      return forecast.map(({ tempF }) => {
        error = persistence * error + stepSd * prng.nextNormal()
        return round1(tempF + error)
      })
    })
  }

  /** The day's official extremes, once it is over. */
  extremes(knownUs: number): { readonly maxF: number; readonly minF: number } | undefined {
    if (knownUs < this.midnightUs + US_PER_DAY) return undefined
    const { officialHighF, tempF } = this.#truth.path
    return { maxF: officialHighF, minF: Math.floor(Math.min(...tempF) + 0.5) }
  }

  /** With the reports of 23:51, 05:51, 11:51 and 17:51 UTC; null where the window began yesterday. */
  #sixHourMaxF(minute: number): number | null {
    const utcMinute = (this.midnightUs / US_PER_MINUTE + minute) % MINUTES_PER_DAY
    if ((utcMinute + 9) % SIX_HOURS_MINUTES !== 0) return null
    const from = minute - SIX_HOURS_MINUTES + 1
    if (from < 0) return null
    const window = this.#truth.path.tempF.subarray(from, minute + 1)
    assert(window.length === SIX_HOURS_MINUTES, `six hours: ${window.length} minutes`)
    return Math.floor(Math.max(...window) + 0.5)
  }
}

const round1 = (x: number): number => Math.round(x * 10) / 10
