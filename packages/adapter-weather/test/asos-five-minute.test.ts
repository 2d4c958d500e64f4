import { describe, expect, test } from 'vitest'
import { climateDateOf, parseAsosFiveMinute } from '../src/index.ts'
import { capture, hasCaptures } from './captures.ts'
import { MDW, NYC, timeUs } from './stations.ts'

const record = (text: string, stamp = '202506010000'): string =>
  `94728KNYC NYC${stamp}${String(text.length).padStart(3, '0')}${text}`
const GOOD = record(
  '06/01/25 00:00:31  5-MIN KNYC 010500Z AUTO 00000KT 10SM CLR 14/13 A2960 RMK AO2 T01440133',
)

describe('a line of 5-minute data', () => {
  test('is at its local standard time, with the tenths of its report', () => {
    const reading = parseAsosFiveMinute(`${GOOD}\n`, NYC)
    expect(reading).toMatchObject({
      isRead: true,
      facts: [
        { eventTimeUs: timeUs('2025-06-01T05:00:00Z'), data: { kind: 'tenth-f', tempF: 57.92 } },
      ],
    })
  })

  test.each([
    ['cut short', GOOD.slice(0, -3), NYC],
    ['of another station', GOOD, MDW],
    [
      'whose report is of another minute',
      record('06/01/25 00:00:31  5-MIN KNYC 010505Z AUTO CLR 14/13 A2960', '202506010000'),
      NYC,
    ],
    ['of a day that is none', record('x', '202506310000'), NYC],
  ])('%s is refused', (_, line, station) => {
    expect(parseAsosFiveMinute(line, station)).toMatchObject({ isRead: false })
    expect(parseAsosFiveMinute(`${GOOD}\n${line}`, NYC).isRead).toBe(true)
  })
})

describe.skipIf(!hasCaptures)('16 days of KNYC at 5 minutes (not without the recordings)', () => {
  const official = new Map(
    capture('labels/nws_daily_high_all_but_CHI_2022-01_2025-04-15.csv.gz')
      .split('\n')
      .filter((line) => line.startsWith('KXHIGHNY,2025-04'))
      .map((line) => [line.split(',')[1]!, Number(line.split(',')[2])]),
  )
  const text = capture('weather/asos5_KNYC_2025-04-01_2025-04-16.dat.gz')
  const reading = parseAsosFiveMinute(text, NYC)
  const facts = reading.isRead ? reading.facts : []
  const observations = facts.filter((fact) => fact.type === 'wx.observation.v1')
  const highest = (kind: string): Map<string, number> => {
    const highs = new Map<string, number>()
    for (const { eventTimeUs, data } of observations) {
      if (data.kind !== kind || data.tempF === null) continue
      // A maximum belongs to the day in which most of its window lies.
      const middleUs = eventTimeUs - (eventTimeUs - (data.windowStartUs ?? eventTimeUs)) / 2
      const date = climateDateOf(middleUs, NYC.stdOffsetMinutes)
      highs.set(date, Math.max(highs.get(date) ?? -99, Math.round(data.tempF)))
    }
    return highs
  }

  test('every line is read', () => {
    expect(reading).toMatchObject({ isRead: true, faults: [] })
    const readings = observations.filter(({ data }) => data.windowStartUs === null)
    expect(readings).toHaveLength(text.trimEnd().split('\n').length)
    // Counted in the text by another tool.
    expect(observations.filter(({ data }) => data.kind === 'max-6h')).toHaveLength(113)
    expect(observations.filter(({ data }) => data.kind === 'max-24h')).toHaveLength(30)
    expect(readings.filter(({ data }) => data.kind === 'tenth-f')).toHaveLength(4_105)
    expect(readings.filter(({ data }) => data.tempF === null)).toHaveLength(5)
  })

  test('no reading is above the official maximum; a gap leaves one day three short', () => {
    const highs = highest('tenth-f')
    const days = [...official].map(([date, high]) => highs.get(date)! - high)
    expect(days).toHaveLength(15)
    expect(days.filter((above) => above > 0)).toEqual([])
    expect(days.filter((above) => above === 0).length).toBeGreaterThanOrEqual(10)
    expect([highs.get('2025-04-10'), official.get('2025-04-10')]).toEqual([48, 51])
  })

  test('the maximum that midnight reports is the official one, each day of 15', () => {
    expect([...highest('max-24h')].slice(0, 15)).toEqual([...official])
  })

  test('no 6-hour maximum is above the official one of its day', () => {
    const highs = highest('max-6h')
    expect([...official].filter(([date, high]) => highs.get(date)! > high)).toEqual([])
  })
})
