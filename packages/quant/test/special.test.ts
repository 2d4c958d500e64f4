import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  chiSquareTail,
  digamma,
  expit,
  logGamma,
  logSumExp,
  regularisedBeta,
  regularisedGammaP,
  regularisedGammaQ,
  softmax,
  softplus,
  studentTCdf,
  studentTTwoSided,
} from '../src/index.ts'

const relativeError = (got: number, expected: number): number => Math.abs(got / expected - 1)

// Expected values: mpmath 1.3.0, 30 digits.
describe('special functions', () => {
  test.each([
    [1e-300, 690.7755278982137],
    [1e-5, 11.512919692895826],
    [0.3, 1.0957979948180756],
    [0.4999, 0.5725613186041184],
    [0.50001, 0.5723453080711772],
    [0.999999, 5.772164873855652e-7],
    [1.0000001, -5.772155829918507e-8],
    [1.4999, -0.12078588195849393],
    [1.5001, -0.12077858396397449],
    [1.9999999, -4.2278430309861296e-8],
    [2.00001, 4.22787559764836e-6],
    [2.4999, 0.28461255726068263],
    [2.51, 0.29173891549286796],
    [3.7, 1.428072326665388],
    [5.1, 3.3297641684752244],
    [7.2, 6.95684807988834],
    [11.99, 17.477885575426185],
    [12.01, 17.526738806509965],
    [30.5, 72.9534711841694],
    [1e8, 1742068066.1038346],
    [1e300, 6.897755278982137e302],
  ])('logGamma(%d)', (x, expected) => {
    expect(relativeError(logGamma(x), expected)).toBeLessThan(4e-15)
  })

  test.each([
    [0.5, 0.5, 0.1, 0.20483276469913345],
    [2, 3, 0.4, 0.5248],
    [10, 0.2, 0.999, 0.570543814419142],
    [50, 60, 0.45, 0.4642352914306036],
    [0.01, 5, 1e-8, 0.849213828462413],
    [300, 700, 0.31, 0.7564186827315436],
    [5, 1e-3, 0.5, 1.0872075059156783e-5],
    [29.5, 0.5, 0.9, 0.013035559341442864],
  ])('regularisedBeta(%d, %d, %d)', (a, b, x, expected) => {
    expect(relativeError(regularisedBeta(a, b, x), expected)).toBeLessThan(1e-12)
    expect(regularisedBeta(b, a, 1 - x, x)).toBeCloseTo(1 - expected, 12)
  })

  test.each([
    [0.5, 0.01, 0.8875370839817152],
    [0.5, 40, 3.744097384202899e-19],
    [3, 3.9, 0.2531251026297839],
    [3, 4.1, 0.2238139813007857],
    [10, 200, 2.044095593580732e-72],
    [700, 650, 0.9728299443653773],
    [700, 760, 0.01325823758602571],
    [1e-3, 0.2, 0.0012225478394732089],
  ])('regularisedGammaQ(%d, %d)', (a, x, expected) => {
    expect(relativeError(regularisedGammaQ(a, x), expected)).toBeLessThan(1e-12)
    expect(regularisedGammaP(a, x)).toBeCloseTo(1 - expected, 12)
    expect(chiSquareTail(2 * x, 2 * a)).toBe(regularisedGammaQ(a, x))
  })

  test.each([
    [1e-3, 3, 0.9992648949694609],
    [0.5, 0.7, 0.7304016866823301],
    [40, 5, 1.8411962171772954e-7],
    [3, 1000, 0.0027667090442381925],
    [1e8, 2.5, 1.438679438166344e-20],
  ])('studentTTwoSided(%d, %d)', (t, degrees, expected) => {
    expect(relativeError(studentTTwoSided(t, degrees), expected)).toBeLessThan(1e-12)
    expect(studentTCdf(-t, degrees)).toBe(studentTTwoSided(t, degrees) / 2)
  })

  test('softmax is the gradient of logSumExp, and both shift with their entries', () => {
    const entries = fc.array(fc.double({ min: -40, max: 40, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(entries, fc.double({ min: -600, max: 600, noNaN: true }), (z, shift) => {
        const shifted = z.map((value) => value + shift)
        expect(logSumExp(shifted)).toBeCloseTo(logSumExp(z) + shift, 9)
        const p = softmax(shifted)
        expect(p.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 13)
        const h = 1e-5
        const rise = logSumExp([z[0]! + h, ...z.slice(1)]) - logSumExp([z[0]! - h, ...z.slice(1)])
        expect(p[0]).toBeCloseTo(rise / (2 * h), 8)
      }),
    )
  })

  test('expit and softplus keep their relative precision in the tails', () => {
    expect(relativeError(softplus(-700), Math.exp(-700))).toBeLessThan(1e-15)
    expect(relativeError(expit(-700), Math.exp(-700))).toBeLessThan(1e-15)
    expect(softplus(3) - softplus(-3)).toBeCloseTo(3, 14)
    expect(expit(3) + expit(-3)).toBeCloseTo(1, 15)
  })

  test('impossible entries have probability zero, and nothing has no softmax', () => {
    expect(softmax([-Infinity, 0, -Infinity])).toEqual(new Float64Array([0, 1, 0]))
    expect(logSumExp([])).toBe(-Infinity)
    expect(logSumExp([-Infinity])).toBe(-Infinity)
    for (const bad of [[], [-Infinity], [Infinity, 1]]) expect(() => softmax(bad)).toThrow('finite')
  })

  test('the ends of each range', () => {
    expect([regularisedBeta(2, 3, 0), regularisedBeta(2, 3, 1)]).toEqual([0, 1])
    expect([regularisedGammaP(2, 0), regularisedGammaP(2, Infinity)]).toEqual([0, 1])
    expect([studentTCdf(-Infinity, 3), studentTCdf(0, 3), studentTCdf(Infinity, 3)]).toEqual([
      0, 0.5, 1,
    ])
  })

  test.each([
    ['logGamma', () => logGamma(NaN)],
    ['logGamma of a pole', () => logGamma(0)],
    ['beta', () => regularisedBeta(1, 1, NaN)],
    ['beta past 1', () => regularisedBeta(1, 1, 1.1)],
    ['beta shape', () => regularisedBeta(0, 1, 0.5)],
    ['gamma', () => regularisedGammaP(1, NaN)],
    ['gamma below 0', () => regularisedGammaQ(1, -1)],
    ['student t', () => studentTCdf(NaN, 3)],
    ['degrees', () => studentTCdf(1, 0)],
    ['logSumExp', () => logSumExp([1, NaN])],
    ['softmax', () => softmax([NaN])],
    ['softplus', () => softplus(NaN)],
    ['expit', () => expit(NaN)],
  ])('what is no number is refused: %s', (_, call) => {
    expect(call).toThrow(expect.objectContaining({ name: 'AssertionError' }))
  })
})

describe('digamma', () => {
  test.each([
    [1, -0.5772156649015329],
    [0.5, -1.9635100260214235],
    [0.001, -1000.5755719318103],
    [2.5, 0.7031566406452432],
    [10, 2.251752589066721],
    [1e6, 13.815510057964191],
  ])('of %d is %d', (x, expected) => {
    expect(relativeError(digamma(x), expected)).toBeLessThan(1e-13)
  })

  test('is the slope of ln Γ, and its reflection is π cot', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 40, noNaN: true }), (x) => {
        const h = 1e-4 * Math.max(0.05, x)
        const slope = (logGamma(x + h) - logGamma(x - h)) / (2 * h)
        expect(Math.abs(digamma(x) - slope)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)))
      }),
    )
    for (const x of [0.1, 0.3, 0.7]) {
      expect(digamma(1 - x) - digamma(x)).toBeCloseTo(Math.PI / Math.tan(Math.PI * x), 10)
    }
  })
})
