import { assert } from '@kwm/std'
import { oppositeSide, priceOfSide, type OutcomeSide } from './payoff.ts'

/** From deciding to resting in the venue's book, when nothing better was measured. */
export const ACTIVATION_LATENCY_US_DEFAULT = 800_000

/** A resting order as a print-by-print backtest sees it. Plain data, integers. */
export type RestingOrder = {
  readonly side: OutcomeSide
  /** The limit for the bought side: a NO bid at 40¢ is 4000. */
  readonly limitBps: number
  readonly activeAtUs: number
  readonly queueAheadCenti: number
  readonly remainingCenti: number
}

/** One trade of the tape. */
export type Print = {
  readonly eventTimeUs: number
  readonly takerSide: OutcomeSide
  readonly yesPriceBps: number
  readonly countCenti: number
}

export type PrintFill = { readonly order: RestingOrder; readonly filledCenti: number }

export function restOrder(details: {
  readonly side: OutcomeSide
  readonly limitBps: number
  readonly countCenti: number
  readonly queueAheadCenti: number
  readonly decidedAtUs: number
  readonly activationLatencyUs?: number
}): RestingOrder {
  const { side, limitBps, countCenti, queueAheadCenti, decidedAtUs } = details
  const latencyUs = details.activationLatencyUs ?? ACTIVATION_LATENCY_US_DEFAULT
  assert(latencyUs >= 0, `activation latency: ${latencyUs}`)
  assert(Number.isSafeInteger(countCenti) && countCenti > 0, `order count: ${countCenti}`)
  assert(Number.isSafeInteger(queueAheadCenti) && queueAheadCenti >= 0, 'queue ahead')
  return {
    side,
    limitBps,
    activeAtUs: decidedAtUs + latencyUs,
    queueAheadCenti,
    remainingCenti: countCenti,
  }
}

/**
 * What one print does to the order. Only takers of the other leg can hit us, only once we are
 * active. A print worse than our limit means our level was swept: the queue is gone and we fill up
 * to the print's size. A print at our limit eats the queue first.
 */
export function applyPrint(order: RestingOrder, print: Print): PrintFill {
  const unchanged = { order, filledCenti: 0 }
  if (print.eventTimeUs < order.activeAtUs || order.remainingCenti === 0) return unchanged
  if (print.takerSide !== oppositeSide(order.side)) return unchanged
  const printBps = priceOfSide(order.side, print.yesPriceBps)
  if (printBps > order.limitBps) return unchanged
  assert(print.countCenti > 0, `print count: ${print.countCenti}`)
  const through = printBps < order.limitBps
  const queueAheadCenti = through ? 0 : Math.max(0, order.queueAheadCenti - print.countCenti)
  const eatenCenti = through ? 0 : order.queueAheadCenti - queueAheadCenti
  const filledCenti = Math.min(order.remainingCenti, print.countCenti - eatenCenti)
  return {
    order: { ...order, queueAheadCenti, remainingCenti: order.remainingCenti - filledCenti },
    filledCenti,
  }
}
