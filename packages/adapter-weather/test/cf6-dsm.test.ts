import { describe, expect, test } from 'vitest'
import { parseBulletin, parseCf6, parseDsm, textProductFacts } from '../src/index.ts'
import type { Bulletin } from '../src/index.ts'
import { cf6Text } from './climate-texts.ts'
import { capture, hasCaptures } from './captures.ts'
import { ALL, timeUs } from './stations.ts'

const NEAR = timeUs('2026-07-11T12:00:00Z')
const bulletin = (text: string, near = NEAR): Bulletin => {
  const read = parseBulletin(text, near)
  if (typeof read === 'string') throw new Error(read)
  return read
}

describe('a CF6 table', () => {
  const rows = [
    ' 9  89  67  78   2   0  13 0.00  0.0    0  8.0 17 230   M    M   8        23 230',
    '10  91  70  81   5   0  16    T  0.0    0  8.0 17 230   M    M   8        23 230',
    '11   M   M   M   M   M   M    M    M    M    M  M   M   M    M   M         M   M',
  ]

  test('gives its days; that of the issue is not over', () => {
    const { facts, faults } = textProductFacts(cf6Text(rows), ALL, NEAR)
    expect(faults).toEqual([])
    expect(facts.map(({ data }) => [data.climateDate, data.status, data.maxTempF])).toEqual([
      ['2026-07-09', 'final', 89],
      ['2026-07-10', 'final', 91],
      ['2026-07-11', 'intermediate', null],
    ])
  })

  test('issued anew says the same of the same days', () => {
    const hashes = (text: string) =>
      textProductFacts(text, ALL, NEAR).facts.map((f) => f.data.textHash)
    const later = cf6Text([...rows, '12  90  70  80   2   0  13']).replace('110920', '130920')
    expect(hashes(later).slice(0, 2)).toEqual(hashes(cf6Text(rows)).slice(0, 2))
  })

  test.each([
    ['a mean that is not theirs', ' 9  89  67  70   2   0'],
    ['a maximum below the minimum', ' 9  67  89  78   2   0'],
    ['a column gone', ' 9  89  78   2   0  13 0.00'],
    ['the 32nd', '32  89  67  78   2   0'],
    ['a word', ' 9  89  6x  78   2   0'],
  ])('refuses a row for %s, and keeps the others', (_, row) => {
    const { days, faults } = parseCf6(bulletin(cf6Text([row, rows[1]!])))
    expect(faults).toHaveLength(1)
    expect(days.map(({ date }) => date)).toEqual(['2026-07-10'])
  })

  test('without a month is refused', () => {
    expect(parseCf6(bulletin(cf6Text(rows, 'SMARCH')))).toMatchObject({
      days: [],
      faults: [/month/],
    })
  })
})

describe('a daily summary', () => {
  const dsm = (...messages: string[]) => `000 \nCDUS27 KLOT 110616\n${messages.join('\n')}\n`
  const read = (...messages: string[]) => textProductFacts(dsm(...messages), ALL, NEAR)
  const GOOD = 'KMDW DS 10/07 911456/ 700431// 91/ 70//0021509/45/00/00/\n02/06/T/00/71=\n'

  test('gives maximum, minimum and the day next to its issue', () => {
    expect(read(GOOD).facts).toMatchObject([
      {
        eventTimeUs: timeUs('2026-07-11T06:16:00Z'),
        data: {
          ...{ stationId: 'KMDW', product: 'DSM', climateDate: '2026-07-10', status: 'final' },
          ...{ maxTempF: 91, minTempF: 70 },
        },
      },
    ])
  })

  test.each([
    ['with a time is of the day so far', GOOD.replace('DS 10', 'DS 1600 10'), 'intermediate', 91],
    ['corrected', GOOD.replace('DS 10', 'DS COR 10'), 'correction', 91],
    [
      'of the day of its issue is of the day so far',
      GOOD.replace('10/07', '11/07'),
      'intermediate',
      91,
    ],
    ['of three digits', GOOD.replace('911456', '1011456'), 'final', 101],
    ['below zero', GOOD.replace('911456', '-021456').replace('700431', '-110431'), 'final', -2],
    ['missing', GOOD.replace('911456/ 700431', 'M/ M'), 'final', null],
  ])('%s', (_, message, status, maxTempF) => {
    expect(read(message).facts).toMatchObject([{ data: { status, maxTempF } }])
  })

  test.each([
    ['cut before its end', GOOD.replace('=', '')],
    ['a maximum below the minimum', GOOD.replace('911456', '611456')],
    ['no such hour', GOOD.replace('911456', '917756')],
    ['a day half a year away', GOOD.replace('10/07', '10/01')],
    ['letters', GOOD.replace('911456', '9l1456')],
  ])('refused for %s', (_, message) => {
    const { facts, faults } = read(message)
    expect(facts).toEqual([])
    expect(faults).toHaveLength(1)
  })

  test('of December 31 issued in January is of the year before', () => {
    const text = dsm(GOOD.replace('10/07', '31/12')).replace('110616', '010616')
    const { facts } = textProductFacts(text, ALL, timeUs('2027-01-01T07:00:00Z'))
    expect(facts).toMatchObject([{ data: { climateDate: '2026-12-31' } }])
  })
})

