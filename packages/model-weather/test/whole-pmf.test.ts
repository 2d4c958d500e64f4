import fc from 'fast-check'
import { normalBracketPmf } from '@kwm/model-weather'
import {
  atLeast,
  bracketsOf,
  calibrated,
  cdfOf,
  certainPmf,
  dressedPmf,
  fitKnots,
  highestOf,
  largerOf,
  memberMaxima,
  pmfOfCdf,
  pooled,
  randomisedPit,
  recalibrated,
  settled,
  type WholePmf,
} from '@kwm/model-weather'
import { normCdf } from '@kwm/quant'
import type { Bracket } from '@kwm/model-venue'
import { Prng } from '@kwm/std'
import { expect, test } from 'vitest'

const pmfs = fc
  .record({
    lowestF: fc.integer({ min: 50, max: 60 }),
    weights: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 }),
  })
  .filter(({ weights }) => weights.some((w) => w > 0))
  .map(({ lowestF, weights }): WholePmf => {
    const total = weights.reduce((sum, w) => sum + w, 0)
    return { lowestF, p: weights.map((w) => w / total) }
  })

const probability = ({ lowestF, p }: WholePmf, n: number): number => p[n - lowestF] ?? 0
const sum = ({ p }: WholePmf): number => p.reduce((total, q) => total + q, 0)

test('the larger of two maxima is what counting all pairs gives', () => {
  fc.assert(
    fc.property(pmfs, pmfs, (a, b) => {
      const counted = new Map<number, number>()
      for (const [i, p] of a.p.entries()) {
        for (const [j, q] of b.p.entries()) {
          const max = Math.max(a.lowestF + i, b.lowestF + j)
          counted.set(max, (counted.get(max) ?? 0) + p * q)
        }
      }
      const larger = largerOf(a, b)
      for (let n = 45; n < 75; n++) {
        expect(probability(larger, n)).toBeCloseTo(counted.get(n) ?? 0, 12)
      }
    }),
  )
})

test('a bound conditions: what is above it keeps its ratios, what is below is gone', () => {
  fc.assert(
    fc.property(pmfs, fc.integer({ min: 45, max: 75 }), (pmf, floorF) => {
      const bounded = atLeast(pmf, floorF)
      expect(sum(bounded)).toBeCloseTo(1, 12)
      expect(cdfOf(bounded, floorF - 1)).toBe(0)
      const left = 1 - cdfOf(pmf, floorF - 1)
      if (left < 1e-9) {
        expect(bounded).toEqual(certainPmf(floorF))
        return
      }
      for (let n = floorF; n < 75; n++) {
        expect(probability(bounded, n) * left).toBeCloseTo(probability(pmf, n), 9)
      }
    }),
  )
})

test('a rounded normal has the bracket probabilities of the normal', () => {
  const brackets: Bracket[] = [
    { marketTicker: 'a', strikeType: 'less', cap: 75 },
    { marketTicker: 'b', strikeType: 'between', floor: 75, cap: 76 },
    { marketTicker: 'c', strikeType: 'between', floor: 77, cap: 78 },
    { marketTicker: 'd', strikeType: 'greater', floor: 78 },
  ]
  const pmf = pmfOfCdf((n) => normCdf((n + 0.5 - 78.3) / 1.5), 60, 100)
  const expected = normalBracketPmf(brackets, { meanF: 78.3, sdF: 1.5 })
  for (const [k, p] of bracketsOf(pmf, brackets).entries()) expect(p).toBeCloseTo(expected[k]!, 12)
})

test('the settlement basis moves mass by a degree each way and loses none', () => {
  fc.assert(
    fc.property(pmfs, (pmf) => {
      const q = settled(pmf, [0.01, 0.95, 0.04])
      expect(sum(q)).toBeCloseTo(1, 12)
      for (let n = 45; n < 75; n++) {
        const [below, here, above] = [-1, 0, 1].map((d) => probability(pmf, n + d)) as [
          number,
          number,
          number,
        ]
        expect(probability(q, n)).toBeCloseTo(0.01 * above + 0.95 * here + 0.04 * below, 12)
      }
    }),
  )
  expect(() => settled(certainPmf(70), [0.1, 0.8, 0.2])).toThrow('basis')
})

