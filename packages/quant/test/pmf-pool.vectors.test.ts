import { describe, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { VectorCase } from '../../../vectors/vector-loop.ts'
import { dirichletPool, logPool } from '../src/index.ts'

describe('pmf_pool', () => {
  test.each(vectorCases('pmf_pool'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, vectorCase)
    for (const [key, wrong] of Object.entries(vectorCase.wrong ?? {})) {
      expectDiffers(got[key], wrong, vectorCase.tol)
    }
  })
})

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { input } = vectorCase
  if (has(input, 'pMkt', 'pWx', 'kappaMkt', 'kappaWx')) {
    const pool = dirichletPool([
      { pmf: input.pMkt, weight: input.wMkt, concentration: input.kappaMkt },
      { pmf: input.pWx, weight: input.wWx, concentration: input.kappaWx },
    ])
    return { ...pool, effectiveMarketWeight: pool.sourceShares[0] }
  }
  if (has(input, 'pMkt', 'pWx', 'wMkt', 'wWx')) {
    const { alive, floor } = input
    const options = { ...(alive && { alive }), ...(floor && { floor }) }
    return { pmf: logPool([input.pMkt, input.pWx], [input.wMkt, input.wWx], options) }
  }
  if (has(input, 'pMkt', 'pWx', 'steps')) {
    const pooled = Array.from({ length: input.steps }, () =>
      logPool([input.pMkt, input.pWx], [0.5, 0.5]),
    )
    return {
      correctFixedPoint: pooled.at(-1),
      maxProbPerStep: pooled.map((pmf) => Math.max(...pmf)),
    }
  }
  return unknownKind(vectorCase)
}
