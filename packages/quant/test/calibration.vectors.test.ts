import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import {
  BetaCalibrator,
  betaFeatures,
  calibratorFromJson,
  fitIsotonic,
  fitLogistic,
  IsotonicCalibrator,
  PlattCalibrator,
  TemperatureCalibrator,
} from '../src/index.ts'
import type { Calibrator } from '../src/index.ts'

describe('calibration', () => {
  test.each(vectorCases('calibration'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, vectorCase)
    for (const [key, wrong] of Object.entries(vectorCase.wrong ?? {})) {
      expect(got).toHaveProperty(key)
      expectDiffers(got[key], wrong, vectorCase.tol)
    }
  })
})

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { input, expected } = vectorCase
  if (has(input, 'score', 'label', 'targetSmoothing')) return platt(input, expected)
  if (has(input, 'x', 'y', 'w')) return isotonic(input, expected)
  if (has(input, 'pmf', 'label')) {
    const fit = TemperatureCalibrator.fitPmfs(input.pmf, input.label)
    return { invT: fit.inverseT, T: 1 / fit.inverseT, nll: fit.negLogLik }
  }
  if (has(input, 'p', 'label') && has(expected, 'invT')) {
    const fit = TemperatureCalibrator.fit(input.p, input.label)
    return { invT: fit.inverseT, T: 1 / fit.inverseT, nll: fit.negLogLik }
  }
  if (has(input, 'p', 'label') && has(expected, 'a', 'b', 'c')) return beta(input, expected)
  return unknownKind(vectorCase)
}

/** Through JSON, as a deployed calibrator is. */
const predict = (calibrator: Calibrator, { predict: pairs }: Json): unknown => {
  const loaded = calibratorFromJson(JSON.parse(JSON.stringify(calibrator.toJson())))
  return pairs?.map(([x]: [number]) => [x, loaded.apply(x)])
}

function platt({ score, label, targetSmoothing }: Json, expected: Json): Record<string, unknown> {
  const fit = PlattCalibrator.fit(score, label, { hasTargetSmoothing: targetSmoothing })!
  return { a: fit.a, b: fit.b, nll: fit.negLogLik, predict: predict(fit, expected) }
}

function isotonic({ x, y, w }: Json, expected: Json): Record<string, unknown> {
  const fit = fitIsotonic(x, y, w)
  const calibrator = IsotonicCalibrator.fit(x, y, { weights: w, isClipped: false })
  return { uniqueX: fit.x, fitted: fit.fitted, predict: predict(calibrator, expected) }
}

function beta({ p, label }: Json, expected: Json): Record<string, unknown> {
  const fit = BetaCalibrator.fit(p, label)!
  const free = fitLogistic(betaFeatures(p, 'ab'), label).coefficients
  return {
    ...fit.toJson(),
    midpointM: fit.midpoint(),
    nll: fit.negLogLik,
    predict: predict(fit, expected),
    unconstrained: { a: free[0], b: free[1] },
  }
}
