import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatFixed, parseFixed } from '@kwm/std'

test.each([
  ['0.4700', 4, 4700],
  ['0.960', 4, 9600],
  ['.5', 4, 5000],
  ['1', 2, 100],
  ['-54.00', 2, -5400],
  ['0.010000', 4, 100],
  ['-0.00', 2, 0],
])('parseFixed(%s, %i) is %i', (text, decimals, expected) => {
  expect(Object.is(parseFixed(text, decimals), expected)).toBe(true)
})

test.each(['', '-', '.', '1e3', '0.47001', '1,0', ' 1', '0x1', '99999999999999999', 'NaN'])(
  'parseFixed refuses %j',
  (text) => expect(parseFixed(text, 4)).toBeUndefined(),
)

test('format and parse are inverse over the safe integers', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 6 }), (value, decimals) => {
      expect(parseFixed(formatFixed(value, decimals), decimals)).toBe(value)
    }),
  )
})

test('agrees with an oracle in BigInt', () => {
  const decimal = fc.tuple(fc.bigInt(-99_999n, 99_999n), fc.bigInt(0n, 9_999n))
  fc.assert(
    fc.property(decimal, ([whole, fraction]) => {
      const text = `${whole}.${fraction.toString().padStart(4, '0')}`
      const magnitude = (whole < 0n ? -whole : whole) * 10_000n + fraction
      expect(parseFixed(text, 4)).toBe(Number(whole < 0n ? -magnitude : magnitude))
    }),
  )
})
