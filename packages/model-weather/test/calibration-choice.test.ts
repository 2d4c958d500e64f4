import { regularisedBeta } from '@kwm/quant'
import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  CALIBRATION_DAYS_MIN,
  chooseCalibration,
  fitBeta,
  fitKnots,
  KNOTS_MAX,
  recalibrated,
  type PitDay,
} from '../src/index.ts'

/** Where the outcomes of a forecast of ten equal degrees fall, if u of the true distribution is uniform. */
function daysOf(count: number, seed: string, wrong: (u: number) => number): PitDay[] {
  const prng = new Prng(seed)
  return Array.from({ length: count }, () => {
    const said = wrong(prng.nextFloat())
    return [0, 1, 2].map(() => {
      const below = Math.min(9, Math.floor(said * 10)) / 10
      return { below, upTo: below + 0.1 }
    })
  })
}

describe('a beta map', () => {
  test('is the one the PIT values were drawn from, and rises from 0 to 1', () => {
    const quantiles = Array.from({ length: 4_000 }, (_, i) => (i + 0.5) / 4_000)
    // u² of a uniform u has the distribution function √u: Beta(1/2, 1).
    const map = fitBeta(quantiles.map((u) => u ** 2))
    expect(map).toMatchObject({ kind: 'beta' })
    for (const u of [0, 0.04, 0.25, 0.64, 1]) {
      expect(recalibrated(map, u)).toBeCloseTo(Math.sqrt(u), 2)
    }
  })

  test('of nothing, or of uniform values, is the identity; a few days move it little', () => {
    const uniform = Array.from({ length: 300 }, (_, i) => (i + 0.5) / 300)
    for (const u of [0.1, 0.5, 0.9]) {
      expect(recalibrated(fitBeta([]), u)).toBeCloseTo(u, 12)
      expect(recalibrated(fitBeta(uniform), u)).toBeCloseTo(u, 2)
      expect(Math.abs(recalibrated(fitBeta([0.01, 0.02, 0.03]), u) - u)).toBeLessThan(0.15)
    }
  })

  test('is the likeliest of the maps around it', () => {
    const prng = new Prng('likelihood')
    const pits = Array.from({ length: 200 }, () => prng.nextFloat() ** 1.7)
    const map = fitBeta(pits)
    if (map.kind !== 'beta') throw new Error('no beta map')
    // The density by differences of the distribution function; 30 days of the uniform as their mean.
    const likelihood = (a: number, b: number): number => {
      const h = 1e-6
      const log = (u: number): number =>
        Math.log((regularisedBeta(a, b, u + h) - regularisedBeta(a, b, u - h)) / (2 * h))
      const prior = Array.from({ length: 600 }, (_, i) => log((i + 0.5) / 600))
      return pits.reduce((s, u) => s + log(u), 0) + (30 / 600) * prior.reduce((s, v) => s + v, 0)
    }
    const best = likelihood(map.a, map.b)
    for (const [da, db] of [
      [0.05, 0],
      [-0.05, 0],
      [0, 0.05],
      [0, -0.05],
      [0.05, 0.05],
    ] as const) {
      expect(likelihood(map.a + da, map.b + db)).toBeLessThan(best)
    }
  })
})

test('several values of one day weigh as one day, and knots are no more than their maximum', () => {
  const pits = Array.from({ length: 500 }, (_, i) => ((i + 0.5) / 500) ** 3)
  const asDays = fitKnots(pits)
  const asFew = fitKnots(pits, 10)
  if (asDays.kind !== 'knots') throw new Error('no knots')
  expect(asDays.u.length).toBeLessThanOrEqual(KNOTS_MAX)
  const moved = (map: typeof asDays): number => recalibrated(map, 0.1) - 0.1
  expect(moved(asFew as typeof asDays)).toBeLessThan(moved(asDays) / 2)
  expect(Math.abs(recalibrated(fitBeta(pits, 10), 0.1) - 0.1)).toBeLessThan(
    Math.abs(recalibrated(fitBeta(pits), 0.1) - 0.1),
  )
})

describe('which map', () => {
  test('none where the forecast is right, whatever was drawn', () => {
    const chosen = Array.from({ length: 12 }, (_, i) =>
      chooseCalibration(
        daysOf(120, `right ${i}`, (u) => u),
        'pit',
      ),
    )
    // One in six by chance has a gain above its standard error; half of them would be a fault.
    expect(chosen.filter(({ calibration }) => calibration.kind !== 'none').length).toBeLessThan(5)
  })

  test('a beta where the fault has its form: forecasts too cold, or too narrow', () => {
    const cold = chooseCalibration(
      daysOf(200, 'cold', (u) => u ** 0.6),
      'pit',
    )
    expect(cold.calibration).toMatchObject({ kind: 'beta' })
    expect(cold.comparedDays).toBe(170)
    const narrow = chooseCalibration(
      daysOf(200, 'narrow', (u) => (u < 0.5 ? 2 * u ** 2 : 1 - 2 * (1 - u) ** 2)),
      'pit',
    )
    expect(narrow.calibration.kind).not.toBe('none')
  })

  test('knots where no beta has its form: outcomes pushed out of the middle into two places', () => {
    const odd = daysOf(400, 'odd', (u) => (u < 0.5 ? 0.2 + 0.2 * u : 0.7 + 0.2 * (u - 0.5)))
    const { calibration, gains } = chooseCalibration(odd, 'pit')
    expect(calibration.kind).toBe('knots')
    expect(gains.map(({ kind }) => kind)).toEqual(['knots', 'beta'])
    expect(gains[0]!.gainPerDay).toBeGreaterThan(gains[1]!.gainPerDay)
  })

  test('is not told from few days, and not by days after the one that is scored', () => {
    const few = daysOf(CALIBRATION_DAYS_MIN - 1, 'few', (u) => u ** 3)
    expect(chooseCalibration(few, 'pit')).toEqual({
      ...{ calibration: { kind: 'none' }, comparedDays: 0, gains: [] },
    })
    // Half a year right, then wrong on the very last day alone: no map could have known.
    const days = daysOf(120, 'last', (u) => u)
    const hit = chooseCalibration([...days, [{ below: 0.9, upTo: 1 }]], 'pit')
    const other = chooseCalibration([...days, [{ below: 0, upTo: 0.1 }]], 'pit')
    const before = chooseCalibration(days, 'pit')
    const total = ({ gains, comparedDays }: typeof hit): number =>
      gains[1]!.gainPerDay * comparedDays
    expect(Math.abs(total(hit) - total(before))).toBeLessThan(1)
    expect(total(hit)).not.toBe(total(other))
  })

  test('is the same for the same seed', () => {
    const days = daysOf(90, 'seed', (u) => u ** 2)
    expect(chooseCalibration(days, 'a')).toEqual(chooseCalibration(days, 'a'))
    expect(chooseCalibration(days, 'a')).not.toEqual(chooseCalibration(days, 'b'))
  })
})
