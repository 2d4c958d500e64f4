import { assert } from '@kwm/std'

/**
 * Something to buy: its payoff per contract in each outcome and its all-in cost, in dollars. YES on
 * bracket k pays 1 in outcome k; NO pays 1 in every other.
 */
export type Instrument = {
  readonly payoffByOutcome: readonly number[]
  readonly cost: number
  /** Contracts at most: the caps of risk and of the book's depth. */
  readonly contractsMax: number
}

/**
 * Probabilities are above 0: floor them, or leave a dead outcome out altogether. In an outcome of
 * probability 0 the optimum would not mind losing more than there is.
 */
export type KellyProblem = {
  readonly probabilities: readonly number[]
  /** Dollars in each outcome before buying: cash plus the payoff of what is already held. */
  readonly wealthByOutcome: readonly number[]
  readonly instruments: readonly Instrument[]
}

export type KellyPlan = {
  readonly contracts: readonly number[]
  /** Expected log wealth after minus before. Never negative: buying nothing is allowed. */
  readonly growthGain: number
  /** False when the sweeps ran out: the plan is feasible and no worse than nothing, but not best. */
  readonly converged: boolean
}

const SWEEPS_MAX = 2000
const BISECTIONS_MAX = 80
/** Stop when a whole sweep moves no instrument by more than this fraction of its cap. */
const STEP_TOLERANCE = 1e-10

/**
 * Contracts that maximize expected log wealth given what is already held, NO positions included.
 *
 * Concave with box limits, so one-at-a-time exact line searches climb to the optimum. Each search is
 * a bisection of the slope, which falls monotonically.
 */
export function kellyWithInventory(problem: KellyProblem): KellyPlan {
  const { probabilities, wealthByOutcome, instruments } = problem
  check(problem)
  const contracts = instruments.map(() => 0)
  const wealth = wealthByOutcome.slice()
  let converged = false
  for (let sweep = 0; sweep < SWEEPS_MAX && !converged; sweep++) {
    converged = true
    for (const [j, instrument] of instruments.entries()) {
      const before = contracts[j]!
      const after = bestAmount(probabilities, wealth, instrument, before)
      if (Math.abs(after - before) > STEP_TOLERANCE * Math.max(1, instrument.contractsMax)) {
        converged = false
      }
      contracts[j] = after
      for (const k of wealth.keys()) wealth[k]! += (after - before) * gain(instrument, k)
    }
  }
  return {
    contracts,
    growthGain: expectedLog(probabilities, wealth) - expectedLog(probabilities, wealthByOutcome),
    converged,
  }
}

/** Expected log of wealth; minus infinity when ruin is possible. */
export const expectedLog = (probabilities: readonly number[], wealth: readonly number[]): number =>
  probabilities.reduce(
    (sum, p, k) => sum + p * (wealth[k]! > 0 ? Math.log(wealth[k]!) : -Infinity),
    0,
  )

/** The amount in [0, max] at which one more contract of this instrument adds nothing. */
function bestAmount(
  probabilities: readonly number[],
  wealth: readonly number[],
  instrument: Instrument,
  current: number,
): number {
  const slopeAt = (amount: number): number => {
    let slope = 0
    for (const [k, p] of probabilities.entries()) {
      const after = wealth[k]! + (amount - current) * gain(instrument, k)
      // Past ruin the slope points back to where we are, which is never ruinous.
      if (after <= 0) return gain(instrument, k) > 0 ? Infinity : -Infinity
      slope += (p * gain(instrument, k)) / after
    }
    return slope
  }
  let low = 0
  let high = instrument.contractsMax
  if (slopeAt(high) >= 0) return high
  if (slopeAt(low) <= 0) return low
  for (let i = 0; i < BISECTIONS_MAX && high > low; i++) {
    const middle = (low + high) / 2
    if (slopeAt(middle) > 0) low = middle
    else high = middle
  }
  return low
}

const gain = (instrument: Instrument, outcome: number): number =>
  instrument.payoffByOutcome[outcome]! - instrument.cost

function check(problem: KellyProblem): void {
  const { probabilities, wealthByOutcome, instruments } = problem
  assert(probabilities.length === wealthByOutcome.length, 'one wealth per outcome')
  assert(
    probabilities.every((p) => p > 0 && p <= 1),
    'probabilities must be above 0',
  )
  const isSolvent = wealthByOutcome.every((wealth) => wealth > 0)
  assert(isSolvent, 'already ruined in some outcome: there is nothing to maximize')
  for (const { payoffByOutcome, cost, contractsMax } of instruments) {
    assert(payoffByOutcome.length === probabilities.length, 'one payoff per outcome')
    assert(cost > 0 && contractsMax >= 0 && Number.isFinite(contractsMax), 'cost and cap')
  }
}
