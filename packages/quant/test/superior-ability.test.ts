import { Prng } from '@kwm/std'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawStationary, stationaryVariance, superiorAbility } from '../src/index.ts'

const shareOf = (trials: number, isHit: () => boolean): number =>
  Array.from({ length: trials }, isHit).filter(Boolean).length / trials

/** Every path of `n` draws with its probability: the definition of the stationary bootstrap. */
function* paths(n: number, meanBlock: number): Generator<{ path: number[]; probability: number }> {
  const again = 1 / meanBlock
  for (let code = 0; code < n ** n; code++) {
    const path = Array.from({ length: n }, (_, t) => Math.floor(code / n ** t) % n)
    let probability = 1 / n
    for (let t = 1; t < n; t++) {
      probability *= again / n + (path[t] === (path[t - 1]! + 1) % n ? 1 - again : 0)
    }
    yield { path, probability }
  }
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, v) => sum + v, 0) / values.length

describe('stationary bootstrap', () => {
  test('draws points and runs as often as its definition says', () => {
    const prng = new Prng(1)
    const counts = new Uint32Array(4)
    const exact = new Map<string, number>()
    for (const { path, probability } of paths(4, 2.5)) {
      const key = [0, 1, 2, 3].map((at) => path.filter((i) => i === at).length).join('')
      exact.set(key, (exact.get(key) ?? 0) + probability)
    }
    const seen = new Map<string, number>()
    const draws = 40_000
    for (let b = 0; b < draws; b++) {
      drawStationary(counts, 2.5, prng)
      const key = counts.join('')
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    for (const [key, p] of exact) {
      const error = Math.sqrt((p * (1 - p)) / draws)
      expect(Math.abs((seen.get(key) ?? 0) / draws - p), key).toBeLessThan(4.5 * error)
    }
  })

  test('its variance is that over all paths', () => {
    const value = fc.double({ min: -5, max: 5, noNaN: true })
    const series = fc.array(value, { minLength: 2, maxLength: 5 })
    fc.assert(
      fc.property(series, fc.double({ min: 1, max: 8, noNaN: true }), (x, meanBlock) => {
        const centre = meanOf(x)
        let variance = 0
        for (const { path, probability } of paths(x.length, meanBlock)) {
          variance += probability * x.length * (meanOf(path.map((i) => x[i]!)) - centre) ** 2
        }
        expect(stationaryVariance(x, meanBlock)).toBeCloseTo(variance, 8)
      }),
      { numRuns: 60 },
    )
  })
})

describe('superior ability', () => {
  test('p-values are those over all paths, to the error of a sample of them', () => {
    const gains = [
      [0.4, -0.1, 0.9, 0.3, 0.2],
      [-2, -1.4, -3, -2.2, -1.9],
      [0.1, 0.8, -0.6, 0.7, 0.4],
    ]
    const [n, meanBlock, root] = [5, 2, Math.sqrt(5)]
    const means = gains.map(meanOf)
    const sds = gains.map((g) => Math.sqrt(stationaryVariance(g, meanBlock)))
    const real = root * Math.max(...means)
    const spa = Math.max(0, ...means.map((mean, k) => (root * mean) / sds[k]!))
    const threshold = Math.sqrt(2 * Math.log(Math.log(n)))
    const exact = { real: 0, lower: 0, consistent: 0, upper: 0 }
    for (const { path, probability } of paths(n, meanBlock)) {
      const drawn = gains.map((g) => meanOf(path.map((i) => g[i]!)))
      const highest = (centre: (k: number) => number): number =>
        Math.max(0, ...drawn.map((mean, k) => (root * (mean - centre(k))) / sds[k]!))
      const consistent = (k: number): number =>
        (root * means[k]!) / sds[k]! < -threshold ? 0 : means[k]!
      if (Math.max(...drawn.map((mean, k) => root * (mean - means[k]!))) >= real) {
        exact.real += probability
      }
      if (highest((k) => Math.max(0, means[k]!)) >= spa) exact.lower += probability
      if (highest(consistent) >= spa) exact.consistent += probability
      if (highest((k) => means[k]!) >= spa) exact.upper += probability
    }
    const resamples = 40_000
    const found = superiorAbility(gains, { resamples, meanBlock }, new Prng(3))
    const near = (p: number, wanted: number): void => {
      const error = Math.sqrt((wanted * (1 - wanted)) / resamples)
      expect(Math.abs(p - wanted)).toBeLessThan(4 * error + 1e-4)
    }
    near(found.realityCheck.p, exact.real)
    near(found.spa.pLower, exact.lower)
    near(found.spa.pConsistent, exact.consistent)
    near(found.spa.pUpper, exact.upper)
    expect(found.realityCheck.statistic).toBeCloseTo(real, 12)
    expect(found.spa.statistic).toBeCloseTo(spa, 12)
    expect(found.best).toBe(0)
    // The hopeless one is what sets them apart: it weighs on White's test alone.
    expect(exact.upper).toBeGreaterThan(exact.consistent)
  })

  /** Days of `field` candidates that share the day's luck; AR(phi) in time. */
  function days(means: readonly number[], length: number, phi: number, prng: Prng) {
    const gains = means.map(() => new Float64Array(length))
    const state = means.map(() => prng.nextNormal())
    let common = prng.nextNormal()
    const step = Math.sqrt(1 - phi * phi)
    for (let t = 0; t < length; t++) {
      common = phi * common + step * prng.nextNormal()
      for (let k = 0; k < means.length; k++) {
        state[k] = phi * state[k]! + step * prng.nextNormal()
        gains[k]![t] = means[k]! + Math.SQRT1_2 * (state[k]! + common)
      }
    }
    return gains
  }

  const sizes = (length: number, phi: number, meanBlock: number, trials: number) => {
    const prng = new Prng(5)
    const found = Array.from({ length: trials }, () => {
      const gains = days(Array(6).fill(0), length, phi, prng)
      return superiorAbility(gains, { resamples: 99, meanBlock }, prng)
    })
    const share = (isHit: (one: (typeof found)[number]) => boolean): number =>
      found.filter(isHit).length / trials
    return {
      white: share((one) => one.realityCheck.p <= 0.05),
      hansen: share((one) => one.spa.pConsistent <= 0.05),
      // The t-test of the one that came out best forgets that it was picked.
      naive: share((one) => one.spa.statistic > 1.645),
    }
  }

  test('rejects 5 % +- 1.5 of fields without any skill, the t-test of the best three times that', () => {
    const { white, hansen, naive } = sizes(150, 0, 1, 1_200)
    expect(Math.abs(white - 0.05)).toBeLessThan(0.015)
    expect(Math.abs(hansen - 0.05)).toBeLessThan(0.015)
    expect(naive).toBeGreaterThan(0.13)
  })

  test('where days follow each other, blocks hold the size near 8 %, single days let it double', () => {
    const blocks = sizes(200, 0.3, 8, 400)
    expect(Math.abs(blocks.white - 0.07)).toBeLessThan(0.03)
    expect(Math.abs(blocks.hansen - 0.08)).toBeLessThan(0.03)
    expect(sizes(200, 0.3, 1, 200).hansen).toBeGreaterThan(0.13)
  })

  test('finds one of ten that is better by a third of a deviation on 200 days', () => {
    const prng = new Prng(6)
    const power = shareOf(150, () => {
      const gains = days([0.33, ...Array<number>(9).fill(0)], 200, 0, prng)
      const { best, spa } = superiorAbility(gains, { resamples: 199, meanBlock: 1 }, prng)
      return best === 0 && spa.pConsistent <= 0.05
    })
    expect(power).toBeGreaterThan(0.9)
  })

  test('hopeless and wild candidates blunt the reality check, the SPA test hardly', () => {
    const prng = new Prng(7)
    let [white, hansen] = [0, 0]
    for (let trial = 0; trial < 150; trial++) {
      const gains = days([0.25, ...Array<number>(15).fill(-1)], 150, 0, prng)
      for (const losing of gains.slice(1)) for (let t = 0; t < 150; t++) losing[t]! *= 3
      const found = superiorAbility(gains, { resamples: 199, meanBlock: 1 }, prng)
      if (found.realityCheck.p <= 0.05) white++
      if (found.spa.pConsistent <= 0.05) hansen++
    }
    expect(white / 150).toBeLessThan(0.3)
    expect(hansen / 150).toBeGreaterThan(0.8)
  })

  test('the lower p is at most the consistent one, and that at most the upper; equal seeds, equal p', () => {
    const field = fc.array(
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(field, fc.integer({ min: 0, max: 99 }), (gains, seed) => {
        const options = { resamples: 50, meanBlock: 3 }
        const found = superiorAbility(gains, options, new Prng(seed))
        const { pLower, pConsistent, pUpper } = found.spa
        expect(pLower).toBeLessThanOrEqual(pConsistent)
        expect(pConsistent).toBeLessThanOrEqual(pUpper)
        expect(superiorAbility(gains, options, new Prng(seed))).toEqual(found)
        if (found.means.every((mean) => mean <= 0)) expect(pUpper).toBe(1)
      }),
    )
  })

  test('what equals the benchmark is no evidence, a certain gain is all there can be', () => {
    const flat = (value: number) => Array<number>(20).fill(value)
    const options = { resamples: 99, meanBlock: 1 }
    expect(superiorAbility([flat(0)], options, new Prng(1)).spa.pConsistent).toBe(1)
    expect(superiorAbility([flat(0), flat(1)], options, new Prng(1))).toMatchObject({
      best: 1,
      spa: { pConsistent: 0.01 },
    })
    expect(() => superiorAbility([[1, 2], [1]], options, new Prng(1))).toThrow('candidates')
    expect(() => superiorAbility([[1, NaN]], options, new Prng(1))).toThrow('no number')
  })
})
