import { describe, test } from 'vitest'
import {
  freshness,
  GRID_STEP_US,
  hazardThrottle,
  ObservationGrid,
  qualityOf,
} from '@kwm/model-weather'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
  type Json,
  type VectorCase,
} from '../../../vectors/vector-loop.ts'

describe('vector quality', () => {
  test.each(vectorCases('quality'))('$name', (c) => {
    const got = answer(c)
    expectCase(got, c)
    for (const [name, wrong] of Object.entries(c.wrong ?? {})) {
      expectDiffers(got[name] ?? Object.values(got)[0], wrong, c.tol)
    }
  })
})

function answer(c: VectorCase): Record<string, Json> {
  const { input } = c
  if (has(input, 'rows')) {
    const grid = gridOf(input.rows, input.station)
    const flags = grid.flags(0, input.rows.length, input.minRun)
    return { ...qualityOf(flags, input.expectedRows) }
  }
  if (has(input, 'ageSec', 'limitSec')) return { state: freshness(input.ageSec, input.limitSec) }
  if (has(input, 'hazard')) {
    return { sizeMultiplier: hazardThrottle(input.hazard, input.hRef, input.sMin) }
  }
  return unknownKind(c)
}

function gridOf(rows: Json, station: string): ObservationGrid {
  const grid = new ObservationGrid(0)
  for (const [k, row] of rows.entries()) {
    if (row === null) continue
    grid.put({
      timeUs: k * GRID_STEP_US,
      kind: 'smooth',
      tempF: row.temp,
      dewPointF: row.dew,
      humidityPct: row.humidity,
      windMph: row.windspeed,
      isForeign: !String(row.stations ?? '')
        .split(',')
        .includes(station),
      revision: 0,
    })
  }
  return grid
}
