import { assert } from '@kwm/std'
import { HOUR_US, type ClimateDay } from './climate-day.ts'

/** An hourly report would have been there: what is longer may hide the maximum. */
export const OBSERVED_GAP_MAX_US = HOUR_US

/** What one feed saw of one climate day. An observation, never the official maximum. */
export type ObservedHigh = {
  /** °F as the feed has it; null without a reading. */
  readonly highF: number | null
  /** When it was first reached. */
  readonly timeUs: number | null
  readonly readings: number
  /** The longest time without a reading, from the day's first instant to its last. */
  readonly longestGapUs: number
  readonly gapStartUs: number
  /** No gap is longer than `OBSERVED_GAP_MAX_US`. */
  readonly isComplete: boolean
}

export type TemperaturePoint = { readonly timeUs: number; readonly tempF: number }

/** The high of a finished day; readings of other days are left out. In any order. */
export function observedHigh(day: ClimateDay, points: readonly TemperaturePoint[]): ObservedHigh {
  const inDay = points
    .filter(({ timeUs }) => timeUs >= day.startUs && timeUs < day.endUs)
    .toSorted((a, b) => a.timeUs - b.timeUs)
  let high: TemperaturePoint | null = null
  let [lastUs, longestGapUs, gapStartUs] = [day.startUs, 0, day.startUs]
  const advance = (timeUs: number): void => {
    if (timeUs - lastUs > longestGapUs) [longestGapUs, gapStartUs] = [timeUs - lastUs, lastUs]
    lastUs = timeUs
  }
  for (const point of inDay) {
    assert(Number.isFinite(point.tempF), `temperature: ${point.tempF}`)
    if (high === null || point.tempF > high.tempF) high = point
    advance(point.timeUs)
  }
  advance(day.endUs)
  return {
    ...{ highF: high?.tempF ?? null, timeUs: high?.timeUs ?? null, readings: inDay.length },
    ...{ longestGapUs, gapStartUs, isComplete: longestGapUs <= OBSERVED_GAP_MAX_US },
  }
}
