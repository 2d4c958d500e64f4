import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  normCdf,
  normPdf,
  owensT,
  skewNormalCdf,
  SkewNormalParticles,
  type SkewNormalParticlesConfig,
} from '../src/index.ts'

const EDGES = [74.5, 76.5, 78.5, 80.5, 82.5]
const config: SkewNormalParticlesConfig = {
  edges: EDGES,
  start: { place: 78, lnScale: 0.5, shape: 0 },
  startSd: { place: 2, lnScale: 0.4, shape: 2 },
  walkPerSecond: { place: 1e-3, lnScale: 1e-5, shape: 1e-4 },
  seed: 'particles',
}
const pmfAt = (place: number, scale: number, shape: number): number[] => {
  const cdf = [0, ...EDGES.map((edge) => skewNormalCdf(edge, place, scale, shape)), 1]
  return cdf.slice(1).map((upTo, k) => upTo - cdf[k]!)
}
const simpson = (f: (x: number) => number, from: number, to: number, steps = 20_000): number => {
  const h = (to - from) / steps
  let sum = f(from) + f(to)
  for (let k = 1; k < steps; k++) sum += (k % 2 ? 4 : 2) * f(from + k * h)
  return (sum * h) / 3
}

describe('skew normal', () => {
  test.each([
    [0.5, 0.5],
    [1.3, 4],
    [-2, 1],
    [0, 0.7],
    [4, -0.3],
    [0.1, 25],
    [-0.7, -30],
  ])('Owen’s T(%d, %d) is its integral', (h, a) => {
    const f = (x: number) => Math.exp((-h * h * (1 + x * x)) / 2) / (1 + x * x) / (2 * Math.PI)
    expect(owensT(h, a)).toBeCloseTo(simpson(f, 0, a), 11)
  })

  test('its CDF is the integral of its density, and the normal’s at shape 0', () => {
    for (const shape of [-8, -1, 0.5, 3, 30]) {
      for (const x of [-2, -0.3, 0.4, 1.7]) {
        const density = (t: number) => 2 * normPdf(t) * normCdf(shape * t)
        expect(skewNormalCdf(3 + 2 * x, 3, 2, shape)).toBeCloseTo(simpson(density, -12, x), 10)
      }
    }
    expect(skewNormalCdf(1.5, 0, 1, 0)).toBe(normCdf(1.5))
    expect(skewNormalCdf(0.3, 0, 1, Infinity)).toBeCloseTo(2 * normCdf(0.3) - 1, 12)
  })
})

describe('particles', () => {
  test('one observation agrees with the posterior on a grid', () => {
    const y = pmfAt(79, 1.9, 1).map((p, k) => p + [0.01, -0.01, 0.02, -0.01, 0, 0][k]!)
    const variances = y.map(() => 4e-4)
    const cloud = new SkewNormalParticles({ ...config, particles: 40_000, jitter: 0 })
    cloud.observe(y, variances)
    const mean = new Float64Array(6)
    let mass = 0
    const along = (steps: number, f: (e: number) => void): void => {
      for (let k = 0; k <= steps; k++) f(-3.5 + (7 * k) / steps)
    }
    along(90, (a) =>
      along(40, (b) =>
        along(40, (c) => {
          const p = pmfAt(78 + 2 * a, Math.exp(0.5 + 0.4 * b), 2 * c)
          const misfit = p.reduce((sum, value, k) => sum + (y[k]! - value) ** 2 / variances[k]!, 0)
          const weight = Math.exp(-(a * a + b * b + c * c + misfit) / 2)
          mass += weight
          for (let k = 0; k < 6; k++) mean[k]! += weight * p[k]!
        }),
      ),
    )
    for (let k = 0; k < 6; k++)
      expect(Math.abs(cloud.mean[k]! - mean[k]! / mass)).toBeLessThan(0.004)
  })

  test('a moving PMF is followed, and the cloud stays alive', () => {
    const prng = new Prng('path')
    const cloud = new SkewNormalParticles({ ...config, particles: 800 })
    const variances = Array.from({ length: 6 }, () => 1e-4)
    let worst = 0
    for (let step = 0; step < 40; step++) {
      const truth = pmfAt(76 + 0.1 * step, 1.6, 1.5)
      cloud.predict(10)
      cloud.observe(
        truth.map((p) => p + 0.01 * prng.nextNormal()),
        variances,
      )
      const off = truth.map((p, k) => Math.abs(p - cloud.mean[k]!))
      if (step > 5) worst = Math.max(worst, ...off)
      expect(cloud.mean.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9)
      expect(cloud.effectiveSample).toBeGreaterThan(100)
    }
    expect(worst).toBeLessThan(0.05)
  })

  test('an observation far from every particle leaves weights that are numbers', () => {
    const cloud = new SkewNormalParticles({ ...config, particles: 200 })
    cloud.observe(
      [1, 0, 0, 0, 0, 0],
      Array.from({ length: 6 }, () => 1e-9),
    )
    expect(cloud.mean.every(Number.isFinite)).toBe(true)
    expect(() =>
      cloud.observe(
        [NaN, 0, 0, 0, 0, 0],
        Array.from({ length: 6 }, () => 1),
      ),
    ).toThrow('observation 0')
  })

  test('an outcome nobody saw counts for nothing', () => {
    const [seen, unseen] = [0, 1].map(() => new SkewNormalParticles({ ...config, particles: 300 }))
    const y = pmfAt(79, 1.9, 1)
    const variances = [1e-4, 1e-4, 1e-4, 1e-4, 1e-4, Infinity]
    seen!.observe(y, variances)
    unseen!.observe([...y.slice(0, 5), 0.9], variances)
    expect(Array.from(seen!.mean)).toEqual(Array.from(unseen!.mean))
  })

  test('the same seed says the same, also resumed from JSON', () => {
    const small = { ...config, particles: 200 }
    const [straight, first] = [new SkewNormalParticles(small), new SkewNormalParticles(small)]
    let resumed = first
    for (let step = 0; step < 12; step++) {
      for (const cloud of [straight, resumed]) {
        cloud.predict(5)
        cloud.observe(
          pmfAt(77 + 0.2 * step, 2, -1),
          Array.from({ length: 6 }, () => 1e-4),
        )
      }
      const json = JSON.stringify(resumed.snapshot())
      resumed = SkewNormalParticles.restore(
        small,
        JSON.parse(json) as ReturnType<typeof first.snapshot>,
      )
      expect(resumed.snapshot()).toEqual(straight.snapshot())
      expect(Array.from(resumed.mean)).toEqual(Array.from(straight.mean))
    }
  })
})
