import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  areaUnderRoc,
  brierDecomposition,
  calibrationError,
  corpDecomposition,
  crpsOfEnsemble,
  crpsOfPmf,
} from '../src/index.ts'

const points = fc.uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 8 })

describe('CRPS', () => {
  // The oracle integrates (CDF - step)^2 exactly: both are constant between integers.
  test('is the integral of the squared distance of the CDF from the step', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: -25, max: 25 }), fc.nat(), (raw, observed, seed) => {
        const x = raw.toSorted((a, b) => a - b)
        const counts = x.map((_, k) => 1 + ((seed >>> k) % 5))
        const total = counts.reduce((sum, c) => sum + c, 0)
        const pmf = counts.map((c) => c / total)
        let integral = 0
        for (let from = -30; from < 30; from++) {
          const cdf = x.reduce((sum, v, k) => (v <= from ? sum + pmf[k]! : sum), 0)
          integral += (cdf - (from >= observed ? 1 : 0)) ** 2
        }
        expect(crpsOfPmf(x, pmf, observed)).toBeCloseTo(integral, 10)
        const members = x.flatMap((v, k) => Array.from({ length: counts[k]! }, () => v))
        expect(crpsOfEnsemble(members, observed)).toBeCloseTo(integral, 10)
      }),
    )
  })
})

const sample = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 20 }).map((v) => v / 20),
    fc.constantFrom(0, 1),
  ),
  { minLength: 1, maxLength: 60 },
)

describe('scores of binary forecasts', () => {
  test('the decompositions add up and their terms are not negative', () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const [p, y] = [rows.map(([a]) => a), rows.map(([, b]) => b)]
        const d = brierDecomposition(p, y, { equalWidth: 7 })
        const sum =
          d.reliability - d.resolution + d.uncertainty + d.withinVariance - d.withinCovariance
        expect(sum).toBeCloseTo(d.brier, 12)
        const corp = corpDecomposition(p, y)
        expect(corp.miscalibration - corp.discrimination + corp.uncertainty).toBeCloseTo(
          d.brier,
          12,
        )
        expect(Math.min(corp.miscalibration, corp.discrimination)).toBeGreaterThan(-1e-12)
      }),
    )
  })

  test('every row falls in one bin, p = 1 in the last', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 12 }), (rows, bins) => {
        const [p, y] = [
          [...rows.map(([a]) => a), 1],
          [...rows.map(([, b]) => b), 1],
        ]
        for (const binning of [{ equalWidth: bins }, { equalMass: bins }]) {
          const error = calibrationError(p, y, binning)
          expect(error.bins.reduce((sum, { n }) => sum + n, 0)).toBe(p.length)
          expect(Math.max(...error.bins.map(({ bin }) => bin))).toBeLessThan(bins)
          expect(error.expected).toBeLessThanOrEqual(error.maximum + 1e-12)
        }
      }),
    )
  })

  test('the area under the curve is the share of pairs in order, ties half', () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const [ones, zeros] = [1, 0].map((label) => rows.filter(([, y]) => y === label))
        const auc = areaUnderRoc(
          rows.map(([p]) => p),
          rows.map(([, y]) => y),
        )
        if (ones!.length === 0 || zeros!.length === 0) {
          expect(auc).toBeNull()
          return
        }
        let wins = 0
        for (const [p] of ones!) for (const [q] of zeros!) wins += p > q ? 1 : p === q ? 0.5 : 0
        expect(auc).toBeCloseTo(wins / (ones!.length * zeros!.length), 12)
      }),
    )
  })
})
