import { Prng } from '@kwm/std'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fitIsotonic,
  fitLogistic,
  fitRidge,
  luSolve,
  NeighbourRls,
  OnlineLogistic,
  projectOntoSumZero,
  RecursiveLeastSquares,
  expit,
  sortOrder,
} from '../src/index.ts'

const normals = (count: number, prng: Prng): Float64Array =>
  Float64Array.from({ length: count }, () => prng.nextNormal())

/** (sum w x x' + penalty) b = sum w x y by elimination with pivots. */
function normalEquations(
  design: Float64Array,
  targets: Float64Array,
  weightOf: (row: number) => number,
  penalty: number,
): Float64Array {
  const d = design.length / targets.length
  const matrix = new Float64Array(d * d)
  const right = new Float64Array(d)
  for (let i = 0; i < d; i++) {
    matrix[i * d + i] = penalty
    for (let r = 0; r < targets.length; r++) {
      right[i]! += weightOf(r) * design[r * d + i]! * targets[r]!
      for (let j = 0; j < d; j++) {
        matrix[i * d + j]! += weightOf(r) * design[r * d + i]! * design[r * d + j]!
      }
    }
  }
  return luSolve(matrix, right)!
}

describe('recursive least squares', () => {
  test('equals the discounted ridge solved at once, and a ridge fit when nothing is forgotten', () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 80 }),
      fc.nat(),
    )
    fc.assert(
      fc.property(sizes, fc.constantFrom(0.9, 0.99, 1), ([size, rows, seed], forgetting) => {
        const prng = new Prng(seed)
        const [design, y] = [normals(rows * size, prng), normals(rows, prng)]
        const rls = new RecursiveLeastSquares({
          size,
          forgetting,
          ridge: 0.7,
          isRidgeLasting: false,
        })
        for (let r = 0; r < rows; r++) rls.update(design.subarray(r * size, (r + 1) * size), y[r]!)
        const left = 0.7 * forgetting ** rows
        const oracle = normalEquations(design, y, (r) => forgetting ** (rows - 1 - r), left)
        const ridge = fitRidge(design, y, { ridge: 0.7 })!
        for (const [i, b] of rls.coefficients().entries()) {
          expect(b).toBeCloseTo(oracle[i]!, 8)
          if (forgetting === 1) expect(b).toBeCloseTo(ridge[i]!, 8)
        }
      }),
    )
  })

  test('keeps its ridge where the data say nothing, which the textbook recursion loses', () => {
    const options = { size: 3, forgetting: 0.99, ridge: 1 }
    const lasting = new RecursiveLeastSquares(options)
    const textbook = new RecursiveLeastSquares({ ...options, isRidgeLasting: false })
    for (let t = 0; t < 3_000; t++) {
      for (const rls of [lasting, textbook]) rls.update([1, 0, Math.sin(t)], Math.cos(t))
    }
    expect(lasting.covariance()[4]!).toBeGreaterThan(0.9)
    expect(lasting.covariance()[4]!).toBeLessThan(1.1)
    expect(textbook.covariance()[4]!).toBeGreaterThan(1e12)
  })

  test('resumes from its snapshot to the bit', () => {
    const prng = new Prng(5)
    const straight = new RecursiveLeastSquares({ size: 4, forgetting: 0.98, ridge: 0.3 })
    let resumed = RecursiveLeastSquares.restore(straight.snapshot())
    for (let t = 0; t < 50; t++) {
      const [row, y] = [normals(4, prng), prng.nextNormal()]
      expect(resumed.update(row, y)).toBe(straight.update(row, y))
      resumed = RecursiveLeastSquares.restore(JSON.parse(JSON.stringify(resumed.snapshot())))
    }
  })
})

