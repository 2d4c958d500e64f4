import { describe, test } from 'vitest'
import { climateDateOf, climateDay, HOUR_US } from '@kwm/model-weather'
import {
  expectCase,
  expectDiffers,
  has,
  unknownKind,
  vectorCases,
  type Json,
  type VectorCase,
} from '../../../vectors/vector-loop.ts'

describe('vector climate_day', () => {
  test.each(vectorCases('climate_day'))('$name', (c) => {
    const got = answer(c)
    expectCase(got, c)
    for (const [key, wrong] of Object.entries(c.wrong ?? {})) expectDiffers(got[key], wrong)
  })
})

function answer({ input, ...c }: VectorCase): Record<string, Json> {
  const offset = input.stdOffsetMin
  if (has(input, 'tsUtc')) {
    return { climateDate: climateDateOf(Date.parse(input.tsUtc) * 1_000, offset) }
  }
  if (!has(input, 'date')) return unknownKind({ input, ...c })
  const { startUs, endUs } = climateDay(input.date, offset)
  const bounds = { startUtc: utc(startUs), endUtc: utc(endUs), hours: (endUs - startUs) / 3.6e9 }
  if (!has(input, 'tz')) return bounds
  // The civil clock, asked from the time zone database, says what the day looks like on the wall.
  const hours = Array.from({ length: 30 }, (_, k) => startUs + (k - 3) * HOUR_US)
  return {
    ...bounds,
    startLocalCivil: civil(startUs, input.tz),
    endLocalCivil: civil(endUs, input.tz),
    civilDayHours: hours.filter((t) => civil(t, input.tz).startsWith(input.date)).length,
  }
}

const utc = (timeUs: number): string => new Date(timeUs / 1_000).toISOString().replace('.000Z', 'Z')

function parts(timeUs: number, timeZone: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', timeZoneName: 'short', year: 'numeric', month: '2-digit' },
    ...{ day: '2-digit', hour: '2-digit', minute: '2-digit' },
  })
  const list = format.formatToParts(timeUs / 1_000)
  return Object.fromEntries(list.map(({ type, value }) => [type, value]))
}

function civil(timeUs: number, timeZone: string): string {
  const p = parts(timeUs, timeZone)
  return `${p['year']}-${p['month']}-${p['day']} ${p['hour']}:${p['minute']} ${p['timeZoneName']}`
}
