import { PAYOUT_BPS } from '@kwm/model-book'
import { SlidingSums } from '@kwm/quant'
import type { SlidingSumsSnapshot } from '@kwm/quant'
import { AssertionError, assert, fail } from '@kwm/std'

export type TradePrint = {
  readonly eventTimeUs: number
  /** What the aggressor bought: `yes` lifts YES asks, `no` hits YES bids. */
  readonly takerSide: 'yes' | 'no'
  readonly yesPriceBps: number
  readonly countCenti: number
  /** Agreed off the book: no aggressor, so no part of the flow. */
  readonly isBlock: boolean
}

/** The prints of (from, to]. `buy` is taker YES. */
export type TradeFlowWindow = {
  readonly buyCenti: number
  readonly sellCenti: number
  readonly signedCenti: number
  /** Price x count, signed by the taker, in micro-dollars. */
  readonly signedNotionalMicros: number
  /** A probability; null without a print. */
  readonly vwap: number | null
  /** (buy - sell) / (buy + sell) in [-1, 1]; 0 without a print. */
  readonly flowImbalance: number
  readonly printCount: number
  /** Prints of one time and taker side are one decision of one aggressor. */
  readonly aggressiveEventCount: number
}

export type TradeFlowSnapshot = {
  readonly v: 1
  readonly lastEventTimeUs: number | null
  readonly sidesAtLastTime: number
  readonly sums: SlidingSumsSnapshot
}

export type TradeFlowConfig = {
  readonly windowsUs?: readonly number[]
  readonly capacity?: number
}

export const TRADE_FLOW_WINDOWS_US: readonly number[] = [10_000_000, 30_000_000, 300_000_000]

const [BUY, SELL, SIGNED_NOTIONAL, NOTIONAL, PRINTS, EVENTS] = [0, 1, 2, 3, 4, 5] as const
const COLUMNS = 6

/** Signed flow of one market over trailing windows (MODELS 1.4), exact in integers. */
export class TradeFlow {
  readonly windowsUs: readonly number[]
  readonly #sums: SlidingSums
  #lastEventTimeUs: number | null = null
  /** Which sides have traded at the last time: bit 0 yes, bit 1 no. */
  #sidesAtLastTime = 0
  readonly #row = new Float64Array(COLUMNS)

  constructor(config: TradeFlowConfig = {}, sums?: SlidingSums) {
    const { windowsUs = TRADE_FLOW_WINDOWS_US, capacity } = config
    this.windowsUs = [...windowsUs]
    const size = capacity === undefined ? {} : { capacity }
    this.#sums = sums ?? new SlidingSums({ columns: COLUMNS, windowsUs, ...size })
  }

  static restore(saved: TradeFlowSnapshot): TradeFlow {
    const sums = SlidingSums.restore(saved.sums)
    const flow = new TradeFlow({ windowsUs: saved.sums.windowsUs }, sums)
    flow.#lastEventTimeUs = saved.lastEventTimeUs
    flow.#sidesAtLastTime = saved.sidesAtLastTime
    return flow
  }

  /** Prints that left a window early because the queue was full. 0 in health. */
  get evictedCount(): number {
    return this.#sums.evictedCount
  }

  /** True for a new decision of an aggressor: not a slice of the last one, nor a block. */
  push(print: TradePrint): boolean {
    assertPrint(print)
    if (print.isBlock) return false
    const { eventTimeUs, takerSide, yesPriceBps, countCenti } = print
    const isBuy = takerSide === 'yes'
    if (eventTimeUs !== this.#lastEventTimeUs) {
      this.#lastEventTimeUs = eventTimeUs
      this.#sidesAtLastTime = 0
    }
    const side = isBuy ? 1 : 2
    const row = this.#row
    const notionalMicros = yesPriceBps * countCenti
    row[BUY] = isBuy ? countCenti : 0
    row[SELL] = isBuy ? 0 : countCenti
    row[SIGNED_NOTIONAL] = isBuy ? notionalMicros : -notionalMicros
    row[NOTIONAL] = notionalMicros
    row[PRINTS] = 1
    const isNew = (this.#sidesAtLastTime & side) === 0
    row[EVENTS] = isNew ? 1 : 0
    this.#sidesAtLastTime |= side
    this.#sums.push(eventTimeUs, row)
    return isNew
  }

  /** Moves the windows on to a time without a print. */
  advance(nowUs: number): void {
    this.#sums.advance(nowUs)
  }

  /** The w-th of the configured windows, as of the latest time. */
  window(w: number): TradeFlowWindow {
    if (!(this.windowsUs[w] !== undefined)) fail(`no window ${w}`)
    const sums = this.#sums
    const countCenti = this.volumeCenti(w)
    const signedCenti = this.signedCenti(w)
    return {
      buyCenti: sums.sum(w, BUY),
      sellCenti: sums.sum(w, SELL),
      signedCenti,
      signedNotionalMicros: sums.sum(w, SIGNED_NOTIONAL),
      vwap: this.vwap(w),
      flowImbalance: countCenti > 0 ? signedCenti / countCenti : 0,
      printCount: sums.sum(w, PRINTS),
      aggressiveEventCount: this.aggressiveEventCount(w),
    }
  }

  /** A number that differs whenever the w-th window may. */
  changes(w: number): number {
    return this.#sums.changes(w)
  }

  volumeCenti(w: number): number {
    return this.#sums.sum(w, BUY) + this.#sums.sum(w, SELL)
  }

  signedCenti(w: number): number {
    return this.#sums.sum(w, BUY) - this.#sums.sum(w, SELL)
  }

  vwap(w: number): number | null {
    const countCenti = this.volumeCenti(w)
    return countCenti > 0 ? this.#sums.sum(w, NOTIONAL) / countCenti / PAYOUT_BPS : null
  }

  aggressiveEventCount(w: number): number {
    return this.#sums.sum(w, EVENTS)
  }

  snapshot(): TradeFlowSnapshot {
    return {
      v: 1,
      lastEventTimeUs: this.#lastEventTimeUs,
      sidesAtLastTime: this.#sidesAtLastTime,
      sums: this.#sums.snapshot(),
    }
  }
}

function assertPrint(print: TradePrint): void {
  const { yesPriceBps, countCenti } = print
  const isPrice = Number.isInteger(yesPriceBps) && yesPriceBps > 0 && yesPriceBps < PAYOUT_BPS
  if (!isPrice) throw new AssertionError(`a print at ${yesPriceBps} bps`)
  if (!Number.isSafeInteger(countCenti) || countCenti <= 0) {
    throw new AssertionError(`a print of ${countCenti} centi`)
  }
  assert(Number.isSafeInteger(yesPriceBps * countCenti), 'a notional beyond exact integers')
}

/**
 * Where a bar closed within its range, (close - low) / (high - low) in [0, 1]: 0.5 when the range is
 * flat, null without a trade (all null). Any price unit.
 */
export function closeLocation(
  high: number | null,
  low: number | null,
  close: number | null,
): number | null {
  if (high === null || low === null || close === null) return null
  if (!(low <= close && close <= high)) fail(`close ${close} outside [${low}, ${high}]`)
  return high === low ? 0.5 : (close - low) / (high - low)
}