describe('neighbour regression', () => {
  test('each unit is the regression on itself and the units beside it, and on nothing else', () => {
    const prng = new Prng(6)
    const [units, f] = [5, 2]
    const options = { forgetting: 0.97, ridge: 0.5 }
    const model = new NeighbourRls({ units, featuresPerUnit: f, ...options })
    const alone = [0, 1, 2, 3, 4].map((j) => {
      const width = [j - 1, j, j + 1].filter((k) => k >= 0 && k < units).length
      return new RecursiveLeastSquares({ size: 1 + width * f, ...options })
    })
    const rowOf = (x: Float64Array, j: number): number[] => [
      1,
      ...[j - 1, j, j + 1]
        .filter((k) => k >= 0 && k < units)
        .flatMap((k) => [...x.subarray(k * f, (k + 1) * f)]),
    ]
    for (let t = 0; t < 60; t++) {
      const x = normals(units * f, prng)
      const y = normals(units, prng).map((v) => (v > 1.5 ? NaN : v))
      const predicted = model.predict(x, new Float64Array(units))
      for (const [j, rls] of alone.entries()) {
        expect(predicted[j]).toBe(rls.predict(rowOf(x, j)))
        const far = x.map((v, i) => (Math.abs(Math.floor(i / f) - j) > 1 ? v + 100 : v))
        expect(model.predict(far, new Float64Array(units))[j]).toBe(predicted[j])
        if (!Number.isNaN(y[j]!)) rls.update(rowOf(x, j), y[j]!)
      }
      model.update(x, y)
    }
    const again = NeighbourRls.restore(JSON.parse(JSON.stringify(model.snapshot())))
    const x = normals(units * f, prng)
    const out = () => new Float64Array(units)
    expect(again.predict(x, out())).toEqual(model.predict(x, out()))
  })

  // The oracle is the optimality condition: moved by the same multiple of each variance, to a sum of 0.
  test('the projection moves each prediction in proportion to its variance', () => {
    const value = fc.double({ min: -1, max: 1, noNaN: true })
    const variance = fc.double({ min: 1e-3, max: 2, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(value, variance), { minLength: 1 }), (pairs) => {
        const [p, v] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)]
        const out = projectOntoSumZero(p, v)
        expect(Math.abs(out.reduce((sum, x) => sum + x, 0))).toBeLessThan(1e-10)
        const multiples = out.map((x, i) => (p[i]! - x) / v[i]!)
        for (const m of multiples) expect(m).toBeCloseTo(multiples[0]!, 8)
      }),
    )
  })
})

describe('logistic regression', () => {
  test('ends where the gradient of the penalised likelihood is 0', () => {
    const prng = new Prng(7)
    for (let trial = 0; trial < 30; trial++) {
      const [rows, d, ridge] = [200, 3, trial % 2]
      const x = normals(rows * d, prng)
      const y = Float64Array.from({ length: rows }, (_, r) =>
        prng.nextFloat() < expit(2 * x[r * d]! - 0.5) ? 1 : 0,
      )
      const w = Float64Array.from({ length: rows }, () => prng.nextFloat())
      const fit = fitLogistic(x, y, { ridge, weights: w })
      expect(fit.converged).toBe(true)
      const gradient = [...fit.coefficients, 0].map((b, i) => {
        let sum = i < d ? ridge * b : 0
        for (let r = 0; r < rows; r++) {
          let z = fit.intercept
          for (let k = 0; k < d; k++) z += fit.coefficients[k]! * x[r * d + k]!
          sum += w[r]! * (expit(z) - y[r]!) * (i < d ? x[r * d + i]! : 1)
        }
        return sum
      })
      for (const g of gradient) expect(Math.abs(g)).toBeLessThan(1e-9)
    }
  })

  test.each([
    ['separable classes', [-2, -1, 1, 2], [0, 0, 1, 1]],
    ['classes that meet in one point', [-2, -1, 0, 0, 1, 2], [0, 0, 0, 1, 1, 1]],
    ['one class only', [-1, 0, 1], [1, 1, 1]],
  ])('says so when the maximum is at infinity: %s', (_, x, y) => {
    expect(fitLogistic(x, y).converged).toBe(false)
    expect(fitLogistic(x, y, { ridge: 0.1 }).converged).toBe(new Set(y).size > 1)
  })
})

