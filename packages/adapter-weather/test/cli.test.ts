import { describe, expect, test } from 'vitest'
import { cliFacts, parseBulletin, parseCli, textProductFacts } from '../src/index.ts'
import type { Bulletin, CliSummary, TextFacts } from '../src/index.ts'
import { cliText, summaryLines } from './climate-texts.ts'
import { capture, hasCaptures } from './captures.ts'
import { ALL, HOU, MDW, timeUs } from './stations.ts'

const NEAR = timeUs('2026-07-11T07:00:00Z')
const bulletin = (text: string): Bulletin => {
  const read = parseBulletin(text, NEAR)
  if (typeof read === 'string') throw new Error(read)
  return read
}
const factsOf = (text: string): TextFacts => cliFacts(bulletin(text), [MDW])
const reportOf = (text: string) => factsOf(text).facts[0]?.data
const INTERMEDIATE = {
  ...{ heading: 'CDUS43 KLOT 112134', issued: '434 PM CDT SAT JUL 11 2026' },
  ...{ section: 'TODAY', valid: 'VALID TODAY AS OF 0400 PM LOCAL TIME.' },
}

describe('a climate report', () => {
  test('is of the day of its headline, known since its issue', () => {
    const { facts, faults } = factsOf(cliText())
    expect(faults).toEqual([])
    expect(facts).toMatchObject([
      {
        eventTimeUs: timeUs('2026-07-11T06:34:00Z'),
        data: {
          ...{ stationId: 'KMDW', product: 'CLI', climateDate: '2026-07-10' },
          ...{ status: 'final', maxTempF: 91, minTempF: 70 },
        },
      },
    ])
  })

  test('of the afternoon is of the day so far', () => {
    expect(reportOf(cliText(INTERMEDIATE))).toMatchObject({
      ...{ status: 'intermediate', climateDate: '2026-07-11', maxTempF: 91 },
    })
  })

  test('that calls itself final before its day is over is not', () => {
    const early = { heading: 'CDUS43 KLOT 110530', issued: '1230 AM CDT SAT JUL 11 2026' }
    expect(reportOf(cliText(early))).toMatchObject({ status: 'intermediate' })
  })

  test.each([
    ['by its heading', cliText({ heading: 'CDUS43 KLOT 110934 CCA' })],
    ['by its headline', cliText().replace('JULY 10 2026...', 'JULY 10 2026 CORRECTION...')],
    ['by its title', cliText().replace('CLIMATE REPORT', 'CLIMATE REPORT...CORRECTED')],
  ])('is corrected %s', (_, text) => {
    expect(reportOf(text)).toMatchObject({ status: 'correction', maxTempF: 91 })
  })

  const row = (value: string) => cliText({ max: `  MAXIMUM    ${value}` })
  test.each([
    ['301 PM without a colon', row('     91    301 PM  68    1876'), 91],
    ['a record', row('    101R   2:47 PM 100    1901'), 101],
    ['an estimate', row('     91(E)  301 PM  68    1876'), 91],
    ['below zero', row('     -4   1201 AM  68    1876').replace('  70  ', ' -10  '), -4],
    ['missing', row('     MM                68    1876'), null],
    [
      'a blank where the value should be: never the record beside it',
      row('                    106    1936'),
      null,
    ],
    ['no row at all', cliText({ max: '' }), null],
  ])('%s', (_, text, maxTempF) => {
    expect(reportOf(text)).toMatchObject({ maxTempF })
  })

  test('says when the maximum was, and that it is a record or an estimate', () => {
    const one = (value: string): CliSummary => parseCli(bulletin(row(value))).summaries[0]!
    expect(one('    101R   247 PM 100    1901')).toMatchObject({
      ...{ maxTimeMinutes: 14 * 60 + 47, isMaxRecord: true, isMaxEstimated: false },
    })
    expect(one('     91(E) 12:05 AM 100    1901')).toMatchObject({
      ...{ maxTimeMinutes: 5, isMaxRecord: false, isMaxEstimated: true },
    })
  })

  test.each([
    ['a maximum below the minimum', row('     61    301 PM  68')],
    ['190 degrees', row('    190    301 PM  68')],
    ['two rows of maxima', row('     91    301 PM\n  MAXIMUM         92')],
    ['a number where none is read', row('    9l     301 PM  68')],
    ['no table', cliText().replace('TEMPERATURE (F)\n', 'TEMPERATURES\n')],
    ['no headline', cliText().replace('CLIMATE SUMMARY', 'SUMMARY')],
    ['neither yesterday nor today', cliText({ section: 'SOME DAY' })],
    ['February 30', cliText().replace('JULY 10', 'FEBRUARY 30')],
  ])('is refused for %s', (_, text) => {
    const { facts, faults } = factsOf(text)
    expect(facts).toEqual([])
    expect(faults).toHaveLength(1)
  })

  test('of a station that was not asked for is refused', () => {
    expect(factsOf(cliText({ pil: 'CLIORD' }))).toMatchObject({ facts: [], faults: [/CLIORD/] })
  })

  test('is the same from two sources, whatever their line ends and counters', () => {
    const other = cliText().replace('000 ', '337 ').replaceAll('\n', '\r\r\n')
    expect(reportOf(other)).toEqual(reportOf(cliText()))
    expect(
      reportOf(
        cliText({
          max: cliText()
            .match(/^ {2}MAXIMUM.*$/m)![0]
            .replace('91', '92'),
        }),
      ),
    ).not.toMatchObject({ textHash: reportOf(cliText())!.textHash })
  })

  const second = (headline: string, max: string) =>
    `${summaryLines({ headline, section: 'YESTERDAY', max: `  MAXIMUM         ${max}    200 PM`, min: '' }).join('\n')}\n`
  test('of several stations gives the one that is wanted', () => {
    const text = cliText({ pil: 'CLIHOU', headline: 'THE HOUSTON INTERCONTINENTAL' }).replace(
      '\n&&',
      `\n${second('THE HOUSTON/HOBBY AIRPORT', '93')}\n&&`,
    )
    expect(cliFacts(bulletin(text), [HOU]).facts).toMatchObject([{ data: { maxTempF: 93 } }])
  })

  test('of several stations none of which is known to be the wanted one is refused', () => {
    const text = cliText().replace('\n&&', `\n${second('THE CHICAGO-OHARE', '95')}\n&&`)
    expect(factsOf(text).facts).toMatchObject([{ data: { maxTempF: 91 } }])
    const unknown = text.replaceAll('CHICAGO-MIDWAY', 'SOMEWHERE')
    expect(factsOf(unknown)).toMatchObject({ facts: [], faults: [/which of/] })
    const austin = text.replaceAll('CLIMDW', 'CLIDCA')
    expect(cliFacts(bulletin(austin), ALL)).toMatchObject({ facts: [], faults: [/which of/] })
  })
})

