import {
  autocovariances,
  binOf,
  covers,
  climateDay,
  countExcess,
  curveFault,
  defaultExcess,
  defaultResidualModel,
  excessPosterior,
  EXCESS_SIZE,
  fitResidualModel,
  forecastAt,
  HOUR_CENTRES,
  HOUR_US,
  LEAD_CENTRES_HOURS,
  MINUTE_US,
  noiseRobustPhi,
  nowcastPath,
  priorSdF,
  PRIOR_PHI,
  residualAt,
  type ResidualSample,
} from '@kwm/model-weather'
import { Prng } from '@kwm/std'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const sample = (residualF: number, leadHours: number, localHour: number): ResidualSample => ({
  residualF,
  leadHours,
  localHour,
})

test('without samples the fit is the prior; with many it is what they say', () => {
  const { model } = fitResidualModel([], [], 'empty')
  expect(model.sdF[2]![3]).toBeCloseTo(priorSdF(LEAD_CENTRES_HOURS[2]!), 12)
  expect(model.biasF.flat().every((b) => b === 0)).toBe(true)
  expect(model.phi).toBe(PRIOR_PHI)
  const prng = new Prng('residuals')
  const many = Array.from({ length: 5_000 }, () => sample(1.5 + 0.8 * prng.nextNormal(), 2, 13))
  const fitted = fitResidualModel(many, [], 'many').model
  expect(fitted.biasF[1]![3]).toBeCloseTo(1.5, 1)
  expect(fitted.sdF[1]![3]).toBeCloseTo(0.8, 1)
  expect(residualAt(fitted, 2, 13.5).biasF).toBeCloseTo(1.5, 1)
})

test('few samples are shrunk: twenty of the same are half believed', () => {
  const twenty = Array.from({ length: 20 }, () => sample(3, 2, 13))
  const { model, counts } = fitResidualModel(twenty, [], 'few')
  expect(counts[1]![3]).toBe(20)
  expect(model.biasF[1]![3]).toBeCloseTo(1.5, 12)
  // s² = (20·0 + 30·pool)/50 with pool = (20·0 + 30·prior²)/50.
  const prior = priorSdF(LEAD_CENTRES_HOURS[1]!) ** 2
  expect(model.sdF[1]![3]! ** 2).toBeCloseTo((30 * ((30 * prior) / 50)) / 50, 12)
})

test('persistence is found through rounding noise, which the naive ratio is not', () => {
  const prng = new Prng('ar1')
  const runs = Array.from({ length: 40 }, () => {
    let u = prng.nextNormal()
    return Array.from({ length: 288 }, () => {
      u = 0.97 * u + Math.sqrt(1 - 0.97 ** 2) * prng.nextNormal()
      return u + 0.35 * prng.nextNormal()
    })
  })
  const gamma = autocovariances(runs, 2)
  expect(noiseRobustPhi(gamma)).toBeCloseTo(0.97, 1)
  expect(Math.abs(noiseRobustPhi(gamma) - 0.97)).toBeLessThan(0.01)
  expect(gamma[1]! / gamma[0]!).toBeLessThan(0.92)
  expect(Math.abs(fitResidualModel([], runs, 'phi').model.phi - 0.97)).toBeLessThan(0.01)
})

test('bias and deviation move without steps from bin to bin', () => {
  const model = {
    ...fitResidualModel([], [], 'ramp').model,
    biasF: LEAD_CENTRES_HOURS.map((_, i) => HOUR_CENTRES.map((__, j) => i + j)),
  }
  let last = residualAt(model, 0, 0).biasF
  for (let hour = 0; hour < 24; hour += 0.05) {
    const { biasF } = residualAt(model, hour, hour)
    expect(Math.abs(biasF - last)).toBeLessThan(0.12)
    last = biasF
  }
  expect(binOf([0, 1, 3], 2.9)).toBe(1)
})

