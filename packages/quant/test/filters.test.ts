import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  EwmDerivative,
  firstPrincipalComponent,
  locfResample,
  luSolve,
  savitzkyGolayCausal,
  savitzkyGolayWeights,
  SlidingSums,
  symmetricEigen,
} from '../src/index.ts'
import type { EwmDerivativeSnapshot, SlidingSumsSnapshot } from '../src/index.ts'

describe('savitzky-golay', () => {
  // The oracle: a polynomial of the order goes in, its exact derivative must come out.
  test('differentiates polynomials of its order exactly, anywhere in the window', () => {
    const shape = fc.integer({ min: 0, max: 5 }).chain((order) =>
      fc.record({
        order: fc.constant(order),
        window: fc.integer({ min: order + 1, max: 31 }),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        derivative: fc.integer({ min: 0, max: 3 }),
        coefficients: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
          minLength: order + 1,
          maxLength: order + 1,
        }),
      }),
    )
    fc.assert(
      fc.property(shape, ({ order, window, at, derivative, coefficients }) => {
        const position = at * (window - 1)
        const weights = savitzkyGolayWeights({ window, order, position, derivative, step: 0.5 })
        // In t / window, so that high powers stay near one.
        const value = (i: number) =>
          coefficients.reduce((s, c, k) => s + c * ((i * 0.5) / window) ** k, 0)
        const got = weights.reduce((s, w, i) => s + w * value(i), 0)
        const want = coefficients.reduce((s, c, k) => {
          let factor = c
          for (let d = 0; d < derivative; d++) factor *= (k - d) / window
          return k < derivative ? s : s + factor * ((position * 0.5) / window) ** (k - derivative)
        }, 0)
        // The weights themselves are large where the fit is nearly an interpolation.
        const size = weights.reduce((s, w) => s + Math.abs(w), 0)
        expect(Math.abs(got - want)).toBeLessThan(1e-11 * Math.max(1, size))
      }),
      { numRuns: 500 },
    )
  })

  test('the causal filter sees nothing later and no missing value', () => {
    const grid = [1, 2, 3, 4, null, 6, 7, 8, 9, 10]
    const shape = { window: 3, order: 1, derivative: 1 }
    const got = savitzkyGolayCausal(grid, shape)
    expect(got.map((v) => (v === null ? null : Math.round(v * 1e9) / 1e9))).toEqual([
      null,
      null,
      1,
      1,
      null,
      null,
      null,
      1,
      1,
      1,
    ])
    expect(savitzkyGolayCausal(grid.slice(0, 4), shape)).toEqual(got.slice(0, 4))
  })
})

describe('ewm derivative', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 9_000_000 }), { minLength: 3, maxLength: 60 })

  test('is exact on a line at any spacing, and resumes bit for bit', () => {
    fc.assert(
      fc.property(gaps, fc.nat(), (steps, seed) => {
        let filter = new EwmDerivative(3_000_000)
        let timeUs = 1e15
        for (const [i, gap] of steps.entries()) {
          timeUs += gap + 1
          filter.add(timeUs, ((timeUs - 1e15) / 1e6) * 0.25)
          if (i === seed % steps.length) {
            const json = JSON.stringify(filter.snapshot())
            const saved: EwmDerivativeSnapshot = JSON.parse(json)
            const resumed = EwmDerivative.restore(saved)
            expect(resumed.snapshot()).toEqual(filter.snapshot())
            filter = resumed
          }
        }
        expect(Math.abs(filter.estimate().velocity! - 0.25)).toBeLessThan(1e-9)
      }),
    )
  })

  test('waits for a second time, and takes ties and late points as simultaneous', () => {
    const filter = new EwmDerivative(1_000_000)
    for (const [timeUs, x] of [
      [1e6, 1],
      [1e6, 2],
      [0, 3],
    ] as const)
      filter.add(timeUs, x)
    expect(filter.estimate()).toEqual({ velocity: null, acceleration: null })
    filter.add(2e6, 4)
    expect(filter.estimate().velocity).toBe(2)
    expect(() => filter.add(3e6, NaN)).toThrow('finite')
  })
})

describe('locf', () => {
  test('carries the last of simultaneous values until it is too old', () => {
    const grid = { fromUs: 0, toUs: 5, stepUs: 1, maxAgeUs: 2 }
    expect(locfResample([1, 1, 4], [10, 11, 12], grid)).toEqual([null, 11, 11, 11, 12, 12])
    expect(locfResample([1], [10], { ...grid, maxAgeUs: 1 })).toEqual([
      null,
      10,
      10,
      null,
      null,
      null,
    ])
    expect(() => locfResample([2, 1], [0, 0], grid)).toThrow('decrease')
  })
})

