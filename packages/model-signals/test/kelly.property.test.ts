import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Prng } from '@kwm/std'
import {
  expectedLog,
  kellyExclusive,
  kellyGrowth,
  kellyWithInventory,
  shrinkToMarket,
  stakeCountCenti,
  type Instrument,
  type KellyBet,
} from '@kwm/model-signals'

/** For the inventory solver, which takes no impossible outcomes. */
const possibleBets = (): fc.Arbitrary<KellyBet[]> =>
  bets.filter((list) => list.every(({ probability }) => probability > 0))

/** Exhaustive events whose brackets cost a dollar or more together, as real books do. */
const bets: fc.Arbitrary<KellyBet[]> = fc
  .array(
    fc.record({
      weight: fc.integer({ min: 0, max: 100 }),
      edge: fc.double({ min: 0.7, max: 1.6, noNaN: true }),
    }),
    { minLength: 2, maxLength: 7 },
  )
  .filter((list) => list.some(({ weight }) => weight > 0))
  .map((list) => {
    const total = list.reduce((sum, { weight }) => sum + weight, 0)
    const priced = list.map(({ weight, edge }) => {
      const probability = weight / total
      return { probability, cost: Math.max(0.01, Math.min(0.99, probability * edge)) }
    })
    const totalCost = priced.reduce((sum, { cost }) => sum + cost, 0)
    // Below a dollar the bets would be an arbitrage: scale the prices up to an overround.
    const scale = totalCost < 1.01 ? 1.01 / totalCost : 1
    return priced.map(({ probability, cost }) => ({ probability, cost: cost * scale }))
  })

test('Kelly stakes grow at least as fast as 1000 random feasible portfolios', () => {
  fc.assert(
    fc.property(bets, fc.nat(), (list, seed) => {
      const result = kellyExclusive(list)
      if (result.kind !== 'stakes') throw new Error('the prices make no arbitrage')
      const { stakeFractions, growthRate } = result
      expect(kellyGrowth(list, stakeFractions)).toBeCloseTo(growthRate, 9)
      expect(growthRate).toBeGreaterThanOrEqual(0)
      expect(stakeFractions.reduce((sum, f) => sum + f, 0)).toBeLessThanOrEqual(1 + 1e-12)
      const random = new Prng(seed)
      for (let i = 0; i < 1000; i++) {
        const other = i % 2 === 0 ? anywhere(list.length, random) : nearby(stakeFractions, random)
        expect(kellyGrowth(list, other)).toBeLessThanOrEqual(growthRate + 1e-9)
      }
    }),
    { numRuns: 50 },
  )
})

test('the conditions of the optimum hold: taken bets beat the reserve rate, others do not', () => {
  fc.assert(
    fc.property(bets, (list) => {
      const result = kellyExclusive(list)
      if (result.kind !== 'stakes') throw new Error('the prices make no arbitrage')
      for (const [k, { probability, cost }] of list.entries()) {
        const stake = result.stakeFractions[k]!
        const wealth = result.reserveRate + stake / cost
        // Wealth is p / c where something is staked, and at least that elsewhere.
        expect(probability / cost).toBeLessThanOrEqual(wealth + 1e-9)
        expect(stake === 0 ? 0 : wealth - probability / cost).toBeCloseTo(0, 9)
      }
    }),
  )
})

test('with an empty book of positions the inventory solver finds the closed form', () => {
  fc.assert(
    fc.property(possibleBets(), (list) => {
      const exact = kellyExclusive(list)
      if (exact.kind !== 'stakes') throw new Error('the prices make no arbitrage')
      const instruments = list.map(({ cost }, k) => yesOn(k, list.length, cost, 200))
      const plan = kellyWithInventory({
        probabilities: list.map(({ probability }) => probability),
        wealthByOutcome: list.map(() => 100),
        instruments,
      })
      expect(plan.growthGain).toBeCloseTo(exact.growthRate, 6)
    }),
    { numRuns: 50 },
  )
})

