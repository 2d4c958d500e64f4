import { assert, fail } from '@kwm/std'
import { PAYOUT_BPS, priceAbove, priceBelow, roundToTick, type PriceGrid } from '@kwm/model-venue'

/** Prices as probabilities (1 is the payout), one per exclusive outcome. */
export type ReservationPrices = {
  /** Exact under constant absolute risk aversion; positive and summing to 1. */
  readonly exact: readonly number[]
  /** Its first order in γ: p(1 - γ(W - E[W])). May leave [0, 1]; for comparison and intuition. */
  readonly firstOrder: readonly number[]
}

/** Two-sided quote, post-only. `undefined`: there is no order price on that side. */
export type Quote = {
  readonly bidBps: number | undefined
  readonly askBps: number | undefined
}

const MICROS_PER_DOLLAR = 1_000_000
const SUM_TOLERANCE = 1e-6
/** A float this near a whole basis point means the basis point. */
const SNAP_BPS = 1e-6

/**
 * The price at which one more contract of each outcome leaves us indifferent: each outcome's
 * probability weighted by how poor we are in it. `wealthMicrosByOutcome`: settlement P&L by
 * outcome (model-risk). `gammaPerDollar` ≥ 0; 0 gives the probabilities back.
 */
export function reservationPrices(
  probabilities: readonly number[],
  wealthMicrosByOutcome: readonly number[],
  gammaPerDollar: number,
): ReservationPrices {
  const exact = exactReservationPrices(probabilities, wealthMicrosByOutcome, gammaPerDollar)
  const wealth = wealthMicrosByOutcome.map((micros) => micros / MICROS_PER_DOLLAR)
  const meanWealth = wealth.reduce((sum, w, k) => sum + probabilities[k]! * w, 0)
  return {
    exact,
    firstOrder: probabilities.map((p, k) => p * (1 - gammaPerDollar * (wealth[k]! - meanWealth))),
  }
}

/** The exact prices alone, as a quote wants them on every book event. */
export function exactReservationPrices(
  probabilities: readonly number[],
  wealthMicrosByOutcome: readonly number[],
  gammaPerDollar: number,
): number[] {
  const outcomes = probabilities.length
  if (outcomes !== wealthMicrosByOutcome.length) fail('one wealth per outcome')
  if (!(Number.isFinite(gammaPerDollar) && gammaPerDollar >= 0)) fail(`gamma: ${gammaPerDollar}`)
  let total = 0
  // Measured from the poorest possible outcome, so that the largest weight is its own p: no overflow.
  let poorest = Infinity
  for (let k = 0; k < outcomes; k++) {
    const p = probabilities[k]!
    if (!(p >= 0 && p <= 1)) fail(`probability: ${p}`)
    total += p
    if (p > 0) poorest = Math.min(poorest, wealthMicrosByOutcome[k]! / MICROS_PER_DOLLAR)
  }
  if (!(Math.abs(total - 1) <= SUM_TOLERANCE)) fail(`probabilities sum to ${total}`)
  const prices: number[] = []
  let norm = 0
  for (let k = 0; k < outcomes; k++) {
    const p = probabilities[k]!
    const above = wealthMicrosByOutcome[k]! / MICROS_PER_DOLLAR - poorest
    const weight = p === 0 ? 0 : p * Math.exp(-gammaPerDollar * above)
    prices.push(weight)
    norm += weight
  }
  for (let k = 0; k < outcomes; k++) prices[k] = prices[k]! / norm
  return prices
}

/** γ such that a long position of the full cap multiplies the odds by e^-0.16 (50¢ to 46¢). */
export function defaultGammaPerDollar(capContracts: number): number {
  if (!(capContracts > 0)) fail(`cap: ${capContracts}`)
  return 0.16 / capContracts
}

/**
 * Half the spread to quote, in basis points per contract: what a fill costs on average, and more as
 * a jump becomes likely. A new high is a jump against the quote, so the hazard widens.
 */
export function halfSpreadBps(terms: {
  readonly minEdgeBps: number
  readonly roundTripFeeBps: number
  readonly adverseSelectionBps: number
  readonly hazardCoefficient: number
  /** P(a new official high within 15 minutes). */
  readonly hazard15: number
  readonly probability: number
}): number {
  const { minEdgeBps, roundTripFeeBps, adverseSelectionBps, hazardCoefficient } = terms
  const jumpVariance = terms.hazard15 * terms.probability * (1 - terms.probability)
  const costBps = roundTripFeeBps / 2 + adverseSelectionBps
  return Math.max(minEdgeBps, costBps + hazardCoefficient * jumpVariance * PAYOUT_BPS)
}

/**
 * Avellaneda–Stoikov distance for arrivals λ(δ) = A e^(-kδ): (1/γ) ln(1 + γ/k), which is 1/k as γ
 * goes to 0. γ and k per dollar; the answer in dollars.
 */
export function arrivalDistanceDollars(gammaPerDollar: number, decayPerDollar: number): number {
  assert(decayPerDollar > 0 && gammaPerDollar >= 0, 'gamma and decay')
  if (gammaPerDollar === 0) return 1 / decayPerDollar
  return Math.log1p(gammaPerDollar / decayPerDollar) / gammaPerDollar
}

/**
 * A quote around the reservation price: rounded outward to the market's own ticks and kept one tick
 * inside the opposite side, so that it can rest. An absent side of the market does not constrain.
 */
export function postOnlyQuote(
  reservationBps: number,
  halfSpread: number,
  market: { readonly bidBps?: number | undefined; readonly askBps?: number | undefined },
  grid: PriceGrid,
): Quote {
  if (!Number.isFinite(reservationBps)) fail(`reservation price: ${reservationBps}`)
  if (!(halfSpread > 0)) fail(`half-spread: ${halfSpread}`)
  const wishedBidBps = Math.floor(reservationBps - halfSpread + SNAP_BPS)
  const wishedAskBps = Math.ceil(reservationBps + halfSpread - SNAP_BPS)
  const bidBps = roundToTick(grid, wishedBidBps, 'down')
  const askBps = roundToTick(grid, wishedAskBps, 'up')
  return {
    bidBps: market.askBps === undefined ? bidBps : least(bidBps, priceBelow(grid, market.askBps)),
    askBps: market.bidBps === undefined ? askBps : most(askBps, priceAbove(grid, market.bidBps)),
  }
}

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : Math.min(a, b)

const most = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : Math.max(a, b)
