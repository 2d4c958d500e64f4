import { Prng } from '@kwm/std'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BetaCalibrator,
  calibratorFromJson,
  IsotonicCalibrator,
  logit,
  logLoss,
  normCdf,
  PlattCalibrator,
  PMF_CALIBRATIONS,
  PmfCalibrator,
  expit,
  TemperatureCalibrator,
} from '../src/index.ts'
import type { Calibrator } from '../src/index.ts'

type Fitted = {
  readonly name: string
  readonly map: (p: number) => number
  readonly of: Calibrator
}

function fitAll(p: Float64Array, y: Uint8Array): Fitted[] {
  const platt = PlattCalibrator.fit(p.map(logit), y)!
  const others = [
    BetaCalibrator.fit(p, y)!,
    IsotonicCalibrator.fit(p, y),
    TemperatureCalibrator.fit(p, y),
  ]
  return [
    { name: 'platt', map: (q) => platt.apply(logit(q)), of: platt },
    ...others.map((of) => ({ name: of.toJson().kind, map: (q: number) => of.apply(q), of })),
  ]
}

/** Labels drawn with probability `truth(p)` at forecasts spread over (0, 1). */
function sample(rows: number, seed: number, truth: (p: number) => number) {
  const prng = new Prng(seed)
  const p = new Float64Array(rows)
  const y = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) {
    p[i] = 0.01 + 0.98 * prng.nextFloat()
    y[i] = prng.nextFloat() < truth(p[i]!) ? 1 : 0
  }
  return { p, y }
}

const GRID = Array.from({ length: 99 }, (_, i) => (i + 1) / 100)

describe('calibrators of binary forecasts', () => {
  test('labels drawn from the forecasts leave each map near the identity', () => {
    const { p, y } = sample(60_000, 1, (q) => q)
    for (const { name, map } of fitAll(p, y)) {
      const worst = Math.max(...GRID.map((q) => Math.abs(map(q) - q)))
      expect(worst, name).toBeLessThan(name === 'isotonic' ? 0.04 : 0.012)
    }
  })

  test('labels drawn from a map of the family give that map back', () => {
    const over = (q: number): number => 1 / (1 + Math.exp(-0.5 * Math.log(q / (1 - q)) - 0.3))
    const { p, y } = sample(60_000, 2, over)
    for (const { name, map } of fitAll(p, y)) {
      if (name === 'temperature') continue // It has no shift.
      const worst = Math.max(...GRID.map((q) => Math.abs(map(q) - over(q))))
      expect(worst, name).toBeLessThan(name === 'isotonic' ? 0.1 : 0.015)
    }
  })

  test('each map is monotone, stays in [0, 1] and survives JSON to the bit, whatever the labels', () => {
    const rows = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()), {
      minLength: 2,
      maxLength: 60,
    })
    let fits = 0
    fc.assert(
      fc.property(rows, (pairs) => {
        const p = Float64Array.from(pairs, ([q]) => q)
        const y = Uint8Array.from(pairs, ([, label]) => (label ? 1 : 0))
        const maps: (Calibrator | null)[] = [
          BetaCalibrator.fit(p, y),
          IsotonicCalibrator.fit(p, y),
          TemperatureCalibrator.fit(p, y),
        ]
        for (const fitted of maps) {
          if (fitted === null) continue
          fits++
          const again = calibratorFromJson(JSON.parse(JSON.stringify(fitted.toJson())))
          let before = 0
          for (const q of [0, ...GRID, 1]) {
            const mapped = fitted.apply(q)
            expect(mapped).toBeGreaterThanOrEqual(before - 1e-12)
            expect(mapped).toBeLessThanOrEqual(1)
            expect(again.apply(q)).toBe(mapped)
            before = mapped
          }
        }
      }),
    )
    expect(fits).toBeGreaterThan(150)
  })

  // The oracle is a random search: no nearby map of the family scores better.
  test('beta with its bounds has the best likelihood nearby', () => {
    const prng = new Prng(3)
    const bent = (a: number, b: number) => (q: number) =>
      expit(a * Math.log(q) - b * Math.log(1 - q) - 1)
    // The last two leave only b, and only a, above 0.
    for (const truth of [(q: number) => q * q, () => 0.3, bent(-0.6, 1.5), bent(1.5, -0.6)]) {
      const { p, y } = sample(400, prng.nextUint32(), truth)
      const fit = BetaCalibrator.fit(p, y)!
      const lossOf = (map: BetaCalibrator): number =>
        logLoss(
          p.map((q) => map.apply(q)),
          y,
        ) * y.length
      expect(fit.negLogLik!).toBeCloseTo(lossOf(fit), 6)
      for (let i = 0; i < 200; i++) {
        const near = (v: number): number => v + 0.05 * prng.nextNormal()
        const [a, b] = [Math.max(0, near(fit.a)), Math.max(0, near(fit.b))]
        expect(lossOf(new BetaCalibrator(a, b, near(fit.c)))).toBeGreaterThan(lossOf(fit) - 1e-7)
      }
    }
  })
})

