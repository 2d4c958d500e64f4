import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  discretiseSkewNormal,
  fitDiscretisedSkewNormal,
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

describe('discretised skew normal', () => {
  test('what cannot be below a place is the rest given that it is not', () => {
    const whole = pmfAt(78, 2, -1.5)
    const out = new Float64Array(7).fill(9)
    discretiseSkewNormal(78, Math.log(2), -1.5, EDGES.slice(2), EDGES[1]!, out, 1)
    const living = whole.slice(2).reduce((sum, p) => sum + p, 0)
    for (let k = 2; k < 6; k++) expect(out[k - 1]).toBeCloseTo(whole[k]! / living, 12)
    expect([out[0], out[5], out[6]]).toEqual([9, 9, 9])
    discretiseSkewNormal(0, 0, 0, EDGES.slice(2), EDGES[1]!, out, 0)
    expect(Array.from(out.slice(0, 4))).toEqual([1, 0, 0, 0])
  })

  test.each([
    [78, 1.9, 1, null],
    [75.2, 2.5, -3, null],
    [80, 1.2, 0, null],
    [76, 3, 2, 76.5],
  ])('a fit finds the PMF of %d, %d, %d above %s again', (place, scale, shape, above) => {
    const edges = above === null ? EDGES : EDGES.slice(2)
    const pmf = new Float64Array(edges.length + 1)
    discretiseSkewNormal(place, Math.log(scale), shape, edges, above, pmf, 0)
    const centres = [...edges.map((edge) => edge - 1), edges.at(-1)! + 1]
    const fit = fitDiscretisedSkewNormal(pmf, centres, edges, above)
    const back = new Float64Array(pmf.length)
    discretiseSkewNormal(fit.place, fit.lnScale, fit.shape, edges, above, back, 0)
    for (const [k, p] of pmf.entries()) expect(back[k]).toBeCloseTo(p, 4)
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

  test('a wide cloud meets a precise observation by parts, and agrees with a grid', () => {
    const truth = [79.2, Math.log(1.7), 0] as const
    const y = pmfAt(truth[0], 1.7, 0)
    const variances = y.map(() => 1e-5)
    const flat = { ...config, startSd: { place: 3, lnScale: 0.5, shape: 0 } }
    const cloud = new SkewNormalParticles({ ...flat, jitter: 0.3 })
    cloud.observe(y, variances)
    expect(cloud.effectiveSample).toBeGreaterThanOrEqual(1_000)
    const mean = new Float64Array(6)
    const square = new Float64Array(6)
    let mass = 0
    for (let i = 0; i <= 300; i++) {
      for (let j = 0; j <= 300; j++) {
        const [place, lnScale] = [truth[0] + (i - 150) / 2_000, truth[1] + (j - 150) / 2_000]
        const p = pmfAt(place, Math.exp(lnScale), 0)
        const misfit = p.reduce((sum, value, k) => sum + (y[k]! - value) ** 2 / variances[k]!, 0)
        const prior = ((place - 78) / 3) ** 2 + ((lnScale - 0.5) / 0.5) ** 2
        const weight = Math.exp(-(misfit + prior) / 2)
        mass += weight
        for (let k = 0; k < 6; k++) {
          mean[k]! += weight * p[k]!
          square[k]! += weight * p[k]! * p[k]!
        }
      }
    }
    for (let k = 0; k < 6; k++) {
      const m = mean[k]! / mass
      const sd = Math.sqrt(square[k]! / mass - m * m)
      expect(Math.abs(cloud.mean[k]! - m)).toBeLessThan(0.3 * sd)
      expect(cloud.sd[k]! / sd).toBeGreaterThan(0.7)
      expect(cloud.sd[k]! / sd).toBeLessThan(1.5)
    }
  })

  test('the NIS of observations of the cloud’s own kind is a chi-square’s', () => {
    const variances = Array.from({ length: 6 }, (_, k) => (k === 2 ? Infinity : 4e-4))
    const prng = new Prng('nis')
    const narrow = { ...config, startSd: { place: 0.1, lnScale: 0.03, shape: 0.1 }, particles: 400 }
    let sum = 0
    for (let round = 0; round < 300; round++) {
      const truth = pmfAt(
        78 + 0.1 * prng.nextNormal(),
        Math.exp(0.5 + 0.03 * prng.nextNormal()),
        0.1 * prng.nextNormal(),
      )
      const y = truth.map((p, k) => (k === 2 ? 9 : p + 0.02 * prng.nextNormal()))
      sum += new SkewNormalParticles({ ...narrow, seed: round }).observe(y, variances)
    }
    // Five were seen; the standard error of the mean of 300 is 0.18.
    expect(Math.abs(sum / 300 - 5)).toBeLessThan(0.7)
  })

  test('time pulls towards a target, and a cloud drawn again is about its new start', () => {
    const still = { ...config, walkPerSecond: { place: 0, lnScale: 0, shape: 0 } }
    const cloud = new SkewNormalParticles(still)
    const before = cloud.snapshot()
    cloud.predict(100, { place: 90, lnScale: 1, shape: 2 }, 0.01)
    const after = cloud.snapshot()
    const decay = Math.exp(-1)
    expect(after.place[7]).toBeCloseTo(90 + decay * (before.place[7]! - 90), 12)
    expect(after.shape[7]).toBeCloseTo(2 + decay * (before.shape[7]! - 2), 12)
    const sdOf = (values: readonly number[]): number => {
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length
      return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)
    }
    cloud.observe(
      pmfAt(85, 2, 0),
      Array.from({ length: 6 }, () => 1e-3),
    )
    cloud.redraw({ place: 70, lnScale: 0, shape: -1 })
    const again = cloud.snapshot()
    const standardError = config.startSd.place / Math.sqrt(again.place.length)
    const mean = again.place.reduce((sum, x) => sum + x, 0) / again.place.length
    expect(Math.abs(mean - 70)).toBeLessThan(4 * standardError)
    expect(sdOf(again.place) / config.startSd.place).toBeCloseTo(1, 1)
    expect(cloud.effectiveSample).toBeCloseTo(again.place.length, 6)
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
