import { Prng } from '@kwm/std'
import {
  climateDateOf,
  climateDay,
  DAY_US,
  GRID_STEP_US,
  HOUR_US,
  type FitDay,
  type FitInput,
  type KnownForecast,
} from '../src/index.ts'

export const OFFSET = -300
const START_US = climateDay('2026-05-01', OFFSET).startUs

export type Weather = {
  readonly days: number
  readonly biasF: number
  readonly sdF: number
  readonly phi: number
  readonly seed: string
}

/** Weather made of a known AR(1) about a forecast: 6-hourly issues, hourly points, reading every 5 minutes. */
export function made({
  days,
  biasF,
  sdF,
  phi,
  seed,
}: Weather): Pick<FitInput, 'days' | 'forecasts'> {
  const prng = new Prng(seed)
  const curveF = (timeUs: number): number =>
    60 + 12 * Math.sin(((timeUs - START_US) / DAY_US - 0.35) * 2 * Math.PI)
  let u = prng.nextNormal()
  const fitDays: FitDay[] = []
  for (let d = 0; d < days; d++) {
    const day = climateDay(climateDateOf(START_US + d * DAY_US, OFFSET), OFFSET)
    const points = Array.from({ length: 288 }, (_, k) => {
      const timeUs = day.startUs + k * GRID_STEP_US
      u = phi * u + Math.sqrt(1 - phi * phi) * prng.nextNormal()
      return { timeUs, tempF: Math.round(curveF(timeUs) + biasF + sdF * u) }
    })
    const highF = Math.max(...points.map(({ tempF }) => tempF))
    fitDays.push({ day, points, officialF: highF + (prng.nextFloat() < 0.3 ? 1 : 0) })
  }
  const forecasts: KnownForecast[] = []
  for (let h = 0; h < days * 24; h += 6) {
    const issueTimeUs = START_US + h * HOUR_US
    const validTimesUs = Array.from({ length: 31 }, (_, k) => issueTimeUs + k * HOUR_US)
    const tempsF = validTimesUs.map(curveF)
    forecasts.push({ issueTimeUs, knownTimeUs: issueTimeUs + HOUR_US, validTimesUs, tempsF })
  }
  return { days: fitDays, forecasts }
}