describe.skipIf(!hasCaptures)(
  'recorded tables and daily summaries (not without the recordings)',
  () => {
    test('CF6 of Des Moines: 22 days, the sum and the mean below the table are theirs', () => {
      const { days, faults } = parseCf6(bulletin(capture('nws_text/CF6DSM.txt')))
      expect(faults).toEqual([])
      const sum = (pick: 'maxTempF' | 'minTempF') => days.reduce((all, day) => all + day[pick]!, 0)
      expect([days.length, sum('maxTempF'), sum('minTempF')]).toEqual([22, 760, 364])
      expect(days[12]).toMatchObject({ date: '2020-02-13', maxTempF: 4, minTempF: -10 })
    })

    test.each(['CF6SEA', 'CF6GRR'])(
      '%s: the sums below the table are those of its rows',
      (name) => {
        const text = capture(`nws_text/${name}.txt`)
        const { days, faults } = parseCf6(bulletin(text))
        expect(faults).toEqual([])
        const sums = /^SM +(\d+) +(\d+)/m.exec(text)!.slice(1).map(Number)
        expect(days.reduce((all, { maxTempF }) => all + maxTempF!, 0)).toBe(sums[0])
        expect(days.reduce((all, { minTempF }) => all + minTempF!, 0)).toBe(sums[1])
      },
    )

    test('daily summaries: each agrees with its own second pair of extremes', () => {
      const text = capture('nws_text/DSM.txt')
      const { summaries, faults } = parseDsm(bulletin(text, timeUs('2015-11-27T06:20:00Z')))
      expect(faults).toEqual([])
      expect(summaries).toHaveLength(text.split(' DS ').length - 1)
      expect(new Set(summaries.map(({ climateDate }) => climateDate))).toEqual(
        new Set(['2015-11-26']),
      )
      // From 7 in the morning on the maximum can only be lower, and the minimum higher.
      for (const { text: line, maxTempF, minTempF } of summaries) {
        const [, max, min] = /\/\/ ?(-?\d+)\/ ?(-?\d+)\/\//.exec(line)!.map(Number)
        expect(Math.abs(max! - maxTempF!)).toBeLessThanOrEqual(15)
        expect(Math.abs(min! - minTempF!)).toBeLessThanOrEqual(15)
      }
      expect(summaries[1]).toMatchObject({
        icao: 'KFSM',
        maxTempF: 59,
        maxTimeMinutes: 15 * 60 + 46,
      })
    })

    test('daily summaries with everything missing are so', () => {
      const { summaries, faults } = parseDsm(
        bulletin(capture('nws_text/DSM_allmissing.txt'), timeUs('2015-11-27T06:20:00Z')),
      )
      expect(faults).toEqual([])
      expect(summaries.map(({ maxTempF }) => maxTempF)).toEqual([null, null])
    })
  },
)
