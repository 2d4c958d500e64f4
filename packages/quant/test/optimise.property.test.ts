import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { brentRoot, luSolve, minimiseLbfgs, minimiseNewton } from '../src/index.ts'
import type { Objective } from '../src/index.ts'

type Quadratic = {
  readonly matrix: Float64Array
  readonly vector: Float64Array
  /** No eigenvalue of the matrix is smaller. */
  readonly ridge: number
}

/** B'B + ridge I with a right-hand side, so that the minimum of x'Ax/2 - b'x is A^-1 b. */
const quadratic: fc.Arbitrary<Quadratic> = fc.integer({ min: 1, max: 12 }).chain((n) => {
  const entry = fc.double({ min: -3, max: 3, noNaN: true })
  const entries = (length: number) => fc.array(entry, { minLength: length, maxLength: length })
  return fc
    .record({ root: entries(n * n), b: entries(n), ridge: fc.constantFrom(0.01, 1) })
    .map(({ root, b, ridge }): Quadratic => {
      const matrix = new Float64Array(n * n)
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          for (let k = 0; k < n; k++) matrix[i * n + j]! += root[k * n + i]! * root[k * n + j]!
        }
        matrix[i * n + i]! += ridge
      }
      return { matrix, vector: Float64Array.from(b), ridge }
    })
})

function quadraticObjective({ matrix, vector }: Quadratic): Objective {
  const n = vector.length
  return (x, gradient) => {
    let value = 0
    for (let i = 0; i < n; i++) {
      let row = 0
      for (let j = 0; j < n; j++) row += matrix[i * n + j]! * x[j]!
      gradient[i] = row - vector[i]!
      value += x[i]! * (row / 2 - vector[i]!)
    }
    return value
  }
}

const rosenbrock: Objective = (x, gradient) => {
  gradient.fill(0)
  let value = 0
  for (let i = 0; i + 1 < x.length; i++) {
    const [u, v] = [x[i]!, x[i + 1]!]
    value += 100 * (v - u * u) ** 2 + (1 - u) ** 2
    gradient[i]! += -400 * u * (v - u * u) - 2 * (1 - u)
    gradient[i + 1]! += 200 * (v - u * u)
  }
  return value
}

/** x - ln x summed: defined for positive x alone, with its minimum at 1. */
const barrier: Objective = (x, gradient) => {
  let value = 0
  for (let i = 0; i < x.length; i++) {
    value += x[i]! - Math.log(x[i]!)
    gradient[i] = 1 - 1 / x[i]!
  }
  return value
}

const expectNear = (got: ArrayLike<number>, expected: ArrayLike<number>, tol: number): void => {
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(got[i]! - expected[i]!)).toBeLessThan(tol * Math.max(1, Math.abs(expected[i]!)))
  }
}

describe('L-BFGS', () => {
  test('the minimum of a convex quadratic is the solution of its linear system', () => {
    fc.assert(
      fc.property(quadratic, (q) => {
        const n = q.vector.length
        const objective = quadraticObjective(q)
        const found = minimiseLbfgs(objective, new Float64Array(n))
        expect(found.converged).toBe(true)
        const exact = luSolve(q.matrix, q.vector)!
        const minimum = objective(exact, new Float64Array(n))
        // Values settle at rounding, and how far apart two points of nearly one value lie is the
        // curvature's to say: ridge |x - exact|^2 / 2 is at most the difference of the values.
        const rounding = 1e-12 * Math.max(1, Math.abs(minimum))
        expect(found.value - minimum).toBeLessThan(rounding)
        expectNear(found.x, exact, Math.sqrt((2 * rounding) / q.ridge))
      }),
    )
  })

  test('the curved valley of Rosenbrock is followed to its end in 2 and 20 dimensions', () => {
    for (const n of [2, 20]) {
      const start = Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1))
      const found = minimiseLbfgs(rosenbrock, start)
      expect(found.converged).toBe(true)
      expect(found.evaluations).toBeLessThan(n === 2 ? 80 : 200)
      expectNear(found.x, new Float64Array(n).fill(1), 1e-7)
    }
  })

  test('a step outside the domain is shortened', () => {
    const found = minimiseLbfgs(barrier, [1e-3, 40, 3])
    expect(found.converged).toBe(true)
    expectNear(found.x, [1, 1, 1], 1e-8)
  })

  test('a start outside the domain is refused, a gradient that lies never converges', () => {
    expect(() => minimiseLbfgs(barrier, [-1])).toThrow('start')
    const uphill: Objective = (x, gradient) => {
      gradient[0] = -2 * x[0]!
      return x[0]! * x[0]!
    }
    expect(minimiseLbfgs(uphill, [3]).converged).toBe(false)
  })
})

