import { parseAsosFiveMinute } from '@kwm/adapter-weather'
import {
  climateDateOf,
  climateDay,
  MINUTE_US,
  observedHigh,
  roundHalfUp,
  seriesOfStation,
  stationOfIcao,
  type TemperaturePoint,
} from '@kwm/model-weather'
import type { SettledEvents, ValueFact } from '../settled-events.ts'
import { RecordingError } from './recorded-row.ts'
import { readText } from './text-file.ts'

/** Five-minute reports of one station, by which a day can be checked but never settled. */
export async function readAsosObservations(
  recording: string,
  file: string,
  into: SettledEvents,
): Promise<void> {
  const icao = /(K[A-Z]{3})_[^/]*$/.exec(file)?.[1] ?? ''
  const station = stationOfIcao(icao)
  if (!station) return into.skip(recording, `${file}: nothing settles on ${icao || 'its station'}`)
  const { stdOffsetMinutes } = station
  const reading = parseAsosFiveMinute(await readText(file), station)
  if (!reading.isRead) throw new RecordingError(`${file}: ${reading.detail}`)
  for (const fault of reading.faults) into.skip(recording, `${file}: ${fault}`)
  const days = new Map<string, TemperaturePoint[]>()
  for (const { type, eventTimeUs: timeUs, data } of reading.facts) {
    // The body's whole °C would be up to a degree off, and a 6-hour maximum may be of yesterday.
    if (type !== 'wx.observation.v1' || data.kind !== 'tenth-f' || data.tempF === null) continue
    const date = climateDateOf(timeUs, stdOffsetMinutes)
    const points = days.get(date) ?? []
    points.push({ timeUs, tempF: data.tempF })
    days.set(date, points)
  }
  for (const [date, points] of days) {
    const seen = observedHigh(climateDay(date, stdOffsetMinutes), points)
    for (const seriesTicker of seriesOfStation(station)) {
      into.addValue('asos', { seriesTicker, date }, factOf(seen))
    }
  }
}

function factOf({ highF, isComplete, longestGapUs }: ReturnType<typeof observedHigh>): ValueFact {
  if (highF !== null && isComplete) return { value: roundHalfUp(highF) }
  const minutes = Math.round(longestGapUs / MINUTE_US)
  const seen = highF === null ? 'nothing' : `${roundHalfUp(highF)} outside it`
  return { cause: 'gap', reason: `no observation for ${minutes} minutes, ${seen}` }
}
