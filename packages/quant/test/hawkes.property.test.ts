import { Prng } from '@kwm/std'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  FLAT_PROFILE,
  HawkesIntensity,
  HawkesLikelihood,
  assertHawkes,
  chainTies,
  estimateProfile,
  followHawkes,
  freeTies,
  hawkesMark,
  mergeStreams,
  perronRoot,
  profileAt,
  profileIntegral,
  symmetricEigen,
} from '../src/index.ts'
import type { CyclicProfile, HawkesEvents, HawkesParameters, HawkesTies } from '../src/index.ts'

const fine = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const list = (of: fc.Arbitrary<number>, length: number) =>
  fc.array(of, { minLength: length, maxLength: length })

const profile: fc.Arbitrary<CyclicProfile> = fc
  .array(fine(0.2, 3), { minLength: 1, maxLength: 6 })
  .map((raw) => {
    const mean = raw.reduce((sum, x) => sum + x, 0) / raw.length
    return { periodS: 7, factors: raw.map((x) => x / mean) }
  })

const parameters: fc.Arbitrary<HawkesParameters> = fc
  .record({ streams: fc.integer({ min: 1, max: 4 }), decayCount: fc.integer({ min: 0, max: 3 }) })
  .chain(({ streams, decayCount }) =>
    fc.record({
      streams: fc.constant(streams),
      baselines: list(fine(0.05, 2), streams),
      decays: list(fine(0.05, 8), decayCount),
      branching: list(fine(0, 0.6), decayCount * streams * streams),
      profile,
    }),
  )

/** In order, on whole milliseconds, with ties in time within and between streams. */
const eventsOf = (streams: number): fc.Arbitrary<HawkesEvents> =>
  fc
    .record({
      steps: fc.array(
        fc.record({
          gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000 })),
          stream: fc.integer({ min: 0, max: streams - 1 }),
          mark: fine(0.5, 2),
        }),
        { minLength: 1, maxLength: 40 },
      ),
      restMs: fc.integer({ min: 1, max: 4_000 }),
      phaseS: fc.integer({ min: 0, max: 20 }),
    })
    .map(({ steps, restMs, phaseS }) => {
      let ms = 0
      const times = steps.map(({ gapMs }) => (ms += gapMs) / 1_000)
      return {
        times,
        streams: steps.map(({ stream }) => stream),
        marks: steps.map(({ mark }) => mark),
        duration: (ms + restMs) / 1_000,
        phaseS,
      }
    })

const process = parameters.chain((p) =>
  fc.record({ p: fc.constant(p), events: eventsOf(p.streams) }),
)

/** The intensity of stream i at t by its definition: every earlier event in turn. */
function intensityByDefinition(p: HawkesParameters, e: HawkesEvents, i: number, t: number): number {
  let sum = p.baselines[i]! * profileAt(p.profile, e.phaseS! + t)
  for (let event = 0; event < e.times.length; event++) {
    const age = t - e.times[event]!
    if (!(age > 0)) continue
    for (const [k, beta] of p.decays.entries()) {
      const n = p.branching[(k * p.streams + i) * p.streams + e.streams[event]!]!
      sum += e.marks![event]! * n * beta * Math.exp(-beta * age)
    }
  }
  return sum
}

/** Likewise the compensator of stream i over [0, t], kernel by kernel. */
function compensatorByDefinition(
  p: HawkesParameters,
  e: HawkesEvents,
  i: number,
  t: number,
): number {
  // The profile is constant between multiples of its bins: the middle of each piece is exact.
  const binS = p.profile.periodS / p.profile.factors.length
  let sum = 0
  let from = e.phaseS!
  const end = e.phaseS! + t
  while (from < end) {
    const to = Math.min(end, (Math.floor(from / binS + 1e-9) + 1) * binS)
    sum += p.baselines[i]! * profileAt(p.profile, (from + to) / 2) * (to - from)
    from = to
  }
  for (let event = 0; event < e.times.length; event++) {
    const age = Math.max(0, t - e.times[event]!)
    for (const [k, beta] of p.decays.entries()) {
      const n = p.branching[(k * p.streams + i) * p.streams + e.streams[event]!]!
      sum += e.marks![event]! * n * (1 - Math.exp(-beta * age))
    }
  }
  return sum
}

