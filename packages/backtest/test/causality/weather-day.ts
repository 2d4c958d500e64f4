import type { WeatherFact } from '@kwm/contracts'
import { basisKnownUs, climateDayQuery, type StationClock } from '@kwm/model-weather'
import { Prng } from '@kwm/std'

export const MINUTE_US = 60_000_000
export const HOUR_US = 60 * MINUTE_US
export const DAY_US = 24 * HOUR_US
export const STATION: StationClock = { icao: 'KNYC', stdOffsetMinutes: -300 }
/** In summer: the civil day ends an hour before the climate day. */
export const DATE = '2026-07-04'
export const EVENT = 'KXHIGHNY-26JUL04'
const { fromUs } = climateDayQuery(STATION, DATE, 0)
export const DAY_START_US = fromUs
export const DAY_END_US = fromUs + DAY_US
/** 10:00 in New York on the day before. */
export const OPEN_US = fromUs - 15 * HOUR_US
export const LAST_US = DAY_END_US + 14 * HOUR_US

/** All that is ever received about one day, the day before it and the morning after. */
export function weatherDay(seed: number): WeatherFact[] {
  const prng = new Prng(seed)
  let count = 0
  const facts: WeatherFact[] = []
  const stationId = STATION.icao
  const add = (fact: { type: WeatherFact['type']; data: object }, times: Times): void => {
    const [eventTimeUs, knownTimeUs, receivedTimeUs = knownTimeUs] = times
    const data = { stationId, ...fact.data }
    const id = `fact-${count++}`
    facts.push({
      type: fact.type,
      id,
      eventTimeUs,
      knownTimeUs,
      receivedTimeUs,
      data,
    } as WeatherFact)
  }
  const heat = (timeUs: number): number =>
    78 + 9 * Math.sin(((timeUs - DAY_START_US) / DAY_US - 0.4) * 2 * Math.PI)
  const validTimesUs = Array.from({ length: 60 }, (_, k) => OPEN_US - 9 * HOUR_US + k * HOUR_US)

  for (
    let atUs = DAY_START_US - 12 * HOUR_US;
    atUs < DAY_END_US + 4 * HOUR_US;
    atUs += 15 * MINUTE_US
  ) {
    if (prng.nextInt(20) === 0) continue
    const isLate = prng.nextInt(12) === 0
    const knownUs = atUs + (isLate ? 95 : 4) * MINUTE_US
    const tempF = Math.round(heat(atUs) * 10 + prng.nextInt(30)) / 10
    const reading = (revision: number, value: number) => ({
      type: 'wx.observation.v1' as const,
      data: {
        ...{ source: 'metar', kind: 'tenth-f', tempF: value, dewPointF: null, humidityPct: null },
        ...{ windMph: null, windowStartUs: null, stationIds: [stationId], revision },
      },
    })
    add(reading(0, tempF), [atUs, knownUs])
    if (prng.nextInt(6) === 0) add(reading(1, tempF + 2.5), [atUs, knownUs + 3 * HOUR_US])
  }
  for (let issueUs = OPEN_US - 12 * HOUR_US; issueUs < DAY_END_US; issueUs += 6 * HOUR_US) {
    const tempsF = validTimesUs.map((timeUs) => heat(timeUs) + prng.nextFloat() * 4 - 2)
    const hourly = { source: 'nws', issueTimeUs: issueUs, basisDate: null, validTimesUs, tempsF }
    const times: Times = [issueUs, issueUs + 50 * MINUTE_US]
    add({ type: 'wx.forecast.v1', data: { ...hourly, valueKind: 'hourly' } }, times)
    const membersF = Array.from({ length: 4 }, () =>
      tempsF.map((tempF) => tempF + prng.nextFloat()),
    )
    const ensemble = { source: 'gefs', issueTimeUs: issueUs, validTimesUs, membersF }
    add({ type: 'wx.ensemble.v1', data: ensemble }, [issueUs, issueUs + 5 * HOUR_US])
  }
  for (const basisDate of ['2026-07-02', '2026-07-03', '2026-07-04']) {
    const knownUs = basisKnownUs(basisDate, STATION.stdOffsetMinutes)
    const issueTimeUs = knownUs - DAY_US
    const tempsF = validTimesUs.map((timeUs) => heat(timeUs) + prng.nextFloat() * 4 - 2)
    const data = { source: 'visual-crossing', issueTimeUs, basisDate, validTimesUs, tempsF }
    const times: Times = [issueTimeUs, knownUs, knownUs + 90 * DAY_US]
    add({ type: 'wx.forecast.v1', data: { ...data, valueKind: 'hourly' } }, times)
  }
  addLabels(add)
  return facts
}

type Times = readonly [eventTimeUs: number, knownTimeUs: number, receivedTimeUs?: number]
type Add = (fact: { type: WeatherFact['type']; data: object }, times: Times) => void

function addLabels(add: Add): void {
  const report = (status: string, maxTempF: number) => ({
    type: 'wx.climate-report.v1' as const,
    data: { product: 'CLI', climateDate: DATE, status, maxTempF, minTempF: 70, textHash: status },
  })
  add(report('intermediate', 86), [DAY_END_US - 8 * HOUR_US, DAY_END_US - 7 * HOUR_US])
  add(report('final', 88), [DAY_END_US, DAY_END_US + 2 * HOUR_US])
  add(report('correction', 89), [DAY_END_US, DAY_END_US + 9 * HOUR_US])
  const data = { eventTicker: EVENT, climateDate: DATE, source: 'kalshi', maxTempF: 88 }
  add({ type: 'wx.settlement.v1', data }, [DAY_END_US, DAY_END_US + 7 * HOUR_US])
}
