import { describe, expect, test } from 'vitest'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'
import { bookFeatures, OrderBook } from '../src/index.ts'
import type { Level } from '../src/index.ts'

describe('orderbook', () => {
  test.each(vectorCases('orderbook'))('$name', (vectorCase) => {
    const { input } = vectorCase
    if (!has(input, 'yesBids', 'noBids', 'k')) unknownKind(vectorCase)
    expectCase(derive(input.yesBids, input.noBids, input.k), vectorCase)
    for (const wrong of Object.values(vectorCase.wrong ?? {})) {
      expectDiffers(derive(input.yesBids, input.noBids, input.k), wrong, vectorCase.tol)
    }
  })

  // The mistake of the first notes: index 0 of an array in unknown order taken as the best.
  test('the best level does not depend on the order of the arrays', () => {
    const { input, expected } = vectorCases('orderbook')[0]!
    expect(input.yesBids[0][0]).not.toBe(expected.bestYesBid)
    const turned = derive(input.yesBids.toReversed(), input.noBids.toReversed(), input.k)
    expect(turned).toEqual(derive(input.yesBids, input.noBids, input.k))
  })
})

function derive(yesBids: readonly Level[], noBids: readonly Level[], k: number) {
  const book = new OrderBook()
  expect(book.applySnapshot(yesBids, noBids)).toBe('ok')
  const features = bookFeatures(book, k)
  return {
    bestYesBid: book.bestYesBidBps,
    bestYesAsk: book.bestYesAskBps,
    bidSize2: book.bestYesBidCountCenti,
    askSize2: book.bestYesAskCountCenti,
    bestNoBid: book.bestNoBidBps,
    bestNoAsk: book.bestNoAskBps,
    quoteState: features.quoteState,
    spread: features.spreadBps,
    mid: features.mid,
    fairInterval: [features.fairLow, features.fairHigh],
    fairMid: features.fairMid,
    fairVar: features.fairVar,
    microprice: features.microprice,
    queueImbalance: features.queueImbalance,
    depthImbalance_k: features.depthImbalance,
    depthImbalance_k_expw: features.depthImbalanceWeighted,
    bidDepthSlope: features.bidDepthSlope,
    askDepthSlope: features.askDepthSlope,
  }
}
