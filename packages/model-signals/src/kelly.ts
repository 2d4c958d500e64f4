import { assert } from '@kwm/std'

/** One bracket to buy YES on: win probability, and all-in cost of $1 of payout (price plus fee). */
export type KellyBet = { readonly probability: number; readonly cost: number }

/**
 * Stakes as fractions of wealth, in the order of the bets, for full Kelly. `arbitrage`: all outcomes
 * together cost less than they pay, so growth is unbounded and another rule must size it.
 */
export type KellyStakes =
  | {
      readonly kind: 'stakes'
      readonly stakeFractions: readonly number[]
      /** Wealth left in an outcome we did not bet on. */
      readonly reserveRate: number
      /** Expected log growth per bet. */
      readonly growthRate: number
    }
  | { readonly kind: 'arbitrage'; readonly totalCost: number }

export const KELLY_FRACTION_DEFAULT = 0.25
const SUM_TOLERANCE = 1e-9

/**
 * Full Kelly over exclusive outcomes, YES only, exact (Smoczynski–Tomkins): take bets by p/c while
 * p/c beats the reserve rate R = (1 - Σp) / (1 - Σc) of those taken; stake p - R c.
 *
 * Probabilities sum to at most 1; each cost is above 0, and 1 or more is never worth buying.
 */
export function kellyExclusive(bets: readonly KellyBet[]): KellyStakes {
  checkBets(bets)
  const totalCost = bets.reduce((sum, bet) => sum + bet.cost, 0)
  const totalProbability = bets.reduce((sum, bet) => sum + bet.probability, 0)
  const isExhaustive = totalProbability >= 1 - SUM_TOLERANCE
  if (isExhaustive && totalCost < 1) return { kind: 'arbitrage', totalCost }
  const order = bets
    .map(({ probability, cost }, index) => ({
      index,
      probability,
      cost,
      ratio: probability / cost,
    }))
    .toSorted((a, b) => b.ratio - a.ratio || a.index - b.index)
  let freeProbability = 1
  let freeCost = 1
  let reserveRate = 1
  const taken: typeof order = []
  for (const bet of order) {
    if (bet.ratio <= reserveRate || freeCost - bet.cost <= 0) break
    taken.push(bet)
    freeProbability -= bet.probability
    freeCost -= bet.cost
    reserveRate = Math.max(0, freeProbability) / freeCost
  }
  const stakeFractions = bets.map(() => 0)
  for (const { index, probability, cost } of taken) {
    stakeFractions[index] = Math.max(0, probability - reserveRate * cost)
  }
  return {
    kind: 'stakes',
    stakeFractions,
    reserveRate,
    growthRate: growthOf(bets, stakeFractions, Math.max(0, freeProbability), reserveRate, taken),
  }
}

/**
 * Expected log wealth of any stakes over exclusive bets; the probability not listed is an outcome in
 * which every bet loses. `-Infinity` when ruin is possible.
 */
export function kellyGrowth(bets: readonly KellyBet[], stakeFractions: readonly number[]): number {
  checkBets(bets)
  const staked = stakeFractions.reduce((sum, f) => sum + f, 0)
  const unlisted = 1 - bets.reduce((sum, bet) => sum + bet.probability, 0)
  const rest = unlisted > SUM_TOLERANCE ? weightedLog(unlisted, 1 - staked) : 0
  return bets.reduce(
    (sum, { probability, cost }, k) =>
      sum + weightedLog(probability, 1 - staked + stakeFractions[k]! / cost),
    rest,
  )
}

/** Pull a probability toward the market's by how well its edge is established (a t statistic). */
export function shrinkToMarket(probability: number, marketProbability: number, t: number): number {
  const keep = t === 0 ? 0 : Math.max(0, 1 - 1 / (t * t))
  return marketProbability + (probability - marketProbability) * keep
}

/** Contracts, in 0.01, that a stake buys: rounded down. Wealth and the price's cost are exact. */
export function stakeCountCenti(
  stakeFraction: number,
  kellyFraction: number,
  wealthMicros: number,
  costPerContractMicros: number,
): number {
  assert(stakeFraction >= 0 && stakeFraction <= 1, `stake: ${stakeFraction}`)
  assert(kellyFraction >= 0 && kellyFraction <= 1, `Kelly fraction: ${kellyFraction}`)
  assert(wealthMicros >= 0 && costPerContractMicros > 0, 'wealth and cost')
  const stakeMicros = stakeFraction * kellyFraction * wealthMicros
  return Math.floor((stakeMicros * 100) / costPerContractMicros)
}

/** Sums over the taken bets directly: the wealth there is p / c, with no cancellation. */
function growthOf(
  bets: readonly KellyBet[],
  stakes: readonly number[],
  freeProbability: number,
  reserveRate: number,
  taken: readonly { readonly index: number }[],
): number {
  const isTaken = new Set(taken.map(({ index }) => index))
  const won = bets.reduce(
    (sum, { probability, cost }, k) =>
      isTaken.has(k) ? sum + weightedLog(probability, reserveRate + stakes[k]! / cost) : sum,
    0,
  )
  // Rounding can leave 1e-17 of probability on a ruin that cannot happen.
  return freeProbability > SUM_TOLERANCE ? won + weightedLog(freeProbability, reserveRate) : won
}

const weightedLog = (probability: number, wealth: number): number =>
  probability === 0 ? 0 : probability * (wealth > 0 ? Math.log(wealth) : -Infinity)

function checkBets(bets: readonly KellyBet[]): void {
  for (const { probability, cost } of bets) {
    assert(probability >= 0 && probability <= 1, `bet probability: ${probability}`)
    assert(cost > 0, `bet cost: ${cost}`)
  }
  const total = bets.reduce((sum, bet) => sum + bet.probability, 0)
  assert(total <= 1 + SUM_TOLERANCE, `bet probabilities sum to ${total}`)
}
