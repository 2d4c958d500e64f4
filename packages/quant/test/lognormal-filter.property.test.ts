import { Prng } from '@kwm/std'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  chiSquareQuantile,
  chiSquareSurvival,
  choleskyFactor,
  helmert,
  ilr,
  ilrInverse,
  InnovationGate,
  LogisticNormalFilter,
  luSolve,
  ProcessNoise,
  projectOntoSimplex,
  unscentedUpdate,
} from '../src/index.ts'

const CENTRES = [74, 75.5, 77.5, 79.5, 81.5, 83]
const PMF = [0.02, 0.1, 0.38, 0.36, 0.12, 0.02]
const N = PMF.length
const D = N - 1
const NOISE = { shift: 4e-5, spread: 1e-5, isotropic: 2e-6 }

const pmfOf = (z: ArrayLike<number>): Float64Array => ilrInverse(z, new Float64Array(z.length + 1))
const coordinates = (pmf: readonly number[]): Float64Array =>
  ilr(pmf, new Float64Array(pmf.length - 1))

/** z + L e with e standard normal: a draw from N(z, L L'). */
function draw(prng: Prng, z: ArrayLike<number>, covariance: ArrayLike<number>): Float64Array {
  const d = z.length
  const factor = Float64Array.from(covariance)
  if (!choleskyFactor(factor, d)) throw new Error('not a covariance')
  const e = Float64Array.from({ length: d }, () => prng.nextNormal())
  return Float64Array.from({ length: d }, (_, k) => {
    let sum = z[k]!
    for (let l = 0; l <= k; l++) sum += factor[k * d + l]! * e[l]!
    return sum
  })
}

const quadraticForm = (matrix: ArrayLike<number>, x: Float64Array): number => {
  const solved = luSolve(matrix, x)!
  return x.reduce((sum, value, k) => sum + value * solved[k]!, 0)
}

const covarianceOf = (scale: number, prng: Prng): Float64Array => {
  const root = Float64Array.from({ length: D * D }, () => prng.nextNormal() * Math.sqrt(scale / D))
  return Float64Array.from({ length: D * D }, (_, at) => {
    const [j, k] = [Math.floor(at / D), at % D]
    let sum = j === k ? scale / 4 : 0
    for (let l = 0; l < D; l++) sum += root[j * D + l]! * root[k * D + l]!
    return sum
  })
}

describe('ILR coordinates', () => {
  test('the basis is orthonormal, has no constant in it, and the maps are inverse', () => {
    const pmfs = fc.array(fc.double({ min: 1e-9, max: 1, noNaN: true }), {
      minLength: 2,
      maxLength: 12,
    })
    fc.assert(
      fc.property(pmfs, (weights) => {
        const n = weights.length
        const v = helmert(n)
        for (let k = 0; k < n - 1; k++) {
          for (let l = 0; l <= k; l++) {
            let dot = 0
            for (let i = 0; i < n; i++) dot += v[i * (n - 1) + k]! * v[i * (n - 1) + l]!
            expect(dot).toBeCloseTo(k === l ? 1 : 0, 12)
          }
        }
        // By the definition, V' log p with the matrix, and not by the running sums.
        const z = coordinates(weights)
        for (let k = 0; k < n - 1; k++) {
          let dot = 0
          for (let i = 0; i < n; i++) dot += v[i * (n - 1) + k]! * Math.log(weights[i]!)
          expect(z[k]).toBeCloseTo(dot, 10)
        }
        const total = weights.reduce((sum, w) => sum + w, 0)
        for (const [i, p] of pmfOf(z).entries()) expect(p).toBeCloseTo(weights[i]! / total, 12)
      }),
      { numRuns: 60 },
    )
  })

  test('coordinates far out neither overflow nor lose the sum', () => {
    const p = pmfOf([800, -800, 30, 5, 1e4])
    expect(p.every((x) => x >= 0 && x <= 1)).toBe(true)
    expect(p.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12)
    expect(() => pmfOf([NaN, 0])).toThrow('NaN')
  })
})

