import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bracketOf,
  checkPartition,
  continuousEdges,
  settlesYes,
  sortBrackets,
  wholeRange,
  winningBracket,
  type Bracket,
} from '@kwm/model-venue'

/** A partition of the whole degrees: two tails and bins of one to four degrees, shuffled. */
const ladder: fc.Arbitrary<{ brackets: Bracket[]; start: number; widths: number[] }> = fc
  .tuple(
    fc.integer({ min: -30, max: 110 }),
    fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 }),
    fc.boolean(),
  )
  .map(([start, widths, orEqual]) => {
    let floor = start
    const brackets: Bracket[] = [
      orEqual
        ? { marketTicker: 'low', strikeType: 'less_or_equal', cap: start - 1 }
        : { marketTicker: 'low', strikeType: 'less', cap: start },
    ]
    for (const [i, width] of widths.entries()) {
      const cap = floor + width - 1
      brackets.push({ marketTicker: `b${i}`, strikeType: 'between', floor, cap })
      floor += width
    }
    brackets.push(
      orEqual
        ? { marketTicker: 'high', strikeType: 'greater_or_equal', floor }
        : { marketTicker: 'high', strikeType: 'greater', floor: floor - 1 },
    )
    return { brackets, start, widths }
  })

const span = ({ start, widths }: { start: number; widths: number[] }): number[] => {
  const length = widths.reduce((sum, width) => sum + width, 0)
  return Array.from({ length: length + 8 }, (_, i) => start - 4 + i)
}

test('in a partition every whole degree has one winner, and the check agrees', () => {
  fc.assert(
    fc.property(ladder, fc.nat(), (made, seed) => {
      const { brackets } = made
      expect(checkPartition(rotated(brackets, seed))).toEqual({ valid: true })
      for (const degree of span(made)) {
        expect(brackets.filter((b) => settlesYes(b, degree))).toHaveLength(1)
      }
    }),
  )
})

test('one bracket less or one more is found, at the first degree it spoils', () => {
  fc.assert(
    fc.property(ladder, fc.nat(), fc.boolean(), (made, seed, isRemoved) => {
      const { brackets } = made
      const index = seed % brackets.length
      const broken = isRemoved
        ? brackets.filter((_, i) => i !== index)
        : [...brackets, { ...brackets[index]!, marketTicker: 'again' }]
      const check = checkPartition(broken)
      expect(check.valid).toBe(false)
      if (check.valid || check.fault.kind === 'strike') return
      const { value, kind } = check.fault
      expect(kind).toBe(isRemoved ? 'never' : 'twice')
      expect(broken.filter((b) => settlesYes(b, value))).toHaveLength(isRemoved ? 0 : 2)
      expect(settlesYes(brackets[index]!, value)).toBe(true)
    }),
  )
})

test('sorted brackets touch edge to edge from minus to plus infinity', () => {
  fc.assert(
    fc.property(ladder, fc.nat(), (made, seed) => {
      const sorted = sortBrackets(rotated(made.brackets, seed))
      const edges = sorted.map(continuousEdges)
      expect(edges[0]![0]).toBe(-Infinity)
      expect(edges.at(-1)![1]).toBe(Infinity)
      for (const [i, [, upper]] of edges.slice(0, -1).entries()) {
        expect(edges[i + 1]![0]).toBe(upper)
      }
    }),
  )
})

test('the truth of a bracket and its whole range are the same set', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('less', 'less_or_equal', 'between', 'greater_or_equal', 'greater'),
      fc.integer({ min: -400, max: 400 }),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: -3, max: 14 }),
      (strikeType, floorQuarters, widthQuarters, offset) => {
        const floorStrike = floorQuarters / 4
        const value = Math.floor(floorStrike) + offset // Near the strikes, where it matters.
        const capStrike = floorStrike + widthQuarters / 4
        const bracket = bracketOf({ marketTicker: 'm', strikeType, floorStrike, capStrike })
        if (bracket === undefined) return // It contains no whole number at all.
        const { lowest, highest } = wholeRange(bracket)
        expect(settlesYes(bracket, value)).toBe(value >= lowest && value <= highest)
      },
    ),
  )
})

test('a half-up rounded temperature wins the bracket whose edges hold it', () => {
  fc.assert(
    fc.property(ladder, fc.double({ min: -40, max: 140, noNaN: true }), ({ brackets }, tempF) => {
      const winner = winningBracket(brackets, Math.floor(tempF + 0.5))
      const holder = brackets.find((b) => {
        const [lower, upper] = continuousEdges(b)
        return tempF >= lower && tempF < upper
      })
      expect(holder).toBe(winner)
    }),
  )
})

test('the letter T serves both tails: only the strike type decides', () => {
  const low = { marketTicker: 'X-T81', strikeType: 'less', floorStrike: null, capStrike: 81 }
  const high = { marketTicker: 'X-T88', strikeType: 'greater', floorStrike: 88, capStrike: null }
  expect(settlesYes(bracketOf(low)!, 80)).toBe(true)
  expect(settlesYes(bracketOf(low)!, 81)).toBe(false)
  expect(settlesYes(bracketOf(high)!, 88)).toBe(false)
  expect(settlesYes(bracketOf(high)!, 89)).toBe(true)
})

test('unknown strike types and missing strikes are refused', () => {
  const listed = { marketTicker: 'm', floorStrike: 80, capStrike: 81 }
  expect(bracketOf({ ...listed, strikeType: 'custom' })).toBeUndefined()
  expect(bracketOf({ ...listed, strikeType: 'between', capStrike: null })).toBeUndefined()
  expect(bracketOf({ ...listed, strikeType: 'between', capStrike: 79 })).toBeUndefined()
  const nameless: Bracket = { marketTicker: 'm', strikeType: 'greater' }
  expect(checkPartition([nameless])).toMatchObject({ valid: false, fault: { kind: 'strike' } })
  expect(checkPartition([])).toMatchObject({ valid: false, reason: '0 never' })
})

const rotated = <T>(items: readonly T[], by: number): T[] => {
  const cut = by % items.length
  return [...items.slice(cut), ...items.slice(0, cut)]
}
