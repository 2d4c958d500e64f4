import { firstPrincipalComponent } from '@kwm/quant'
import { describe, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { VectorCase } from '../../../vectors/vector-loop.ts'
import { integratedOrderFlow, orderFlowEvent, OrderFlowImbalance } from '../src/index.ts'

type Quote = { bid: number; bidSize: number; ask: number; askSize: number }

describe('ofi', () => {
  test.each(vectorCases('ofi'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, vectorCase)
    for (const wrong of Object.values(vectorCase.wrong ?? {})) {
      expectDiffers(got['e'], wrong, vectorCase.tol)
    }
  })
})

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { states } = vectorCase.input
  const isMulti = Array.isArray(states?.[0])
  if (!isMulti && !has(states?.[0], 'bid', 'bidSize', 'ask', 'askSize'))
    return unknownKind(vectorCase)
  const ladders: Quote[][] = isMulti ? states : states.map((state: Quote) => [state])
  const levels = ladders[0]!.length
  const flat = ladders.map((ladder) => ladder.flatMap((q) => [q.bid, q.bidSize, q.ask, q.askSize]))
  const ofi = new OrderFlowImbalance({ levels, windowsUs: [1_000_000] })
  const e = flat.map((quotes, i) => ofi.updateQuotes(i, quotes)).slice(1)
  const ePerLevel = flat
    .slice(1)
    .map((quotes, i) =>
      Array.from({ length: levels }, (_, m) => orderFlowEvent(flat[i]!, quotes, 4 * m)),
    )
  const window = ofi.window(0)
  let running = 0
  const loadings = levels > 1 ? firstPrincipalComponent(ePerLevel) : undefined
  return {
    e,
    cumulative: e.map((value) => (running += value)),
    total: window.ofiCenti,
    avgDepth: window.averageDepthCenti,
    ofiNorm: window.normalised,
    ePerLevel,
    totalPerLevel: window.ofiCentiByLevel,
    meanDepthQ: window.meanDepthCenti,
    ...(loadings && {
      pc1: loadings,
      integratedOfi: ePerLevel.map((row) =>
        integratedOrderFlow(row, window.meanDepthCenti!, loadings),
      ),
    }),
  }
}
