import { describe, expect, test } from 'vitest'
import {
  arrivalProbability,
  kellyExclusive,
  kellyGrowth,
  makerEvBps,
  postOnlyQuote,
  reservationPrices,
  takerHoldEv,
} from '@kwm/model-signals'
import {
  feeRates,
  priceGrid,
  scheduleFeeMicros,
  type FeeRates,
  type PriceGrid,
} from '@kwm/model-venue'
import { expectCase, vectorCases } from '../../../vectors/vector-loop.ts'
import { executionKind, expectNotNaive } from '../../../vectors/execution-kind.ts'

const casesOf = (kind: string) => vectorCases('execution').filter((c) => executionKind(c) === kind)

describe('vector execution, hold to settlement', () => {
  test.each(casesOf('hold-ev'))('$name', (c) => {
    const { p, priceCents, qty, role } = c.input
    const priceBps = Math.round(priceCents * 100)
    const countCenti = Math.round(qty * 100)
    const feeMicros = scheduleFeeMicros(allPayRates(), role, priceBps, countCenti)
    const ev = takerHoldEv(p, { priceBps, countCenti, feeMicros })
    const got = {
      feeUsd: feeMicros / 1e6,
      evTotal: ev.evMicros / 1e6,
      evPerContract: ev.evBps / 1e4,
    }
    expectCase(got, c)
    expectNotNaive(Object.values(got), c)
  })
})

describe('vector execution, maker EV', () => {
  test.each(casesOf('maker-ev'))('$name', (c) => {
    const { pFill, fairValue, price, feePerContract, adverseSelection } = c.input
    const evBps = makerEvBps({
      pFill,
      fairBps: fairValue * 1e4,
      priceBps: price * 1e4,
      feePerContractBps: feePerContract * 1e4,
      adverseSelectionBps: adverseSelection * 1e4,
    })
    expectCase({ ev: evBps / 1e4 }, c)
    expectNotNaive([evBps / 1e4], c)
  })
})

describe('vector execution, fill probability', () => {
  test.each(casesOf('fill-probability'))('$name', (c) => {
    const { queueAhead, ownQty, tradesPerSec, meanTradeQty, horizonSec } = c.input
    const arrivals = {
      printsPerSecond: tradesPerSec,
      meanPrintCenti: meanTradeQty * 100,
      horizonSeconds: horizonSec,
    }
    const got = {
      pFirstContract: arrivalProbability(arrivals, queueAhead * 100),
      pFull: arrivalProbability(arrivals, (queueAhead + ownQty) * 100),
    }
    expectCase(got, c)
    expectNotNaive(Object.values(got), c)
  })
})

describe('vector execution, reservation prices', () => {
  test.each(casesOf('reservation'))('$name', (c) => {
    const { p, netYes, gamma } = c.input
    // A YES contract is worth a dollar in its own outcome: prices paid shift all outcomes alike.
    const wealthMicros = netYes.map((contracts: number) => Math.round(contracts * 1e6))
    const { exact, firstOrder } = reservationPrices(p, wealthMicros, gamma)
    expectCase(
      {
        wealthByOutcome: wealthMicros.map((micros: number) => micros / 1e6),
        reservation: exact,
        firstOrder,
      },
      c,
    )
    expectNotNaive([exact], c)
  })
})

describe('vector execution, quotes', () => {
  test.each(casesOf('quote'))('$name', (c) => {
    const { reservation, halfSpread, tick, marketBid, marketAsk } = c.input
    const quote = postOnlyQuote(
      reservation * 1e4,
      halfSpread * 1e4,
      { bidBps: Math.round(marketBid * 1e4), askBps: Math.round(marketAsk * 1e4) },
      gridOf(Math.round(tick * 1e4)),
    )
    const got = { bid: quote.bidBps! / 1e4, ask: quote.askBps! / 1e4 }
    expectCase(got, c)
    expectNotNaive(Object.values(got), c)
  })
})

describe('vector execution, Kelly', () => {
  test.each(casesOf('kelly'))('$name', (c) => {
    const { p, costPerContract } = c.input
    const bets = p.map((probability: number, k: number) => ({
      probability,
      cost: costPerContract[k],
    }))
    const result = kellyExclusive(bets)
    if (result.kind !== 'stakes') throw new Error(`Σ cost = ${result.totalCost}`)
    expectCase(result, c)
    expectNotNaive(Object.values(result), c)
    expect(kellyGrowth(bets, result.stakeFractions)).toBeCloseTo(result.growthRate, 12)
  })
})

function allPayRates(): FeeRates {
  const result = feeRates({ feeType: 'quadratic', feeMultiplierMilli: 1000 }, 'always')
  if (!result.ok) throw new Error(result.refusal)
  return result.rates
}

function gridOf(stepBps: number): PriceGrid {
  const result = priceGrid([{ startBps: 0, endBps: 10_000, stepBps }])
  if (!result.ok) throw new Error(result.fault)
  return result.grid
}