describe('calibrators of PMFs', () => {
  const pmf = fc
    .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000 })), {
      minLength: 6,
      maxLength: 6,
    })
    .filter((counts) => counts.some((count) => count > 0))
    .map((counts) => counts.map((count) => count / counts.reduce((sum, c) => sum + c, 0)))

  test('what comes out is a PMF that keeps impossible outcomes impossible', () => {
    const events = fc.array(fc.tuple(pmf, fc.nat(5)), { minLength: 4, maxLength: 30 })
    const fitted = new Set<string>()
    fc.assert(
      fc.property(events, pmf, (history, next) => {
        for (const method of PMF_CALIBRATIONS) {
          const map = PmfCalibrator.fit(
            method,
            history.map(([p]) => p),
            history.map(([, outcome]) => outcome),
          )
          if (map === null) continue
          fitted.add(method)
          const out = new PmfCalibrator(JSON.parse(JSON.stringify(map.json))).apply(next)
          expect(out).toEqual(map.apply(next))
          expect(Math.abs(out.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-12)
          for (const [k, p] of out.entries()) {
            expect(p).toBeGreaterThanOrEqual(0)
            if (next[k] === 0) expect(p).toBe(0)
          }
        }
      }),
    )
    expect([...fitted].toSorted()).toEqual([...PMF_CALIBRATIONS].toSorted())
  })

  test('every map but none mends a forecaster that is too sure of itself', () => {
    const prng = new Prng(4)
    const [pmfs, outcomes]: [number[][], number[]] = [[], []]
    const edges = [-Infinity, -2, -1, 0, 1, 2, Infinity]
    for (let day = 0; day < 3_000; day++) {
      const centre = prng.nextNormal()
      // Errors have a deviation of 2, and the forecast says 1.1.
      const tmax = centre + 2 * prng.nextNormal()
      const cdf = edges.map((edge) => normCdf((edge - centre) / 1.1))
      pmfs.push(cdf.slice(1).map((f, k) => f - cdf[k]!))
      outcomes.push(edges.findIndex((edge) => tmax <= edge) - 1)
    }
    const lossOf = (map: PmfCalibrator): number =>
      pmfs
        .slice(2_000)
        .reduce(
          (sum, p, i) => sum - Math.log(Math.max(1e-6, map.apply(p)[outcomes[i + 2_000]!]!)),
          0,
        )
    const held = Object.fromEntries(
      PMF_CALIBRATIONS.map((method) => [
        method,
        lossOf(PmfCalibrator.fit(method, pmfs.slice(0, 2_000), outcomes.slice(0, 2_000))!) / 1_000,
      ]),
    )
    for (const method of PMF_CALIBRATIONS.slice(1)) {
      expect(held[method]!, method).toBeLessThan(held['none']! - 0.05)
    }
  })
})
