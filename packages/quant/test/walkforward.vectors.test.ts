import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import { isKnownBy, walkForwardFolds } from '../src/index.ts'

describe('walkforward', () => {
  test.each(vectorCases('walkforward'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, vectorCase)
    for (const [key, wrong] of Object.entries(vectorCase.wrong ?? {})) {
      expect(got).toHaveProperty(key)
      expectDiffers(got[key], wrong, vectorCase.tol)
    }
  })
})

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { input } = vectorCase
  if (has(input, 'days', 'train', 'test', 'step')) return folds(input)
  if (has(input, 'rows', 'testStart', 'latency')) {
    const { rows, testStart, latency } = input
    const kept = rows.filter(({ t, h }: Json) => isKnownBy(t + h, latency, testStart))
    return { kept: kept.map(({ t }: Json) => t) }
  }
  return unknownKind(vectorCase)
}

function folds({ days, train, test: testDays, step, embargoDays }: Json): Record<string, unknown> {
  const after = (i: number): string =>
    days[i] ?? new Date(Date.parse(days.at(-1)) + 86_400_000).toISOString().slice(0, 10)
  const options = { train, test: testDays, step, embargo: embargoDays ?? 0 }
  return {
    folds: walkForwardFolds(days.length, options).map((fold) => ({
      trainFrom: days[fold.trainFrom],
      trainToExclusive: days[fold.trainTo],
      testFrom: days[fold.testFrom],
      testToExclusive: after(fold.testTo),
      lastTrainableClimateDay: days[fold.trainableTo - 1],
    })),
  }
}
