import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SlidingRange, TrailingQuantile } from '../src/index.ts'

const points = fc.array(
  fc.record({ gapUs: fc.integer({ min: 0, max: 12 }), value: fc.integer({ min: -9, max: 9 }) }),
  { maxLength: 120, size: 'max' },
)
const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

test('high, low and last are those of the list of what lies in the window', () => {
  fc.assert(
    fc.property(points, fc.integer({ min: 1, max: 40 }), fc.nat(), (tape, windowUs, cutSeed) => {
      let range = new SlidingRange(windowUs)
      const cut = cutSeed % (tape.length + 1)
      let timeUs = 0
      const seen: { timeUs: number; value: number }[] = []
      for (const [n, { gapUs, value }] of tape.entries()) {
        if (n === cut) range = SlidingRange.restore(json(range.snapshot()))
        timeUs += gapUs
        if (value === 0) range.advance(timeUs) // Now and then only time passes.
        else {
          range.push(timeUs, value)
          seen.push({ timeUs, value })
        }
        const inside = seen.filter((p) => p.timeUs > timeUs - windowUs).map((p) => p.value)
        expect(range.high).toBe(inside.length ? Math.max(...inside) : null)
        expect(range.low).toBe(inside.length ? Math.min(...inside) : null)
        expect(range.last).toBe(inside.at(-1) ?? null)
      }
    }),
  )
})

test('an earlier time counts as the latest one, and what is no number is refused', () => {
  const range = new SlidingRange(10)
  range.push(100, 5)
  range.push(50, 7)
  range.advance(105)
  expect([range.high, range.low, range.last]).toEqual([7, 5, 7])
  range.advance(110)
  expect([range.high, range.low, range.last]).toEqual([null, null, null])
  expect(() => range.push(111, NaN)).toThrow('a value to range over')
  expect(() => range.advance(1.5)).toThrow('whole microseconds')
  expect(() => new SlidingRange(0)).toThrow('window')
})

const CONFIG = { low: 0, high: 10, bins: 20, sliceUs: 10, slices: 3 }

test('a quantile is the upper edge of the bin that holds it, over the slices of the window', () => {
  const values = fc.array(
    fc.record({
      gapUs: fc.integer({ min: 0, max: 15 }),
      value: fc.integer({ min: -20, max: 120 }),
    }),
    { minLength: 1, maxLength: 80 },
  )
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 10 }), fc.nat(), (tape, tenths, cutSeed) => {
      let quantile = new TrailingQuantile(CONFIG)
      const seen: { slice: number; value: number }[] = []
      let timeUs = 0
      for (const [n, { gapUs, value }] of tape.entries()) {
        if (n === cutSeed % tape.length)
          quantile = TrailingQuantile.restore(json(quantile.snapshot()))
        timeUs += gapUs
        quantile.add(timeUs, value / 10)
        const slice = Math.floor(timeUs / CONFIG.sliceUs)
        seen.push({ slice, value: value / 10 })
        const inside = seen.filter((one) => one.slice > slice - CONFIG.slices)
        const sorted = inside.map((one) => one.value).toSorted((a, b) => a - b)
        const rank = Math.max(1, Math.ceil((tenths / 10) * sorted.length))
        const held = Math.min(9.99, Math.max(0, sorted[rank - 1]!))
        expect(quantile.count).toBe(inside.length)
        expect(quantile.quantile(tenths / 10)).toBeCloseTo((Math.floor(held * 2) + 1) / 2, 12)
      }
    }),
  )
})

test('no value, no quantile; time alone empties it', () => {
  const quantile = new TrailingQuantile(CONFIG)
  expect(quantile.quantile(0.5)).toBeNull()
  quantile.add(5, 3)
  quantile.advance(29)
  expect(quantile.count).toBe(1)
  quantile.advance(30)
  expect(quantile.quantile(0.5)).toBeNull()
  expect(() => quantile.add(31, NaN)).toThrow('a value to rank')
  expect(() => quantile.quantile(1.1)).toThrow('a quantile of')
  expect(() => new TrailingQuantile({ ...CONFIG, low: 10 })).toThrow('bins from')
})
