import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LocalQuadratic, luSolve } from '../src/index.ts'
import type { LocalQuadraticEstimate, LocalQuadraticSnapshot } from '../src/index.ts'

type Point = { timeUs: number; x: number }

const EPOCH_US = 1_795_000_000_000_000
const H = 12_000_000

/** Irregular times with pauses and ties, values around any level. */
const series = (origin: number): fc.Arbitrary<Point[]> =>
  fc
    .array(
      fc.record({
        gapUs: fc.oneof(
          { weight: 8, arbitrary: fc.integer({ min: 50_000, max: 4_000_000 }) },
          { weight: 1, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 10_000_000, max: 300_000_000 }) },
        ),
        noise: fc.double({ min: -0.05, max: 0.05, noNaN: true }),
      }),
      { minLength: 12, maxLength: 60, size: 'max' },
    )
    .map((steps) => {
      let timeUs = EPOCH_US
      return steps.map(({ gapUs, noise }) => ({ timeUs: (timeUs += gapUs), x: origin + noise }))
    })

function feed(points: readonly Point[], halfLifeUs = H): LocalQuadratic {
  const filter = new LocalQuadratic({ halfLifeUs })
  for (const { timeUs, x } of points) filter.add(timeUs, x)
  return filter
}

/**
 * The oracle: the whole design matrix, centred and scaled, solved by LU, with residuals summed
 * point by point and the sandwich multiplied out.
 */
function bruteForce(points: readonly Point[], halfLifeUs: number): LocalQuadraticEstimate {
  const lastUs = Math.max(...points.map((p) => p.timeUs))
  const centre = points.at(-1)!.x
  const rows = points.map(({ timeUs, x }) => {
    const u = (timeUs - lastUs) / halfLifeUs
    return { w: 2 ** u, basis: [1, u, (u * u) / 2], y: x - centre }
  })
  const gram = Array.from({ length: 9 }, () => 0)
  const meat = Array.from({ length: 9 }, () => 0)
  const rhs = [0, 0, 0]
  let [sw, sw2] = [0, 0]
  for (const { w, basis, y } of rows) {
    sw += w
    sw2 += w * w
    for (let i = 0; i < 3; i++) {
      rhs[i]! += w * basis[i]! * y
      for (let j = 0; j < 3; j++) {
        gram[3 * i + j]! += w * basis[i]! * basis[j]!
        meat[3 * i + j]! += w * w * basis[i]! * basis[j]!
      }
    }
  }
  const beta = luSolve(gram, rhs)!
  const nEff = (sw * sw) / sw2
  const rss = rows.reduce((sum, { w, basis, y }) => {
    const fit = basis.reduce((f, b, i) => f + b * beta[i]!, 0)
    return sum + w * (y - fit) ** 2
  }, 0)
  const sigma2 = ((rss / sw) * nEff) / (nEff - 3)
  const se = [0, 1, 2].map((k) => {
    const v = luSolve(
      gram,
      [0, 1, 2].map((i) => (i === k ? 1 : 0)),
    )!
    let q = 0
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) q += v[i]! * meat[3 * i + j]! * v[j]!
    return Math.sqrt(sigma2 * q)
  })
  const s = halfLifeUs / 1e6
  return {
    level: centre + beta[0]!,
    velocity: beta[1]! / s,
    acceleration: beta[2]! / s ** 2,
    seLevel: se[0]!,
    seVelocity: se[1]! / s,
    seAcceleration: se[2]! / s ** 2,
    nEff,
    sigma2,
  }
}

const near = (got: number, expected: number, scale: number, tol = 1e-8): void =>
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(tol * scale + 1e-300)

function expectSameFit(
  got: LocalQuadraticEstimate,
  want: LocalQuadraticEstimate,
  origin: number,
): void {
  near(got.nEff, want.nEff, want.nEff, 1e-12)
  near(got.level, want.level, want.seLevel + 1e-9 * origin)
  near(got.velocity, want.velocity, want.seVelocity + 1e-12 * origin)
  near(got.acceleration, want.acceleration, want.seAcceleration + 1e-12 * origin)
  // A residual is known to the rounding of x itself, and no better.
  const rounding = 4 * Number.EPSILON * origin * Math.sqrt(want.sigma2)
  near(got.sigma2, want.sigma2, want.sigma2 + 1e-9 + rounding / 1e-8)
  near(got.seLevel, want.seLevel, want.seLevel + 1e-6)
  near(got.seVelocity, want.seVelocity, want.seVelocity + 1e-6)
  near(got.seAcceleration, want.seAcceleration, want.seAcceleration + 1e-6)
}

