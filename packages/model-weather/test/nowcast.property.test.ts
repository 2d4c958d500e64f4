import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normCdf } from '@kwm/quant'
import {
  cdfOf,
  certainPmf,
  highestOf,
  KilledChain,
  likeliestDegrees,
  nowcast,
  simulateMaxima,
  startOf,
  timeOfMax,
  type ResidualPath,
} from '@kwm/model-weather'

const PHI = Math.exp(-5 / 150)
const chain = new KilledChain(PHI)

/** An afternoon: a bump over `steps`, deviations that grow. */
const pathOf = (p: { peakF: number; steps: number; sdF: number; u: number }): ResidualPath => ({
  meanF: Array.from({ length: p.steps }, (_, k) => p.peakF - 4 * (k / p.steps - 0.6) ** 2),
  sdF: Array.from({ length: p.steps }, (_, k) => p.sdF * (0.4 + (0.6 * k) / p.steps)),
  phi: PHI,
  ...startOf(PHI, { u: p.u, gapSteps: 1 }),
})

const afternoon = fc.record({
  peakF: fc.double({ min: 70, max: 90, noNaN: true }),
  steps: fc.integer({ min: 1, max: 60 }),
  sdF: fc.double({ min: 0.2, max: 2.5, noNaN: true }),
  u: fc.double({ min: -3, max: 3, noNaN: true }),
})

test('chain and simulation agree within four standard errors, at every threshold and horizon', () => {
  const paths = 20_000
  for (const [i, sdF] of [0.4, 1.2, 2.2].entries()) {
    const path = pathOf({ peakF: 80, steps: 40, sdF, u: i - 1 })
    const thresholds = [-1, 0, 0.5, 1, 2].map((d) => 80 + d * sdF)
    const curves = chain.survival(path, thresholds)
    const horizons = [1, 3, 12, 40]
    const { withinF } = simulateMaxima(path, horizons, { paths, seed: `agree ${i}` })
    for (const [t, overF] of thresholds.entries()) {
      for (const [h, steps] of horizons.entries()) {
        const share = withinF[h]!.filter((max) => max > overF).length / paths
        const expected = 1 - curves[t]![steps - 1]!
        // A pair's paths are at most equal, which doubles the variance of independent ones.
        const se = Math.sqrt((2 * Math.max(expected * (1 - expected), 1 / paths)) / paths)
        expect(Math.abs(share - expected), `sd ${sdF} over ${overF} in ${steps}`).toBeLessThan(
          4 * se,
        )
      }
    }
  }
})

test('a grid three times as fine changes survival by less than 1e-6', () => {
  for (const phi of [0.9, PHI, 0.99]) {
    const path = { ...pathOf({ peakF: 80, steps: 36, sdF: 1.2, u: 0.4 }), phi }
    const start = startOf(phi, { u: 0.4, gapSteps: 1 })
    const thresholds = [79, 80.3, 81.1, 82.5]
    const coarse = new KilledChain(phi).survival({ ...path, ...start }, thresholds)
    const fine = new KilledChain(phi, 2_401).survival({ ...path, ...start }, thresholds)
    for (const [t, curve] of coarse.entries()) {
      for (const [k, s] of curve.entries()) expect(Math.abs(s - fine[t]![k]!)).toBeLessThan(2e-6)
    }
  }
})

test('with independent steps survival is a product of normals', () => {
  const phi = 0.001
  const independent = new KilledChain(phi, 301)
  const path = {
    ...pathOf({ peakF: 80, steps: 12, sdF: 1.5, u: 0 }),
    phi,
    startMean: 0,
    startVariance: 1,
  }
  const [survival] = independent.survival(path, [81])
  let product = 1
  for (let k = 0; k < 12; k++) {
    product *= normCdf((81 - path.meanF[k]!) / path.sdF[k]!)
    expect(Math.abs(survival![k]! - product)).toBeLessThan(2e-3)
  }
})

test('survival falls with time and rises with the threshold', () => {
  fc.assert(
    fc.property(afternoon, (p) => {
      const curves = chain.survival(
        pathOf(p),
        [-2, -1, 0, 1, 2].map((d) => p.peakF + d * p.sdF),
      )
      for (const [t, curve] of curves.entries()) {
        for (const [k, s] of curve.entries()) {
          expect(s).toBeGreaterThanOrEqual(0)
          expect(s).toBeLessThanOrEqual(k === 0 ? 1 : curve[k - 1]!)
          if (t > 0) expect(s).toBeGreaterThanOrEqual(curves[t - 1]![k]! - 1e-6)
        }
      }
    }),
    { numRuns: 40 },
  )
})