describe('online logistic regression', () => {
  // The oracle minimises the sum of linear and proximal terms itself, by ternary search.
  test('its coefficients minimise the proximal objective after every row', () => {
    const prng = new Prng(8)
    const options = { size: 2, alpha: 0.3, beta: 1, l1: 0.4, l2: 0.2 }
    const model = new OnlineLogistic(options)
    const steps: { g: number; sigma: number; w: number }[][] = [[], [], []]
    const squares = [0, 0, 0]
    for (let t = 0; t < 40; t++) {
      const x = normals(2, prng)
      const label = prng.nextFloat() < expit(3 * x[0]!) ? 1 : 0
      const before = model.coefficients()
      const p = model.update(x, label)
      for (const [i, value] of [x[0]!, x[1]!, 1].entries()) {
        const g = (p - label) * value
        const old = Math.sqrt(squares[i]!)
        squares[i]! += g * g
        const sigma = (Math.sqrt(squares[i]!) - old) / options.alpha
        steps[i]!.push({ g, sigma, w: before[i]! })
        const [l1, l2] = i < 2 ? [options.l1, options.l2] : [0, 0]
        const objective = (w: number): number =>
          steps[i]!.reduce((sum, s) => sum + s.g * w + (s.sigma / 2) * (w - s.w) ** 2, 0) +
          l1 * Math.abs(w) +
          ((l2 + options.beta / options.alpha) / 2) * w * w
        let [low, high] = [-10, 10]
        for (let k = 0; k < 200; k++) {
          const [a, b] = [low + (high - low) / 3, high - (high - low) / 3]
          if (objective(a) < objective(b)) high = b
          else low = a
        }
        expect(model.coefficients()[i]!).toBeCloseTo(low, 6)
      }
    }
    expect(steps[0]!.length).toBe(40)
  })

  test('comes near the batch fit, and resumes from its snapshot to the bit', () => {
    const prng = new Prng(9)
    const truth = [1, -0.5, 0, 0.25]
    const online = new OnlineLogistic({ size: 3, alpha: 0.1, beta: 1, l1: 0, l2: 0 })
    let resumed = OnlineLogistic.restore(online.snapshot())
    const rows = 20_000
    const [design, labels] = [new Float64Array(rows * 3), new Uint8Array(rows)]
    for (let r = 0; r < rows; r++) {
      const x = normals(3, prng)
      design.set(x, r * 3)
      const z = truth[3]! + x.reduce((sum, v, i) => sum + v * truth[i]!, 0)
      labels[r] = prng.nextFloat() < expit(z) ? 1 : 0
      const p = online.update(x, labels[r]!)
      if (r >= 200) continue
      expect(resumed.update(x, labels[r]!)).toBe(p)
      resumed = OnlineLogistic.restore(JSON.parse(JSON.stringify(resumed.snapshot())))
    }
    const batch = fitLogistic(design, labels)
    const wanted = [...batch.coefficients, batch.intercept]
    for (const [i, w] of online.coefficients().entries()) {
      expect(Math.abs(w - wanted[i]!)).toBeLessThan(0.05)
    }
  })
})

describe('isotonic regression', () => {
  // The oracle is the max-min formula: f_k = max over i <= k of min over j >= k of the mean of i..j.
  test('equals the max-min formula', () => {
    const row = fc.tuple(
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: -5, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
    )
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const x = [...new Set(rows.map(([v]) => v))].toSorted((a, b) => a - b)
        const sumsOf = (pick: (r: (typeof rows)[number]) => number): number[] =>
          x.map((v) => rows.reduce((sum, r) => (r[0] === v ? sum + pick(r) : sum), 0))
        const [mass, total] = [sumsOf((r) => r[2]), sumsOf((r) => r[1] * r[2])]
        const sum = (v: number[], i: number, j: number) =>
          v.slice(i, j + 1).reduce((s, a) => s + a, 0)
        const meanOf = (i: number, j: number): number => sum(total, i, j) / sum(mass, i, j)
        const oracle = x.map((_, k) =>
          Math.max(
            ...x
              .slice(0, k + 1)
              .map((__, i) => Math.min(...x.slice(k).map((___, j) => meanOf(i, k + j)))),
          ),
        )
        const fit = fitIsotonic(
          rows.map(([v]) => v),
          rows.map(([, v]) => v),
          rows.map(([, , v]) => v),
        )
        expect([...fit.x]).toEqual(x)
        for (const [k, v] of oracle.entries()) expect(fit.fitted[k]!).toBeCloseTo(v, 10)
      }),
    )
  })
})

describe('sort order', () => {
  test('equals a stable comparison sort above and below the radix threshold', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }),
      fc.constantFrom(0, -0, 1, -1, Infinity, -Infinity, Number.MIN_VALUE),
    )
    const values = fc.oneof(
      fc.array(value, { maxLength: 20 }),
      fc.array(value, { minLength: 600, maxLength: 900 }),
    )
    fc.assert(
      fc.property(values, (list) => {
        const oracle = list
          .map((_, i) => i)
          .toSorted((i, j) => (list[i]! < list[j]! ? -1 : list[i]! > list[j]! ? 1 : i - j))
        expect([...sortOrder(list)]).toEqual(oracle)
      }),
      { numRuns: 60 },
    )
  })
})
