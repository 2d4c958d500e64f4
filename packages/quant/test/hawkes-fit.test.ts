import { Prng } from '@kwm/std'
import { describe, expect, test } from 'vitest'
import {
  FLAT_PROFILE,
  HawkesLikelihood,
  branchingMatrix,
  chainTies,
  chooseHawkes,
  estimateProfile,
  fitHawkes,
  fitHawkesEm,
  followHawkes,
  freeTies,
  hawkesErrors,
  hawkesSpectralRadius,
  judgeHawkes,
  kolmogorovSmirnov,
  luSolve,
  normInv,
  poissonParameters,
  simulateHawkes,
} from '../src/index.ts'
import type { HawkesParameters } from '../src/index.ts'

/** Two sides that excite themselves and one another, with a decay of a second. */
const PAIR: HawkesParameters = {
  streams: 2,
  baselines: [0.3, 0.2],
  decays: [1],
  branching: [0.4, 0.15, 0.15, 0.4],
  profile: FLAT_PROFILE,
}
const PAIR_TIES = chainTies(1)

/** Three links of two sides with both decays, expanded from four ratios each. */
const CHAIN_TIES = chainTies(3)
const CHAIN_RATIOS = [0.2, 0.06, 0.04, 0.02, 0.15, 0.03, 0.02, 0.01]
const CHAIN: HawkesParameters = {
  streams: 6,
  baselines: [0.05, 0.05, 0.1, 0.08, 0.04, 0.06],
  decays: [1 / 3, 1 / 60],
  branching: [0, 1].flatMap((k) =>
    CHAIN_TIES.groups.map((group) => (group < 0 ? 0 : CHAIN_RATIOS[4 * k + group]!)),
  ),
  profile: FLAT_PROFILE,
}

describe('simulation', () => {
  test('the mean rates are (I - N)^-1 mu', () => {
    const duration = 200_000
    const { streams } = simulateHawkes(PAIR, new Prng('rates'), { duration })
    const n = branchingMatrix(PAIR)
    const lack = Float64Array.from(n, (x, at) => (at % 3 === 0 ? 1 : 0) - x)
    const rates = luSolve(lack, PAIR.baselines)!
    for (const i of [0, 1]) {
      const got = streams instanceof Uint8Array ? streams.filter((s) => s === i).length : 0
      expect(Math.abs(got / duration / rates[i]! - 1)).toBeLessThan(0.02)
    }
  })

  test('time-rescaled paths are uniform over simulations, in every respect that is tested', () => {
    const prng = new Prng('time rescaled')
    const profile = { periodS: 300, factors: [0.2, 2.2, 0.6] }
    const truth = { ...PAIR, profile }
    const judgements = Array.from({ length: 200 }, () => {
      const mark = (p: Prng) => 0.5 + p.nextFloat()
      return judgeHawkes(truth, simulateHawkes(truth, prng, { duration: 600, phaseS: 100, mark }))
    })
    expect(kolmogorovSmirnov(judgements.map(({ ks }) => ks.pValue)).pValue).toBeGreaterThan(0.01)
    const box = judgements.map(({ ljungBoxP }) => ljungBoxP!)
    expect(kolmogorovSmirnov(box).pValue).toBeGreaterThan(0.01)
    // The same judgement of wrong parameters is not uniform at all.
    const wrong = poissonParameters([0.7, 0.6], FLAT_PROFILE)
    const rejected = Array.from({ length: 50 }, () =>
      judgeHawkes(wrong, simulateHawkes(truth, prng, { duration: 600 })),
    )
    expect(kolmogorovSmirnov(rejected.map(({ ks }) => ks.pValue)).pValue).toBeLessThan(1e-6)
  })

  test('a process that explodes is stopped by name', () => {
    const explosive = { ...PAIR, branching: [1.2, 0, 0, 1.2] }
    expect(() =>
      simulateHawkes(explosive, new Prng(1), { duration: 1_000, eventsMax: 5_000 }),
    ).toThrow('more than 5000 events')
  })
})

