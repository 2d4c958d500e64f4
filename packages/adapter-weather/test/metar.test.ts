import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { metarFacts, parseMetar, type Metar } from '../src/index.ts'
import { timeUs } from './stations.ts'

const NEAR = timeUs('2026-07-10T18:00:00Z')
const read = (line: string): Metar => {
  const metar = parseMetar(line, NEAR)
  if (typeof metar === 'string') throw new Error(metar)
  return metar
}
const ROUTINE =
  'KMDW 101753Z 27012G20KT 10SM FEW045 31/19 A2992 RMK AO2 SLP127 T03110189 10322 20228 58012'

describe('a METAR', () => {
  test('gives its reading with the tenths of the T group', () => {
    const [reading] = metarFacts(read(ROUTINE), 'iem')
    expect(reading).toEqual({
      type: 'wx.observation.v1',
      eventTimeUs: timeUs('2026-07-10T17:53:00Z'),
      data: {
        ...{ stationId: 'KMDW', source: 'iem', kind: 'tenth-f', tempF: 87.98, dewPointF: 66.02 },
        ...{ humidityPct: null, windMph: 13.81, windowStartUs: null, stationIds: ['KMDW'] },
      },
    })
  })

  test('gives the 6-hour maximum as whole °F, over the six hours before it', () => {
    const maximum = metarFacts(read(ROUTINE), 'iem')[1]
    expect(maximum?.data).toMatchObject({
      ...{ kind: 'max-6h', tempF: 90, windowStartUs: timeUs('2026-07-10T11:53:00Z') },
    })
  })

  test('gives the 24-hour maximum of midnight', () => {
    const facts = metarFacts(
      read(
        'KMDW 110551Z AUTO 20005KT 10SM CLR 24/18 A2998 RMK AO2 T02390183 10300 20239 403220206',
      ),
      'iem',
    )
    expect(facts.map(({ data }) => [data.kind, data.tempF])).toEqual([
      ['tenth-f', 75.02],
      ['max-6h', 86],
      ['max-24h', 90],
    ])
    expect(facts[2]?.data.windowStartUs).toBe(timeUs('2026-07-10T06:00:00Z'))
  })

  test('without a T group is in whole °C, and below zero too', () => {
    const [reading] = metarFacts(read('KMDW 101815Z AUTO 36004KT 10SM OVC010 M04/M11 A3001'), 'nws')
    expect(reading?.data).toMatchObject({ kind: 'whole-c', tempF: 24.8, dewPointF: 12.2 })
  })

  test('without a temperature is a reading that is missing, not one left out', () => {
    const [reading] = metarFacts(read('KMDW 101815Z AUTO 36004KT 10SM CLR A3001 RMK AO2 $'), 'nws')
    expect(reading?.data).toMatchObject({ tempF: null })
    expect(read('KMDW 101815Z AUTO 10SM // A3001 RMK AO2').bodyTempC).toBeNull()
  })

  test.each([
    ['SPECI KMDW 101812Z 27012KT 1/2SM R31C/2400FT +TSRA 21/20 A2992', true, false],
    ['METAR COR KMDW 101753Z 27012KT 10SM 21/20 A2992', false, true],
    ['KMDW 101753Z COR 27012KT 10SM 21/20 A2992', false, true],
  ])('%s: special %s, corrected %s', (line, isSpecial, isCorrection) => {
    expect(read(line)).toMatchObject({ isSpecial, isCorrection, bodyTempC: 21 })
  })

  test.each([
    ['T and body disagree', 'KMDW 101753Z 10SM 31/19 A2992 RMK AO2 T01310189'],
    ['a 6-hour maximum below the reading', 'KMDW 101753Z 10SM 31/19 A2992 RMK AO2 T03110189 10300'],
    ['a 6-hour maximum at 15Z', 'KMDW 101453Z 10SM 31/19 A2992 RMK AO2 T03110189 10322'],
    ['no such hour', 'KMDW 102561Z 10SM 31/19 A2992'],
    ['81 °C', 'KMDW 101753Z 10SM 81/19 A2992'],
    ['a page of HTML', '<!DOCTYPE html><html><body>Busy</body></html>'],
  ])('is refused: %s', (_, line) => {
    expect(parseMetar(line, NEAR)).toBeTypeOf('string')
  })

  test('of the 31st is of the month before when the 1st is near', () => {
    const metar = parseMetar('KMDW 312353Z 10SM 05/01 A2992', timeUs('2027-01-01T00:10:00Z'))
    expect(metar).toMatchObject({ timeUs: timeUs('2026-12-31T23:53:00Z') })
  })

  // The oracle goes the other way: whole °F to tenths of °C as a station does it, by hand.
  test('of every whole °F from -40 to 120 gives that °F back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -40, max: 120 }), (tempF) => {
        const tenthsC = Math.sign(tempF - 32) * Math.floor(Math.abs((tempF - 32) / 1.8) * 10 + 0.5)
        const digits = String(Math.abs(tenthsC)).padStart(3, '0')
        const wholeC = Math.round(tenthsC / 10)
        const body = `${wholeC < 0 ? 'M' : ''}${String(Math.abs(wholeC)).padStart(2, '0')}`
        const group = `T${tenthsC < 0 ? 1 : 0}${digits}`
        const [reading] = metarFacts(read(`KMDW 101753Z 10SM ${body}/ A29 RMK AO2 ${group}`), 'x')
        expect(Math.round(reading!.data.tempF!) + 0).toBe(tempF)
      }),
    )
  })
})
