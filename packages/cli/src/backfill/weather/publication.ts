import type { DownloadedFact } from '@kwm/adapter-pg'
import type { Fact } from '@kwm/adapter-weather'
import { basisKnownUs, type StationClock } from '@kwm/model-weather'

const MINUTE_US = 60_000_000

/**
 * How long after its own time something could be had, where nobody wrote down when we had it. Rather too
 * long than too short: a METAR is out within minutes, a five-minute row on the next round, a text when it
 * has gone through the relays.
 */
const ALLOWANCE_US = {
  metar: 10 * MINUTE_US,
  minutes: 15 * MINUTE_US,
  report: 10 * MINUTE_US,
} as const

/**
 * A fact of an archive with the time from when on it may be used, or undefined for what is kept for
 * audits alone. A forecast of a basis date is known from the end of that date in standard time.
 */
export function publishedFact(
  fact: Fact,
  receivedTimeUs: number,
  station: StationClock,
): DownloadedFact | undefined {
  const { eventTimeUs } = fact
  const times = (knownTimeUs: number) => ({
    ...{ eventTimeUs, receivedTimeUs },
    knownTimeUs: Math.min(knownTimeUs, receivedTimeUs),
  })
  switch (fact.type) {
    case 'wx.observation.v1': {
      const allowanceUs = fact.data.kind === 'smooth' ? ALLOWANCE_US.minutes : ALLOWANCE_US.metar
      const data = { ...fact.data, revision: 0 }
      return { type: fact.type, ...times(eventTimeUs + allowanceUs), data }
    }
    case 'wx.climate-report.v1':
      return { type: fact.type, ...times(eventTimeUs + ALLOWANCE_US.report), data: fact.data }
    case 'wx.forecast.v1': {
      const { basisDate } = fact.data
      const knownUs =
        basisDate === null ? receivedTimeUs : basisKnownUs(basisDate, station.stdOffsetMinutes)
      const data = { ...fact.data, valueKind: 'hourly' as const }
      return { type: fact.type, ...times(knownUs), data }
    }
    case 'wx.ensemble.v1':
      return { type: fact.type, ...times(receivedTimeUs), data: fact.data }
    case 'daily-high':
      return undefined
  }
}