const expectNear = (got: number, expected: number, tol = 1e-9): void =>
  expect(Math.abs(got - expected)).toBeLessThan(tol * Math.max(1, Math.abs(expected)))

describe('the recursion', () => {
  test('intensities, residuals and likelihood are the sums over all past events', () => {
    fc.assert(
      fc.property(process, ({ p, events }) => {
        const path = followHawkes(p, events)
        let logLikelihood = 0
        const last = p.baselines.map(() => 0)
        for (let k = 0; k < events.times.length; k++) {
          const [t, i] = [events.times[k]!, events.streams[k]!]
          const intensity = intensityByDefinition(p, events, i, t)
          const compensator = compensatorByDefinition(p, events, i, t)
          expectNear(path.intensities[k]!, intensity)
          expectNear(path.residuals[k]!, compensator - last[i]!)
          last[i] = compensator
          logLikelihood += Math.log(intensity)
        }
        for (let i = 0; i < p.streams; i++) {
          const whole = compensatorByDefinition(p, events, i, events.duration)
          expectNear(path.compensators[i]!, whole)
          logLikelihood -= whole
        }
        expectNear(path.logLikelihood, logLikelihood)
      }),
    )
  })

  test('event by event it says the same, at any query, and a query changes nothing', () => {
    fc.assert(
      fc.property(process, fc.integer({ min: 0, max: 5_000 }), ({ p, events }, laterMs) => {
        const anchorUs = 1_795_000_000_000_000
        const startUs = anchorUs + events.phaseS! * 1e6
        const online = new HawkesIntensity(p, { anchorUs })
        const out = new Float64Array(p.streams)
        for (let k = 0; k < events.times.length; k++) {
          const timeUs = startUs + Math.round(events.times[k]! * 1e6)
          const got = online.add(timeUs, events.streams[k]!, events.marks![k])
          expectNear(got, intensityByDefinition(p, events, events.streams[k]!, events.times[k]!))
          online.allAt(timeUs + laterMs * 3_000, out)
        }
        const atS = events.times[events.times.length - 1]! + laterMs / 1_000
        const atUs = startUs + Math.round(atS * 1e6)
        online.allAt(atUs, out)
        for (let i = 0; i < p.streams; i++) {
          expectNear(out[i]!, intensityByDefinition(p, events, i, atS))
          expect(online.at(atUs, i)).toBeCloseTo(out[i]!, 9)
        }
      }),
    )
  })

  test('it goes on from a saved state as if nothing had happened', () => {
    fc.assert(
      fc.property(process, fc.nat(), fc.boolean(), ({ p, events }, cutSeed, follows) => {
        const cut = cutSeed % (events.times.length + 1)
        const options = { baselineHalfLifeUs: follows ? 60_000_000 : null }
        const straight = new HawkesIntensity(p, options)
        let resumed = new HawkesIntensity(p, options)
        for (let k = 0; k < events.times.length; k++) {
          if (k === cut) resumed = HawkesIntensity.restore(throughJson(straight.snapshot()))
          const timeUs = Math.round(events.times[k]! * 1e6)
          const expected = straight.add(timeUs, events.streams[k]!, events.marks![k])
          if (k >= cut) {
            expect(resumed.add(timeUs, events.streams[k]!, events.marks![k])).toBe(expected)
          }
        }
        if (cut < events.times.length) expect(resumed.snapshot()).toEqual(straight.snapshot())
      }),
    )
  })

  test('an event before the newest counts as simultaneous with it', () => {
    const p = { ...base, baselines: [0.5], branching: [0.4], decays: [2] }
    const [late, tied] = [new HawkesIntensity(p), new HawkesIntensity(p)]
    for (const online of [late, tied]) online.add(5_000_000, 0)
    expect(late.add(1_000_000, 0)).toBe(0.5)
    expect(tied.add(5_000_000, 0)).toBe(0.5)
    expect(late.at(6_000_000, 0)).toBe(tied.at(6_000_000, 0))
  })
})

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value))
const base: HawkesParameters = {
  streams: 1,
  baselines: [1],
  decays: [],
  branching: [],
  profile: FLAT_PROFILE,
}