describe('fits', () => {
  test('90 % intervals hold the truth in at least 85 of 100 paths', () => {
    const prng = new Prng('coverage')
    const truth = [0.3, 0.2, 0.4, 0.15].map(Math.log)
    const z = normInv(0.95)
    const held = truth.map(() => 0)
    for (let path = 0; path < 100; path++) {
      const events = simulateHawkes(PAIR, prng, { duration: 600 })
      const options = { ties: PAIR_TIES, decays: [1] }
      const fit = fitHawkes(events, options)
      expect(fit.converged).toBe(true)
      const { baselines, tied } = hawkesErrors(events, options, fit)
      const estimates = [...fit.parameters.baselines, ...fit.tied].map(Math.log)
      for (const [i, error] of [...baselines, ...tied].entries()) {
        if (error !== null && Math.abs(estimates[i]! - truth[i]!) < z * error) held[i]!++
      }
    }
    for (const count of held) expect(count).toBeGreaterThanOrEqual(85)
    // Nor are they so wide that they hold everything.
    expect(held.reduce((sum, count) => sum + count, 0) / 4).toBeLessThan(97)
  })

  test('a chain of six streams with two decays is recovered from its four ratios each', () => {
    const events = simulateHawkes(CHAIN, new Prng('chain'), { duration: 10_000 })
    const options = { ties: CHAIN_TIES, decays: CHAIN.decays }
    const fit = fitHawkes(events, options)
    const errors = hawkesErrors(events, options, fit)
    expect(fit.converged).toBe(true)
    for (const [i, ratio] of CHAIN_RATIOS.entries()) {
      const error = errors.tied[i]
      if (error === null || error === undefined) continue
      expect(Math.abs(Math.log(fit.tied[i]! / ratio))).toBeLessThan(3.5 * error)
    }
    expect(errors.tied.filter((error) => error !== null).length).toBeGreaterThanOrEqual(6)
    expect(fit.logLikelihood).toBeGreaterThan(followHawkes(CHAIN, events).logLikelihood)
    expect(Math.abs(fit.spectralRadius - hawkesSpectralRadius(CHAIN))).toBeLessThan(0.1)
  })

  test('decays are recovered too, from starts on both sides', () => {
    const truth = { ...PAIR, decays: [2] }
    const events = simulateHawkes(truth, new Prng('decay'), { duration: 6_000 })
    for (const start of [0.5, 8]) {
      const fit = fitHawkes(events, { ties: PAIR_TIES, decays: [start], fitDecays: true })
      expect(fit.converged).toBe(true)
      expect(Math.abs(fit.parameters.decays[0]! / 2 - 1)).toBeLessThan(0.1)
    }
  })

  test('EM never lowers the likelihood and ends at the same optimum', () => {
    const mark = (p: Prng) => 0.6 + 0.8 * p.nextFloat()
    const events = simulateHawkes(PAIR, new Prng('em'), { duration: 1_500, mark })
    const direct = fitHawkes(events, { ties: PAIR_TIES, decays: [1] })
    const em = fitHawkesEm(events, { ties: PAIR_TIES, decays: [1] })
    expect(em.converged).toBe(true)
    expect(em.logLikelihood).toBeCloseTo(direct.logLikelihood, 6)
    for (const [k, ratio] of em.tied.entries()) expect(ratio).toBeCloseTo(direct.tied[k]!, 4)
    let last = -Infinity
    for (let iterationsMax = 1; iterationsMax <= 20; iterationsMax++) {
      const { logLikelihood } = fitHawkesEm(events, {
        ties: PAIR_TIES,
        decays: [1, 0.1],
        iterationsMax,
      })
      expect(logLikelihood).toBeGreaterThanOrEqual(last - 1e-9)
      last = logLikelihood
    }
  })

  test('the maximum is flat: the gradient of the plain likelihood vanishes there', () => {
    const events = simulateHawkes(PAIR, new Prng('flat'), { duration: 1_000 })
    const { parameters, tied } = fitHawkes(events, { ties: PAIR_TIES, decays: [1] })
    const likelihood = new HawkesLikelihood(events, PAIR_TIES, 1, FLAT_PROFILE)
    const mu = Float64Array.from(parameters.baselines)
    likelihood.evaluate(mu, Float64Array.from(tied), Float64Array.of(1))
    for (const [i, slope] of likelihood.baselineGradient.entries()) {
      expect(Math.abs(slope * mu[i]!)).toBeLessThan(1e-4)
    }
    for (const [i, slope] of likelihood.branchingGradient.entries()) {
      expect(Math.abs(slope * tied[i]!)).toBeLessThan(1e-4)
    }
  })

  test('events that pile up to the end do not fit an explosion', () => {
    // Rates that double every 20 s look like a radius above 1.
    const times = Array.from({ length: 400 }, (_, k) => 20 * Math.log2(1 + k))
    const events = { times, streams: times.map(() => 0), duration: times.at(-1)! }
    const fit = fitHawkes(events, { ties: freeTies(1), decays: [0.02] })
    expect(fit.spectralRadius).toBeLessThan(1.1)
    expect(fit.spectralRadius).toBeGreaterThan(0.95)
  })

  test('an unmodelled time of day looks like excitation; its profile takes that away', () => {
    const periodS = 1_000
    const day = { periodS, factors: [0.1, 0.1, 2.8, 1] }
    const poisson = poissonParameters([0.5], day)
    const events = simulateHawkes(poisson, new Prng('day'), { duration: 10 * periodS })
    const options = { ties: freeTies(1), decays: [1 / 60] }
    expect(fitHawkes(events, options).spectralRadius).toBeGreaterThan(0.6)
    const duration = 10 * periodS
    const profile = estimateProfile(events.times, { durationS: duration, periodS, bins: 4 })
    expect(fitHawkes(events, { ...options, profile }).spectralRadius).toBeLessThan(0.1)
  })
})

describe('the choice between Hawkes and Poisson', () => {
  const options = { ties: PAIR_TIES, decays: [1] }
  const day = (seed: string, parameters = PAIR, duration = 3_000) =>
    simulateHawkes(parameters, new Prng(seed), { duration })

  test('a process that stands the next day is kept', () => {
    const choice = chooseHawkes(day('fit'), day('judge'), options)
    expect(choice.kind).toBe('hawkes')
    expect(choice.parameters.branching[0]).toBeCloseTo(0.4, 1)
  })

  test('one that does not falls back to the mean rates', () => {
    const busy = { ...PAIR, branching: [0.7, 0.2, 0.2, 0.7] }
    const fitted = day('fit')
    const choice = chooseHawkes(fitted, day('judge', busy), options)
    expect(choice).toMatchObject({ kind: 'poisson', reason: 'residuals' })
    const rate = choice.parameters.baselines[0]! + choice.parameters.baselines[1]!
    expect(rate).toBeCloseTo(fitted.times.length / fitted.duration, 12)
    expect(choice.parameters.branching).toEqual([])
  })

  test('too few events make no fit at all', () => {
    const choice = chooseHawkes(day('few', PAIR, 100), day('judge'), options)
    expect(choice).toMatchObject({ kind: 'poisson', reason: 'too-few-events' })
  })
})
