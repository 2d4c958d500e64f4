import { describe, expect, test } from 'vitest'
import { kolmogorovSmirnov, kolmogorovTail, ljungBox } from '../src/index.ts'

describe('Kolmogorov and Smirnov', () => {
  // scipy 1.17 kstwo.sf; for n = 100 and 1,000 the matrix power in 60 digits.
  test.each([
    [1, 0.7, 0.6, 1e-12],
    [2, 0.3, 0.98, 1e-12],
    [10, 0.274, 0.3715203845434957, 1e-12],
    [100, 0.02, 0.999999999978262, 1e-12],
    [100, 0.12, 0.1033037490181987, 1e-11],
    [400, 0.1, 0.00061917972480233, 1e-11],
    [1000, 0.03, 0.3226902464132999, 1e-11],
    [1000, 0.059, 0.0018142729046871867, 1e-10],
    [5000, 0.0115, 0.5191135598886125, 1e-8],
    [5000, 0.013, 0.3636210691571471, 2e-5],
    [20000, 0.008, 0.15371596723031855, 2e-5],
    [300, 0.25, 5.2436984469766436e-17, 1e-16],
  ])('P(D_%d >= %d)', (n, d, expected, tol) => {
    expect(Math.abs(kolmogorovTail(n, d) - expected)).toBeLessThan(tol)
  })

  test('the statistic is the largest gap on either side of a step', () => {
    expect(kolmogorovSmirnov([0.1, 0.2]).statistic).toBeCloseTo(0.8, 15)
    expect(kolmogorovSmirnov([0.9, 0.8]).statistic).toBeCloseTo(0.8, 15)
    expect(kolmogorovSmirnov([0.25, 0.75])).toEqual({ statistic: 0.25, pValue: 1 })
  })

  test('what is no probability is refused', () => {
    expect(() => kolmogorovSmirnov([0.5, NaN])).toThrow('NaN')
    expect(() => kolmogorovSmirnov([1.5])).toThrow('1.5')
    expect(() => kolmogorovSmirnov([])).toThrow('no values')
  })
})

describe('Ljung and Box', () => {
  test('statistic and p-value by the definition, with scipy for the chi-square', () => {
    const x = [0.3, -1.2, 0.8, 0.4, -0.5, 1.9, -0.7, 0.2, 0.1, -1.4, 0.6, 1.1]
    const { autocorrelations, statistic, pValue } = ljungBox(x, 3)!
    const expected = [-0.3946029639460297, -0.11170095111700949, 0.3005972130059721]
    for (const [i, r] of expected.entries()) expect(autocorrelations[i]).toBeCloseTo(r, 14)
    expect(statistic).toBeCloseTo(4.274450024876369, 12)
    expect(pValue).toBeCloseTo(0.23331292665042253, 12)
  })

  test('a constant or short series says nothing, and what is no number is refused', () => {
    expect(ljungBox([1, 1, 1, 1], 1)).toBeNull()
    expect(ljungBox([1, 2], 1)).toBeNull()
    expect(() => ljungBox([1, NaN, 2], 1)).toThrow('no numbers')
  })
})
