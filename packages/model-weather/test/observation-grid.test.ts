import fc from 'fast-check'
import {
  climateDay,
  DAY_US,
  GRID_ROWS,
  GRID_STEP_US,
  isTrainingDay,
  liveQuality,
  MINUTE_US,
  ObservationGrid,
  qualityOf,
  type Reading,
} from '@kwm/model-weather'
import { expect, test } from 'vitest'

const day = climateDay('2026-07-15', -300)
const reading = (timeUs: number, tempF: number | null, change: Partial<Reading> = {}): Reading => ({
  ...{ timeUs, kind: 'smooth', tempF, dewPointF: 50, humidityPct: 50, windMph: 5 },
  ...{ isForeign: false, revision: 0, ...change },
})
const at = (row: number): number => day.startUs + row * GRID_STEP_US

/** A genuine five-minute feed of rows `from` … `to`. */
function filled(grid: ObservationGrid, from: number, to: number): ObservationGrid {
  for (let row = from; row < to; row++) {
    grid.put(reading(at(row), 60 + row / 20, { humidityPct: 40 + (row % 9) }))
  }
  return grid
}

test('a summer day begins at one on the clock: the hour before is refused', () => {
  const grid = new ObservationGrid(day.startUs)
  const civilMidnightUs = Date.UTC(2026, 6, 15, 4) * 1_000
  expect(grid.put(reading(civilMidnightUs + 30 * MINUTE_US, 99))).toBe('outside-day')
  expect(grid.put(reading(day.startUs, 70))).toBe('applied')
  expect(grid.put(reading(day.startUs + DAY_US - 1, 70))).toBe('applied')
  expect(grid.put(reading(day.startUs + DAY_US, 70))).toBe('outside-day')
})

test('the days the clocks change have 288 rows like any other, each with its own instant', () => {
  for (const date of ['2026-03-08', '2026-11-01']) {
    const { startUs, endUs } = climateDay(date, -300)
    const grid = new ObservationGrid(startUs)
    let rows = 0
    for (let timeUs = startUs; timeUs < endUs; timeUs += GRID_STEP_US) {
      expect(grid.rowAt(timeUs)).toBe(rows++)
      grid.put(reading(timeUs, 50 + (rows % 11), { humidityPct: rows % 7 }))
    }
    expect(rows).toBe(GRID_ROWS)
    expect(qualityOf(grid.flags(0, GRID_ROWS, 6), GRID_ROWS).ffillFraction).toBe(0)
  }
})

test('nonsense is refused by name and changes nothing', () => {
  const grid = new ObservationGrid(day.startUs)
  for (const tempF of [999, -200, NaN, Infinity]) {
    expect(grid.put(reading(at(5), tempF))).toBe('implausible')
  }
  expect(grid.flags(0, 10, 6)).toEqual(Array.from({ length: 10 }, () => 'missing'))
})

test('a revision replaces its reading, also with nothing; an older one does not come back', () => {
  const grid = new ObservationGrid(day.startUs)
  grid.put(reading(at(5), 90))
  grid.put(reading(at(5), 61, { revision: 1 }))
  expect(grid.tempF(5)).toBe(61)
  expect(grid.put(reading(at(5), 90))).toBe('superseded')
  grid.put(reading(at(5), null, { revision: 2 }))
  expect(grid.flags(5, 6, 6)).toEqual(['missing'])
})

test('of two readings of a row the warmer stays, and never a foreign one before its own', () => {
  const grid = new ObservationGrid(day.startUs)
  grid.put(reading(at(5), 95, { isForeign: true }))
  expect(grid.flags(5, 6, 6)).toEqual(['foreign'])
  grid.put(reading(at(5) + MINUTE_US, 70))
  grid.put(reading(at(5) + 2 * MINUTE_US, 69))
  grid.put(reading(at(5) + 3 * MINUTE_US, 95, { isForeign: true }))
  expect(grid.tempF(5)).toBe(70)
  expect(grid.flags(5, 6, 6)).toEqual(['ok'])
})

