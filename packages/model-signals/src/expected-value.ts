import { assert, fail } from '@kwm/std'
import { PAYOUT_BPS } from '@kwm/model-venue'

/** An order as expectations see it: `count` of one side at that side's price, all fees known. */
export type PricedOrder = {
  readonly priceBps: number
  readonly countCenti: number
  /** Of the whole order. Use the schedule form: it bounds the real fee to a cent per order. */
  readonly feeMicros: number
}

/** An expectation: floats. `evMicros` of the whole order, `evBps` per contract. */
export type ExpectedValue = { readonly evMicros: number; readonly evBps: number }

/** Maker quotes below 1.5¢ and taker trades below 3¢ per contract are not worth their risk. */
export const MAKER_EV_BPS_MIN_DEFAULT = 150
export const TAKER_EV_BPS_MIN_DEFAULT = 300

/** Buy a side that wins with probability `pWin` and hold it to settlement. */
export function takerHoldEv(pWin: number, order: PricedOrder): ExpectedValue {
  checkProbability(pWin, 'pWin')
  return valueOf(pWin * PAYOUT_BPS - order.priceBps, order.countCenti, order.feeMicros)
}

/** Buy now, sell at an expected bid later. Both legs pay a fee. */
export const takerRoundTripEv = (
  expectedExitBidBps: number,
  order: PricedOrder,
  exitFeeMicros: number,
): ExpectedValue =>
  valueOf(expectedExitBidBps - order.priceBps, order.countCenti, order.feeMicros + exitFeeMicros)

/** Sell contracts you hold at the bid, instead of holding them. `priceBps` is the bid. */
export function takerSellEv(pWin: number, order: PricedOrder): ExpectedValue {
  checkProbability(pWin, 'pWin')
  return valueOf(order.priceBps - pWin * PAYOUT_BPS, order.countCenti, order.feeMicros)
}

/** A probability to buy on: `z` standard errors below the estimate, never below 0. */
export function conservativeProbability(pWin: number, sd: number, z = 1): number {
  checkProbability(pWin, 'pWin')
  if (!(sd >= 0 && z >= 0)) fail(`sd ${sd}, z ${z}`)
  return Math.max(0, pWin - z * sd)
}

/**
 * A resting quote, per contract, in basis points. The fee and the adverse selection are paid only
 * when it fills, so they stand inside the bracket. `adverseSelectionBps`: how far the mid moves
 * against us after our fills, on average; positive is bad.
 */
export function makerEvBps(quote: {
  readonly pFill: number
  readonly fairBps: number
  readonly priceBps: number
  readonly feePerContractBps: number
  readonly adverseSelectionBps: number
}): number {
  checkProbability(quote.pFill, 'pFill')
  const { pFill, fairBps, priceBps, adverseSelectionBps } = quote
  return pFill * (fairBps - adverseSelectionBps - priceBps - quote.feePerContractBps)
}

/** A fee in micro-dollars as basis points per contract. */
export function feePerContractBps(feeMicros: number, countCenti: number): number {
  if (!(countCenti > 0)) fail(`count: ${countCenti}`)
  return feeMicros / countCenti
}

function valueOf(edgeBps: number, countCenti: number, feeMicros: number): ExpectedValue {
  if (!Number.isFinite(edgeBps)) fail(`edge: ${edgeBps}`)
  if (!(Number.isSafeInteger(countCenti) && countCenti > 0)) fail(`count: ${countCenti}`)
  const evMicros = edgeBps * countCenti - feeMicros
  return { evMicros, evBps: evMicros / countCenti }
}

function checkProbability(p: number, name: string): void {
  if (!(p >= 0 && p <= 1)) fail(`${name}: ${p}`)
}

/** Arrivals that hit our side of the book, in contracts: Poisson prints of exponential size. */
export type ArrivalModel = {
  readonly printsPerSecond: number
  readonly meanPrintCenti: number
  readonly horizonSeconds: number
}

/**
 * P(more than `countCenti` arrives before the horizon). To fill the first contract take the queue
 * ahead; to fill all, the queue and our size.
 *
 * Exact: k prints bring more than Q exactly when a Poisson(Q / mean) count stays below k, so this
 * is P(K > J) for independent K ~ Poisson(λT), J ~ Poisson(Q / mean).
 */
export function arrivalProbability(arrivals: ArrivalModel, countCenti: number): number {
  const { printsPerSecond, meanPrintCenti, horizonSeconds } = arrivals
  assert(printsPerSecond >= 0 && horizonSeconds >= 0, 'arrival rate and horizon')
  assert(meanPrintCenti > 0 && countCenti >= 0, 'print size and count')
  const arrivingMean = printsPerSecond * horizonSeconds
  const neededMean = countCenti / meanPrintCenti
  if (Math.max(arrivingMean, neededMean) <= SMALL_MEAN)
    return smallArrival(arrivingMean, neededMean)
  const arriving = poissonWindow(arrivingMean)
  const needed = poissonWindow(neededMean)
  let probability = 0
  let below = 0 // P(J < k), carried along as k grows.
  let next = needed.first
  for (const [offset, mass] of arriving.masses.entries()) {
    const k = arriving.first + offset
    for (; next < k && next - needed.first < needed.masses.length; next++) {
      below += needed.masses[next - needed.first]!
    }
    probability += mass * below
  }
  return Math.min(1, probability)
}

/** Up to here e^-mean is far from underflow, and the sum can start at 0. */
const SMALL_MEAN = 300
const NEGLIGIBLE = 1e-17

/** The same sum from k = 0 on, both distributions carried along; nothing allocated. */
function smallArrival(arrivingMean: number, neededMean: number): number {
  let arriving = Math.exp(-arrivingMean)
  let needed = Math.exp(-neededMean)
  let below = 0 // P(J < k)
  let probability = 0
  for (let k = 0; k <= arrivingMean || arriving > NEGLIGIBLE; k++) {
    probability += arriving * below
    below += needed
    arriving *= arrivingMean / (k + 1)
    needed *= neededMean / (k + 1)
  }
  return Math.min(1, probability)
}

const POISSON_MEAN_MAX = 1e6
/** Mass outside mean ± (12 sd + 40) is below 1e-15. */
const WINDOW_SDS = 12
const WINDOW_SLACK = 40

/** The probabilities of a Poisson that matter, by the ratio of neighbours from the mode outward. */
function poissonWindow(mean: number): { readonly first: number; readonly masses: number[] } {
  if (!(mean <= POISSON_MEAN_MAX)) fail(`Poisson mean: ${mean}`)
  const mode = Math.floor(mean)
  const reach = Math.ceil(WINDOW_SDS * Math.sqrt(mean)) + WINDOW_SLACK
  const first = Math.max(0, mode - reach)
  const masses = Array.from({ length: mode + reach - first + 1 }, () => 0)
  masses[mode - first] = 1
  for (let k = mode; k > first; k--) masses[k - 1 - first] = (masses[k - first]! * k) / mean
  for (let k = mode + 1; k <= mode + reach; k++) {
    masses[k - first] = (masses[k - 1 - first]! * mean) / k
  }
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  return { first, masses: masses.map((mass) => mass / total) }
}