describe('the filter is what it says it is', () => {
  test('NEES and NIS of simulated paths lie inside their chi-square bounds', () => {
    const [paths, steps, seconds] = [150, 40, 10]
    const pull = 1 / 1800
    const target = coordinates(PMF)
    const variances = [2e-5, 5e-5, 2e-5, 2e-5, 5e-5, 1e-4]
    const noise = new ProcessNoise(CENTRES, NOISE)
    const rate = noise.covariance
    const decay = Math.exp(-pull * seconds)
    const gathered = rate.map((q) => (q * (1 - decay * decay)) / (2 * pull))
    const start = rate.map((q) => q / (2 * pull))
    let nees = 0
    let nis = 0
    for (let path = 0; path < paths; path++) {
      const prng = new Prng(`nees ${path}`)
      let truth = draw(prng, target, start)
      const filter = LogisticNormalFilter.of(target, start)
      for (let step = 0; step < steps; step++) {
        const mean = truth.map((z, k) => target[k]! + decay * (z - target[k]!))
        truth = draw(prng, mean, gathered)
        filter.predict(seconds, pull, target, rate)
        const y = Array.from(
          pmfOf(truth),
          (p, i) => p + Math.sqrt(variances[i]!) * prng.nextNormal(),
        )
        nis += filter.observe(y, variances)
      }
      const error = filter.mean.map((z, k) => z - truth[k]!)
      nees += quadraticForm(filter.covariance, error)
    }
    // The ends of paths are independent; so are innovations while the model holds.
    expect(Math.abs(nees / (paths * D) - 1)).toBeLessThan(3.3 * Math.sqrt(2 / (paths * D)))
    const degrees = paths * steps * N
    expect(Math.abs(nis / degrees - 1)).toBeLessThan(3.3 * Math.sqrt(2 / degrees))
  })

  test('an observation without precision leaves the state', () => {
    const before = LogisticNormalFilter.of(coordinates(PMF), covarianceOf(0.2, new Prng(1)))
    const after = LogisticNormalFilter.of(before.mean, before.covariance)
    after.observe(
      [0.5, 0.1, 0.1, 0.1, 0.1, 0.1],
      Array.from({ length: N }, () => 1e12),
    )
    for (let k = 0; k < D; k++) expect(after.mean[k]).toBeCloseTo(before.mean[k]!, 9)
    for (let k = 0; k < D * D; k++) {
      expect(after.covariance[k]).toBeCloseTo(before.covariance[k]!, 9)
    }
    const unseen = LogisticNormalFilter.of(before.mean, before.covariance)
    expect(
      unseen.observe(
        PMF,
        Array.from({ length: N }, () => Infinity),
      ),
    ).toBe(0)
    expect(Array.from(unseen.mean)).toEqual(Array.from(before.mean))
  })

  test('precise observations reproduce the variance-weighted projection onto the simplex', () => {
    const interior = fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), {
      minLength: N,
      maxLength: N,
    })
    const offsets = fc.array(fc.double({ min: -0.004, max: 0.006, noNaN: true }), {
      minLength: N,
      maxLength: N,
    })
    fc.assert(
      fc.property(interior, offsets, (weights, off) => {
        const total = weights.reduce((sum, w) => sum + w, 0)
        const y = weights.map((w, i) => w / total + off[i]!)
        const variances = off.map((x) => 1e-5 * (1 + 1e3 * Math.abs(x)))
        const zeros = y.map(() => 0)
        const ones = y.map(() => 1)
        const projection = projectOntoSimplex(y, variances, zeros, ones)
        if (!projection.feasible) throw new Error('infeasible')
        const filter = LogisticNormalFilter.about(PMF, 1)
        filter.observe(
          y,
          variances.map((v) => v * 1e-6),
          40,
        )
        for (const [i, p] of pmfOf(filter.mean).entries()) {
          expect(p).toBeCloseTo(projection.pmf[i]!, 7)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('an outcome nobody quotes is filled in from the others, not pulled anywhere', () => {
    const all = LogisticNormalFilter.about(PMF, 0.3)
    const some = LogisticNormalFilter.about(PMF, 0.3)
    const y = [0.02, 0.1, 0.5, 0.24, 0.12, 0.02]
    all.observe(
      y,
      Array.from({ length: N }, () => 1e-5),
    )
    some.observe([...y.slice(0, 5), 0.9], [...Array.from({ length: 5 }, () => 1e-5), Infinity])
    const [full, part] = [pmfOf(all.mean), pmfOf(some.mean)]
    for (let i = 0; i < N; i++) expect(part[i]).toBeCloseTo(full[i]!, 2)
    expect(some.covariance.at(-1)).toBeGreaterThan(all.covariance.at(-1)!)
  })

  test('a jump that throws the plain recursion off still lands on what was seen', () => {
    const prior = LogisticNormalFilter.about([0.9, 0.09, 0.009, 0.0005, 0.0003, 0.0002], 4)
    const y = [0.0002, 0.0003, 0.0005, 0.009, 0.09, 0.9]
    const variances = y.map(() => 1e-5)
    prior.observe(y, variances, 30)
    for (const [i, p] of pmfOf(prior.mean).entries()) expect(Math.abs(p - y[i]!)).toBeLessThan(0.01)
  })
})

describe('three ways to the same mean', () => {
  test('iterated EKF, UKF and importance sampling agree within 0.005', () => {
    for (const seed of [1, 2, 3]) {
      const prng = new Prng(`sampling ${seed}`)
      const z = coordinates(PMF)
      const covariance = covarianceOf(0.05, prng)
      const truth = pmfOf(draw(prng, z, covariance))
      const variances = [1e-4, 2e-4, 4e-5, 4e-5, 2e-4, 1e-4]
      const y = Array.from(truth, (p, i) => p + Math.sqrt(variances[i]!) * prng.nextNormal())
      const filter = LogisticNormalFilter.of(z, covariance)
      filter.observe(y, variances)
      const ukf = unscentedUpdate(z, covariance, y, variances)
      const unscented = LogisticNormalFilter.of(ukf.mean, ukf.covariance).moments().mean
      const sampled = importanceMean(prng, z, covariance, y, variances)
      const iterated = filter.moments().mean
      for (let i = 0; i < N; i++) {
        expect(Math.abs(iterated[i]! - sampled[i]!)).toBeLessThan(0.005)
        expect(Math.abs(unscented[i]! - sampled[i]!)).toBeLessThan(0.005)
      }
    }
  })

  function importanceMean(
    prng: Prng,
    z: Float64Array,
    covariance: Float64Array,
    y: readonly number[],
    variances: readonly number[],
  ): Float64Array {
    const mean = new Float64Array(N)
    let mass = 0
    for (let draws = 0; draws < 60_000; draws++) {
      const p = pmfOf(draw(prng, z, covariance))
      let misfit = 0
      for (let i = 0; i < N; i++) misfit += (y[i]! - p[i]!) ** 2 / variances[i]!
      const weight = Math.exp(-misfit / 2)
      mass += weight
      for (let i = 0; i < N; i++) mean[i]! += weight * p[i]!
    }
    return mean.map((sum) => sum / mass)
  }
})

describe('outcomes that are impossible', () => {
  test('the linear map equals conditioning 10^5 samples', () => {
    const prng = new Prng('dead')
    const z = coordinates(PMF)
    const covariance = covarianceOf(0.3, prng)
    const alive = [1, 3, 4, 5]
    const filter = LogisticNormalFilter.of(z, covariance).keep(alive)
    const m = alive.length - 1
    const draws = 100_000
    const sum = new Float64Array(m)
    const squares = new Float64Array(m * m)
    const part = new Float64Array(m)
    for (let n = 0; n < draws; n++) {
      const p = pmfOf(draw(prng, z, covariance))
      ilr(
        Float64Array.from(alive, (i) => p[i]!),
        part,
      )
      for (let k = 0; k < m; k++) {
        sum[k]! += part[k]!
        for (let l = 0; l < m; l++) squares[k * m + l]! += part[k]! * part[l]!
      }
    }
    for (let k = 0; k < m; k++) {
      const variance = filter.covariance[k * m + k]!
      expect(Math.abs(sum[k]! / draws - filter.mean[k]!)).toBeLessThan(
        4 * Math.sqrt(variance / draws),
      )
      for (let l = 0; l < m; l++) {
        const sampled = squares[k * m + l]! / draws - (sum[k]! * sum[l]!) / draws ** 2
        expect(sampled).toBeCloseTo(filter.covariance[k * m + l]!, 2)
      }
    }
  })

  test('one outcome left is certain', () => {
    const last = LogisticNormalFilter.about(PMF, 0.1).keep([5])
    expect(last.outcomes).toBe(1)
    expect(last.observe([0.97], [1e-4])).toBeCloseTo(9, 9)
    expect(Array.from(last.moments().mean)).toEqual([1])
    expect(() => last.keep([])).toThrow('alive')
    expect(() => LogisticNormalFilter.about(PMF, 0.1).keep([3, 2])).toThrow('rise')
  })
})

describe('when the model no longer holds', () => {
  test('chi-square tails are those of tables', () => {
    for (const [p, k, x] of [
      [0.999, 6, 22.457744],
      [0.999, 5, 20.515006],
      [0.95, 1, 3.841459],
      [0.95, 2, 5.991465],
      [0.5, 100, 99.334129],
    ] as const) {
      expect(chiSquareQuantile(p, k)).toBeCloseTo(x, 5)
      expect(chiSquareSurvival(x, k)).toBeCloseTo(1 - p, 6)
    }
  })

  test('three hot innovations in a row raise the alarm, once, and two never do', () => {
    const gate = new InnovationGate()
    const adds = [30, 30, 1, 30, 30, 30, 30, 30, 1].map((nis) => gate.add(nis, 6))
    expect(adds).toEqual([false, false, false, false, false, true, false, false, false])
  })

  test('inflation multiplies and stops at its bound', () => {
    const filter = LogisticNormalFilter.about(PMF, 1)
    filter.inflate(4, 9)
    expect(filter.covariance[0]).toBe(4)
    filter.inflate(4, 9)
    expect(filter.covariance[0]).toBe(9)
    filter.inflate(4, 9)
    expect(filter.covariance[0]).toBe(9)
  })

  test('an innovation along a direction is standard while the model holds, and leans after it', () => {
    const prng = new Prng('along')
    const z = coordinates(PMF)
    const covariance = covarianceOf(0.02, prng)
    const variances = [1e-4, 2e-4, Infinity, 4e-5, 2e-4, 1e-4]
    const noise = new ProcessNoise(CENTRES, NOISE)
    const direction = noise.shiftDirection
    const scores = (shift: number): number[] =>
      Array.from({ length: 3_000 }, () => {
        const filter = LogisticNormalFilter.of(z, covariance)
        const moved = draw(prng, z, covariance).map((x, k) => x + shift * direction[k]!)
        const noisy = Array.from(pmfOf(moved), (p, i) =>
          variances[i] === Infinity ? 9 : p + Math.sqrt(variances[i]!) * prng.nextNormal(),
        )
        filter.observe(noisy, variances)
        return filter.innovationAlong(direction)
      })
    const mean = (values: readonly number[]) => values.reduce((s, x) => s + x, 0) / values.length
    const [calm, shifted] = [scores(0), scores(0.5)]
    expect(Math.abs(mean(calm))).toBeLessThan(0.1)
    expect(Math.abs(mean(calm.map((x) => x * x)) - 1)).toBeLessThan(0.1)
    expect(mean(shifted)).toBeGreaterThan(1.5)
  })
})

test('a filter resumed from its JSON goes on bit for bit', () => {
  const prng = new Prng('resume')
  const noise = new ProcessNoise(CENTRES, NOISE).covariance
  const straight = LogisticNormalFilter.about(PMF, 0.5)
  let resumed = LogisticNormalFilter.about(PMF, 0.5)
  for (let step = 0; step < 50; step++) {
    const y = PMF.map((p) => p + 0.01 * prng.nextNormal())
    const variances = PMF.map(() => 1e-5 + 1e-4 * prng.nextFloat())
    for (const filter of [straight, resumed]) {
      filter.predict(1 + step, 1 / 1800, coordinates(PMF), noise, step % 7 === 0 ? 10 : 1)
      filter.observe(y, variances)
      if (step % 9 === 0) filter.inflate(4, 9)
    }
    resumed = LogisticNormalFilter.restore(
      JSON.parse(JSON.stringify(resumed.snapshot())) as ReturnType<typeof resumed.snapshot>,
    )
    expect(resumed.snapshot()).toEqual(straight.snapshot())
  }
})

test('what is no number is refused by name', () => {
  const filter = LogisticNormalFilter.about(PMF, 1)
  const variances = PMF.map(() => 1e-4)
  expect(() => filter.observe([NaN, ...PMF.slice(1)], variances)).toThrow('observation 0')
  expect(() => filter.observe(PMF, [...variances.slice(1), 0])).toThrow('observation 5')
  expect(() => filter.observe([1], [1])).toThrow('observations')
  expect(() => filter.predict(-1, 0, null, new Float64Array(25))).toThrow('step of -1')
  expect(() => LogisticNormalFilter.about([0, 1], 1)).toThrow('probability 0')
})
