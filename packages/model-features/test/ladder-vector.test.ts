import type { LadderEvent, LadderRow } from '@kwm/contracts'
import { expect, test } from 'vitest'
import { blankRow, LADDER_FEATURES, writeLadderFeatures } from '../src/index.ts'
import { framesOf, randomTape } from './random-tape.ts'

const WIDTH = LADDER_FEATURES.length
/** Not one number: names, arrays, quotes and sizes as they are, errors that a t-statistic holds. */
const LEFT_OUT = [
  ...['marketTicker', 'quoteState', 'bidBps', 'askBps', 'bidCenti', 'askCenti'],
  ...['bidDepth', 'askDepth', 'ofiLevels5s', 'ofiLevels15s', 'ofiLevels60s'],
  ...['velocitySe', 'accelerationSe', 'bookVelocitySe'],
]

test('every number of a row is in the vector, once', () => {
  const names = LADDER_FEATURES.filter((name) => !name.startsWith('event.'))
  const wanted = Object.keys(blankRow('x')).filter((field) => !LEFT_OUT.includes(field))
  expect(names.toSorted()).toEqual(wanted.toSorted())
  expect(new Set(LADDER_FEATURES).size).toBe(WIDTH)
})

test('a value is itself, what is missing is 0 with an indicator', () => {
  const frames = framesOf(randomTape(5, 40)).slice(-40)
  for (const { frame } of frames) {
    for (const row of frame.rows) {
      const [values, missing] = [new Float64Array(WIDTH + 3), new Uint8Array(WIDTH + 3)]
      writeLadderFeatures(row, frame.event, values, missing, 3)
      for (const [i, name] of LADDER_FEATURES.entries()) {
        const value = valueOf(row, frame.event!, name)
        expect(missing[i + 3], name).toBe(value === null ? 1 : 0)
        expect(values[i + 3], name).toBeCloseTo(Number(value ?? 0), 12)
      }
    }
  }
})

function valueOf(row: LadderRow, event: LadderEvent, name: string): number | boolean | null {
  const hour = event.localHour! * 15 * (Math.PI / 180)
  if (name === 'event.localHourSin') return Math.sin(hour)
  if (name === 'event.localHourCos') return Math.cos(hour)
  const isOfEvent = name.startsWith('event.')
  const from: Readonly<Record<string, unknown>> = isOfEvent ? event : row
  return (from[name.replace('event.', '')] ?? null) as number | boolean | null
}

test('a frame from before has its event missing, and a vector without room is refused', () => {
  const [values, missing] = [new Float64Array(WIDTH), new Uint8Array(WIDTH)]
  writeLadderFeatures({ ...blankRow('x'), mid: 0.5 }, undefined, values, missing)
  expect(values[0]).toBe(0.5)
  expect(missing.at(-1)).toBe(1)
  expect(() => writeLadderFeatures(blankRow('x'), undefined, values, missing, 1)).toThrow('no room')
})
