import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  chargeFill,
  newFeeAccumulator,
  tradeFeeMicros,
  type BalanceRounding,
  type FillFeeRow,
  type FillForFee,
} from '@kwm/model-venue'

const fill: fc.Arbitrary<FillForFee> = fc
  .record({
    direction: fc.constantFrom<'buy' | 'sell'>('buy', 'sell'),
    priceBps: fc.integer({ min: 1, max: 9999 }),
    countCenti: fc.integer({ min: 1, max: 5000 }),
    liquidity: fc.constantFrom<'taker' | 'maker'>('taker', 'maker'),
  })
  .map(({ liquidity, ...rest }) => ({
    ...rest,
    tradeFeeMicros: tradeFeeMicros(
      { takerRateE7: 700_000, makerRateE7: 175_000 },
      liquidity,
      rest.priceBps,
      rest.countCenti,
    ),
  }))
const fills = fc.array(fill, { minLength: 1, maxLength: 40 })
const precision = fc.constantFrom(100, 10_000)

test('cash moved, fees and what is owed back add up, whatever the order of fills', () => {
  fc.assert(
    fc.property(fills, precision, fc.boolean(), (order, precisionMicros, netFeeFloor) => {
      const { rows, overpaidMicros } = charge(order, { precisionMicros, netFeeFloor })
      const cash = total(rows, (row) => row.balanceChangeMicros + row.rebateMicros)
      const gross = order.reduce((sum, f) => {
        const micros = f.priceBps * f.countCenti
        return sum + (f.direction === 'buy' ? -micros : micros)
      }, 0)
      const tradeFees = order.reduce((sum, f) => sum + f.tradeFeeMicros, 0)
      expect(cash).toBe(gross - total(rows, (row) => row.netFeeMicros))
      // Rounding only lends: every cent over the trade fees is still owed to the order.
      expect(total(rows, (row) => row.netFeeMicros)).toBe(tradeFees + overpaidMicros)
      for (const row of rows) {
        expect(Math.abs(row.balanceChangeMicros % precisionMicros)).toBe(0)
        expect(row.roundingFeeMicros).toBeGreaterThanOrEqual(0)
        expect(row.roundingFeeMicros).toBeLessThan(precisionMicros)
        expect(row.netFeeMicros).toBeGreaterThanOrEqual(netFeeFloor ? 0 : -10_000)
      }
    }),
  )
})

// Oracle: the sum T of all rounding fees alone tells what is left, because at most a cent may stay
// owed: T minus the largest number of cents that leaves more than nothing.
test('what stays owed is the total rounding less whole cents, more than 0 and at most a cent', () => {
  fc.assert(
    fc.property(fills, precision, (order, precisionMicros) => {
      const { rows, overpaidMicros } = charge(order, { precisionMicros, netFeeFloor: false })
      const rounding = total(rows, (row) => row.roundingFeeMicros)
      const cents = Math.max(0, Math.ceil(rounding / 10_000) - 1)
      expect(overpaidMicros).toBe(rounding - cents * 10_000)
    }),
  )
})

test('exactly a cent of overpayment is not yet paid back', () => {
  const half: FillForFee = {
    direction: 'buy',
    priceBps: 50,
    countCenti: 100,
    tradeFeeMicros: 0,
  }
  const { rows, overpaidMicros } = charge([half, half], {
    precisionMicros: 10_000,
    netFeeFloor: false,
  })
  expect(rows.map((row) => row.rebateMicros)).toEqual([0, 0])
  expect(overpaidMicros).toBe(10_000)
})

test('a rebate that would make the net fee negative waits, when the floor is on', () => {
  const cheap: FillForFee = { direction: 'buy', priceBps: 60, countCenti: 100, tradeFeeMicros: 500 }
  const order = Array.from({ length: 4 }, () => cheap)
  const withFloor = charge(order, { precisionMicros: 10_000, netFeeFloor: true })
  const without = charge(order, { precisionMicros: 10_000, netFeeFloor: false })
  expect(withFloor.rows.map((row) => row.netFeeMicros)).toEqual([4000, 4000, 4000, 4000])
  expect(without.rows.map((row) => row.netFeeMicros)).toEqual([4000, 4000, -6000, 4000])
})

function charge(order: readonly FillForFee[], rounding: BalanceRounding) {
  let accumulator = newFeeAccumulator
  const rows = order.map((f) => {
    const charged = chargeFill(accumulator, f, rounding)
    accumulator = charged.accumulator
    return charged.row
  })
  return { rows, overpaidMicros: accumulator.overpaidMicros }
}

const total = (rows: readonly FillFeeRow[], of: (row: FillFeeRow) => number): number =>
  rows.reduce((sum, row) => sum + of(row), 0)