test('with YES and NO on offer and positions held, no random feasible plan does better', () => {
  const problem = fc.record({
    list: possibleBets(),
    held: fc.array(fc.integer({ min: -60, max: 60 }), { minLength: 7, maxLength: 7 }),
    seed: fc.nat(),
  })
  fc.assert(
    fc.property(problem, ({ list, held, seed }) => {
      const count = list.length
      const probabilities = list.map(({ probability }) => probability)
      const wealthByOutcome = list.map((_, k) => 100 + held[k]!)
      const instruments = list.flatMap(({ cost }, k) => [
        yesOn(k, count, cost, 40),
        noOn(k, count, Math.min(0.999, Math.max(0.02, 1.03 - cost)), 40),
      ])
      const plan = kellyWithInventory({ probabilities, wealthByOutcome, instruments })
      expect(plan.growthGain).toBeGreaterThanOrEqual(-1e-12)
      const before = expectedLog(probabilities, wealthByOutcome)
      const random = new Prng(seed)
      for (let i = 0; i < 500; i++) {
        const amounts = instruments.map((instrument, j) =>
          i % 2 === 0
            ? random.nextFloat() * instrument.contractsMax
            : Math.min(40, Math.max(0, plan.contracts[j]! + random.nextNormal())),
        )
        const wealth = wealthByOutcome.map((w, k) =>
          instruments.reduce(
            (sum, s, j) => sum + amounts[j]! * (s.payoffByOutcome[k]! - s.cost),
            w,
          ),
        )
        expect(expectedLog(probabilities, wealth) - before).toBeLessThanOrEqual(
          plan.growthGain + 1e-6,
        )
      }
    }),
    { numRuns: 30 },
  )
})

test('prices below a dollar together are an arbitrage, not a bet', () => {
  const result = kellyExclusive([
    { probability: 0.5, cost: 0.48 },
    { probability: 0.5, cost: 0.49 },
  ])
  expect(result.kind).toBe('arbitrage')
})

test('probabilities that sum to a rounding above 1 leave no division by nothing', () => {
  const result = kellyExclusive([
    { probability: 0.6, cost: 0.5 },
    { probability: 0.4 + 5e-10, cost: 0.5 },
  ])
  if (result.kind !== 'stakes') throw new Error('a dollar together is no arbitrage')
  expect(result.reserveRate).toBeCloseTo(0.8, 6)
  expect(result.growthRate).toBeGreaterThan(0)
})

test('an edge without evidence is the market price', () => {
  expect(shrinkToMarket(0.6, 0.5, 0.9)).toBe(0.5)
  expect(shrinkToMarket(0.6, 0.5, 0)).toBe(0.5)
  expect(shrinkToMarket(0.6, 0.5, -2)).toBeCloseTo(0.575, 12)
  expect(shrinkToMarket(0.6, 0.5, Infinity)).toBeCloseTo(0.6, 12)
})

test('a stake buys whole hundredths of a contract', () => {
  // A quarter of 14 % of $1000 is $35; at 40¢ that is 87.5 contracts.
  expect(stakeCountCenti(0.14, 0.25, 1_000_000_000, 400_000)).toBe(8750)
  expect(stakeCountCenti(0.14, 0.25, 1_000_000_000, 419_999)).toBe(8333)
})

const yesOn = (k: number, count: number, cost: number, max: number): Instrument => ({
  payoffByOutcome: Array.from({ length: count }, (_, i) => (i === k ? 1 : 0)),
  cost,
  contractsMax: max / cost,
})
const noOn = (k: number, count: number, cost: number, max: number): Instrument => ({
  payoffByOutcome: Array.from({ length: count }, (_, i) => (i === k ? 0 : 1)),
  cost,
  contractsMax: max,
})

function anywhere(count: number, random: Prng): number[] {
  const raw = Array.from({ length: count }, () => random.nextExponential(1))
  const cash = random.nextExponential(1 / count)
  const total = raw.reduce((sum, x) => sum + x, cash)
  return raw.map((x) => x / total)
}

function nearby(stakes: readonly number[], random: Prng): number[] {
  const moved = stakes.map((f) => Math.max(0, f + 0.02 * random.nextNormal()))
  const total = moved.reduce((sum, f) => sum + f, 0)
  return total > 1 ? moved.map((f) => f / total) : moved
}
