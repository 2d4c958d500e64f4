import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  feeMultiplierMilli,
  feeRates,
  quadraticFeeMicros,
  scheduleFeeMicros,
  tradeFeeMicros,
  type FeeRates,
  type Liquidity,
} from '@kwm/model-venue'

const price = fc.integer({ min: 1, max: 9999 })
const count = fc.integer({ min: 1, max: 100_000_000 })
const multiplier = fc.integer({ min: 0, max: 4000 })
const liquidity = fc.constantFrom<Liquidity>('taker', 'maker')
const step = fc.constantFrom(1, 100, 10_000)

// Goal: the fee is the exact rational, rounded up once. Method: no division at all. The answer is
// right when it is the least multiple of the step that is not below the exact fraction.
test('the fee is the exact rational rounded up to the step', () => {
  fc.assert(
    fc.property(price, count, multiplier, liquidity, step, (p, c, milli, who, stepMicros) => {
      const fee = quadraticFeeMicros(ratesOf(milli), who, p, c, stepMicros)
      // Dollars: (7/100 or 7/400) × milli/1000 × c/100 × p/10^4 × (10^4 - p)/10^4.
      const numerator = 7n * BigInt(milli) * BigInt(c) * BigInt(p) * BigInt(10_000 - p)
      const denominator = (who === 'taker' ? 100n : 400n) * 1000n * 100n * 10n ** 8n
      const micros = numerator * 1_000_000n
      expect(fee % stepMicros).toBe(0)
      expect(BigInt(fee) * denominator >= micros).toBe(true)
      expect(fee === 0 || BigInt(fee - stepMicros) * denominator < micros).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test('either leg pays the same: fee(p) = fee(1 - p)', () => {
  fc.assert(
    fc.property(price, count, multiplier, liquidity, step, (p, c, milli, who, stepMicros) => {
      const rates = ratesOf(milli)
      const mirrored = quadraticFeeMicros(rates, who, 10_000 - p, c, stepMicros)
      expect(quadraticFeeMicros(rates, who, p, c, stepMicros)).toBe(mirrored)
    }),
  )
})

test('splitting an order never lowers its fee, and the schedule form bounds the trade fee', () => {
  fc.assert(
    fc.property(price, count, count, liquidity, (p, a, b, who) => {
      const rates = ratesOf(1000)
      for (const fee of [scheduleFeeMicros, tradeFeeMicros]) {
        const whole = fee(rates, who, p, a + b)
        expect(fee(rates, who, p, a) + fee(rates, who, p, b)).toBeGreaterThanOrEqual(whole)
      }
      const gap = scheduleFeeMicros(rates, who, p, a) - tradeFeeMicros(rates, who, p, a)
      expect(gap).toBeGreaterThanOrEqual(0)
      expect(gap).toBeLessThan(10_000)
    }),
  )
})

test('half the multiplier is exactly half the rate', () => {
  expect(feeMultiplierMilli(0.5)).toBe(500)
  expect(feeMultiplierMilli('1.000')).toBe(1000)
  // S&P: 0.035 × 100 × 0.5 × 0.5 = $0.875.
  expect(tradeFeeMicros(ratesOf(500), 'taker', 5000, 10_000)).toBe(875_000)
  expect(scheduleFeeMicros(ratesOf(500), 'taker', 5000, 10_000)).toBe(880_000)
})

test('a multiplier we cannot hold exactly, and fee types we do not know, are refused', () => {
  expect(feeMultiplierMilli(1 / 3)).toBeUndefined()
  expect(feeMultiplierMilli('one')).toBeUndefined()
  const unsupported = { ok: false, refusal: 'fee-type-unsupported' }
  for (const feeType of ['flat', 'quadratic_with_combo_maker_fees', 'new_in_2027', '']) {
    expect(feeRates({ feeType, feeMultiplierMilli: 1000 }, 'always')).toEqual(unsupported)
  }
  for (const milli of [-1, 0.5, Number.NaN, 1e9]) {
    const terms = { feeType: 'quadratic', feeMultiplierMilli: milli }
    expect(feeRates(terms, 'series')).toEqual({ ok: false, refusal: 'fee-multiplier-invalid' })
  }
})

test('makers pay by the series, or always when we expect the worst', () => {
  const quadratic = { feeType: 'quadratic', feeMultiplierMilli: 1000 }
  const withMakers = { feeType: 'quadratic_with_maker_fees', feeMultiplierMilli: 1000 }
  const all = { ok: true, rates: { takerRateE7: 700_000, makerRateE7: 175_000 } }
  const takersOnly = { ok: true, rates: { takerRateE7: 700_000, makerRateE7: 0 } }
  expect(feeRates(quadratic, 'series')).toEqual(takersOnly)
  expect(feeRates(quadratic, 'always')).toEqual(all)
  expect(feeRates(withMakers, 'series')).toEqual(all)
})

function ratesOf(milli: number): FeeRates {
  const terms = { feeType: 'quadratic_with_maker_fees', feeMultiplierMilli: milli }
  const result = feeRates(terms, 'series')
  if (!result.ok) throw new Error(result.refusal)
  return result.rates
}
