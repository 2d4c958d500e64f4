import fc from 'fast-check'
import { expect, test } from 'vitest'
import { walkForwardSplits } from '../src/index.ts'

const dayOf = (day: number): string => `2026-${String(1 + day).padStart(3, '0')}`

// Each rule is checked row by row, from its statement rather than from the folds.
test('no row is trained on whose label is known too late, nor tested in the fold that trains on it', () => {
  const rows = fc.array(
    fc.record({
      day: fc.nat(20),
      within: fc.nat(99),
      horizon: fc.oneof(fc.nat(5), fc.nat(250)),
    }),
    { minLength: 60, maxLength: 200 },
  )
  let [purged, folds] = [0, 0]
  fc.assert(
    fc.property(rows, fc.nat(1), fc.nat(20), (list, embargo, latency) => {
      const table = list.map(({ day, within, horizon }) => ({
        group: dayOf(day),
        time: day * 100 + within,
        labelTime: day * 100 + within + horizon,
      }))
      const days = [...new Set(table.map((row) => row.group))].toSorted()
      const options = { train: 6, test: 3, step: 3, embargo, latency }
      for (const split of walkForwardSplits(table, options)) {
        folds++
        purged += split.purged
        const testDays = days.slice(split.fold.testFrom, split.fold.testTo)
        const trainDays = days.slice(split.fold.trainFrom, split.fold.trainTo - embargo)
        const start = Math.min(...[...split.testRows].map((r) => table[r]!.time))
        const [train, held] = [new Set(split.trainRows), new Set(split.testRows)]
        for (const [r, { group, labelTime }] of table.entries()) {
          expect(held.has(r)).toBe(testDays.includes(group))
          expect(train.has(r)).toBe(trainDays.includes(group) && labelTime + latency <= start)
        }
      }
    }),
  )
  expect(folds).toBeGreaterThan(100)
  expect(purged).toBeGreaterThan(100)
})