describe('Newton', () => {
  test('one step finds the minimum of a convex quadratic', () => {
    fc.assert(
      fc.property(quadratic, (q) => {
        const objective = quadraticObjective(q)
        const found = minimiseNewton((x, gradient, hessian) => {
          hessian.set(q.matrix)
          return objective(x, gradient)
        }, new Float64Array(q.vector.length))
        expect(found.iterations).toBeLessThanOrEqual(3)
        expectNear(found.x, luSolve(q.matrix, q.vector)!, 1e-8)
      }),
    )
  })

  test('where the curvature is negative it still descends, to either well', () => {
    // x^4 / 4 - x^2 / 2 has a maximum at 0 and minima at -1 and 1.
    for (const start of [-0.3, 0.1, 5]) {
      const found = minimiseNewton(
        (x, gradient, hessian) => {
          const u = x[0]!
          gradient[0] = u ** 3 - u
          hessian[0] = 3 * u * u - 1
          return u ** 4 / 4 - u ** 2 / 2
        },
        [start],
      )
      expect(found.converged).toBe(true)
      expect(found.x[0]).toBeCloseTo(Math.sign(start), 10)
    }
  })

  test('full steps that overshoot are cut back', () => {
    // From 3 the plain Newton iteration on ln cosh diverges.
    const found = minimiseNewton(
      (x, gradient, hessian) => {
        gradient[0] = Math.tanh(x[0]!)
        hessian[0] = 1 / Math.cosh(x[0]!) ** 2
        return Math.log(Math.cosh(x[0]!))
      },
      [3],
    )
    expect(found.converged).toBe(true)
    expect(Math.abs(found.x[0]!)).toBeLessThan(1e-8)
  })
})

describe('Brent', () => {
  test('the root of a cubic agrees with bisection to the last places', () => {
    const shape = fc.record({
      root: fc.double({ min: -5, max: 5, noNaN: true }),
      slope: fc.double({ min: 0.01, max: 10, noNaN: true }),
      sign: fc.constantFrom(-1, 1),
    })
    fc.assert(
      fc.property(shape, ({ root, slope, sign }) => {
        let calls = 0
        const f = (x: number) => {
          calls++
          return sign * ((x - root) ** 3 + slope * (x - root))
        }
        const found = brentRoot(f, -6, 7)
        expect(Math.abs(found - bisect(f, -6, 7))).toBeLessThan(1e-14)
        expect(Math.abs(brentRoot(f, 7, -6, 1e-3) - root)).toBeLessThan(1e-3)
        expect(calls).toBeLessThan(200)
      }),
    )
  })

  test('a smooth root takes a handful of calls', () => {
    let calls = 0
    const found = brentRoot((x) => (calls++, Math.exp(x) - 2), -4, 5)
    expect(found).toBeCloseTo(Math.LN2, 15)
    expect(calls).toBeLessThan(16)
  })

  test('a root at an end, a step, and a bracket without a change of sign', () => {
    expect(brentRoot((x) => x, 0, 3)).toBe(0)
    expect(brentRoot((x) => x - 3, 0, 3)).toBe(3)
    expect(brentRoot((x) => (x < 1.25 ? -1 : 2), 0, 3)).toBeCloseTo(1.25, 14)
    expect(() => brentRoot((x) => x * x + 1, -1, 1)).toThrow('sign')
    expect(() => brentRoot(() => NaN, -1, 1)).toThrow('NaN')
  })
})

function bisect(f: (x: number) => number, low: number, high: number): number {
  const rises = f(high) > 0
  for (let i = 0; i < 120; i++) {
    const middle = (low + high) / 2
    if (f(middle) > 0 === rises) high = middle
    else low = middle
  }
  return high
}