describe('local quadratic', () => {
  for (const origin of [0.4, 78, 64_845]) {
    test(`equals the weighted least squares of the whole series near ${origin}`, () => {
      let compared = 0
      fc.assert(
        fc.property(series(origin), (points) => {
          const filter = new LocalQuadratic({ halfLifeUs: H })
          for (const [i, { timeUs, x }] of points.entries()) {
            filter.add(timeUs, x)
            const got = filter.estimate()
            if (got === null) continue
            compared++
            expectSameFit(got, bruteForce(points.slice(0, i + 1), H), origin)
          }
        }),
        { numRuns: 200 },
      )
      expect(compared).toBeGreaterThan(1_000)
    })
  }

  test('is exact on a parabola at any spacing', () => {
    const coefficients = fc.tuple(
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: -0.02, max: 0.02, noNaN: true }),
      fc.double({ min: -0.004, max: 0.004, noNaN: true }),
    )
    fc.assert(
      fc.property(series(0), coefficients, (points, [a, b, c]) => {
        const lastUs = points.at(-1)!.timeUs
        const onCurve = points.map(({ timeUs }) => {
          const u = (timeUs - lastUs) / 1e6
          return { timeUs, x: a + b * u + (c / 2) * u * u }
        })
        const got = feed(onCurve).estimate()
        if (got === null) return
        near(got.level, a, 1e-8, 1)
        near(got.velocity, b, 1e-8, 1)
        near(got.acceleration, c, 1e-8, 1)
        // What rounding leaves is nothing beside the curve's own range.
        const range = Math.max(...onCurve.map(({ x }) => Math.abs(x - a)))
        expect(got.sigma2).toBeLessThan(1e-14 * Math.max(1, range * range))
      }),
      { numRuns: 200 },
    )
  })

  test('a thousand times slower series has a thousandth of the velocity', () => {
    fc.assert(
      fc.property(series(0.4), (points) => {
        const fast = feed(points).estimate()
        const slow = feed(
          points.map(({ timeUs, x }) => ({ timeUs: (timeUs - EPOCH_US) * 1000, x })),
          H * 1000,
        ).estimate()
        expect(slow === null).toBe(fast === null)
        if (fast === null) return
        near(slow!.velocity * 1e3, fast.velocity, fast.seVelocity + 1e-9)
        near(slow!.acceleration * 1e6, fast.acceleration, fast.seAcceleration + 1e-9)
        near(slow!.seAcceleration * 1e6, fast.seAcceleration, fast.seAcceleration + 1e-9)
      }),
    )
  })

  test('resumes bit for bit from a snapshot, through JSON, anywhere', () => {
    fc.assert(
      fc.property(series(0.4), fc.nat(), (points, seed) => {
        const cut = seed % (points.length + 1)
        const straight = feed(points.slice(0, cut))
        const json = JSON.stringify(straight.snapshot())
        const saved: LocalQuadraticSnapshot = JSON.parse(json)
        const resumed = LocalQuadratic.restore(saved)
        expect(resumed.estimate()).toEqual(straight.estimate())
        for (const { timeUs, x } of points.slice(cut)) {
          straight.add(timeUs, x)
          resumed.add(timeUs, x)
          expect(resumed.estimate()).toEqual(straight.estimate())
        }
        expect(resumed.snapshot()).toEqual(straight.snapshot())
      }),
    )
  })

  test('points out of order give the fit of the ordered series', () => {
    fc.assert(
      fc.property(series(0.4), fc.nat(), (points, seed) => {
        const i = seed % (points.length - 1)
        const swapped = points.toSpliced(i, 2, points[i + 1]!, points[i]!)
        const [got, want] = [feed(swapped).estimate(), feed(points).estimate()]
        if (want === null || got === null) {
          // Rounding alone decides an effective size of exactly six.
          expect(Math.abs((got ?? want)?.nEff ?? 6) - 6).toBeLessThan(1e-9)
          return
        }
        near(got.velocity, want.velocity, want.seVelocity + 1e-9)
        near(got.seAcceleration, want.seAcceleration, want.seAcceleration + 1e-9)
      }),
    )
  })

  test('says nothing below six effective points, or at fewer than three times', () => {
    const filter = new LocalQuadratic({ halfLifeUs: H })
    expect(filter.estimate()).toBeNull()
    for (let i = 0; i < 5; i++) filter.add(EPOCH_US + i * 1000, 0.4)
    expect(filter.estimate()).toBeNull()
    const twoTimes = new LocalQuadratic({ halfLifeUs: H })
    for (let i = 0; i < 50; i++) twoTimes.add(EPOCH_US + (i < 25 ? 0 : 900_000), 0.4 + i / 1e3)
    expect(twoTimes.estimate()).toBeNull()
    twoTimes.add(EPOCH_US + 2_000_000, 0.5)
    expect(twoTimes.estimate()).not.toBeNull()
  })

  test('a flat series has no speed and no error, after any pause', () => {
    const filter = new LocalQuadratic({ halfLifeUs: H })
    for (let i = 0; i < 40; i++) filter.add(EPOCH_US + i * 1_000_000, 0.37)
    const { level, velocity, acceleration, sigma2 } = filter.estimate()!
    expect([level, velocity, acceleration, sigma2]).toEqual([0.37, 0, 0, 0])
    filter.add(EPOCH_US + 1e12, 0.9)
    expect(filter.estimate()).toBeNull()
  })

  test('refuses what is no number', () => {
    const filter = new LocalQuadratic({ halfLifeUs: H })
    expect(() => filter.add(EPOCH_US, NaN)).toThrow('finite')
    expect(() => filter.add(0.5, 1)).toThrow('whole microseconds')
    expect(() => new LocalQuadratic({ halfLifeUs: 0 })).toThrow('half-life')
    expect(() => new LocalQuadratic({ halfLifeUs: H, minNEff: 3 })).toThrow('degree of freedom')
  })
})
