import { describe, expect, test } from 'vitest'
import {
  feeMultiplierMilli,
  feeRates,
  scheduleFeeCents,
  tradeFeeMicros,
  TRADE_FEE_STEP_MICROS,
  type FeeRates,
} from '@kwm/model-venue'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
} from '../../../vectors/vector-loop.ts'

describe('vector fees', () => {
  test.each(vectorCases('fees'))('$name', (c) => {
    if (!has(c.input, 'px4', 'qty2', 'multiplier')) unknownKind(c)
    const { px4, qty2, multiplier } = c.input
    const rates = ratesOf(multiplier)
    const got = {
      takerScheduleCents: scheduleFeeCents(rates, 'taker', px4, qty2),
      makerScheduleCents: scheduleFeeCents(rates, 'maker', px4, qty2),
      takerTradeFeeCenticents: tradeFeeMicros(rates, 'taker', px4, qty2) / TRADE_FEE_STEP_MICROS,
      makerTradeFeeCenticents: tradeFeeMicros(rates, 'maker', px4, qty2) / TRADE_FEE_STEP_MICROS,
    }
    expectCase(got, c)
    for (const wrong of Object.values(c.wrong ?? {})) {
      expectDiffers(got.takerScheduleCents, wrong, c.tol)
    }
  })
})

function ratesOf(multiplier: number): FeeRates {
  const milli = feeMultiplierMilli(multiplier)
  expect(milli).toBeDefined()
  const result = feeRates(
    { feeType: 'quadratic_with_maker_fees', feeMultiplierMilli: milli! },
    'series',
  )
  if (!result.ok) throw new Error(result.refusal)
  return result.rates
}