describe('sliding sums', () => {
  const row = fc.record({
    gapUs: fc.integer({ min: -3, max: 12 }),
    values: fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 0, max: 9 })),
    isTick: fc.boolean(),
  })

  // The oracle keeps every row and adds up those of (now - h, now].
  test('equal a sum over all rows, across snapshots', () => {
    const windowsUs = [4, 10, 40]
    fc.assert(
      fc.property(fc.array(row, { maxLength: 120, size: 'max' }), fc.nat(), (rows, seed) => {
        let sums = new SlidingSums({ columns: 2, windowsUs })
        const kept: { timeUs: number; values: readonly number[] }[] = []
        let nowUs = 1000
        sums.advance(nowUs)
        for (const [i, { gapUs, values, isTick }] of rows.entries()) {
          const timeUs = nowUs + gapUs
          nowUs = Math.max(nowUs, timeUs)
          if (isTick) sums.advance(timeUs)
          else {
            sums.push(timeUs, values)
            kept.push({ timeUs: nowUs, values })
          }
          if (i === seed % rows.length) {
            const json = JSON.stringify(sums.snapshot())
            const saved: SlidingSumsSnapshot = JSON.parse(json)
            sums = SlidingSums.restore(saved)
            expect(JSON.stringify(sums.snapshot())).toBe(json)
          }
          for (const [w, h] of windowsUs.entries()) {
            for (const column of [0, 1]) {
              const inside = kept.filter((k) => k.timeUs > nowUs - h)
              const want = inside.reduce((s, k) => s + k.values[column]!, 0)
              expect(sums.sum(w, column)).toBe(want)
            }
          }
        }
      }),
    )
  })

  test('a full queue drops its oldest, and says so', () => {
    const sums = new SlidingSums({ columns: 1, windowsUs: [1_000, 5], capacity: 16 })
    for (let i = 1; i <= 20; i++) sums.push(i, [1])
    expect([sums.sum(0, 0), sums.sum(1, 0), sums.evictedCount]).toEqual([16, 5, 4])
    expect(SlidingSums.restore(sums.snapshot()).snapshot()).toEqual(sums.snapshot())
    expect(() => sums.push(21, [0.5])).toThrow('whole numbers')
  })
})

describe('linear algebra', () => {
  const matrix = fc
    .integer({ min: 1, max: 6 })
    .chain((n) =>
      fc.tuple(
        fc.constant(n),
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n * n, maxLength: n * n }),
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n, maxLength: n }),
      ),
    )

  test('lu gives back the solution that made the right side', () => {
    fc.assert(
      fc.property(matrix, ([n, a, x]) => {
        // Dominant on the diagonal, so never near singular.
        const dominant = a.map((v, i) => (i % (n + 1) === 0 ? 60 + v : v))
        const b = x.map((_, i) => x.reduce((s, xj, j) => s + dominant[i * n + j]! * xj, 0))
        for (const [i, got] of luSolve(dominant, b)!.entries()) expect(got).toBeCloseTo(x[i]!, 10)
      }),
    )
    expect(luSolve([1, 2, 2, 4], [1, 1])).toBeNull()
    expect([...luSolve([0, 1, 1, 0], [2, 3])!]).toEqual([3, 2])
  })

  test('eigenvectors are orthonormal, sorted, and rebuild the matrix', () => {
    fc.assert(
      fc.property(matrix, ([n, a]) => {
        const s = a.map((v, at) => v + a[(at % n) * n + Math.floor(at / n)]!)
        const { values, vectors } = symmetricEigen(s, n)
        for (let i = 0; i < n; i++) {
          if (i > 0) expect(values[i]!).toBeLessThanOrEqual(values[i - 1]!)
          for (let j = 0; j < n; j++) {
            const dot = vectors[i]!.reduce((sum, v, k) => sum + v * vectors[j]![k]!, 0)
            expect(dot).toBeCloseTo(i === j ? 1 : 0, 10)
            const rebuilt = vectors.reduce((sum, v, k) => sum + values[k]! * v[i]! * v[j]!, 0)
            expect(rebuilt).toBeCloseTo(s[i * n + j]!, 9)
          }
        }
      }),
    )
  })

  test('the first component points along the spread, loadings summing to a positive', () => {
    const rows = [
      [-2, -4.1],
      [0, 0],
      [1, 2],
      [3, 6.1],
    ]
    const [x, y] = firstPrincipalComponent(rows)
    expect(y! / x!).toBeCloseTo(2.03, 1)
    expect(x! + y!).toBeGreaterThan(0)
  })
})