test('a warmer residual, forecast or running high moves the whole distribution up', () => {
  const excess = { meanF: 0.2, sdF: 0.3 }
  fc.assert(
    fc.property(afternoon, fc.integer({ min: -3, max: 2 }), fc.nat(2), (p, offset, what) => {
      const highF = Math.round(p.peakF) + offset
      const base = nowcast(chain, pathOf(p), certainPmf(highF), excess).pmf
      const warmer = [
        (): ReturnType<typeof nowcast> =>
          nowcast(chain, pathOf({ ...p, u: p.u + 0.7 }), certainPmf(highF), excess),
        () => nowcast(chain, pathOf({ ...p, peakF: p.peakF + 0.6 }), certainPmf(highF), excess),
        () => nowcast(chain, pathOf(p), certainPmf(highF + 1), excess),
      ][what]!().pmf
      for (let n = base.lowestF - 1; n <= highestOf(warmer) + 1; n++) {
        expect(cdfOf(warmer, n)).toBeLessThanOrEqual(cdfOf(base, n) + 1e-4)
      }
    }),
    { numRuns: 60 },
  )
})

test('a PMF sums to one, has nothing below the running high, and hazards rise with the horizon', () => {
  fc.assert(
    fc.property(afternoon, fc.integer({ min: -6, max: 4 }), (p, offset) => {
      const highF = Math.round(p.peakF) + offset
      const soFar = { lowestF: highF, p: [0.6, 0.4] }
      const now = nowcast(chain, pathOf(p), soFar, { meanF: 0.2, sdF: 0.3 })
      expect(Math.abs(now.pmf.p.reduce((s, q) => s + q, 0) - 1)).toBeLessThan(1e-12)
      expect(now.pmf.lowestF).toBeGreaterThanOrEqual(highF)
      expect(now.hazard15min!).toBeLessThanOrEqual(now.hazard60min! + 1e-12)
      expect(now.hazard60min!).toBeLessThanOrEqual(now.probabilityOfNewHigh! + 1e-12)
    }),
    { numRuns: 60 },
  )
})

test('without uncertainty the maximum is the highest point of the path, rounded half up', () => {
  fc.assert(
    fc.property(afternoon, (p) => {
      const path = { ...pathOf({ ...p, sdF: 0 }), sdF: Array.from({ length: p.steps }, () => 0) }
      const top = Math.max(...Array.from(path.meanF))
      const now = nowcast(chain, path, null, { meanF: 0, sdF: 0 })
      expect(cdfOf(now.pmf, Math.floor(top + 0.5))).toBeCloseTo(1, 9)
      expect(cdfOf(now.pmf, Math.floor(top + 0.5) - 1)).toBeCloseTo(0, 9)
    }),
    { numRuns: 60 },
  )
})

test('the PMF of the chain with its excess is the one drawn paths give', () => {
  const path = pathOf({ peakF: 80, steps: 48, sdF: 1.4, u: 0.5 })
  const soFar = { lowestF: 79, p: [0.7, 0.3] }
  const paths = 40_000
  const { maxF } = simulateMaxima(path, [], { paths, seed: 'excess' })
  const now = nowcast(chain, path, soFar, { meanF: 0.2, sdF: 0.3 })
  for (let n = 78; n <= 86; n++) {
    // The excess is averaged by a fine sum over its deviates, not by the nodes of the model.
    let sum = 0
    for (const max of maxF) sum += normCdf((n + 0.5 - 0.2 - max) / 0.3)
    const expected = (sum / paths) * cdfOf(soFar, n)
    expect(Math.abs(cdfOf(now.pmf, n) - expected), `at ${n}`).toBeLessThan(0.01)
  }
})

test('the time of the maximum is the time drawn paths reach their degree', () => {
  const path = pathOf({ peakF: 80, steps: 48, sdF: 1.4, u: 0.5 })
  const now = nowcast(chain, path, null, { meanF: 0, sdF: 0 })
  const degrees = likeliestDegrees(now.pmf, 5)
  const shares = timeOfMax(path, degrees)
  const paths = 20_000
  const { maxF, atStep } = simulateMaxima(path, [], { paths, seed: 'time of max' })
  for (const [d, m] of degrees.entries()) {
    for (let from = 0; from < 48; from += 12) {
      let drawn = 0
      for (let p = 0; p < paths; p++) {
        if (Math.floor(maxF[p]! + 0.5) !== m) continue
        if (atStep[p]! >= from && atStep[p]! < from + 12) drawn++
      }
      const ours = shares[d]!.slice(from, from + 12).reduce((s, q) => s + q, 0)
      expect(Math.abs(ours - drawn / paths), `${m} from step ${from}`).toBeLessThan(0.015)
    }
  }
})

test('turbulence beside the slow residual makes higher maxima, and none of it changes nothing', () => {
  const path = pathOf({ peakF: 80, steps: 36, sdF: 1, u: 0 })
  const config = { paths: 4_000, seed: 'fast' }
  const mean = (maxF: Float64Array): number => maxF.reduce((s, x) => s + x, 0) / maxF.length
  const fast = (sd: number) => ({
    sdF: Array.from({ length: 36 }, () => sd),
    phi: Math.exp(-5 / 15),
  })
  const alone = simulateMaxima(path, [], config)
  expect(simulateMaxima(path, [], { ...config, fast: fast(0) }).maxF).toEqual(alone.maxF)
  const turbulent = simulateMaxima(path, [], { ...config, fast: fast(0.5) })
  expect(mean(turbulent.maxF)).toBeGreaterThan(mean(alone.maxF) + 0.2)
})
