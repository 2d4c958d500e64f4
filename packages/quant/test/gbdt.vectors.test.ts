import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { VectorCase } from '../../../vectors/vector-loop.ts'
import { BoostedTrees, fitBoostedTrees } from '../src/index.ts'

describe('gbdt', () => {
  test.each(vectorCases('gbdt'))('$name', (vectorCase) => {
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
  if (!has(input, 'X', 'y', 'learningRate', 'nTrees', 'maxDepth', 'minLeaf', 'query')) {
    return unknownKind(vectorCase)
  }
  const featureNames = input.X[0].map((_: number, f: number) => `x${f}`)
  const fit = fitBoostedTrees(input.X.flat(), input.y, {
    loss: 'squared',
    featureNames,
    learningRate: input.learningRate,
    treesMax: input.nTrees,
    depthMax: input.maxDepth,
    leavesMax: 2 ** input.maxDepth,
    leafRowsMin: input.minLeaf,
    threshold: 'node-midpoint',
  })
  const json = fit.toJson()
  const loaded = BoostedTrees.fromJson(JSON.parse(JSON.stringify(json)), featureNames)
  const squares = input.X.map(
    (row: number[], i: number) => (loaded.predict(row) - input.y[i]) ** 2,
  ) as number[]
  return {
    base: json.base,
    trees: json.trees,
    predict: input.query.map((row: number[]) => loaded.predict(row)),
    trainMse: squares.reduce((sum, s) => sum + s, 0) / squares.length,
  }
}
