import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectClose,
  expectDiffers,
  has,
  isWrongKey,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import {
  FLAT_PROFILE,
  HawkesIntensity,
  HawkesLikelihood,
  branchingMatrix,
  fitHawkes,
  fitHawkesEm,
  followHawkes,
  freeTies,
  hawkesSpectralRadius,
  kolmogorovSmirnov,
  luSolve,
  mergeStreams,
} from '../src/index.ts'
import type { HawkesEvents, HawkesParameters } from '../src/index.ts'

describe('hawkes', () => {
  test.each(vectorCases('hawkes'))('$name', (vectorCase) => {
    expectAnswer(vectorCase)
  })
})

function expectAnswer(vectorCase: VectorCase): void {
  const { input, expected, tol, wrong } = vectorCase
  const got = compute(vectorCase)
  expectCase(got, vectorCase)
  for (const key of Object.keys(expected).filter(isWrongKey)) {
    expectDiffers(got[key] ?? got['correctRightLimit'], expected[key], tol)
  }
  for (const [key, naive] of Object.entries(wrong ?? {})) expectDiffers(got[key], naive, tol)
  if (has(input, 'mu', 'alpha', 'beta')) expectOnlineAgrees(input)
}

function compute({ input, expected, ...rest }: VectorCase): Record<string, unknown> {
  if (has(input, 'events') && (has(expected, 'branching') || has(expected, 'logLikAt'))) {
    return fit(input, expected)
  }
  if (has(input, 'events', 'mu', 'alpha', 'beta')) return evaluate(input, expected)
  return unknownKind({ input, expected, ...rest })
}

/** A decay per pair becomes one kernel per distinct decay, with the ratios of the other pairs 0. */
function parametersOf({ mu, alpha, beta }: Json): HawkesParameters {
  const flat: number[] = beta.flat()
  const decays = [...new Set(flat)]
  const alphas: number[] = alpha.flat()
  return {
    streams: mu.length,
    baselines: mu,
    decays,
    branching: decays.flatMap((decay) =>
      alphas.map((jump, pair) => (flat[pair] === decay ? jump / decay : 0)),
    ),
    profile: FLAT_PROFILE,
  }
}

const eventsOf = ({ events, T }: Json): HawkesEvents => mergeStreams(events, T)

/** One value per event, as one list per stream. */
function perStream(values: ArrayLike<number>, { streams }: HawkesEvents, count: number) {
  const lists = Array.from({ length: count }, (): number[] => [])
  for (let k = 0; k < values.length; k++) lists[streams[k]!]!.push(values[k]!)
  return lists
}

function evaluate(input: Json, expected: Json): Record<string, unknown> {
  const parameters = parametersOf(input)
  const events = eventsOf(input)
  const d = parameters.streams
  const path = followHawkes(parameters, events)
  const branching = branchingMatrix(parameters)
  const lack = Float64Array.from(branching, (n, at) => (at % (d + 1) === 0 ? 1 : 0) - n)
  const ks = kolmogorovSmirnov(path.residuals.map((residual) => -Math.expm1(-residual)))
  const residuals = perStream(path.residuals, events, d)
  return {
    leftLimitIntensity: perStream(path.intensities, events, d),
    compensator: path.compensators,
    logLik: path.logLikelihood,
    branchingMatrix: input.mu.map((_: number, i: number) => branching.slice(i * d, (i + 1) * d)),
    spectralRadius: hawkesSpectralRadius(parameters),
    stationaryRate: one([...luSolve(lack, input.mu)!]),
    rescaledInterarrivals: d === 1 ? residuals[0] : residuals,
    ksStatistic: ks.statistic,
    ksPvalue: ks.pValue,
    intensityAt: expected.intensityAt?.map(([t]: number[]) => [
      t,
      ...input.mu.map((_: number, i: number) => intensityAt(parameters, events, i, t!)),
    ]),
    correctRightLimit: rightLimits(parameters, events),
  }
}

/** The left limit at t: what an event there would find. */
function intensityAt(p: HawkesParameters, events: HawkesEvents, i: number, t: number): number {
  const before = Array.from(events.times).filter((time) => time <= t).length
  const times = [...Array.from(events.times).slice(0, before), t]
  const streams = [...Array.from(events.streams).slice(0, before), i]
  return followHawkes(p, { times, streams, duration: Math.max(t, 1) }).intensities.at(-1)!
}

/** A list of one is written as a number. */
const one = (list: readonly number[]) => (list.length === 1 ? list[0] : list)

/** One ratio is written as a number, more as the matrix that they are. */
function square(list: readonly number[]) {
  const d = Math.sqrt(list.length)
  return d === 1 ? list[0] : Array.from({ length: d }, (_, i) => list.slice(i * d, (i + 1) * d))
}

/** With its own jump: an event's left limit and alpha of its stream on itself. */
function rightLimits(parameters: HawkesParameters, events: HawkesEvents): number[] {
  const { streams: d, decays, branching } = parameters
  const { intensities } = followHawkes(parameters, events)
  return Array.from(intensities, (left, k) => {
    const pair = events.streams[k]! * (d + 1)
    return decays.reduce((sum, decay, at) => sum + decay * branching[at * d * d + pair]!, left)
  })
}

function fit(input: Json, expected: Json): Record<string, unknown> {
  const events = eventsOf(input)
  const ties = freeTies(input.events.length)
  const found =
    input.beta === undefined
      ? fitHawkes(events, { ties, decays: [1], fitDecays: true })
      : fitHawkesEm(events, { ties, decays: [input.beta] })
  expect(found.converged).toBe(true)
  const { baselines, decays } = found.parameters
  if (input.beta !== undefined) {
    const direct = fitHawkes(events, { ties, decays: [input.beta] })
    expectClose(found.tied, [...direct.tied], 1e-5)
  }
  return {
    mu: one(baselines),
    branching: square(found.tied),
    beta: one(decays),
    logLik: found.logLikelihood,
    ...(has(expected, 'logLikAt') ? likelihoodAt(events, expected) : {}),
  }
}

function likelihoodAt(events: HawkesEvents, expected: Json): Record<string, unknown> {
  const { mu, n, beta, value } = expected.logLikAt
  const likelihood = new HawkesLikelihood(events, freeTies(1), 1, FLAT_PROFILE)
  const got = likelihood.evaluate(Float64Array.of(mu), Float64Array.of(n), Float64Array.of(beta))
  expectClose(got, value, 1e-9)
  const gradient = [
    -mu * likelihood.baselineGradient[0]!,
    -n * likelihood.branchingGradient[0]!,
    -beta * likelihood.decayGradient[0]!,
  ]
  return { logLikAt: { mu, n, beta, value: got }, gradNllLogParamsAtThatPoint: gradient }
}

/** Where times are whole microseconds, the recursion per event says what the whole path says. */
function expectOnlineAgrees(input: Json): void {
  const parameters = parametersOf(input)
  const events = eventsOf(input)
  const { intensities } = followHawkes(parameters, events)
  const online = new HawkesIntensity(parameters)
  for (let k = 0; k < events.times.length; k++) {
    const timeUs = Math.round(events.times[k]! * 1e6)
    if (Math.abs(timeUs / 1e6 - events.times[k]!) > 1e-12) return
    expectClose(online.add(timeUs, events.streams[k]!), intensities[k], 1e-9)
  }
}
