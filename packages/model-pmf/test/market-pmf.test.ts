import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  buyAll,
  deadBracketNetMicros,
  ladderViolations,
  MARKET_VARIANCE,
  marketPmf,
  sellAll,
} from '../src/index.ts'
import type { FeeMicros } from '../src/index.ts'

const noFee: FeeMicros = () => 0
const flatFee: FeeMicros = () => 20_000

describe('market PMF', () => {
  const quotes = fc.array(
    fc.record({
      bid: fc.integer({ min: 0, max: 3_000 }),
      width: fc.integer({ min: 0, max: 3_000 }),
    }),
    { minLength: 2, maxLength: 8 },
  )

  test('is a PMF inside the quotes, or says which arbitrage forbids it', () => {
    fc.assert(
      fc.property(quotes, (list) => {
        const bid = list.map((q) => q.bid / 1e4)
        const ask = list.map((q) => (q.bid + q.width) / 1e4)
        const sumBidBps = list.reduce((s, q) => s + q.bid, 0)
        const sumAskBps = list.reduce((s, q) => s + q.bid + q.width, 0)
        const result = marketPmf({ bid, ask }, MARKET_VARIANCE)
        if (sumBidBps > 10_000) expect(result).toMatchObject({ reason: 'bids-above-one' })
        else if (sumAskBps < 10_000) expect(result).toMatchObject({ reason: 'asks-below-one' })
        else {
          expect(result.feasible).toBe(true)
          if (!result.feasible) return
          expect(result.pmf.reduce((s, p) => s + p, 0)).toBeCloseTo(1, 12)
          for (const [i, p] of result.pmf.entries()) {
            expect(p >= bid[i]! && p <= ask[i]!).toBe(true)
          }
        }
      }),
    )
  })

  test('a crossed book has no PMF', () => {
    expect(marketPmf({ bid: [0.6, 0.3], ask: [0.5, 0.5] })).toMatchObject({ reason: 'crossed' })
    expect(() => marketPmf({ bid: [NaN], ask: [1] })).toThrow('quotes')
  })

  test('grid, age and floor add to a variance', () => {
    const input = { bid: [0.5, 0.4], ask: [0.5, 0.6], tick: [0.01, 0.01], ageSeconds: [0, 30] }
    const result = marketPmf(input, MARKET_VARIANCE)
    expect(result.feasible).toBe(true)
    if (!result.feasible) return
    expect(result.variance[0]).toBeCloseTo(9e-6, 12)
    expect(result.variance[1]).toBeCloseTo(0.04 / 12 + 1e-4 / 12 + 3e-5, 12)
  })
})

describe('arbitrage', () => {
  const leg = (priceBps: number, countCenti = 500) => ({ priceBps, countCenti })

  test('a basket is as large as its thinnest leg and pays after fees or not at all', () => {
    const asks = [leg(3000), leg(3000, 200), leg(3500)]
    expect(buyAll(asks, noFee)).toEqual({
      kind: 'buy-all',
      countCenti: 200,
      grossBpsPerSet: 500,
      feesMicros: 0,
      netMicros: 100_000,
      isArbitrage: true,
    })
    expect(buyAll(asks, flatFee)).toMatchObject({ feesMicros: 60_000, netMicros: 40_000 })
    expect(buyAll(asks, flatFee, 100)).toMatchObject({ netMicros: -10_000, isArbitrage: false })
    expect(sellAll([leg(4000), leg(6500)], noFee)).toMatchObject({ grossBpsPerSet: 500 })
  })

  test('a missing quote is no basket', () => {
    expect(buyAll([leg(10_000, 0), leg(1)], noFee)).toBeNull()
    expect(sellAll([leg(0, 0), leg(9_999)], noFee)).toBeNull()
  })

  test('a ladder lists every crossed pair, and skips rungs nobody quotes', () => {
    const none = leg(0, 0)
    const rungs = [
      { strike: 1, bid: leg(3000), ask: leg(3500) },
      { strike: 2, bid: none, ask: leg(10_000, 0) },
      { strike: 3, bid: leg(4000, 100), ask: leg(4200) },
      { strike: 4, bid: leg(4500), ask: leg(4600) },
    ]
    const found = ladderViolations(rungs, flatFee)
    expect(found.map((v) => [v.buyStrike, v.sellStrike, v.grossBps, v.netMicros])).toEqual([
      [1, 3, 500, 10_000],
      [1, 4, 1000, 460_000],
      [3, 4, 300, 110_000],
    ])
    expect(() => ladderViolations([rungs[1]!, rungs[0]!], noFee)).toThrow('rise')
    const level = [
      { strike: 1, bid: leg(3000), ask: leg(3500) },
      { strike: 2, bid: leg(3500), ask: leg(3600) },
    ]
    expect(ladderViolations(level, noFee)).toEqual([])
  })

  test('a dead bracket is worth selling above its floor and fee', () => {
    expect(deadBracketNetMicros(leg(100, 100), noFee)).toBe(7_000)
    expect(deadBracketNetMicros(leg(100, 100), flatFee)).toBe(-13_000)
    expect(deadBracketNetMicros(leg(0, 0), noFee)).toBe(0)
  })
})
