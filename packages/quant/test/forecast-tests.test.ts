import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  benjaminiHochberg,
  clusterBootstrap,
  clusteredTest,
  dieboldMariano,
  EProcess,
  holm,
  isotonicTrendTest,
  neweyWestTest,
  quantileBins,
  studentTCdf,
  studentTTwoSided,
} from '../src/index.ts'

/** x_t = phi x_{t-1} + noise, from its stationary law. */
function autoregression(length: number, phi: number, prng: Prng): Float64Array {
  const x = new Float64Array(length)
  let value = prng.nextNormal() / Math.sqrt(1 - phi * phi)
  for (let t = 0; t < length; t++) {
    x[t] = value
    value = phi * value + prng.nextNormal()
  }
  return x
}

const shareOf = (trials: number, isHit: (trial: number) => boolean): number =>
  Array.from({ length: trials }, (_, trial) => isHit(trial)).filter(Boolean).length / trials

describe('Diebold-Mariano', () => {
  test('rejects 5 % +- 1.5 of equal forecasters whose daily losses are AR(0.3)', () => {
    const prng = new Prng(11)
    const size = shareOf(4_000, () => {
      // Hard days come in runs and are hard for both; what sets them apart is each day's own.
      const hardness = autoregression(100, 0.3, prng)
      const [a, b] = [hardness.map((v) => v + prng.nextNormal()), hardness.map((v) => v)]
      for (let t = 0; t < b.length; t++) b[t]! += prng.nextNormal()
      return dieboldMariano(a, b)!.pTwoSided < 0.05
    })
    expect(size).toBeGreaterThan(0.035)
    expect(size).toBeLessThan(0.065)
  })

  test('where the differences themselves are AR(0.3), h = 1 rejects too often and h = 4 does not', () => {
    const prng = new Prng(12)
    const zero = new Float64Array(400)
    const rejected = [0, 0, 0]
    const trials = 1_500
    for (let trial = 0; trial < trials; trial++) {
      const d = autoregression(400, 0.3, prng)
      for (const [i, h] of [1, 4].entries()) {
        if (dieboldMariano(d, zero, h)!.pTwoSided < 0.05) rejected[i]! += 1 / trials
      }
      if (Math.abs(neweyWestTest(d, 4).t!) > 1.966) rejected[2]! += 1 / trials
    }
    expect(rejected[0]!).toBeGreaterThan(0.1)
    expect(Math.abs(rejected[1]! - 0.05)).toBeLessThan(0.02)
    expect(rejected[2]!).toBeLessThan(0.1)
  })

  test('finds a forecaster that is better by a third of a deviation on 200 days', () => {
    const prng = new Prng(13)
    const power = shareOf(400, () => {
      const a = Float64Array.from({ length: 200 }, () => prng.nextNormal())
      return (
        dieboldMariano(
          a.map((v) => v - 0.33),
          new Float64Array(200),
        )!.pTwoSided < 0.05
      )
    })
    expect(power).toBeGreaterThan(0.97)
  })

  test('equal forecasts have no statistic', () => {
    expect(dieboldMariano([1, 2, 3], [1, 2, 3])).toBeNull()
  })
})

describe('e-process', () => {
  // Exact: over every path of fair coins the mean wealth is 1 at each depth, for it is a martingale.
  test('has a mean of exactly 1 over all paths of a fair coin', () => {
    const depth = 12
    let mean = 0
    for (let path = 0; path < 2 ** depth; path++) {
      const process = new EProcess({ bound: 1 })
      for (let t = 0; t < depth; t++) process.add(path & (1 << t) ? 1 : -1)
      mean += process.eValue / 2 ** depth
    }
    expect(mean).toBeCloseTo(1, 12)
  })

  test('stopping at the best moment rejects no more than alpha of true nulls', () => {
    const prng = new Prng(21)
    const nulls = [
      () => (prng.nextFloat() < 0.5 ? 1 : -1),
      () => 2 * prng.nextFloat() - 1,
      () => (prng.nextFloat() < 0.9 ? 0.1 : -0.9), // Small steps up, rare falls.
      () => (prng.nextFloat() < 0.1 ? 0.9 : -0.1),
    ]
    for (const [i, draw] of nulls.entries()) {
      const rejected = shareOf(1_000, () => {
        const process = new EProcess({ bound: 1 })
        for (let t = 0; t < 1_000 && process.anytimeP > 0.05; t++) process.add(draw())
        return process.anytimeP <= 0.05
      })
      // Ville's bound and three standard errors of the share.
      expect(rejected, `null ${i}`).toBeLessThan(0.05 + 0.021)
      expect(rejected, `null ${i} is never rejected`).toBeGreaterThan(0)
    }
  })

  test('a t-test watched the same way rejects true nulls several times as often', () => {
    const prng = new Prng(22)
    const rejected = shareOf(300, () => {
      let [sum, squares] = [0, 0]
      for (let n = 1; n <= 1_000; n++) {
        const d = 2 * prng.nextFloat() - 1
        sum += d
        squares += d * d
        if (n > 10 && Math.abs(sum) > 1.96 * Math.sqrt(squares)) return true
      }
      return false
    })
    expect(rejected).toBeGreaterThan(0.25)
  })

  test('a better forecaster is found, a worse one never', () => {
    const prng = new Prng(23)
    const found = (lean: number): number =>
      shareOf(200, () => {
        const process = new EProcess({ bound: 1 })
        for (let t = 0; t < 500; t++) process.add(prng.nextFloat() < 0.5 + lean ? 0.5 : -0.5)
        return process.anytimeP <= 0.05
      })
    expect(found(0.15)).toBeGreaterThan(0.95)
    expect(found(-0.15)).toBe(0)
  })

  test('resumes from its snapshot to the bit and refuses what is beyond its bound', () => {
    const prng = new Prng(24)
    const straight = new EProcess({ bound: 2 })
    let resumed = new EProcess({ bound: 2 })
    for (let t = 0; t < 100; t++) {
      const d = 4 * prng.nextFloat() - 1.8
      if (d > 2) continue
      straight.add(d)
      resumed = EProcess.restore(JSON.parse(JSON.stringify(resumed.snapshot())))
      resumed.add(d)
      expect(resumed.eValue).toBe(straight.eValue)
    }
    expect(resumed.anytimeP).toBe(straight.anytimeP)
    expect(() => straight.add(2.01)).toThrow('difference 2.01 beyond the bound 2')
  })
})

