import { describe, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import { closeLocation, TradeFlow } from '../src/index.ts'

const US_PER_MS = 1_000

describe('flow', () => {
  test.each(vectorCases('flow'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, vectorCase)
    for (const wrong of Object.values(vectorCase.wrong ?? {})) {
      expectDiffers(got, wrong, vectorCase.tol)
    }
  })
})

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { input } = vectorCase
  if (has(input, 'trades', 'fromMs', 'toMs')) return flowOf(input)
  if (has(input, 'high', 'low', 'close')) {
    return { clv: closeLocation(input.high, input.low, input.close) }
  }
  return unknownKind(vectorCase)
}

function flowOf({ trades, fromMs, toMs }: Json): Record<string, unknown> {
  const flow = new TradeFlow({ windowsUs: [(toMs - fromMs) * US_PER_MS] })
  for (const trade of trades) {
    if (trade.tsMs > toMs) continue
    flow.push({
      eventTimeUs: trade.tsMs * US_PER_MS,
      takerSide: trade.takerOutcome,
      yesPriceBps: trade.yesPx4,
      countCenti: trade.qty2,
      isBlock: trade.block ?? false,
    })
  }
  flow.advance(toMs * US_PER_MS)
  const window = flow.window(0)
  return {
    buyQty2: window.buyCenti,
    sellQty2: window.sellCenti,
    signedQty2: window.signedCenti,
    signedNotionalMicro: window.signedNotionalMicros,
    vwap: window.vwap,
    flowImbalance: window.flowImbalance,
    nPrints: window.printCount,
    nAggressiveEvents: window.aggressiveEventCount,
  }
}