test('whatever is put, a flag is bad exactly where no genuine reading of this station is', () => {
  const rows = fc.array(
    fc.record({
      row: fc.integer({ min: 0, max: 39 }),
      tempF: fc.option(fc.integer({ min: 60, max: 62 })),
      isForeign: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(rows, (puts) => {
      const grid = new ObservationGrid(day.startUs)
      for (const [i, { row, tempF, isForeign }] of puts.entries()) {
        grid.put(reading(at(row) + i, tempF, { isForeign, humidityPct: i }))
      }
      const flags = grid.flags(0, 40, 6)
      for (let row = 0; row < 40; row++) {
        const own = puts.filter((p) => p.row === row && p.tempF !== null && !p.isForeign)
        expect(flags[row] === 'ok', `row ${row}`).toBe(own.length > 0)
        if (own.length > 0) expect(grid.tempF(row)).toBe(Math.max(...own.map((p) => p.tempF!)))
      }
    }),
  )
})

test('a grid restored from its snapshot answers the same', () => {
  const grid = filled(new ObservationGrid(day.startUs), 0, 90)
  grid.put(reading(at(95), null))
  grid.put(reading(at(96), 80, { isForeign: true }))
  const saved = JSON.parse(JSON.stringify(grid.snapshot())) as Reading[]
  const restored = ObservationGrid.restore(day.startUs, saved)
  expect(restored.flags(0, GRID_ROWS, 6)).toEqual(grid.flags(0, GRID_ROWS, 6))
  expect(restored.snapshot()).toEqual(grid.snapshot())
})

test('a jump is a spike until the next reading confirms it', () => {
  const flagsOf = (...tempsF: number[]): string[] => {
    const grid = new ObservationGrid(day.startUs)
    for (const [row, tempF] of tempsF.entries()) grid.put(reading(at(row), tempF))
    return grid.flags(0, tempsF.length, 99)
  }
  expect(flagsOf(60, 61, 95)).toEqual(['ok', 'ok', 'spike'])
  expect(flagsOf(60, 61, 95, 62)).toEqual(['ok', 'ok', 'spike', 'ok'])
  expect(flagsOf(60, 61, 85, 84)).toEqual(['ok', 'ok', 'ok', 'ok'])
  expect(flagsOf(60, 61, 30, 62)).toEqual(['ok', 'ok', 'spike', 'ok'])
  expect(flagsOf(60, 75, 90)).toEqual(['ok', 'ok', 'ok'])
})

const five = { rowsPerReading: 1, fillsForward: true }
const hourly = { rowsPerReading: 12, fillsForward: false }

test('a feed is live while its newest genuine row is at most 20 minutes old', () => {
  const grid = filled(new ObservationGrid(day.startUs), 0, 100)
  const lastUs = at(99)
  expect(liveQuality(grid, lastUs + 20 * MINUTE_US, five).fault).toBeNull()
  expect(liveQuality(grid, lastUs + 20 * MINUTE_US + 1, five).fault).toBe('stale')
  expect(liveQuality(new ObservationGrid(day.startUs), at(50), five).fault).toBe('empty')
})

test('a filled-forward feed is blocked above 40 % of two hours, and looks fresh all the while', () => {
  const grid = filled(new ObservationGrid(day.startUs), 0, 72)
  // The Central Park pattern: the hour's reading, repeated.
  for (let row = 72; row < 97; row++) grid.put(reading(at(row), row < 84 ? 64 : 65))
  const nowUs = at(84) + 2 * MINUTE_US
  const quality = liveQuality(grid, nowUs, five)
  expect(quality.badShare).toBeCloseTo(11 / 24, 9)
  expect(quality.fault).toBe('bad-rows')
  // The same rows of a source that does not fill are what the station said.
  expect(liveQuality(grid, nowUs, { ...five, fillsForward: false }).fault).toBeNull()
})

test('an hourly feed owes a reading an hour and may be 75 minutes old', () => {
  const grid = new ObservationGrid(day.startUs)
  for (let hour = 0; hour < 10; hour++) grid.put(reading(at(hour * 12 + 10), 60 + hour))
  const lastUs = at(9 * 12 + 10)
  expect(liveQuality(grid, lastUs + 70 * MINUTE_US, hourly)).toMatchObject({
    fault: null,
    badShare: 0,
  })
  expect(liveQuality(grid, lastUs + 76 * MINUTE_US, hourly).fault).toBe('stale')
})

test('a day teaches only when half of it is genuine and its maximum is the official one, nearly', () => {
  const good = qualityOf(filled(new ObservationGrid(day.startUs), 0, 288).flags(0, 288, 6), 288)
  const poor = qualityOf(filled(new ObservationGrid(day.startUs), 0, 140).flags(0, 288, 6), 288)
  expect(isTrainingDay(good, 74, 72)).toBe(true)
  expect(isTrainingDay(good, 76, 72)).toBe(false)
  expect(isTrainingDay(poor, 72, 72)).toBe(false)
  expect(isTrainingDay(good, 72, null)).toBe(false)
})