describe('many tests at once', () => {
  test('adjusted p-values reject what the step-wise procedures reject', () => {
    const prng = new Prng(31)
    for (let trial = 0; trial < 200; trial++) {
      const p = Array.from({ length: 1 + prng.nextInt(12) }, () => prng.nextFloat() ** 3)
      const sorted = p.toSorted((a, b) => a - b)
      const level = 0.1
      let bh = 0
      for (const [k, v] of sorted.entries()) if (v <= (level * (k + 1)) / p.length) bh = k + 1
      let stepDown = 0
      while (stepDown < p.length && sorted[stepDown]! <= level / (p.length - stepDown)) stepDown++
      expect(benjaminiHochberg(p).filter((v) => v <= level)).toHaveLength(bh)
      expect(holm(p).filter((v) => v <= level)).toHaveLength(stepDown)
    }
  })
})

describe('cluster bootstrap', () => {
  test('covers the mean when rows of a day are the same draw, where single rows would not', () => {
    const prng = new Prng(41)
    const covered = shareOf(200, () => {
      const values: number[] = []
      const days: number[] = []
      for (let day = 0; day < 60; day++) {
        const shared = prng.nextNormal()
        for (let k = 0; k < 6; k++) {
          values.push(shared + 0.1 * prng.nextNormal())
          days.push(day)
        }
      }
      const { lower, upper } = clusterBootstrap(values, days, { resamples: 300, level: 0.9 }, prng)
      return lower <= 0 && upper >= 0
    })
    expect(covered).toBeGreaterThan(0.82)
    expect(covered).toBeLessThan(0.96)
  })

  test('has the standard error of the clustered test', () => {
    const prng = new Prng(42)
    const days = Array.from({ length: 900 }, (_, i) => Math.floor(Math.sqrt(i) * 4))
    const shared = Array.from({ length: 120 }, () => prng.nextNormal())
    const values = days.map((day) => shared[day]! + 2 * prng.nextNormal())
    const drawn = clusterBootstrap(values, days, { resamples: 2_000, level: 0.9 }, prng)
    const clustered = clusteredTest(values, days)
    expect(drawn.mean).toBe(clustered.mean)
    expect(drawn.standardError / clustered.standardError).toBeGreaterThan(0.93)
    expect(drawn.standardError / clustered.standardError).toBeLessThan(1.07)
  })
})

describe('isotonic trend', () => {
  test('a rise is found, a fall is not, and noise is found at its level', () => {
    const prng = new Prng(51)
    const x = Array.from({ length: 40 }, (_, i) => i)
    const pOf = (slope: number): number =>
      isotonicTrendTest(
        x,
        x.map((v) => slope * v + 10 * prng.nextNormal()),
        200,
        prng,
      )!.pOneSided
    expect(shareOf(40, () => pOf(0.5) < 0.05)).toBeGreaterThan(0.9)
    expect(shareOf(40, () => pOf(-0.5) < 0.05)).toBe(0)
    expect(Math.abs(shareOf(300, () => pOf(0) < 0.1) - 0.1)).toBeLessThan(0.055)
  })

  test('quantile bins hold every row once, in order of the prediction', () => {
    const bins = quantileBins([3, 1, 2, 5, 4], [30, 10, 20, 50, 40], 2)
    expect(bins).toEqual([
      { n: 2, meanPredicted: 1.5, meanRealised: 15 },
      { n: 3, meanPredicted: 4, meanRealised: 40 },
    ])
  })
})

describe('Student t', () => {
  // Closed forms exist for whole degrees; the tails are compared relatively.
  const twoSided: Record<number, (t: number) => number> = {
    1: (t) => (2 / Math.PI) * Math.atan(1 / t),
    2: (t) => 2 / (t * t + 2 + t * Math.sqrt(t * t + 2)),
    3: (t) =>
      1 - (2 / Math.PI) * (t / Math.sqrt(3) / (1 + (t * t) / 3) + Math.atan(t / Math.sqrt(3))),
  }
  test.each([1, 2, 3])('has the closed form of %i degrees', (degrees) => {
    for (const t of [0.01, 0.3, 1, 2.5, 8]) {
      const exact = twoSided[degrees]!(t)
      expect(studentTTwoSided(t, degrees) / exact).toBeCloseTo(1, 11)
      expect(studentTCdf(t, degrees)).toBeCloseTo(1 - exact / 2, 13)
      expect(studentTCdf(-t, degrees)).toBeCloseTo(exact / 2, 13)
    }
  })
})
