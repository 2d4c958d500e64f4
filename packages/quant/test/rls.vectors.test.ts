import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { VectorCase } from '../../../vectors/vector-loop.ts'
import { fitNeighbourRidge, projectOntoSumZero, RecursiveLeastSquares } from '../src/index.ts'

const chunk = (values: Float64Array, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, r) => [
    ...values.subarray(r * width, (r + 1) * width),
  ])

describe('rls', () => {
  test.each(vectorCases('rls'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, vectorCase)
    for (const wrong of Object.values(vectorCase.wrong ?? {})) {
      expect(got['A']).toBeDefined()
      expectDiffers(got['A'], wrong, vectorCase.tol)
    }
  })
})

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { input } = vectorCase
  if (has(input, 'Phi', 'y', 'lam', 'delta')) {
    const size = input.Phi[0].length
    const rls = new RecursiveLeastSquares({
      size,
      forgetting: input.lam,
      ridge: input.delta,
      isRidgeLasting: false,
    })
    const oneStepPredictions = input.Phi.map((phi: number[], t: number) =>
      rls.update(phi, input.y[t]),
    )
    return {
      theta: rls.coefficients(),
      P: chunk(rls.covariance(), size),
      oneStepPredictions,
      effectiveRidgeLeft: input.delta * input.lam ** input.y.length,
    }
  }
  if (has(input, 'X', 'Y', 'ridge')) {
    const units = input.X[0].length
    const { ridge } = input
    const fit = fitNeighbourRidge(input.X.flat(), input.Y.flat(), units, { ridge })
    return { A: chunk(fit!, units) }
  }
  if (has(input, 'pred', 'var')) return { pred: projectOntoSumZero(input.pred, input.var) }
  return unknownKind(vectorCase)
}
