import { assert } from '@kwm/std'
import { costMicros } from './payoff.ts'

/**
 * How the account's balance is kept. `precisionMicros`: 10000 through a broker, 100 for a direct
 * member. `netFeeFloor`: withhold a rebate that would make a fill's net fee negative. The text of
 * September 2026 says so; the worked examples of June never get there.
 */
export type BalanceRounding = { readonly precisionMicros: number; readonly netFeeFloor: boolean }

/** Rounding overpaid by one order so far and not yet paid back. Maker and taker fills share it. */
export type FeeAccumulator = { readonly overpaidMicros: number }

export type FillForFee = {
  /** `buy` pays for contracts of either leg; `sell` receives. */
  readonly direction: 'buy' | 'sell'
  readonly priceBps: number
  readonly countCenti: number
  readonly tradeFeeMicros: number
}

/** One row of the venue's worked examples. Cash moved = balance change + rebate. */
export type FillFeeRow = {
  readonly revenueMicros: number
  readonly tradeFeeMicros: number
  readonly roundingFeeMicros: number
  readonly overpaidBeforeRebateMicros: number
  readonly rebateMicros: number
  readonly netFeeMicros: number
  readonly balanceChangeMicros: number
}

export const newFeeAccumulator: FeeAccumulator = { overpaidMicros: 0 }

const REBATE_MICROS = 10_000

/**
 * Charge one fill: the balance change is rounded down to the account's precision, the difference is
 * a rounding fee, and once an order has overpaid more than a cent (strictly), a cent comes back.
 * Vector `fee_accumulator`; the booked truth is the fill's own `fee_cost`.
 */
export function chargeFill(
  accumulator: FeeAccumulator,
  fill: FillForFee,
  rounding: BalanceRounding,
): { readonly accumulator: FeeAccumulator; readonly row: FillFeeRow } {
  const { precisionMicros } = rounding
  assert(Number.isSafeInteger(precisionMicros) && precisionMicros > 0, 'balance precision')
  assert(Number.isSafeInteger(fill.tradeFeeMicros), `trade fee: ${fill.tradeFeeMicros}`)
  const paidMicros = costMicros(fill.priceBps, fill.countCenti)
  const revenueMicros = fill.direction === 'buy' ? -paidMicros : paidMicros
  const changeMicros = revenueMicros - fill.tradeFeeMicros
  const balanceChangeMicros = floorTo(changeMicros, precisionMicros)
  const roundingFeeMicros = changeMicros - balanceChangeMicros
  const overpaidBeforeRebateMicros = accumulator.overpaidMicros + roundingFeeMicros
  const grossFeeMicros = fill.tradeFeeMicros + roundingFeeMicros
  const due = overpaidBeforeRebateMicros > REBATE_MICROS
  const withheld = rounding.netFeeFloor && grossFeeMicros < REBATE_MICROS
  const rebateMicros = due && !withheld ? REBATE_MICROS : 0
  return {
    accumulator: { overpaidMicros: overpaidBeforeRebateMicros - rebateMicros },
    row: {
      revenueMicros,
      tradeFeeMicros: fill.tradeFeeMicros,
      roundingFeeMicros,
      overpaidBeforeRebateMicros,
      rebateMicros,
      netFeeMicros: grossFeeMicros - rebateMicros,
      balanceChangeMicros,
    },
  }
}

/** Toward minus infinity, in integers. */
function floorTo(value: number, step: number): number {
  const remainder = value % step
  if (remainder === 0) return value
  return remainder > 0 ? value - remainder : value - remainder - step
}
