import { expect, test } from 'vitest'
import {
  cdfOf,
  certainPmf,
  defaultTurbulence,
  KilledChain,
  likeliestDegrees,
  nowcast,
  simulateMaxima,
  startOf,
  timeOfMax,
  timeOfMaxByHour,
  turbulentNowcast,
  type ResidualPath,
  type TurbulentQuestion,
} from '../src/index.ts'

const PHI = Math.exp(-5 / 150)
const EXCESS = { meanF: 0.2, sdF: 0.3 }
const STEPS = 72
const soFar = { pmf: { lowestF: 78, p: [0.6, 0.4] }, reachedHour: 11 }

/** From noon to 18:00, warmest at 14:24. */
const path: ResidualPath = {
  meanF: Array.from({ length: STEPS }, (_, k) => 80 - 5 * (k / STEPS - 0.4) ** 2),
  sdF: Array.from({ length: STEPS }, (_, k) => 0.5 + k / STEPS),
  phi: PHI,
  ...startOf(PHI, { u: -0.5, gapSteps: 1 }),
}
const question: TurbulentQuestion = {
  ...{ path, soFar, excess: EXCESS, seed: 'KMIA 2026-10-02' },
  stepHours: Array.from({ length: STEPS }, (_, k) => 12 + k / 12),
  turbulence: { ...defaultTurbulence, paths: 20_000 },
}
const still = { ...question, turbulence: { ...question.turbulence, sdF: 0 } }

test('without turbulence the paths say what the chain says', () => {
  const drawn = turbulentNowcast(still)
  const chain = nowcast(new KilledChain(PHI), path, soFar.pmf, EXCESS)
  // Four standard errors of antithetic pairs, as if each pair were one path.
  for (let n = 77; n <= 86; n++) {
    expect(Math.abs(cdfOf(drawn.pmf, n) - cdfOf(chain.pmf, n)), `at ${n}`).toBeLessThan(0.02)
  }
  for (const what of ['hazard15min', 'hazard60min', 'probabilityOfNewHigh'] as const) {
    expect(Math.abs(drawn[what]! - chain[what]!), what).toBeLessThan(0.02)
  }
  const degrees = likeliestDegrees(chain.pmf, 8)
  const hours = timeOfMaxByHour(
    timeOfMax(path, degrees),
    degrees,
    question.stepHours.map(Math.floor),
    { ...soFar, probabilityOfNewHigh: chain.probabilityOfNewHigh! },
  )
  for (const [hour, p] of hours.entries()) {
    expect(Math.abs(drawn.timeOfMax![hour]! - p), `${hour} h`).toBeLessThan(0.03)
  }
  expect(drawn.timeOfMax!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
})

test('turbulence makes higher maxima and greater hazards, in sunshine hours alone', () => {
  const calm = turbulentNowcast(still)
  const turbulent = turbulentNowcast(question)
  const mean = ({ pmf }: typeof calm): number =>
    pmf.p.reduce((sum, p, i) => sum + p * (pmf.lowestF + i), 0)
  expect(mean(turbulent)).toBeGreaterThan(mean(calm) + 0.2)
  expect(turbulent.hazard60min!).toBeGreaterThan(calm.hazard60min!)
  const night = { ...question, stepHours: question.stepHours.map((hour) => hour - 12) }
  const asCalm = turbulentNowcast(night)
  for (let n = 77; n <= 86; n++) {
    const difference = cdfOf(asCalm.pmf, n) - cdfOf(calm.pmf, n)
    // From 08:00 on, an eighth of the path, there is some.
    expect(Math.abs(difference)).toBeLessThan(0.15)
  }
  const never = { ...question.turbulence, toHour: 8 }
  expect(turbulentNowcast({ ...question, turbulence: never }).pmf).toEqual(calm.pmf)
})

test('the same seed is the same answer; another differs by its standard error', () => {
  const few = { ...question, turbulence: { ...question.turbulence, paths: 1_000 } }
  expect(turbulentNowcast(few)).toEqual(turbulentNowcast(few))
  const other = turbulentNowcast({ ...few, seed: 'another' })
  expect(other).not.toEqual(turbulentNowcast(few))
  expect(Math.abs(other.hazard60min! - turbulentNowcast(few).hazard60min!)).toBeLessThan(0.08)
})

test('before the first reading there are no hazards, and a high only reported has no hour', () => {
  const ahead = turbulentNowcast({ ...question, soFar: null })
  expect(ahead).toMatchObject({ hazard15min: null, hazard60min: null, probabilityOfNewHigh: null })
  expect(ahead.timeOfMax!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
  const reported = { pmf: certainPmf(79), reachedHour: null }
  const now = turbulentNowcast({ ...question, soFar: reported })
  expect(now.timeOfMax).toBeNull()
  expect(now.hazard15min!).toBeLessThanOrEqual(now.hazard60min!)
  expect(now.hazard60min!).toBeLessThanOrEqual(now.probabilityOfNewHigh!)
  expect(cdfOf(now.pmf, 78)).toBe(0)
})

test('what is left of a day is drawn alike from every start: no jitter from minute to minute', () => {
  const forgetful = { ...path, phi: 0, startMean: 0, startVariance: 1 }
  const from = 36
  const left = {
    ...forgetful,
    meanF: Array.from(path.meanF).slice(from),
    sdF: Array.from(path.sdF).slice(from),
  }
  const config = { paths: 200, seed: 'day' }
  const whole = simulateMaxima(forgetful, [from], config)
  const later = simulateMaxima(left, [], config)
  for (const [p, max] of later.maxF.entries()) {
    expect(whole.maxF[p]).toBe(Math.max(whole.withinF[0]![p]!, max))
  }
})
