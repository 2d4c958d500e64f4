import fc from 'fast-check'
import {
  cdfOf,
  climateDay,
  defaultExcess,
  GRID_STEP_US,
  HOUR_US,
  MINUTE_US,
  ObservationGrid,
  runningHigh,
  type FeedDay,
  type ReadingKind,
  type RunningHighEvidence,
} from '@kwm/model-weather'
import { expect, test } from 'vitest'

const day = climateDay('2026-07-15', -300)

/** A feed of `[row, °F]` readings. */
function feed(
  kind: ReadingKind,
  readings: readonly (readonly [row: number, tempF: number])[],
  rowsPerReading = 1,
): FeedDay {
  const grid = new ObservationGrid(day.startUs)
  for (const [row, tempF] of readings) {
    grid.put({
      timeUs: day.startUs + row * GRID_STEP_US,
      ...{ kind, tempF, dewPointF: null, humidityPct: null, windMph: null },
      ...{ isForeign: false, revision: 0 },
    })
  }
  const excess = defaultExcess(kind === 'smooth' ? 'whole-c' : kind, rowsPerReading)
  const isGenuine = (row: number): boolean => !Number.isNaN(grid.tempF(row))
  return { grid, kind, rowsPerReading, isGenuine, excess }
}

const rows = (from: number, to: number, tempF: (row: number) => number): [number, number][] =>
  Array.from({ length: to - from }, (_, i) => [from + i, tempF(from + i)])

const at = (row: number, evidence: Partial<RunningHighEvidence>) =>
  runningHigh({
    ...{ day, nowUs: day.startUs + row * GRID_STEP_US },
    ...{ feeds: [], windows: [], reportedAtLeastF: [], ...evidence },
  })

test('an exact reading is a bound; a whole °C proves the lower of its two °F; a smooth one nothing', () => {
  const warm = rows(0, 24, () => 71.6)
  const exact = at(24, { feeds: [feed('tenth-f', warm)] })
  expect(exact).toMatchObject({ hardLowerF: 72, modeF: 72, unseenMinutes: 0 })
  const wholeC = at(24, { feeds: [feed('whole-c', warm)] })
  // 22 °C is 71 or 72 °F; the naive reading 72 is the likeliest and 71 is all that is proven.
  expect(wholeC).toMatchObject({ hardLowerF: 71, modeF: 72 })
  expect(cdfOf(wholeC.pmf!, 71)).toBeCloseTo(0.15, 9)
  const smooth = at(24, { feeds: [feed('smooth', warm)] })
  expect(smooth).toMatchObject({ hardLowerF: null, modeF: 72 })
  expect(cdfOf(smooth.pmf!, 70)).toBeGreaterThan(0.05)
})

test('hourly readings understate the maximum: a degree above the best of them is likeliest', () => {
  const hourly = Array.from({ length: 12 }, (_, h): [number, number] => [h * 12 + 10, 60 + h])
  const high = at(144, { feeds: [feed('tenth-f', hourly, 12)] })
  expect(high).toMatchObject({ hardLowerF: 71, modeF: 72, unseenMinutes: 0 })
})

test('a six-hour group that covers the peak makes the maximum certain', () => {
  const peak = rows(0, 200, (row) => 80 - Math.abs(row - 100) / 10)
  const feeds = [feed('tenth-f', peak)]
  const window = { startUs: day.startUs + 5 * HOUR_US, endUs: day.startUs + 11 * HOUR_US, maxF: 81 }
  const high = at(200, { feeds, windows: [window] })
  expect(high).toMatchObject({ hardLowerF: 81, modeF: 81 })
  expect(high.pmf!.lowestF).toBe(81)
  expect(high.pmf!.p[0]).toBeCloseTo(1, 6)
  // A group that ends in the future is not known yet.
  const later = { ...window, endUs: day.startUs + 20 * HOUR_US }
  expect(at(200, { feeds, windows: [later] }).hardLowerF).toBe(80)
})

