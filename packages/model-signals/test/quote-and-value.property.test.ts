import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Prng } from '@kwm/std'
import { isOnGrid, linearCentGrid, taperedDeciCentGrid } from '@kwm/model-venue'
import {
  arrivalDistanceDollars,
  arrivalProbability,
  conservativeProbability,
  defaultGammaPerDollar,
  halfSpreadBps,
  makerEvBps,
  postOnlyQuote,
  reservationPrices,
  takerHoldEv,
  takerRoundTripEv,
  takerSellEv,
} from '@kwm/model-signals'

const outcomes = fc
  .array(
    fc.record({
      weight: fc.integer({ min: 1, max: 100 }),
      wealthMicros: fc.integer({ min: -200_000_000, max: 200_000_000 }),
    }),
    { minLength: 2, maxLength: 8 },
  )
  .map((list) => {
    const total = list.reduce((sum, { weight }) => sum + weight, 0)
    return {
      p: list.map(({ weight }) => weight / total),
      wealth: list.map(({ wealthMicros }) => wealthMicros),
    }
  })
const gamma = fc.double({ min: 0, max: 0.02, noNaN: true })

// Oracle: expected utility itself. At the reservation price a tiny purchase leaves it where it was.
test('buying a little at the reservation price leaves expected utility unchanged', () => {
  fc.assert(
    fc.property(outcomes, gamma, ({ p, wealth }, g) => {
      const { exact } = reservationPrices(p, wealth, g)
      expect(exact.reduce((sum, price) => sum + price, 0)).toBeCloseTo(1, 12)
      if (g < 1e-4) return // Utility is flat there, and its difference only rounding.
      const utility = (bought: number, k: number): number =>
        p.reduce((sum, pj, j) => {
          const gain = bought * ((j === k ? 1 : 0) - exact[k]!)
          return sum - pj * Math.exp(-g * (wealth[j]! / 1e6 + gain))
        }, 0)
      for (const k of p.keys()) {
        const slope = (utility(1e-3, k) - utility(-1e-3, k)) / 2e-3
        expect(Math.abs(slope / (g * utility(0, k)))).toBeLessThan(1e-6)
      }
    }),
  )
})

test('no risk aversion, or equal wealth everywhere, gives the probabilities back', () => {
  fc.assert(
    fc.property(outcomes, gamma, ({ p, wealth }, g) => {
      const flat = reservationPrices(
        p,
        p.map(() => 7_000_000),
        g,
      )
      const neutral = reservationPrices(p, wealth, 0)
      for (const [k, pk] of p.entries()) {
        expect(flat.exact[k]).toBeCloseTo(pk, 12)
        expect(flat.firstOrder[k]).toBeCloseTo(pk, 12)
        expect(neutral.exact[k]).toBeCloseTo(pk, 12)
      }
    }),
  )
})

test('holding more of a bracket lowers its price and raises the others', () => {
  const p = [0.2, 0.5, 0.3]
  const long = reservationPrices(p, [0, 100_000_000, 0], 0.004).exact
  expect(long[1]).toBeLessThan(0.5)
  expect(long[0]).toBeGreaterThan(0.2)
  // Even an absurd position stays a price.
  const absurd = reservationPrices(p, [0, 9e14, 0], 1).exact
  expect(absurd.every((price) => price >= 0 && price <= 1)).toBe(true)
})

test('the default gamma moves 50¢ to 46¢ at the full cap', () => {
  const g = defaultGammaPerDollar(250)
  expect(reservationPrices([0.5, 0.5], [250_000_000, 0], g).exact[0]).toBeCloseTo(0.46, 3)
})

test('a quote is on the grid, outside the half-spread, and cannot take', () => {
  const grid = fc.constantFrom(linearCentGrid, taperedDeciCentGrid)
  const optional = (arb: fc.Arbitrary<number>) => fc.option(arb, { nil: undefined })
  fc.assert(
    fc.property(
      grid,
      fc.double({ min: 1, max: 9999, noNaN: true }),
      fc.double({ min: 0.5, max: 500, noNaN: true }),
      optional(fc.integer({ min: 1, max: 98 })),
      optional(fc.integer({ min: 1, max: 98 })),
      (g, reservation, half, bidCents, spreadCents) => {
        const market = {
          bidBps: bidCents === undefined ? undefined : bidCents * 100,
          askBps:
            spreadCents === undefined
              ? undefined
              : Math.min(99, (bidCents ?? 0) + spreadCents) * 100,
        }
        const { bidBps, askBps } = postOnlyQuote(reservation, half, market, g)
        const prices = Array.from({ length: 9999 }, (_, i) => i + 1).filter((b) => isOnGrid(g, b))
        const bidLimit = Math.min(reservation - half, (market.askBps ?? Infinity) - 1)
        const askLimit = Math.max(reservation + half, (market.bidBps ?? 0) + 1)
        expect(bidBps).toBe(prices.findLast((price) => price <= bidLimit + 1e-6))
        expect(askBps).toBe(prices.find((price) => price >= askLimit - 1e-6))
        expect(bidBps ?? 0).toBeLessThan(askBps ?? 10_000)
      },
    ),
  )
})

