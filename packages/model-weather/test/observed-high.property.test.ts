import fc from 'fast-check'
import { expect, test } from 'vitest'
import { climateDay, HOUR_US, MINUTE_US, observedHigh } from '../src/index.ts'

const day = climateDay('2026-07-16', -300)
/** Minutes after the day's start, before and after the day too. */
const point = fc.record({
  minute: fc.integer({ min: -120, max: 26 * 60 }),
  tempF: fc.integer({ min: -20, max: 110 }),
})

test('the high is the warmest reading of the day, and the gap the longest stretch of minutes without one', () => {
  fc.assert(
    fc.property(fc.array(point, { maxLength: 60 }), (made) => {
      const points = made.map(({ minute, tempF }) => ({
        timeUs: day.startUs + minute * MINUTE_US,
        tempF,
      }))
      const seen = observedHigh(day, points)
      const inDay = made.filter(({ minute }) => minute >= 0 && minute < 1_440)
      expect(seen.readings).toBe(inDay.length)
      expect(seen.highF).toBe(inDay.length === 0 ? null : Math.max(...inDay.map((p) => p.tempF)))
      // The oracle walks the day minute by minute.
      const has = new Set(inDay.map(({ minute }) => minute))
      let [longest, run] = [0, 0]
      for (let minute = 1; minute <= 1_440; minute++) {
        run++
        longest = Math.max(longest, run)
        if (has.has(minute)) run = 0
      }
      expect(seen.longestGapUs).toBe(longest * MINUTE_US)
      expect(seen.isComplete).toBe(longest <= 60)
    }),
  )
})

test('a feed that is silent at noon is incomplete, whatever it saw before and after', () => {
  const everyFive = Array.from({ length: 288 }, (_, at) => ({
    timeUs: day.startUs + at * 5 * MINUTE_US,
    tempF: 60,
  }))
  expect(observedHigh(day, everyFive)).toMatchObject({ isComplete: true, highF: 60 })
  const silent = everyFive.filter(({ timeUs }) => {
    const hour = (timeUs - day.startUs) / HOUR_US
    return hour < 12 || hour > 13
  })
  expect(observedHigh(day, silent)).toMatchObject({
    isComplete: false,
    gapStartUs: day.startUs + 11 * HOUR_US + 55 * MINUTE_US,
  })
  expect(observedHigh(day, [])).toMatchObject({ highF: null, isComplete: false })
})