describe.skipIf(!hasCaptures)('recorded climate reports (not without the recordings)', () => {
  type Row = [file: string, date: string, status: string, max: number | null, min: number]
  // Read off the texts by eye.
  test.each<Row>([
    ['cli/cli/aus_final.txt', '2026-07-08', 'final', 99, 74],
    ['cli/cli/aus_intermediate.txt', '2026-07-09', 'intermediate', 98, 73],
    ['cli/cli/chi_final.txt', '2026-07-08', 'final', 89, 67],
    ['cli/cli/chi_intermediate.txt', '2026-07-09', 'intermediate', 87, 74],
    ['cli/cli/den_final.txt', '2026-07-08', 'final', 94, 60],
    ['cli/cli/den_intermediate.txt', '2026-07-09', 'intermediate', 65, 57],
    ['cli/cli/mia_final.txt', '2026-07-08', 'final', 92, 83],
    ['cli/cli/mia_intermediate.txt', '2026-07-09', 'intermediate', 92, 82],
    ['cli/cli/nyc_final.txt', '2026-07-08', 'final', 85, 64],
    ['cli/cli/nyc_intermediate.txt', '2026-07-09', 'intermediate', 82, 71],
    ['cli/cli/nyc_record.txt', '2026-07-02', 'final', 100, 82],
    ['cli/cli/phl_final.txt', '2026-07-08', 'final', 86, 70],
    ['cli/cli/phl_intermediate.txt', '2026-07-09', 'intermediate', 81, 72],
    ['cli/iem/text_clinyc_202607100625.txt', '2026-07-09', 'final', 82, 71],
    ['nws_text/CLINYC.txt', '2013-01-02', 'final', 33, 22],
    ['nws_text/CLIDCA.txt', '2026-06-28', 'final', 76, 72],
    // The second station of the text; the first one had 80.
    ['nws_text/CLIHOU.txt', '2014-11-30', 'final', 79, 62],
  ])('%s', (file, climateDate, status, maxTempF, minTempF) => {
    const { facts, faults } = textProductFacts(capture(file), ALL, NEAR)
    expect(faults).toEqual([])
    expect(facts).toMatchObject([{ data: { climateDate, status, maxTempF, minTempF } }])
  })

  test('the times of issue are those the service gives', () => {
    const meta = JSON.parse(capture('cli/cli/meta.json')) as Record<
      string,
      { kind: string; issuanceTime: string }[]
    >
    for (const [city, issues] of Object.entries(meta)) {
      for (const { kind, issuanceTime } of issues) {
        const read = parseBulletin(capture(`cli/cli/${city}_${kind}.txt`), 0)
        expect(read).toMatchObject({ issueTimeUs: timeUs(issuanceTime) })
      }
    }
  })

  test('a morning issue without a maximum has none, and others are read as they are', () => {
    const fortMyers = { ...MDW, icao: 'KFMY', report: 'CLIFMY' }
    const cincinnati = { ...MDW, icao: 'KCVG', report: 'CLICVG', stdOffsetMinutes: -300 }
    const read = (file: string) => textProductFacts(capture(file), [fortMyers, cincinnati], NEAR)
    expect(read('nws_text/CLIFMY.txt').facts).toMatchObject([
      { data: { status: 'intermediate', maxTempF: null, minTempF: 63, climateDate: '2014-12-29' } },
    ])
    expect(read('nws_text/CLICVG_newer.txt').facts).toMatchObject([
      { data: { status: 'final', maxTempF: 70, minTempF: 35, climateDate: '2020-04-22' } },
    ])
  })
})
