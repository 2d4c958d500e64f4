import fc from 'fast-check'
import { expect, test } from 'vitest'
import { civilFromDays, daysFromCivil, isoDate, parseIsoDate } from '../src/index.ts'

const DAY_MS = 86_400_000
/** 0000-01-01 to 9999-12-31. */
const day = fc.integer({ min: -719_528, max: 2_932_896 })

test('days and dates agree with the calendar of the runtime, both ways', () => {
  fc.assert(
    fc.property(day, (days) => {
      const date = new Date(days * DAY_MS)
      const civil = civilFromDays(days)
      expect(civil).toEqual({
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
      })
      expect(daysFromCivil(civil)).toBe(days)
      expect(isoDate(civil)).toBe(date.toISOString().slice(0, 10))
      expect(parseIsoDate(isoDate(civil))).toEqual(civil)
    }),
    { numRuns: 2_000 },
  )
})

test('a date that does not exist is none', () => {
  const bad = ['2026-02-29', '2100-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '2026-04-00']
  for (const text of [...bad, '2026-4-01', '26-04-01', '', '2026-04-01T00:00Z']) {
    expect(parseIsoDate(text), text).toBeUndefined()
  }
  expect(parseIsoDate('2028-02-29')).toEqual({ year: 2028, month: 2, day: 29 })
})