test('the excess of a station leaves its prior as its days are counted', () => {
  const prior = defaultExcess('tenth-f', 12)
  let counts: readonly number[] = Array.from({ length: EXCESS_SIZE }, () => 0)
  expect(excessPosterior(counts, prior)).toEqual(prior)
  for (let day = 0; day < 200; day++) counts = countExcess(counts, 75, 75)
  const posterior = excessPosterior(counts, prior)
  expect(posterior.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
  expect(posterior[2]).toBeGreaterThan(0.85)
  expect(countExcess(counts, 99, 75)[EXCESS_SIZE - 1]).toBe(counts[EXCESS_SIZE - 1]! * 0.995 + 1)
})

test('a forecast curve goes through its points and never beyond its neighbours', () => {
  const curves = fc.array(fc.integer({ min: -20, max: 110 }), { minLength: 2, maxLength: 30 })
  fc.assert(
    fc.property(curves, (tempsF) => {
      const validTimesUs = tempsF.map((_, i) => i * HOUR_US)
      const curve = { validTimesUs, tempsF }
      expect(Array.from(forecastAt(curve, validTimesUs))).toEqual(tempsF)
      for (let i = 0; i + 1 < tempsF.length; i++) {
        const at = Array.from({ length: 12 }, (_, k) => (i + k / 12) * HOUR_US)
        const [low, high] = [
          Math.min(tempsF[i]!, tempsF[i + 1]!),
          Math.max(tempsF[i]!, tempsF[i + 1]!),
        ]
        for (const value of forecastAt(curve, at)) {
          expect(value).toBeGreaterThanOrEqual(low - 1e-9)
          expect(value).toBeLessThanOrEqual(high + 1e-9)
        }
      }
    }),
  )
})

test('a peak between two hours is not clipped as a straight line clips it', () => {
  const truth = (h: number): number => 80 - 0.8 * (h - 14.5) ** 2
  const hours = [11, 12, 13, 14, 15, 16, 17, 18]
  const curve = { validTimesUs: hours.map((h) => h * HOUR_US), tempsF: hours.map(truth) }
  const between = [13.5, 15.5].map((h) => h * HOUR_US)
  const cubic = forecastAt(curve, between)
  const straight = (truth(13) + truth(14)) / 2
  expect(Math.abs(cubic[0]! - truth(13.5))).toBeLessThan(Math.abs(straight - truth(13.5)))
})

test('a curve with a hole, or of nonsense, is refused and does not cover', () => {
  const holed = { validTimesUs: [0, HOUR_US, 6 * HOUR_US], tempsF: [60, 61, 62] }
  expect(covers(holed, 0, HOUR_US)).toBe(true)
  expect(covers(holed, 0, 2 * HOUR_US)).toBe(false)
  expect(covers(holed, 0, 7 * HOUR_US)).toBe(false)
  expect(curveFault({ validTimesUs: [0, 0], tempsF: [1, 2] })).toContain('rise')
  expect(curveFault({ validTimesUs: [0, 1], tempsF: [1, NaN] })).toContain('NaN')
  expect(curveFault({ validTimesUs: [0, 1], tempsF: [1] })).toContain('2 valid times')
})

const day = climateDay('2026-10-02', -300)
const nowUs = day.startUs + 12 * HOUR_US
const validTimesUs = Array.from({ length: 49 }, (_, i) => day.startUs + (i - 12) * HOUR_US)
const forecast = {
  issueTimeUs: nowUs - 2 * HOUR_US,
  validTimesUs,
  tempsF: validTimesUs.map(() => 70),
}
const question = { day, nowUs, stdOffsetMinutes: -300, forecast, model: defaultResidualModel }

test('a path starts from the residual just seen, and forgets it as the hours pass', () => {
  const seenUs = nowUs - MINUTE_US
  const { path, residual, isWidened } = nowcastPath({
    ...question,
    recent: [{ timeUs: seenUs, tempF: 71.5 }],
  })!
  expect(path.meanF.length).toBe(143)
  expect(residual).toBeCloseTo(1.5 / priorSdF(2 - 1 / 60), 9)
  expect(isWidened).toBe(false)
  // One minute before 12:00 to the step at 12:05.
  const decay = PRIOR_PHI ** (6 / 5)
  expect(path.startMean).toBeCloseTo(decay * residual!, 9)
  expect(path.startVariance).toBeCloseTo(1 - decay ** 2, 9)
})

test('a station far from its forecast widens the path instead of being believed to the digit', () => {
  const recent = [{ timeUs: nowUs - MINUTE_US, tempF: 85 }]
  const far = nowcastPath({ ...question, recent })!
  expect(far.isWidened).toBe(true)
  const near = nowcastPath({ ...question, recent: [] })!
  expect(far.path.sdF[0]!).toBeGreaterThan(near.path.sdF[0]! * 2)
  // Where the path starts is not moved by the widening.
  expect(far.path.sdF[0]! * far.path.startMean).toBeGreaterThan(13)
  expect(near).toMatchObject({ residual: null, path: { startMean: 0, startVariance: 1 } })
})

test('a forecast that ends before the day is no path', () => {
  const short = {
    ...forecast,
    validTimesUs: validTimesUs.slice(0, 30),
    tempsF: forecast.tempsF.slice(0, 30),
  }
  expect(nowcastPath({ ...question, forecast: short, recent: [] })).toBeNull()
})
