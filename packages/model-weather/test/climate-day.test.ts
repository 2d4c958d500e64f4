import fc from 'fast-check'
import { expect, test } from 'vitest'
import { climateDateOf, climateDay, climateDayAt, closeFault, DAY_US } from '@kwm/model-weather'

test('every instant is in exactly the day its date names, whatever the offset', () => {
  const instant = fc.integer({ min: 0, max: 4_102_444_800 }).map((second) => second * 1_000_000)
  const offset = fc.integer({ min: -12, max: 14 }).map((hours) => hours * 60)
  fc.assert(
    fc.property(instant, offset, (timeUs, stdOffsetMinutes) => {
      const date = climateDateOf(timeUs, stdOffsetMinutes)
      // The oracle is the calendar of the platform, asked in a shifted clock.
      const shifted = new Date(timeUs / 1_000 + stdOffsetMinutes * 60_000)
      expect(date).toBe(shifted.toISOString().slice(0, 10))
      const { startUs, endUs } = climateDayAt(timeUs, stdOffsetMinutes)
      expect(startUs <= timeUs && timeUs < endUs).toBe(true)
      expect(endUs - startUs).toBe(DAY_US)
      expect(climateDateOf(endUs - 1, stdOffsetMinutes)).toBe(date)
    }),
  )
})

test('a date that does not exist crashes', () => {
  for (const date of ['2026-02-29', '2026-13-01', '2026-1-01', 'today']) {
    expect(() => climateDay(date, -300), date).toThrow(/date/)
  }
})

test('a market closes with its climate day; at civil midnight in summer only in the older regime', () => {
  const utcUs = (iso: string): number => Date.parse(iso) * 1_000
  const september = climateDay('2026-09-16', -300)
  expect(closeFault(september, utcUs('2026-09-17T05:00:00Z'))).toBeNull()
  expect(closeFault(september, utcUs('2026-09-17T04:59:00Z'))).toBeNull()
  expect(closeFault(september, utcUs('2026-09-17T03:59:00Z'))).toContain('61 minutes before')
  expect(closeFault(september, utcUs('2026-09-18T05:00:00Z'))).toContain('2026-09-16')
  const before = climateDay('2025-07-05', -300)
  expect(closeFault(before, utcUs('2025-07-06T03:59:00Z'))).toBeNull()
})