test('fill probability agrees with simulated arrivals', () => {
  const random = new Prng('arrivals')
  for (const [rate, mean, queue] of [
    [0.02, 40, 300],
    [0.005, 100, 50],
    [0.5, 5, 1500],
  ] as const) {
    const exact = arrivalProbability(
      { printsPerSecond: rate, meanPrintCenti: mean, horizonSeconds: 600 },
      queue,
    )
    const paths = 40_000
    let reached = 0
    for (let i = 0; i < paths; i++) {
      let volume = 0
      for (let t = random.nextExponential(rate); t < 600; t += random.nextExponential(rate)) {
        volume += random.nextExponential(1 / mean)
      }
      if (volume > queue) reached++
    }
    const standardError = Math.sqrt((exact * (1 - exact)) / paths)
    expect(Math.abs(reached / paths - exact)).toBeLessThan(4 * standardError)
  }
})

test('fill probability: limits and monotonicity', () => {
  const at = (printsPerSecond: number, horizonSeconds: number, countCenti: number): number =>
    arrivalProbability({ printsPerSecond, meanPrintCenti: 40, horizonSeconds }, countCenti)
  expect(at(0, 600, 0)).toBe(0)
  expect(at(0.02, 600, 0)).toBeCloseTo(1 - Math.exp(-12), 12)
  expect(at(0.02, 600, 1e6)).toBeLessThan(1e-12)
  expect(at(50, 600, 1000)).toBeCloseTo(1, 12)
  fc.assert(
    fc.property(
      fc.double({ min: 1e-4, max: 5, noNaN: true }),
      fc.integer({ min: 1, max: 3600 }),
      fc.integer({ min: 0, max: 5000 }),
      (rate, horizon, count) => {
        const p = at(rate, horizon, count)
        expect(p).toBeGreaterThanOrEqual(0)
        expect(at(rate, horizon + 60, count)).toBeGreaterThanOrEqual(p - 1e-13)
        expect(at(rate, horizon, count + 100)).toBeLessThanOrEqual(p + 1e-13)
      },
    ),
  )
})

test('expected values: fees on both legs, fee and adverse selection only on a fill', () => {
  const order = { priceBps: 5500, countCenti: 1000, feeMicros: 180_000 }
  expect(takerHoldEv(0.62, order).evMicros).toBeCloseTo(520_000, 6)
  expect(takerSellEv(0.5, order).evMicros).toBeCloseTo(320_000, 6)
  expect(takerRoundTripEv(5900, order, 170_000).evMicros).toBeCloseTo(50_000, 6)
  const quote = {
    pFill: 0.35,
    fairBps: 6000,
    priceBps: 5500,
    feePerContractBps: 44,
    adverseSelectionBps: 120,
  }
  expect(makerEvBps(quote)).toBeCloseTo(117.6, 9)
  expect(makerEvBps({ ...quote, pFill: 0 })).toBe(0)
  expect(conservativeProbability(0.62, 0.05)).toBeCloseTo(0.57, 12)
  expect(conservativeProbability(0.02, 0.05, 2)).toBe(0)
})

test('the hazard widens the quote, and the edge is its floor', () => {
  const terms = {
    minEdgeBps: 100,
    roundTripFeeBps: 60,
    adverseSelectionBps: 50,
    hazardCoefficient: 0.5,
    hazard15: 0,
    probability: 0.5,
  }
  expect(halfSpreadBps(terms)).toBe(100)
  expect(halfSpreadBps({ ...terms, hazard15: 0.2 })).toBeCloseTo(330, 9)
  expect(arrivalDistanceDollars(0, 50)).toBe(0.02)
  expect(arrivalDistanceDollars(1e-9, 50)).toBeCloseTo(0.02, 9)
  expect(arrivalDistanceDollars(10, 50)).toBeCloseTo(Math.log(1.2) / 10, 12)
})
