import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HorizonPairs } from '../src/index.ts'

// The oracle sees the whole path: the change is the last price at or before t + h less that at t.
test('each sample is paired with the last price one horizon on, and not before it is known', () => {
  const steps = fc.array(
    fc.record({
      dtUs: fc.integer({ min: 0, max: 6_000_000 }),
      mid: fc.integer({ min: 1, max: 99 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  let closedCount = 0
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 12 }), (path, horizon) => {
      const horizonUs = horizon * 1_000_000
      const pairs = new HorizonPairs<{ timeUs: number; mids: Float64Array; from: number }>(
        horizonUs,
      )
      const times: number[] = []
      let timeUs = 0
      for (const [i, { dtUs, mid }] of path.entries()) {
        timeUs += dtUs
        times.push(timeUs)
        const now = { timeUs, mids: Float64Array.of(mid) }
        for (const { sample, closed } of pairs.advance(now)) {
          closedCount++
          const dueUs = sample.timeUs + horizonUs
          expect(dueUs).toBeLessThanOrEqual(timeUs)
          const known = times.findLastIndex((time) => time <= dueUs)
          expect(closed[0]).toBe(path[known]!.mid - path[sample.from]!.mid)
          expect(times[known]!).toBeGreaterThanOrEqual(dueUs - 15_000_000)
        }
        pairs.open({ ...now, from: i })
      }
    }),
    { numRuns: 300 },
  )
  expect(closedCount).toBeGreaterThan(500)
})

test('a price that has not been heard of for long closes nothing, and what is dropped is counted', () => {
  const pairs = new HorizonPairs(20_000_000)
  const sample = { timeUs: 0, mids: Float64Array.of(0.5) }
  pairs.advance(sample)
  pairs.open(sample)
  expect(pairs.advance({ timeUs: 60_000_000, mids: Float64Array.of(0.6) })).toEqual([])
  expect(pairs.droppedCount).toBe(1)
})
