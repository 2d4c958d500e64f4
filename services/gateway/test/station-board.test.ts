import type { DataOf } from '@kwm/contracts'
import { expect, test } from 'vitest'
import { STATIONS_MAX } from '../src/read-model/limits.ts'
import { DAY_START_US } from './day-market.ts'
import { modelOf } from './model-of.ts'
import { TapeWriter } from './tape-writer.ts'

const T = DAY_START_US
const S = T / 1e6
const MINUTE_US = 60e6

type Reading = DataOf<'wx.observation.v1'>
type Forecast = DataOf<'wx.forecast.v1'>

const read = (
  tape: TapeWriter,
  timeUs: number,
  tempF: number | null,
  more: Partial<Reading> = {},
) =>
  tape.outside('wx.observation.v1', timeUs, {
    ...{ stationId: 'KNYC', source: 'metar', kind: 'tenth-f', tempF, windowStartUs: null },
    ...{ dewPointF: null, humidityPct: null, windMph: null, stationIds: [], revision: 0 },
    ...more,
  })

const foretell = (tape: TapeWriter, issueTimeUs: number, tempsF: number[], more = {}) =>
  tape.outside('wx.forecast.v1', issueTimeUs, {
    ...{ stationId: 'KNYC', source: 'open-meteo', issueTimeUs, basisDate: null, tempsF },
    validTimesUs: tempsF.map((_, hour) => T + hour * 3_600e6),
    ...more,
  } satisfies Forecast)

/** The points of a line without the two columns a temperature does not have. */
const line = (points: readonly (readonly [number, number, ...unknown[]])[]) =>
  points.map(([second, tempF]) => [second - S, tempF])

test('exact and smooth readings are two lines, and the latest is the newer of both', () => {
  const tape = new TapeWriter()
  read(tape, T, 70.2)
  read(tape, T + 5 * MINUTE_US, 70.9, { kind: 'smooth', source: 'visual-crossing' })
  read(tape, T + 10 * MINUTE_US, 71, { kind: 'whole-f' })
  const { stations, stationPoints } = modelOf(tape).since(0)
  expect(stationPoints).toEqual([
    {
      stationId: 'KNYC',
      exact: [
        [S, 70.2, null, null],
        [S + 600, 71, null, null],
      ],
      smooth: [[S + 300, 70.9, null, null]],
    },
  ])
  const latest = { timeUs: T + 10 * MINUTE_US, tempF: 71, kind: 'whole-f', source: 'metar' }
  expect(stations).toEqual([{ stationId: 'KNYC', latest, forecast: null }])
})

test('the maximum of a window and a missing reading are nothing to show', () => {
  const tape = new TapeWriter()
  read(tape, T, 84, { kind: 'max-6h', windowStartUs: T - 6 * 3_600e6 })
  read(tape, T + MINUTE_US, null)
  const { stations, stationPoints } = modelOf(tape).since(0)
  expect({ stations, stationPoints }).toEqual({ stations: [], stationPoints: [] })
})

test('a reading that comes late changes neither its line nor the latest; a corrected one does', () => {
  const tape = new TapeWriter()
  read(tape, T + 5 * MINUTE_US, 71)
  read(tape, T, 99)
  const { stations, stationPoints } = modelOf(tape).since(0)
  expect(stations[0]!.latest!.tempF).toBe(71)
  expect(line(stationPoints[0]!.exact)).toEqual([[300, 71]])
  read(tape, T + 5 * MINUTE_US, 72, { revision: 1 })
  const corrected = modelOf(tape).since(0)
  expect(corrected.stations[0]!.latest!.tempF).toBe(72)
  expect(line(corrected.stationPoints[0]!.exact)).toEqual([[300, 72]])
})

test('the forecast shown is the one issued last, not the one that arrived last', () => {
  const tape = new TapeWriter()
  foretell(tape, T, [60, 61])
  foretell(tape, T - MINUTE_US, [10, 11])
  const seen = modelOf(tape)
  expect(seen.since(0).stations).toEqual([
    {
      ...{ stationId: 'KNYC', latest: null },
      forecast: {
        ...{ source: 'open-meteo', issueTimeUs: T },
        points: [
          [S, 60],
          [S + 3_600, 61],
        ],
      },
    },
  ])
  const before = seen.tapeSeq
  foretell(tape, T, [62, 63], { source: 'nws' })
  const { stations, stationPoints } = modelOf(tape, seen).since(before)
  expect(stations[0]!.forecast).toMatchObject({ source: 'nws', points: [{ 1: 62 }, { 1: 63 }] })
  expect(stationPoints, 'a forecast is no point of a line').toEqual([])
})

test('an update holds the stations that changed, and of their lines what is new', () => {
  const tape = new TapeWriter()
  read(tape, T, 70)
  read(tape, T, 50, { stationId: 'KMDW' })
  const seen = modelOf(tape)
  const before = seen.tapeSeq
  read(tape, T + MINUTE_US, 51, { stationId: 'KMDW' })
  const { stations, stationPoints } = modelOf(tape, seen).since(before)
  expect(stations.map(({ stationId }) => stationId)).toEqual(['KMDW'])
  expect(stationPoints.map(({ stationId, exact }) => [stationId, line(exact)])).toEqual([
    ['KMDW', [[60, 51]]],
  ])
  expect(seen.since(seen.tapeSeq)).toMatchObject({ stations: [], stationPoints: [] })
})

test('of too many stations the first is forgotten, and readers of changes start over', () => {
  const tape = new TapeWriter()
  for (let n = 0; n < STATIONS_MAX; n++) read(tape, T, 70, { stationId: `K${100 + n}` })
  const seen = modelOf(tape)
  const before = seen.epoch
  read(tape, T, 70, { stationId: 'KNEW' })
  const { stations, stationPoints } = modelOf(tape, seen).since(0)
  expect(stations).toHaveLength(STATIONS_MAX)
  expect(stations.at(0)!.stationId).toBe('K101')
  expect(stations.at(-1)!.stationId).toBe('KNEW')
  expect(stationPoints.map(({ stationId }) => stationId)).toEqual(
    stations.map(({ stationId }) => stationId),
  )
  expect(seen.epoch).toBeGreaterThan(before)
})