test('the pool of equals is the same, weights pull, and nothing comes below the bound', () => {
  const a: WholePmf = { lowestF: 70, p: [0.5, 0.3, 0.2] }
  const b: WholePmf = { lowestF: 71, p: [0.2, 0.3, 0.5] }
  const same = pooled(a, a, 0.3, null)
  for (const [i, p] of a.p.entries()) expect(same.p[i]).toBeCloseTo(p, 9)
  for (const [i, p] of a.p.entries())
    expect(probability(pooled(a, b, 1, null), 70 + i)).toBeCloseTo(p, 4)
  const half = pooled(a, b, 0.5, null)
  // The definition: ratios of geometric means.
  const ratio = probability(half, 72) / probability(half, 71)
  expect(ratio).toBeCloseTo(Math.sqrt((0.2 * 0.3) / (0.3 * 0.2)), 9)
  expect(pooled(a, b, 0.5, 72).lowestF).toBe(72)
  expect(sum(pooled(a, b, 0.5, 72))).toBeCloseTo(1, 12)
})

test('recalibration keeps the sum and the order, and of uniform PIT values is nearly the identity', () => {
  const uniform = Array.from({ length: 200 }, (_, i) => (i + 0.5) / 200)
  const identity = fitKnots(uniform)
  for (const u of [0, 0.1, 0.5, 0.9, 1]) expect(recalibrated(identity, u)).toBeCloseTo(u, 2)
  const low = fitKnots(uniform.map((u) => u ** 2))
  fc.assert(
    fc.property(pmfs, (pmf) => {
      const q = calibrated(pmf, (u) => recalibrated(low, u))
      expect(sum(q)).toBeCloseTo(1, 12)
      expect(q.lowestF).toBeGreaterThanOrEqual(pmf.lowestF)
      expect(highestOf(q)).toBeLessThanOrEqual(highestOf(pmf))
      // Outcomes came lower than said, so mass moves down.
      for (let n = 49; n < 75; n++) expect(cdfOf(q, n)).toBeGreaterThanOrEqual(cdfOf(pmf, n) - 1e-2)
    }),
  )
  expect(() => fitKnots([0.5, 1])).toThrow('PIT')
})

test('the randomised PIT of outcomes drawn from the PMF itself is uniform', () => {
  const pmf: WholePmf = { lowestF: 70, p: [0.1, 0.2, 0.4, 0.2, 0.1] }
  const prng = new Prng('pit')
  const bins = Array.from({ length: 10 }, () => 0)
  for (let i = 0; i < 10_000; i++) {
    const drawn = prng.nextFloat()
    let outcome = 70
    while (cdfOf(pmf, outcome) <= drawn) outcome++
    bins[Math.floor(randomisedPit(pmf, outcome, prng.nextFloat()) * 10)]!++
  }
  // χ² with 9 degrees of freedom: 27.9 at one in a thousand.
  const chi2 = bins.reduce((total, n) => total + (n - 1_000) ** 2 / 1_000, 0)
  expect(chi2).toBeLessThan(27.9)
})

test('an ensemble is dressed: the kernel of each member, and never a hard zero between them', () => {
  const pmf = dressedPmf([70, 80], { biasF: 0.5, dressSdF: 1.2 })
  for (let n = 66; n <= 85; n++) {
    const kernel = (x: number): number =>
      normCdf((n + 0.5 - x - 0.5) / 1.2) - normCdf((n - 0.5 - x - 0.5) / 1.2)
    expect(probability(pmf, n)).toBeCloseTo((kernel(70) + kernel(80)) / 2, 9)
  }
  expect(probability(pmf, 75)).toBeGreaterThan(0)
})

test('members are asked for what is left of the day only, and not at all when they do not reach it', () => {
  const hour = 3_600_000_000
  const validTimesUs = Array.from({ length: 25 }, (_, h) => h * hour)
  const membersF = [validTimesUs.map((_, h) => 80 - h), validTimesUs.map((_, h) => 50 + h)]
  const ensemble = { validTimesUs, membersF }
  expect(memberMaxima(ensemble, 10 * hour + 1, 24 * hour)).toEqual([69, 74])
  expect(memberMaxima(ensemble, 10 * hour, 26 * hour)).toBeNull()
  expect(memberMaxima(ensemble, -3 * hour, 24 * hour)).toBeNull()
})
