import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { erfc, normCdf, normInv, normPdf } from '../src/index.ts'

const relativeError = (got: number, expected: number): number => Math.abs(got / expected - 1)

describe('normal', () => {
  // mpmath 1.3.0, 40 digits. The edges of the three approximations are at 0.46875 and 4.
  test.each([
    [-37.5, 4.605353009581955e-308],
    [-30, 4.906713927148187e-198],
    [-12.3, 4.5287069561587846e-35],
    [-5.5, 1.8989562465887718e-8],
    [-2.2, 0.013903447513498604],
    [-0.001, 0.49960105778608893],
    [0.2, 0.579259709439103],
    [0.66, 0.7453730853286639],
    [0.7, 0.758036347776927],
    [3.3, 0.9995165758576162],
    [8, 0.9999999999999993],
  ])('normCdf(%d)', (x, expected) => {
    expect(relativeError(normCdf(x), expected)).toBeLessThan(1e-12)
  })

  test.each([
    [-3, 1.9999779095030015],
    [-0.46875, 1.492613473217938],
    [-0.2, 1.2227025892104786],
    [0.1, 0.887537083981715],
    [0.46875, 0.507386526782062],
    [0.47, 0.5062549491139179],
    [1.5, 0.033894853524689274],
    [3.999, 1.5544749490994993e-8],
    [4.001, 1.5290782173248732e-8],
    [7, 4.183825607779414e-23],
    [13, 1.7395573154667246e-75],
    [26, 5.663192408856143e-296],
  ])('erfc(%d)', (x, expected) => {
    expect(relativeError(erfc(x), expected)).toBeLessThan(1e-14)
  })

  test.each([
    [1e-200, -30.20559417957964],
    [1e-12, -7.034483825301132],
    [0.0242, -1.9738394633131993],
    [0.0243, -1.9720841590292886],
    [0.3, -0.5244005127080408],
    [0.49, -0.025068908258711057],
  ])('normInv(%d)', (p, expected) => {
    expect(relativeError(normInv(p), expected)).toBeLessThan(1e-13)
  })

  test('normInv undoes normCdf in both halves', () => {
    fc.assert(
      fc.property(fc.double({ min: -37, max: 0, noNaN: true }), (x) => {
        const p = normCdf(x)
        expect(Math.abs(normInv(p) - x)).toBeLessThan(1e-12 * Math.max(1, Math.abs(x)))
        if (p > 1e-3) expect(normInv(1 - p)).toBeCloseTo(-normInv(1 - (1 - p)), 15)
      }),
    )
  })

  test('the density is the derivative, by central differences', () => {
    for (const x of [-6, -3.1, -0.4, 0, 1.7]) {
      const h = 1e-5
      const slope = (normCdf(x + h) - normCdf(x - h)) / (2 * h)
      expect(relativeError(slope, normPdf(x))).toBeLessThan(1e-8)
    }
  })

  test('the ends are infinite, and what is no number is refused', () => {
    expect([normInv(0), normInv(1)]).toEqual([-Infinity, Infinity])
    expect([normCdf(-Infinity), normCdf(Infinity)]).toEqual([0, 1])
    expect(Number.isFinite(normInv(Number.MIN_VALUE))).toBe(true)
    for (const bad of [NaN, -0.1, 1.1]) expect(() => normInv(bad)).toThrow('normInv')
    expect(() => erfc(NaN)).toThrow('NaN')
  })
})
