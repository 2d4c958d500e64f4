import { expect, test } from 'vitest'
import {
  flatPosition,
  Ledger,
  liquidationValueMicros,
  positionAfterFill,
  unrealizedPnlMicros,
  type PositionFill,
} from '@kwm/model-positions'

const buy = (side: 'yes' | 'no', priceBps: number, countCenti: number): PositionFill => ({
  marketTicker: 'M',
  side,
  priceBps,
  countCenti,
  feeMicros: 1000,
})

test('buying NO against YES nets: the pair pays a dollar and the rest opens the other side', () => {
  const ledger = new Ledger()
  ledger.applyFill(buy('yes', 4000, 1000))
  // 15 NO at 55¢: 10 net (10 × ($1 - 0.40 - 0.55) = $0.50 realized), 5 stay open for $2.75.
  expect(ledger.applyFill(buy('no', 5500, 1500))).toEqual({
    marketTicker: 'M',
    positionCenti: -500,
    costMicros: 2_750_000,
    feesMicros: 2000,
    realizedPnlMicros: 500_000,
    cashMicros: -4_000_000 - 8_250_000 + 10_000_000 - 2000,
  })
})

test('a cost that does not divide is moved, never lost', () => {
  const ledger = new Ledger()
  ledger.applyFill(buy('yes', 3333, 2))
  ledger.applyFill(buy('yes', 3334, 1)) // 10000 micros for 3 hundredths.
  expect(ledger.applyFill(buy('no', 5000, 1))).toMatchObject({
    positionCenti: 2,
    costMicros: 6667,
    realizedPnlMicros: 10_000 - 3333 - 5000,
  })
})

test('marks sell to the side that buys, and to nobody when it is empty', () => {
  const long = positionAfterFill(flatPosition('M'), buy('yes', 4000, 1000))
  const short = positionAfterFill(flatPosition('M'), buy('no', 5500, 1000))
  const quote = { yesBidBps: 4200, yesAskBps: 4700 }
  expect(liquidationValueMicros(long, quote)).toBe(4_200_000)
  expect(liquidationValueMicros(short, quote)).toBe(5_300_000)
  expect(unrealizedPnlMicros(short, quote)).toBe(-200_000)
  expect(liquidationValueMicros(long, { yesAskBps: 4700 })).toBe(0)
  expect(liquidationValueMicros(short, { yesBidBps: 4200 })).toBe(0)
  expect(liquidationValueMicros(flatPosition('M'), {})).toBe(0)
})

test('a settlement is paid once; a different one later is reported and changes nothing', () => {
  const ledger = new Ledger()
  ledger.applyFill(buy('no', 5500, 1000))
  const first = ledger.applySettlement({ marketTicker: 'M', result: 'no', valueBps: 0 })
  expect(first).toMatchObject({ kind: 'settled', positionCenti: -1000, payoutMicros: 10_000_000 })
  const before = ledger.snapshot()
  const again = ledger.applySettlement({ marketTicker: 'M', result: 'no', valueBps: 0 })
  expect(again).toEqual({ kind: 'repeated' })
  const other = ledger.applySettlement({ marketTicker: 'M', result: 'yes', valueBps: 10_000 })
  expect(other).toEqual({ kind: 'conflicting', settledYesValueBps: 0 })
  expect(ledger.snapshot()).toEqual(before)
})

test('nonsense is our bug, and crashes', () => {
  const ledger = new Ledger()
  expect(() => ledger.applyFill(buy('yes', 0, 100))).toThrow('fill price')
  expect(() => ledger.applyFill(buy('yes', 10_000, 100))).toThrow('fill price')
  expect(() => ledger.applyFill(buy('yes', 5000, 0))).toThrow('fill count')
  expect(() => ledger.applyFill({ ...buy('yes', 5000, 1), feeMicros: 0.5 })).toThrow('fill fee')
  expect(() => ledger.applyFill(buy('yes', 9999, 2 ** 50))).toThrow('out of range')
  expect(() => ledger.forget('M')).toThrow('not settled')
})

test('a position far above any real account is still exact', () => {
  const ledger = new Ledger()
  ledger.applyFill(buy('yes', 3333, 99_999_999))
  const after = ledger.applyFill(buy('no', 6667, 33_333_333))
  expect(after.costMicros + after.cashMicros + after.feesMicros).toBe(after.realizedPnlMicros)
  expect(after.costMicros).toBe(3333 * 66_666_666)
})
