import {
  climateDateOf,
  climateDay,
  MINUTE_US,
  observedHigh,
  roundHalfUp,
  seriesOfStation,
  type TemperaturePoint,
} from '@kwm/model-weather'
import { readAsosPoints } from '../../weather/asos-points.ts'
import type { SettledEvents, ValueFact } from '../settled-events.ts'

/** Five-minute reports of one station, by which a day can be checked but never settled. */
export async function readAsosObservations(
  recording: string,
  file: string,
  into: SettledEvents,
): Promise<void> {
  const read = await readAsosPoints(file)
  if (!read) return into.skip(recording, `${file}: names no station that anything settles on`)
  const { station, points, faults } = read
  for (const fault of faults) into.skip(recording, `${file}: ${fault}`)
  for (const [date, inDay] of pointsByDay(points, station.stdOffsetMinutes)) {
    const seen = observedHigh(climateDay(date, station.stdOffsetMinutes), inDay)
    for (const seriesTicker of seriesOfStation(station)) {
      into.addValue('asos', { seriesTicker, date }, factOf(seen))
    }
  }
}

export function pointsByDay(
  points: readonly TemperaturePoint[],
  stdOffsetMinutes: number,
): ReadonlyMap<string, readonly TemperaturePoint[]> {
  const days = new Map<string, TemperaturePoint[]>()
  for (const point of points) {
    const date = climateDateOf(point.timeUs, stdOffsetMinutes)
    const inDay = days.get(date) ?? []
    inDay.push(point)
    days.set(date, inDay)
  }
  return days
}

function factOf({ highF, isComplete, longestGapUs }: ReturnType<typeof observedHigh>): ValueFact {
  if (highF !== null && isComplete) return { value: roundHalfUp(highF) }
  const minutes = Math.round(longestGapUs / MINUTE_US)
  const seen = highF === null ? 'nothing' : `${roundHalfUp(highF)} outside it`
  return { cause: 'gap', reason: `no observation for ${minutes} minutes, ${seen}` }
}
