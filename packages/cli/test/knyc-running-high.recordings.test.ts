import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseAsosFiveMinute, type ObservationFact } from '@kwm/adapter-weather'
import {
  climateDateOf,
  climateDay,
  defaultExcess,
  GRID_STEP_US,
  HOUR_US,
  observedHigh,
  ObservationGrid,
  roundHalfUp,
  runningHigh,
  stationOfIcao,
  type ClimateDay,
  type RunningHigh,
} from '@kwm/model-weather'
import { beforeAll, describe, expect, test } from 'vitest'

const DATA = process.env['KWM_DATA_DIR'] ?? join(import.meta.dirname, '../../../../shared/data')
const ASOS = join(DATA, 'weather/asos5_KNYC_2025-04-01_2025-04-16.dat.gz')
const HIGHS = join(DATA, 'labels/nws_daily_high_all_but_CHI_2022-01_2025-04-15.csv.gz')
const station = stationOfIcao('KNYC')!

const unpacked = (file: string): string => gunzipSync(readFileSync(file)).toString('utf8')

/** A day of reports: five-minute readings exact to the tenth, and the official 6- and 24-hour maxima. */
type RecordedDay = { readonly day: ClimateDay; readonly facts: readonly ObservationFact[] }

function recordedDays(): RecordedDay[] {
  const reading = parseAsosFiveMinute(unpacked(ASOS), station)
  if (!reading.isRead) throw new Error(reading.detail)
  expect(reading.faults).toEqual([])
  const byDate = new Map<string, ObservationFact[]>()
  for (const fact of reading.facts) {
    if (fact.type !== 'wx.observation.v1') continue
    const date = climateDateOf(fact.eventTimeUs, station.stdOffsetMinutes)
    byDate.set(date, [...(byDate.get(date) ?? []), fact])
  }
  return [...byDate].map(([date, facts]) => ({
    day: climateDay(date, station.stdOffsetMinutes),
    facts,
  }))
}

/** The running high as it was known at `nowUs`. */
function knownAt({ day, facts }: RecordedDay, nowUs: number): RunningHigh {
  const grid = new ObservationGrid(day.startUs)
  const windows = []
  for (const { eventTimeUs: timeUs, data } of facts) {
    if (timeUs > nowUs || data.tempF === null) continue
    const { kind, tempF, dewPointF, humidityPct, windMph, windowStartUs } = data
    if (kind === 'tenth-f') {
      const rest = { dewPointF, humidityPct, windMph, isForeign: false, revision: 0 }
      grid.put({ timeUs, kind, tempF, ...rest })
    } else if (windowStartUs !== null && kind.startsWith('max-')) {
      windows.push({ startUs: windowStartUs, endUs: timeUs, maxF: tempF })
    }
  }
  return runningHigh({
    ...{ day, nowUs, windows, reportedAtLeastF: [] },
    feeds: [
      {
        ...{ grid, kind: 'tenth-f', rowsPerReading: 1, excess: defaultExcess('tenth-f', 1) },
        isGenuine: (row) => !Number.isNaN(grid.tempF(row)),
      },
    ],
  })
}

describe.skipIf(!existsSync(ASOS) || !existsSync(HIGHS))(
  `KNYC in April 2025 (needs ${DATA})`,
  () => {
    let days: RecordedDay[] = []
    const officialF = new Map<string, number>()
    beforeAll(() => {
      days = recordedDays()
      for (const line of unpacked(HIGHS).split('\n')) {
        const [series, date, high] = line.split(',')
        if (series === 'KXHIGHNY' && high) officialF.set(date!, Number(high))
      }
    })

    test('at no minute of fifteen days is the bound above the official high, and it never falls', () => {
      const judged = days.filter(({ day }) => officialF.has(day.date))
      expect(judged).toHaveLength(15)
      let moments = 0
      for (const recorded of judged) {
        const { day } = recorded
        let lastF = -Infinity
        for (let nowUs = day.startUs; nowUs <= day.endUs; nowUs += 2 * GRID_STEP_US) {
          const { hardLowerF } = knownAt(recorded, nowUs)
          const at = `${day.date} + ${(nowUs - day.startUs) / HOUR_US} h`
          expect(hardLowerF ?? -Infinity, at).toBeLessThanOrEqual(officialF.get(day.date)!)
          expect(hardLowerF ?? -Infinity, at).toBeGreaterThanOrEqual(lastF)
          lastF = hardLowerF ?? lastF
          moments++
        }
      }
      expect(moments).toBe(15 * 145)
    })

    test('at the end of every day the most likely high is the official one', () => {
      const ends = days
        .filter(({ day }) => officialF.has(day.date))
        .map((recorded) => [recorded.day.date, knownAt(recorded, recorded.day.endUs).modeF])
      expect(ends).toEqual([...officialF].filter(([date]) => date >= '2025-04-01'))
    })

    test('10 April: four hours are missing, the readings say 48, the report 51, and we say incomplete', () => {
      const recorded = days.find(({ day }) => day.date === '2025-04-10')!
      const { day, facts } = recorded
      const points = facts.flatMap(({ eventTimeUs: timeUs, data: { kind, tempF } }) =>
        kind === 'tenth-f' && tempF !== null ? [{ timeUs, tempF }] : [],
      )
      const seen = observedHigh(day, points)
      expect(roundHalfUp(seen.highF!)).toBe(48)
      expect(officialF.get('2025-04-10')).toBe(51)
      expect(seen).toMatchObject({ isComplete: false, longestGapUs: 245 * 60_000_000 })
      // At 4 in the afternoon: nobody looked for almost four hours in which it may have been warmer.
      const afternoon = knownAt(recorded, day.startUs + 16 * HOUR_US)
      expect(afternoon.unseenMinutes).toBeGreaterThan(225)
      expect(afternoon.hardLowerF).toBe(48)
      // The maximum of 24 hours, reported before midnight, closes it.
      expect(knownAt(recorded, day.endUs)).toMatchObject({ hardLowerF: 51, unseenMinutes: 0 })
    })

    test('a day without a gap is not called incomplete', () => {
      const complete = days
        .filter(({ day }) => officialF.has(day.date))
        .filter(({ day, facts }) => {
          const points = facts.flatMap(({ eventTimeUs: timeUs, data: { kind, tempF } }) =>
            kind === 'tenth-f' && tempF !== null ? [{ timeUs, tempF }] : [],
          )
          return observedHigh(day, points).isComplete
        })
      expect(complete.map(({ day }) => day.date.slice(8))).toEqual([
        '01',
        '03',
        '05',
        '09',
        '11',
        '12',
        '14',
        '15',
      ])
      for (const recorded of complete) {
        const { unseenMinutes } = knownAt(recorded, recorded.day.endUs)
        expect(unseenMinutes, recorded.day.date).toBe(0)
      }
    })
  },
)
