import {
  EwmDerivative,
  LocalQuadratic,
  locfResample,
  savitzkyGolayCausal,
  savitzkyGolayWeights,
} from '@kwm/quant'
import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import { centreOfMass, relativeAccelerations } from '../src/index.ts'

const toUs = (seconds: number): number => Math.round(seconds * 1e6)

describe('kinematics', () => {
  test.each(vectorCases('kinematics'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, vectorCase)
    for (const wrong of Object.values(vectorCase.wrong ?? {})) {
      expectDiffers(got, wrong, vectorCase.tol)
    }
  })
})

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { input, expected } = vectorCase
  if (has(input, 'window', 'polyorder', 'evalIndex')) return weights(input, expected)
  if (has(input, 'x', 'window', 'polyorder')) return causal(input)
  if (has(input, 't', 'x', 'gridFrom', 'gridTo', 'step', 'maxAge')) return resampled(input)
  if (has(input, 't', 'x', 'halfLife')) {
    return Array.isArray(expected.velocity) ? ratios(input) : quadratic(input)
  }
  if (has(input, 'binMid', 'p0', 'p1', 'acc', 'active')) return acrossBrackets(input)
  return unknownKind(vectorCase)
}

function weights({ window, polyorder, evalIndex, delta }: Json, expected: Json) {
  return Object.fromEntries(
    Object.keys(expected).map((key) => {
      const derivative = Number(/^deriv(\d+)$/.exec(key)![1])
      const shape = { window, order: polyorder, position: evalIndex, derivative, step: delta ?? 1 }
      return [key, savitzkyGolayWeights(shape)]
    }),
  )
}

function causal({ x, window, polyorder, delta }: Json) {
  const run = (derivative: number) =>
    savitzkyGolayCausal(x, { window, order: polyorder, derivative, step: delta ?? 1 })
  const velocity = run(1)
  const fromIndex = velocity.findIndex((value) => value !== null)
  return {
    fromIndex,
    level: run(0).slice(fromIndex),
    velocity: velocity.slice(fromIndex),
    acceleration: run(2).slice(fromIndex),
  }
}

function resampled({ t, x, gridFrom, gridTo, step, maxAge }: Json) {
  const grid = locfResample(t.map(toUs), x, {
    fromUs: toUs(gridFrom),
    toUs: toUs(gridTo),
    stepUs: toUs(step),
    maxAgeUs: toUs(maxAge),
  })
  return { grid }
}

function ratios({ t, x, halfLife }: Json) {
  const filter = new EwmDerivative(toUs(halfLife))
  const estimates = t.map((seconds: number, i: number) => {
    filter.add(toUs(seconds), x[i])
    return filter.estimate()
  })
  return {
    velocity: estimates.map((estimate: Json) => estimate.velocity),
    acceleration: estimates.map((estimate: Json) => estimate.acceleration),
  }
}

function quadratic({ t, x, halfLife }: Json) {
  // The reference shows the fit below the house minimum of six effective points, too.
  const filter = new LocalQuadratic({ halfLifeUs: toUs(halfLife), minNEff: 3.0001 })
  for (const [i, seconds] of t.entries()) filter.add(toUs(seconds), x[i])
  const estimate = filter.estimate()
  expect(estimate).not.toBeNull()
  const { seLevel, seVelocity, seAcceleration } = estimate!
  return { ...estimate, se: [seLevel, seVelocity, seAcceleration] }
}

function acrossBrackets({ binMid, p0, p1, dt, acc, active }: Json) {
  const mu0 = centreOfMass(p0, binMid)
  const mu1 = centreOfMass(p1, binMid)
  const relative = relativeAccelerations(
    acc.map((acceleration: number | null, i: number) => ({
      acceleration,
      accelerationSe: null,
      isActive: active[i],
    })),
  )
  return {
    mu0,
    mu1,
    muDot: (mu1 - mu0) / dt,
    ras: relative.map((rung) => rung?.ras ?? null),
    accelSpread: relative.map((rung) => rung?.accelSpread ?? null),
  }
}
