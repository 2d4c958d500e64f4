import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { projectOntoSimplex } from '../src/index.ts'

const bracket = fc.record({
  bidBps: fc.integer({ min: 0, max: 4_000 }),
  widthBps: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 6_000 })),
  lean: fc.double({ min: 0, max: 1, noNaN: true }),
  variance: fc.double({ min: 1e-7, max: 0.1, noNaN: true }),
})
const ladder = fc.array(bracket, { minLength: 1, maxLength: 12 }).map((brackets) => ({
  lower: brackets.map((b) => b.bidBps / 1e4),
  upper: brackets.map((b) => Math.min(1, (b.bidBps + b.widthBps) / 1e4)),
  means: brackets.map((b) => (b.bidBps + b.lean * b.widthBps) / 1e4),
  variances: brackets.map((b) => b.variance),
}))

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((s, v) => s + v, 0)

describe('projection onto the simplex', () => {
  // The oracle is the optimality condition itself: with d_i = (p_i - mean_i) / variance_i there is one
  // nu that is no less than every d_i that could fall and no more than every d_i that could rise.
  test('meets the Karush-Kuhn-Tucker conditions, or is rightly infeasible', () => {
    let feasible = 0
    fc.assert(
      fc.property(ladder, ({ lower, upper, means, variances }) => {
        const result = projectOntoSimplex(means, variances, lower, upper)
        const canReach = sum(lower) <= 1 + 1e-12 && sum(upper) >= 1 - 1e-12
        expect(result.feasible).toBe(canReach)
        if (!result.feasible) {
          expect(result.sumLower).toBeCloseTo(sum(lower), 12)
          expect(result.sumUpper).toBeCloseTo(sum(upper), 12)
          return
        }
        feasible++
        const { pmf } = result
        expect(Math.abs(sum(pmf) - 1)).toBeLessThan(1e-12)
        let [nuMin, nuMax] = [-Infinity, Infinity]
        for (let i = 0; i < pmf.length; i++) {
          expect(pmf[i]! >= lower[i]! && pmf[i]! <= upper[i]!).toBe(true)
          const d = (pmf[i]! - means[i]!) / variances[i]!
          if (pmf[i]! > lower[i]!) nuMin = Math.max(nuMin, d)
          if (pmf[i]! < upper[i]!) nuMax = Math.min(nuMax, d)
        }
        expect(nuMin - nuMax).toBeLessThan(1e-8 * Math.max(1, Math.abs(nuMin)))
      }),
      { numRuns: 1_000 },
    )
    expect(feasible).toBeGreaterThan(100)
  })

  test('no feasible move of mass between two brackets improves the objective', () => {
    fc.assert(
      fc.property(ladder, fc.nat(), fc.nat(), ({ lower, upper, means, variances }, a, b) => {
        const result = projectOntoSimplex(means, variances, lower, upper)
        if (!result.feasible) return
        const { pmf } = result
        const [i, j] = [a % pmf.length, b % pmf.length]
        const step = 1e-3 * Math.min(upper[i]! - pmf[i]!, pmf[j]! - lower[j]!)
        if (i === j || step <= 0) return
        const cost = (k: number, p: number) => (p - means[k]!) ** 2 / variances[k]!
        const before = cost(i, pmf[i]!) + cost(j, pmf[j]!)
        const after = cost(i, pmf[i]! + step) + cost(j, pmf[j]! - step)
        expect(after).toBeGreaterThanOrEqual(before - 1e-12 * Math.max(1, before))
      }),
    )
  })

  test('bounds that sum to one exactly are the answer', () => {
    const fixed = [0.1, 0.2, 0.7]
    const result = projectOntoSimplex(fixed, [0, 0, 0], fixed, fixed)
    expect(result.feasible && [...result.pmf]).toEqual(fixed)
  })

  test('refuses what is no number and bounds the wrong way round', () => {
    expect(() => projectOntoSimplex([NaN], [1], [0], [1])).toThrow('mean')
    expect(() => projectOntoSimplex([0.5], [NaN], [0], [1])).toThrow('variance')
    expect(() => projectOntoSimplex([0.5], [1], [0.6], [0.4])).toThrow('mean')
    expect(() => projectOntoSimplex([0.5], [1], [NaN], [1])).toThrow('mean')
    expect(() => projectOntoSimplex([0.5, 0.5], [0, 1], [0, 0], [1, 1])).toThrow('variance of zero')
  })
})
