import { assert } from '@kwm/std'
import { costMicros, PAYOUT_BPS, type OutcomeSide } from '@kwm/model-venue'

/** Contracts held on one bracket of an event, and what they cost, fees included. */
export type BracketPosition = {
  readonly bracketIndex: number
  readonly side: OutcomeSide
  readonly countCenti: number
  readonly costMicros: number
}

/** What may still fill: the unfilled count, at worst at the limit of the bought side. */
export type BracketOrder = {
  readonly bracketIndex: number
  readonly side: OutcomeSide
  readonly countCenti: number
  readonly priceBps: number
  /** The fee if all of it fills. */
  readonly feeMicros: number
}

export type EventExposure = {
  readonly bracketCount: number
  readonly positions: readonly BracketPosition[]
  readonly openOrders: readonly BracketOrder[]
  /** Brackets that can no longer win. Leave out for risk limits: a dead bracket has risen before. */
  readonly deadBrackets?: readonly number[] | undefined
  /** True when it can happen that no bracket wins, as with one binary market. */
  readonly noneCanWin?: boolean | undefined
}

/** Profit by outcome in micro-dollars; with `noneCanWin` the last outcome is "none". */
export type WorstCase = {
  readonly pnlMicrosByOutcome: readonly number[]
  readonly worstMicros: number
  /** With the subset of open orders filled that hurts most in that outcome. */
  readonly pnlMicrosByOutcomeWithOrders: readonly number[]
  readonly worstWithOrdersMicros: number
}

/**
 * The exact worst settlement profit of one event over its exclusive outcomes, with and without open
 * orders. Orders are bounded outcome by outcome: the fills an adversary picks may differ between
 * outcomes, so each order counts its loss there and never its gain (MODELS 8.7).
 */
export function worstCase(exposure: EventExposure): WorstCase {
  const { bracketCount, positions, openOrders, deadBrackets = [] } = exposure
  assert(Number.isSafeInteger(bracketCount) && bracketCount > 0, `bracket count: ${bracketCount}`)
  const outcomeCount = bracketCount + (exposure.noneCanWin === true ? 1 : 0)
  const pnl = Array.from({ length: outcomeCount }, () => 0)
  for (const position of positions) {
    checkIndex(position.bracketIndex, bracketCount)
    assert(position.countCenti >= 0, `position count: ${position.countCenti}`)
    for (let k = 0; k < outcomeCount; k++) {
      pnl[k] = safe(pnl[k]! + payoffIn(position, k) - position.costMicros)
    }
  }
  const withOrders = pnl.slice()
  for (const order of openOrders) {
    checkIndex(order.bracketIndex, bracketCount)
    assert(order.countCenti >= 0, `order count: ${order.countCenti}`)
    const paidMicros = costMicros(order.priceBps, order.countCenti) + order.feeMicros
    for (let k = 0; k < outcomeCount; k++) {
      withOrders[k] = safe(withOrders[k]! + Math.min(0, payoffIn(order, k) - paidMicros))
    }
  }
  const alive = livingOutcomes(outcomeCount, deadBrackets)
  return {
    pnlMicrosByOutcome: pnl,
    worstMicros: minimumAt(pnl, alive),
    pnlMicrosByOutcomeWithOrders: withOrders,
    worstWithOrdersMicros: minimumAt(withOrders, alive),
  }
}

/** Events of different cities or days do not net: their worst cases add. Micro-dollars. */
export const sumWorstMicros = (worstMicrosByEvent: Iterable<number>): number => {
  let sumMicros = 0
  for (const worstMicros of worstMicrosByEvent) sumMicros = safe(sumMicros + worstMicros)
  return sumMicros
}

function payoffIn(
  lot: { readonly bracketIndex: number; readonly side: OutcomeSide; readonly countCenti: number },
  outcome: number,
): number {
  const isPaid = (outcome === lot.bracketIndex) === (lot.side === 'yes')
  return isPaid ? costMicros(PAYOUT_BPS, lot.countCenti) : 0
}

function livingOutcomes(outcomeCount: number, deadBrackets: readonly number[]): readonly number[] {
  const dead = new Set(deadBrackets)
  const alive = Array.from({ length: outcomeCount }, (_, k) => k).filter((k) => !dead.has(k))
  assert(alive.length > 0, 'every outcome is dead')
  return alive
}

const minimumAt = (values: readonly number[], indices: readonly number[]): number =>
  indices.reduce((least, k) => Math.min(least, values[k]!), Infinity)

function checkIndex(bracketIndex: number, bracketCount: number): void {
  assert(
    Number.isSafeInteger(bracketIndex) && bracketIndex >= 0 && bracketIndex < bracketCount,
    `bracket ${bracketIndex} of ${bracketCount}`,
  )
}

function safe(micros: number): number {
  assert(Number.isSafeInteger(micros), `money out of range: ${micros}`)
  return micros
}
