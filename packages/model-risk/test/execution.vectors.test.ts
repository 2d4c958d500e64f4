import { describe, expect, test } from 'vitest'
import { worstCase } from '@kwm/model-risk'
import { expectCase, unknownKind, vectorCases, type Json } from '../../../vectors/vector-loop.ts'
import { executionKind, expectNotNaive } from '../../../vectors/execution-kind.ts'

const cases = vectorCases('execution')

test('every case of the vector is of a kind that some package runs', () => {
  for (const c of cases) expect(executionKind(c) ?? unknownKind(c)).toBeTypeOf('string')
})

describe('vector execution, worst case', () => {
  test.each(cases.filter((c) => executionKind(c) === 'worst-case'))('$name', (c) => {
    const { nBrackets, positions, openOrders = [], deadBrackets } = c.input
    const got = worstCase({
      bracketCount: nBrackets,
      positions: positions.map((p: Json) => ({
        bracketIndex: p.bracket,
        side: p.side,
        countCenti: Math.round(p.qty * 100),
        costMicros: Math.round(p.costUsd * 1e6),
      })),
      openOrders: openOrders.map((o: Json) => ({
        bracketIndex: o.bracket,
        side: o.side,
        countCenti: Math.round(o.qty * 100),
        priceBps: Math.round(o.priceUsd * 1e4),
        feeMicros: Math.round(o.feeUsd * 1e6),
      })),
      deadBrackets,
    })
    const dollars = (micros: readonly number[]) => micros.map((m) => m / 1e6)
    const answer = {
      pnlByOutcome: dollars(got.pnlMicrosByOutcome),
      worst: got.worstMicros / 1e6,
      pnlByOutcomeIfAdverseFills: dollars(got.pnlMicrosByOutcomeWithOrders),
      worstWithOrders: got.worstWithOrdersMicros / 1e6,
    }
    expectCase(answer, c)
    expectNotNaive(Object.values(answer), c)
  })
})
