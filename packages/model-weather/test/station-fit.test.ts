import { describe, expect, test } from 'vitest'
import {
  DAY_US,
  defaultExcess,
  EXCESS_LOWEST,
  fitStation,
  HOUR_US,
  residualAt,
  residualRuns,
  type FitInput,
} from '../src/index.ts'
import { made, OFFSET, type Weather } from './made-weather.ts'

const inputOf = (weather: Weather): FitInput => ({
  ...{ version: 'test-1', stdOffsetMinutes: OFFSET, kind: 'tenth-f', rowsPerReading: 1 },
  ...made(weather),
})

describe('weather made of a known residual', () => {
  const input = inputOf({ days: 120, biasF: 1.5, sdF: 2.2, phi: 0.97, seed: 'station-fit' })
  const fit = fitStation(input)

  test('bias, deviation and persistence are found again', () => {
    expect(fit.residual.provenance).toBe('fitted')
    expect(fit.residual.days).toBe(120)
    const { model } = fit.residual
    // Two hours of memory leave some 60 independent residuals in a bin: ± 0.3 and ± 0.2.
    for (const [lead, hour] of [
      [2, 13],
      [9, 10],
      [18, 16],
    ] as const) {
      const { biasF, sdF } = residualAt(model, lead, hour)
      expect(Math.abs(biasF - 1.5)).toBeLessThan(0.9)
      expect(Math.abs(sdF - 2.2)).toBeLessThan(0.6)
    }
    expect(Math.abs(model.phi - 0.97)).toBeLessThan(0.012)
  })

  test('the excess is the share of the days that had it, the old ones fading, beside the prior', () => {
    expect(fit.excess).toMatchObject({ provenance: 'fitted', days: 120 })
    const prior = defaultExcess('tenth-f', 1)
    const weights = input.days.map((_, at) => 0.995 ** (input.days.length - 1 - at))
    const total = weights.reduce((sum, w) => sum + w, 20)
    for (const excessF of [0, 1, 2]) {
      const own = weights.filter((_, at) => {
        const { points, officialF } = input.days[at]!
        return officialF! - Math.max(...points.map(({ tempF }) => tempF)) === excessF
      })
      const at = excessF - EXCESS_LOWEST
      const wanted = (own.reduce((sum, w) => sum + w, 0) + 20 * prior[at]!) / total
      expect(fit.excess.pmf[at]).toBeCloseTo(wanted, 12)
    }
    expect(fit.leftOut).toEqual([])
  })
})

test('a forecast teaches nothing before it was known, and nothing beyond 24 hours', () => {
  const { days, forecasts } = made({ days: 3, biasF: 0, sdF: 1, phi: 0.9, seed: 'causal' })
  const points = days.flatMap((day) => day.points)
  const runs = residualRuns(forecasts, points, OFFSET)
  expect(runs.flat().length).toBeGreaterThan(1_000)
  for (const [at, run] of runs.entries()) {
    const { issueTimeUs, knownTimeUs } = forecasts[at]!
    for (const { timeUs, leadHours } of run) {
      expect(timeUs).toBeGreaterThanOrEqual(knownTimeUs)
      expect(timeUs - issueTimeUs).toBeLessThan(DAY_US)
      expect(leadHours).toBeCloseTo((timeUs - issueTimeUs) / HOUR_US, 9)
    }
  }
  // What had not been read yet changes nothing of what came before.
  const earlier = points.slice(0, 400)
  const cut = residualRuns(forecasts, earlier, OFFSET).flat()
  const lastUs = earlier.at(-1)!.timeUs
  expect(cut).toEqual(runs.flat().filter(({ timeUs }) => timeUs <= lastUs))
})

test('too little is the default, and says how much is missing', () => {
  const { days, forecasts } = made({ days: 8, biasF: 3, sdF: 1, phi: 0.9, seed: 'little' })
  const common = { version: 'v', stdOffsetMinutes: OFFSET, rowsPerReading: 1 } as const
  const few = fitStation({ ...common, kind: 'tenth-f', days, forecasts })
  expect(few.residual).toMatchObject({
    ...{ provenance: 'default', days: 8, model: { provenance: 'default' } },
    reason: '8 days with both readings and forecasts, 20 are needed',
  })
  expect(few.excess.provenance).toBe('fitted')
  const fewer = fitStation({ ...common, kind: 'tenth-f', days: days.slice(0, 4), forecasts: [] })
  expect(fewer.excess).toMatchObject({
    ...{ provenance: 'default', days: 4 },
    reason: '4 complete days with an official high, 5 are needed',
  })
})

test('a day with a gap, without an official high, or far from it, is left out by name', () => {
  const { days } = made({ days: 8, biasF: 0, sdF: 1, phi: 0.9, seed: 'left out' })
  const [gap, unofficial, far, ...rest] = days
  const fit = fitStation({
    ...{ version: 'v', stdOffsetMinutes: OFFSET, kind: 'tenth-f', rowsPerReading: 1 },
    days: [
      { ...gap!, points: gap!.points.filter((_, at) => at < 120 || at > 140) },
      { ...unofficial!, officialF: null },
      { ...far!, officialF: far!.officialF! + 9 },
      ...rest,
    ],
    forecasts: [],
  })
  expect(fit.leftOut.map(({ reason }) => reason.replace(/\d+/, 'n'))).toEqual([
    'no reading for n minutes',
    'no official high',
    'the official high is n °F from the feed',
  ])
  expect(fit.excess.days).toBe(5)
})
