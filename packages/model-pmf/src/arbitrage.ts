import { PAYOUT_BPS } from '@kwm/model-book'
import { assert } from '@kwm/std'

/** A YES quote of one bracket: the price and how much is there. */
export type QuoteLeg = { readonly priceBps: number; readonly countCenti: number }

/** What the venue charges a taker for one order, in micro-dollars. Symmetric in p and 1 - p. */
export type FeeMicros = (priceBps: number, countCenti: number) => number

export type BasketArbitrage = {
  readonly kind: 'buy-all' | 'sell-all'
  /** Contracts of every bracket: no more than the thinnest leg. */
  readonly countCenti: number
  /** What one set pays above its price, before fees, in basis points of $1. May be negative. */
  readonly grossBpsPerSet: number
  readonly feesMicros: number
  readonly netMicros: number
  readonly isArbitrage: boolean
}

export type LadderRung = {
  /** The contract pays when the value is above this. */
  readonly strike: number
  readonly bid: QuoteLeg
  readonly ask: QuoteLeg
}

export type LadderViolation = {
  readonly buyStrike: number
  readonly buyAskBps: number
  readonly sellStrike: number
  readonly sellBidBps: number
  readonly grossBps: number
  readonly countCenti: number
  readonly feesMicros: number
  readonly netMicros: number
}

/**
 * Buying YES in every bracket of an exhaustive, exclusive event at the asks pays $1 a set (MODELS
 * 6.6). `legs` are the asks; null when one is missing. Legs are not atomic: an opportunity, no more.
 */
export function buyAll(
  legs: readonly QuoteLeg[],
  feeMicros: FeeMicros,
  countCentiMax = Infinity,
): BasketArbitrage | null {
  return basket('buy-all', legs, feeMicros, countCentiMax)
}

/**
 * Selling YES in every bracket at the bids, which is buying every NO, owes $1 a set (MODELS 6.6).
 * `legs` are the bids; null when one is missing.
 */
export function sellAll(
  legs: readonly QuoteLeg[],
  feeMicros: FeeMicros,
  countCentiMax = Infinity,
): BasketArbitrage | null {
  return basket('sell-all', legs, feeMicros, countCentiMax)
}

function basket(
  kind: BasketArbitrage['kind'],
  legs: readonly QuoteLeg[],
  feeMicros: FeeMicros,
  countCentiMax: number,
): BasketArbitrage | null {
  assert(legs.length >= 2, 'a basket of one bracket is not a basket')
  const countCenti = Math.min(countCentiMax, ...legs.map((leg) => leg.countCenti))
  if (!(countCenti > 0) || !legs.every(isQuoted)) return null
  let sumBps = 0
  let feesMicros = 0
  for (const { priceBps } of legs) {
    sumBps += priceBps
    feesMicros += feeMicros(priceBps, countCenti)
  }
  const grossBpsPerSet = kind === 'buy-all' ? PAYOUT_BPS - sumBps : sumBps - PAYOUT_BPS
  const netMicros = grossBpsPerSet * countCenti - feesMicros
  assert(Number.isSafeInteger(netMicros), `net of ${netMicros} micros`)
  const isArbitrage = netMicros > 0
  return { kind, countCenti, grossBpsPerSet, feesMicros, netMicros, isArbitrage }
}

/**
 * Every pair of a "value above strike" ladder whose higher strike is bid above the lower one's ask:
 * buy the lower, sell the higher. Listed before fees, with what the fees leave; by buy strike, then
 * sell strike. Strikes must rise.
 */
export function ladderViolations(
  rungs: readonly LadderRung[],
  feeMicros: FeeMicros,
): LadderViolation[] {
  const found: LadderViolation[] = []
  for (const [i, low] of rungs.entries()) {
    assert(i === 0 || low.strike > rungs[i - 1]!.strike, 'strikes must rise')
    if (!isQuoted(low.ask)) continue
    for (const high of rungs.slice(i + 1)) {
      const grossBps = high.bid.priceBps - low.ask.priceBps
      if (!isQuoted(high.bid) || grossBps <= 0) continue
      const countCenti = Math.min(low.ask.countCenti, high.bid.countCenti)
      const buyFee = feeMicros(low.ask.priceBps, countCenti)
      const feesMicros = buyFee + feeMicros(high.bid.priceBps, countCenti)
      const netMicros = grossBps * countCenti - feesMicros
      assert(Number.isSafeInteger(netMicros), `net of ${netMicros} micros`)
      found.push({
        buyStrike: low.strike,
        buyAskBps: low.ask.priceBps,
        sellStrike: high.strike,
        sellBidBps: high.bid.priceBps,
        grossBps,
        countCenti,
        feesMicros,
        netMicros,
      })
    }
  }
  return found
}

/** What a bracket that cannot win any more is still worth, for a correction of the record: 0.3 %. */
export const DEAD_FLOOR_BPS = 30

/** What selling YES of a dead bracket at its bid nets over the floor, in micros; <= 0 is no trade. */
export function deadBracketNetMicros(bid: QuoteLeg, feeMicros: FeeMicros): number {
  if (!isQuoted(bid)) return 0
  const { priceBps, countCenti } = bid
  return (priceBps - DEAD_FLOOR_BPS) * countCenti - feeMicros(priceBps, countCenti)
}

/** The venue's sentinels for "nobody" are a price of 0 or 10000 and a count of 0. */
const isQuoted = ({ priceBps, countCenti }: QuoteLeg): boolean =>
  priceBps > 0 && priceBps < PAYOUT_BPS && countCenti > 0
