import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Hampel, HAMPEL_POINTS } from '../src/index.ts'

const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

/** The definition, from all that came up to the n-th value. */
function byDefinition(values: readonly number[], n: number, madFloor: number): number {
  const window = values.slice(Math.max(0, n + 1 - HAMPEL_POINTS), n + 1)
  const median = medianOf(window)
  const mad = medianOf(window.map((x) => Math.abs(x - median)))
  const x = values[n]!
  return Math.abs(x - median) > 3 * 1.4826 * Math.max(mad, madFloor) ? median : x
}

/** On a grid with ties and leaps, and of any size. */
const value = fc.oneof(
  fc.integer({ min: -8, max: 8 }).map((n) => n / 2),
  fc.integer({ min: -200, max: 200 }),
  fc.double({ min: -1e3, max: 1e3, noNaN: true }).map((x) => x + 0),
)
const values = fc.array(value, { minLength: 1, maxLength: 60 })
const floor = fc.constantFrom(0, 0.5, 3)

test('equals the definition over the newest seven values', () => {
  fc.assert(
    fc.property(values, floor, (xs, madFloor) => {
      const filter = new Hampel()
      for (const [n, x] of xs.entries()) {
        expect(filter.add(x, madFloor)).toBe(byDefinition(xs, n, madFloor))
      }
    }),
  )
})

test('a snapshot anywhere goes on bit for bit', () => {
  fc.assert(
    fc.property(values, floor, fc.nat(), (xs, madFloor, cut) => {
      const straight = new Hampel()
      let resumed = new Hampel()
      for (const [n, x] of xs.entries()) {
        if (n === cut % xs.length) {
          resumed = Hampel.restore(JSON.parse(JSON.stringify(resumed.snapshot())) as never)
        }
        expect(resumed.add(x, madFloor)).toBe(straight.add(x, madFloor))
      }
      expect(resumed.snapshot()).toEqual(straight.snapshot())
    }),
  )
})

test('a single leap is taken out, a step passes with its fourth value', () => {
  const filter = new Hampel()
  const play = (xs: readonly number[]) => xs.map((x) => filter.add(x, 0.5))
  expect(play([50, 50, 51, 50, 50, 90, 50, 50])).toEqual([50, 50, 51, 50, 50, 50, 50, 50])
  play([50, 50, 50, 50, 50])
  expect(play([70, 70, 70, 70, 70])).toEqual([50, 50, 50, 70, 70])
  filter.clear()
  expect(play([10, 10])).toEqual([10, 10])
  expect(() => filter.add(NaN, 1)).toThrow('a value to filter: NaN')
})
