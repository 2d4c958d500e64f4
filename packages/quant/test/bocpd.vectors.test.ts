import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectClose,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import { RunLengthFilter } from '../src/index.ts'

describe('bocpd', () => {
  test.each(vectorCases('bocpd'))('$name', (vectorCase) => {
    const { input, expected } = vectorCase
    const got = run(input)
    if (has(expected, 'pRunLength0')) {
      expect(got.runLengthPosterior).toHaveLength(input.x.length)
      for (const posterior of got.runLengthPosterior) {
        expectClose(posterior[0], expected.pRunLength0, vectorCase.tol)
      }
    } else if (has(expected, 'runLengthPosterior') || has(expected, 'logEvidence')) {
      expectCase(got, vectorCase)
    } else unknownKind(vectorCase)
    expectNaiveDiffer(got, vectorCase)
  })
})

function run({ x, hazard, mu0, kappa0, alpha0, beta0 }: Json) {
  const filter = new RunLengthFilter({ hazard, mu0, kappa0, alpha0, beta0, massMin: 0 })
  const runLengthPosterior: number[][] = []
  const mapRunLength: number[] = []
  const probChangeWithin2: number[] = []
  for (const value of x) {
    filter.add(value)
    runLengthPosterior.push(filter.runLengths().map(({ probability }) => probability))
    mapRunLength.push(filter.mapRunLength)
    probChangeWithin2.push(filter.probabilityWithin(2))
  }
  return { runLengthPosterior, logEvidence: filter.logEvidence, mapRunLength, probChangeWithin2 }
}

function expectNaiveDiffer(got: object, { wrong, tol }: VectorCase): void {
  for (const [key, value] of Object.entries(wrong ?? {})) {
    expectDiffers(Reflect.get(got, key), value, tol)
  }
}
