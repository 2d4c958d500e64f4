import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  fahrenheit,
  feedType,
  parseMetarGroup,
  tenthsCOfWholeF,
  wholeFsOfWholeC,
} from '@kwm/model-weather'

test('a whole °C is said by exactly the °F that its preimage lists, over the whole range', () => {
  for (let wholeF = -80; wholeF <= 140; wholeF++) {
    const wholeC = Math.round(((wholeF - 32) * 5) / 9)
    for (let c = wholeC - 1; c <= wholeC + 1; c++) {
      expect(wholeFsOfWholeC(c).includes(wholeF), `${wholeF} of ${c}`).toBe(c === wholeC)
    }
  }
})

test('the naive conversion of whole °C is wrong for half of the residues', () => {
  const naive = (c: number): number => Math.round(1.8 * c + 32)
  // 22 °C may be 71 or 72; the naive reading says 72 and would be a degree too high as a bound.
  expect(wholeFsOfWholeC(22)).toEqual([71, 72])
  expect(naive(22)).toBe(72)
})

test('a METAR group is read or refused, and never throws', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      const group = parseMetarGroup(text)
      expect(group === undefined || /^[T124]/.test(text)).toBe(true)
    }),
  )
  expect(parseMetarGroup('T0222')).toMatchObject({ tempF: 72, dewTenthsC: null })
  expect(parseMetarGroup('T1000')).toMatchObject({ tempTenthsC: 0, tempF: 32 })
  for (const group of ['T2222', 'T022202170', '30344', '1034', '4010010155', 'T02220217 ']) {
    expect(parseMetarGroup(group), group).toBeUndefined()
  }
})

test('a feed is told by its grid, and a quiet one is not told at all', () => {
  const wholeF = [70, 71, 72, 74, 75, 77, 79, 80]
  expect(feedType(wholeF)).toBe('wholeF')
  expect(feedType(wholeF.map((f) => fahrenheit(tenthsCOfWholeF(f) / 10)))).toBe('tenthF')
  expect(feedType([20, 21, 22, 23, 24, 26].map(fahrenheit))).toBe('wholeC')
  expect(feedType([70.13, 71.27, 72.61, 73.05, 75.44, 76.18])).toBe('smooth')
  expect(feedType([77, 77, 77, 77, 77, 77])).toBeNull()
})
