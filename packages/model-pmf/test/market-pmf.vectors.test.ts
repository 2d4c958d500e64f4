import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import type { Json, VectorCase } from '../../../vectors/vector-loop.ts'
import { buyAll, ladderViolations, marketPmf, sellAll } from '../src/index.ts'
import type { FeeMicros } from '../src/index.ts'

const toBps = (probability: number): number => Math.round(probability * 10_000)
const noFee: FeeMicros = () => 0

describe('market_pmf', () => {
  test.each(vectorCases('market_pmf'))('$name', (vectorCase) => {
    const got = compute(vectorCase)
    expectCase(got, vectorCase)
    for (const wrong of Object.values(vectorCase.wrong ?? {})) {
      expectDiffers(got['pmf'], wrong, vectorCase.tol)
    }
  })
})

function compute(vectorCase: VectorCase): Record<string, unknown> {
  const { input } = vectorCase
  if (has(input, 'strikes', 'bid', 'ask')) return ladder(input)
  if (has(input, 'bids', 'asks', 'qty', 'takerRate')) return basket(input)
  if (has(input, 'bid', 'ask')) return projection(input)
  return unknownKind(vectorCase)
}

function projection({ bid, ask }: Json): Record<string, unknown> {
  const result = marketPmf({ bid, ask })
  if (!result.feasible) return result
  return { ...result, var: result.variance }
}

function basket({ bids, asks, qty, takerRate }: Json): Record<string, unknown> {
  const countCenti = Math.round(qty * 100)
  const legs = (bids ?? asks).map((p: number) => ({ priceBps: toBps(p), countCenti }))
  const result =
    bids === null ? buyAll(legs, takerFee(takerRate)) : sellAll(legs, takerFee(takerRate))
  expect(result).not.toBeNull()
  return {
    grossPerSet: result!.grossBpsPerSet / 1e4,
    feesTotal: result!.feesMicros / 1e6,
    netTotal: result!.netMicros / 1e6,
    arb: result!.isArbitrage,
  }
}

/** The venue's schedule, up to the next cent over the whole order, in exact integers. */
function takerFee(rate: number): FeeMicros {
  const rateBps = BigInt(Math.round(rate * 1e4))
  return (priceBps, countCenti) => {
    const scaled = rateBps * BigInt(countCenti) * BigInt(priceBps) * BigInt(10_000 - priceBps)
    const cent = 10n ** 12n
    return Number((scaled + cent - 1n) / cent) * 10_000
  }
}

function ladder({ strikes, bid, ask }: Json): Record<string, unknown> {
  const leg = (p: number) => ({ priceBps: toBps(p), countCenti: 100 })
  const rungs = strikes.map((strike: number, i: number) => ({
    strike,
    bid: leg(bid[i]),
    ask: leg(ask[i]),
  }))
  const violations = ladderViolations(rungs, noFee).map((found) => ({
    buyStrike: found.buyStrike,
    buyAsk: found.buyAskBps / 1e4,
    sellStrike: found.sellStrike,
    sellBid: found.sellBidBps / 1e4,
    grossEdge: found.grossBps / 1e4,
  }))
  return { violations }
}
