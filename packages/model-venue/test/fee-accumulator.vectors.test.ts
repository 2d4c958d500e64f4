import { describe, test } from 'vitest'
import {
  chargeFill,
  newFeeAccumulator,
  scheduleFeeCents,
  TRADE_FEE_STEP_MICROS,
} from '@kwm/model-venue'
import { expectCase, has, unknownKind, vectorCases } from '../../../vectors/vector-loop.ts'
import type { Json } from '../../../vectors/vector-loop.ts'

const TAKER_RATES = { takerRateE7: 700_000, makerRateE7: 0 }

describe('vector fee_accumulator', () => {
  test.each(vectorCases('fee_accumulator'))('$name', (c) => {
    if (!has(c.input, 'fills', 'targetPrecisionMicro')) unknownKind(c)
    const { fills, targetPrecisionMicro } = c.input
    // The vector states netFee = tradeFee + rounding - rebate, without the later floor at zero.
    const rounding = { precisionMicros: targetPrecisionMicro, netFeeFloor: false }
    let accumulator = newFeeAccumulator
    const rows = fills.map((fill: Json) => {
      const charged = chargeFill(
        accumulator,
        {
          direction: fill.side,
          priceBps: fill.px4,
          countCenti: fill.qty2,
          tradeFeeMicros: fill.tradeFeeCenticents * TRADE_FEE_STEP_MICROS,
        },
        rounding,
      )
      accumulator = charged.accumulator
      const { row } = charged
      return {
        revenueMicro: row.revenueMicros,
        tradeFeeMicro: row.tradeFeeMicros,
        roundingFeeMicro: row.roundingFeeMicros,
        accumulatorBeforeRebateMicro: row.overpaidBeforeRebateMicros,
        rebateMicro: row.rebateMicros,
        netFeeMicro: row.netFeeMicros,
        balanceChangeMicro: row.balanceChangeMicros,
        accumulatorAfterMicro: accumulator.overpaidMicros,
      }
    })
    const totalQty2 = fills.reduce((sum: number, fill: Json) => sum + fill.qty2, 0)
    expectCase(
      {
        rows,
        totalNetFeeMicro: rows.reduce((sum: number, row: Json) => sum + row.netFeeMicro, 0),
        // All fills of these cases have one price, so the order has one schedule fee.
        singleFillScheduleCents: scheduleFeeCents(TAKER_RATES, 'taker', fills[0].px4, totalQty2),
      },
      c,
    )
  })
})
