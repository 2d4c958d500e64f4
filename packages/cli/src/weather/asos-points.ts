import { parseAsosFiveMinute } from '@kwm/adapter-weather'
import { stationOfIcao, type Station, type TemperaturePoint } from '@kwm/model-weather'
import { RecordingError } from '../settlement/recordings/recorded-row.ts'
import { readText } from '../settlement/recordings/text-file.ts'

export type AsosPoints = {
  readonly station: Station
  /** °F exact to the tenth, in order of time, one a time. */
  readonly points: readonly TemperaturePoint[]
  readonly faults: readonly string[]
}

/**
 * The T groups of a file of five-minute reports, `asos5_KNYC_….dat[.gz]`. The body's whole °C would be
 * up to a degree off, and a 6-hour maximum may be of yesterday. Undefined: nothing settles there.
 */
export async function readAsosPoints(file: string): Promise<AsosPoints | undefined> {
  const station = stationOfIcao(/(K[A-Z]{3})_[^/]*$/.exec(file)?.[1] ?? '')
  if (!station) return undefined
  const reading = parseAsosFiveMinute(await readText(file), station)
  if (!reading.isRead) throw new RecordingError(`${file}: ${reading.detail}`)
  const byTime = new Map<number, number>()
  for (const { type, eventTimeUs, data } of reading.facts) {
    if (type !== 'wx.observation.v1' || data.kind !== 'tenth-f' || data.tempF === null) continue
    byTime.set(eventTimeUs, data.tempF)
  }
  const points = [...byTime].map(([timeUs, tempF]) => ({ timeUs, tempF }))
  points.sort((a, b) => a.timeUs - b.timeUs)
  return { station, points, faults: reading.faults }
}