describe('the likelihood', () => {
  const tied = fc
    .constantFrom<HawkesTies>(freeTies(1), freeTies(2), chainTies(1), chainTies(2))
    .chain((ties) =>
      fc.record({
        ties: fc.constant(ties),
        events: eventsOf(ties.streams),
        mu: list(fine(0.1, 2), ties.streams),
        n: list(fine(0.02, 0.5), 2 * ties.groupCount),
        beta: list(fine(0.1, 6), 2),
        profile,
      }),
    )

  const expand = (ties: HawkesTies, n: readonly number[]): number[] =>
    [0, 1].flatMap((k) =>
      ties.groups.map((group) => (group < 0 ? 0 : n[k * ties.groupCount + group]!)),
    )

  test('it is that of the path with every tie written out', () => {
    fc.assert(
      fc.property(tied, ({ ties, events, mu, n, beta, profile: p }) => {
        const likelihood = new HawkesLikelihood(events, ties, 2, p)
        const got = likelihood.evaluate(
          Float64Array.from(mu),
          Float64Array.from(n),
          Float64Array.from(beta),
        )
        const whole = { streams: ties.streams, baselines: mu, decays: beta, profile: p }
        const path = followHawkes({ ...whole, branching: expand(ties, n) }, events)
        expectNear(got, path.logLikelihood)
      }),
    )
  })

  test('its gradient is that of central differences to 1e-6', () => {
    fc.assert(
      fc.property(tied, ({ ties, events, mu, n, beta, profile: p }) => {
        const likelihood = new HawkesLikelihood(events, ties, 2, p)
        const all = Float64Array.from([...mu, ...n, ...beta])
        const [d, m] = [mu.length, mu.length + n.length]
        const at = (x: Float64Array): number =>
          likelihood.evaluate(x.slice(0, d), x.slice(d, m), x.slice(m))
        at(all)
        const gradient = [
          ...likelihood.baselineGradient,
          ...likelihood.branchingGradient,
          ...likelihood.decayGradient,
        ]
        const scale = Math.max(1, ...gradient.map(Math.abs))
        for (const [i, slope] of gradient.entries()) {
          const h = 2e-5 * all[i]!
          const move = (by: number) => all.map((x, at2) => (at2 === i ? x + by : x))
          // Four points: the error of the differences is h^4.
          const near = at(move(h)) - at(move(-h))
          const far = at(move(2 * h)) - at(move(-2 * h))
          expectNear((8 * near - far) / (12 * h), slope, 1e-6 * scale)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('the spectral radius', () => {
  test('of a symmetric matrix it is the largest eigenvalue, and its slope by differences', () => {
    const matrix = fc.integer({ min: 1, max: 6 }).chain((n) =>
      list(fine(0, 1), n * n).map((raw) => ({
        n,
        a: Float64Array.from(raw, (x, at) => x + raw[(at % n) * n + Math.floor(at / n)]!),
      })),
    )
    fc.assert(
      fc.property(matrix, fc.nat(), ({ n, a }, entrySeed) => {
        const { radius, gradient } = perronRoot(a, n)
        expectNear(radius, symmetricEigen(a, n).values[0]!, 1e-12)
        const entry = entrySeed % (n * n)
        const moved = (by: number) =>
          perronRoot(
            a.map((x, at) => (at === entry ? x + by : x)),
            n,
          )
        if (a[entry]! < 1e-3 || a.some((x) => x < 1e-3)) return
        const slope = (moved(1e-6).radius - moved(-1e-6).radius) / 2e-6
        expect(Math.abs(gradient[entry]! - slope)).toBeLessThan(1e-5)
      }),
    )
  })

  test.each([
    ['one stream', [0.4], 0.4],
    ['nothing', [0, 0, 0, 0], 0],
    ['only cross-excitation', [0, 0.9, 0.4, 0], 0.6],
    ['one way', [0.3, 5, 0, 0.2], 0.3],
    ['one way, equal', [0.3, 5, 0, 0.3], 0.3],
    ['a cycle of three', [0, 0.5, 0, 0, 0, 0.5, 0.5, 0, 0], 0.5],
  ])('of %s', (_, matrix, expected) => {
    const { radius } = perronRoot(matrix, Math.sqrt(matrix.length))
    expect(Math.abs(radius - expected)).toBeLessThan(1e-12)
  })
})

describe('what a process is made of', () => {
  test('the integral of a profile is additive, and one period of it is the period', () => {
    fc.assert(
      fc.property(profile, fine(0, 50), fine(0, 50), (p, a, b) => {
        const whole = profileIntegral(p, 0, a + b)
        expectNear(profileIntegral(p, 0, a) + profileIntegral(p, a, a + b), whole)
        expectNear(profileIntegral(p, a, a + 7), 7)
      }),
    )
  })

  test('a profile is estimated from the events of its bins', () => {
    const factors = [0.4, 1.6]
    const prng = new Prng(4)
    const times: number[] = []
    for (let t = 0.05; t < 1_000; t += 0.1) {
      if (prng.nextFloat() < 0.1 * 2 * profileAt({ periodS: 10, factors }, t + 3)) times.push(t)
    }
    const found = estimateProfile(times, { durationS: 1_000, phaseS: 3, periodS: 10, bins: 2 })
    expect(found.factors[0]).toBeCloseTo(0.4, 1)
    expect(found.factors[0]! + found.factors[1]!).toBeCloseTo(2, 12)
    // Half a period: the bin that was never seen stays at the prior.
    const half = estimateProfile([1, 2, 3], { durationS: 5, periodS: 10, bins: 2 })
    expect(half.factors).toEqual([1, 1])
  })

  test('ties of a chain: self, cross, and both sides of the neighbours', () => {
    const { groups, groupCount } = chainTies(3)
    expect(groupCount).toBe(4)
    expect(groups.slice(0, 6)).toEqual([0, 1, 2, 3, -1, -1])
    expect(groups.slice(18, 24)).toEqual([3, 2, 1, 0, 3, 2])
    expect(chainTies(1)).toEqual({ streams: 2, groupCount: 2, groups: [0, 1, 1, 0] })
  })

  test('marks are 1 at the median and held to [0.5, 2]', () => {
    const marks = [0.1, 1, Math.E ** 0.5, 100].map((size) => hawkesMark(size, 1))
    expect(marks).toEqual([0.5, 1, 1.5, 2])
  })

  test.each([
    ['a mark', () => hawkesMark(NaN, 1)],
    ['a baseline', () => assertHawkes({ ...base, baselines: [NaN] })],
    ['a decay', () => assertHawkes({ ...base, decays: [0], branching: [0.1] })],
    ['a ratio', () => assertHawkes({ ...base, decays: [1], branching: [-0.1] })],
    ['a profile', () => assertHawkes({ ...base, profile: { periodS: 10, factors: [1, 2] } })],
    ['a time', () => followHawkes(base, { times: [NaN], streams: [0], duration: 1 })],
    ['order', () => followHawkes(base, { times: [2, 1], streams: [0, 0], duration: 3 })],
    ['a stream', () => followHawkes(base, mergeStreams([[1], [2]], 3))],
    ['an event', () => new HawkesIntensity(base).add(NaN, 0)],
    ['a query', () => new HawkesIntensity(base).at(0, 1)],
    ['a matrix', () => perronRoot([NaN], 1)],
  ])('what is no number is refused: %s', (_, call) => {
    expect(call).toThrow(expect.objectContaining({ name: 'AssertionError' }))
  })
})