test("the first group of a day counts when the day began cooler; else it may be yesterday's warmth", () => {
  const window = {
    startUs: day.startUs - 9 * MINUTE_US,
    endUs: day.startUs + 351 * MINUTE_US,
    maxF: 75,
  }
  const rising = at(80, {
    feeds: [
      feed(
        'tenth-f',
        rows(0, 80, (r) => 60 + r / 10),
      ),
    ],
    windows: [window],
  })
  expect(rising.hardLowerF).toBe(75)
  const falling = at(80, {
    feeds: [
      feed(
        'tenth-f',
        rows(0, 80, (r) => 75 - r / 10),
      ),
    ],
    windows: [window],
  })
  expect(falling.hardLowerF).toBe(75) // The day's own first reading proves it.
  const capped = at(72, {
    feeds: [
      feed(
        'whole-c',
        rows(0, 70, () => 75.2),
      ),
    ],
    windows: [window],
  })
  expect(capped.hardLowerF).toBe(75)
  expect(cdfOf(capped.pmf!, 75)).toBeCloseTo(1, 9)
  const yesterdays = { ...window, startUs: day.startUs - HOUR_US, maxF: 99 }
  expect(at(80, { windows: [yesterdays] }).hardLowerF).toBeNull()
})

test('a preliminary report is a bound, and nothing below any bound is possible', () => {
  const temps = fc.array(fc.integer({ min: 40, max: 100 }), { minLength: 1, maxLength: 60 })
  const kinds = fc.constantFrom<ReadingKind[]>('tenth-f', 'whole-f', 'whole-c', 'smooth')
  fc.assert(
    fc.property(
      temps,
      kinds,
      fc.option(fc.integer({ min: 40, max: 100 })),
      (temps_, kind, reported) => {
        const readings = temps_.map((tempF, row): [number, number] => [row, tempF])
        const reportedAtLeastF = reported === null ? [] : [reported]
        const high = at(temps_.length, { feeds: [feed(kind, readings)], reportedAtLeastF })
        const { pmf, hardLowerF } = high
        expect(pmf!.p.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9)
        if (hardLowerF !== null) expect(pmf!.lowestF).toBeGreaterThanOrEqual(hardLowerF)
        if (reported !== null) expect(hardLowerF).toBeGreaterThanOrEqual(reported)
        const proven =
          kind === 'smooth' ? -Infinity : Math.max(...temps_) - (kind === 'whole-c' ? 2 : 0)
        expect(hardLowerF ?? -Infinity).toBeGreaterThanOrEqual(proven)
      },
    ),
  )
})

test('more evidence never lowers the bound', () => {
  const temps = rows(0, 200, (row) => 60 + 15 * Math.sin(row / 60))
  const feeds = [feed('tenth-f', temps)]
  let bound = -Infinity
  for (let row = 1; row <= 200; row++) {
    const { hardLowerF } = at(row, { feeds })
    expect(hardLowerF!).toBeGreaterThanOrEqual(bound)
    bound = hardLowerF!
  }
})

test('a gap near the peak is not believed; one by night, or one that a group covers, is', () => {
  const curve = (row: number): number => 60 + 20 * Math.exp(-(((row - 170) / 60) ** 2))
  const withGap = (from: number, to: number): FeedDay =>
    feed('tenth-f', [...rows(0, from, curve), ...rows(to, 280, curve)])
  expect(at(280, { feeds: [withGap(150, 190)] }).unseenMinutes).toBe(195)
  expect(at(280, { feeds: [withGap(24, 60)] }).unseenMinutes).toBe(0)
  const window = {
    startUs: day.startUs + 12 * HOUR_US,
    endUs: day.startUs + 18 * HOUR_US,
    maxF: 80,
  }
  expect(at(280, { feeds: [withGap(150, 190)], windows: [window] }).unseenMinutes).toBe(0)
  // A second station feed that saw it will do, too.
  const hourly = feed(
    'tenth-f',
    [
      [150, curve(150)],
      [162, curve(162)],
      [174, curve(174)],
      [186, curve(186)],
    ],
    12,
  )
  expect(at(280, { feeds: [withGap(150, 190), hourly] }).unseenMinutes).toBe(0)
})

test('a day first seen at noon is not believed until the temperature passes what it may have missed', () => {
  const rising = feed(
    'tenth-f',
    rows(144, 200, (row) => 70 + (row - 144) / 2),
  )
  expect(at(150, { feeds: [rising] }).unseenMinutes).toBe(720)
  expect(at(200, { feeds: [rising] }).unseenMinutes).toBe(0)
})

test('nothing seen is nothing known', () => {
  expect(at(100, {})).toMatchObject({ pmf: null, hardLowerF: null, modeF: null, reachedUs: null })
})
