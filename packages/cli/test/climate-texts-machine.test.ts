import { cliFacts, metarFacts, parseBulletin, parseMetar } from '@kwm/adapter-weather'
import type { DataOf } from '@kwm/contracts'
import {
  climateDay,
  defaultWeatherConfig,
  HOUR_US,
  MINUTE_US,
  stationOfIcao,
  tenthsCOfWholeF,
  weatherMachine,
  type WeatherInput,
} from '@kwm/model-weather'
import { expect, test } from 'vitest'

type WeatherPmf = DataOf<'pmf.weather-pmf.v1'>

const MIDWAY = stationOfIcao('KMDW')!
const DAY = climateDay('2026-07-10', MIDWAY.stdOffsetMinutes)
const EVENT = 'KXHIGHCHI-26JUL10'
const at = (hour: number): number => DAY.startUs + Math.round(hour * 60) * MINUTE_US

let id = 0
const input = (type: string, eventTimeUs: number, ingestTimeUs: number, data: object) =>
  ({ type, id: `i${id++}`, causationId: 'x', eventTimeUs, ingestTimeUs, data }) as WeatherInput

/** What the service publishes of a text: the same parser, as received a minute after its issue. */
function reportInputs(
  heading: string,
  issued: string,
  section: string,
  max: string,
): WeatherInput[] {
  const text = [
    ...['', '000 ', heading, 'CLIMDW', '', 'CLIMATE REPORT', 'NATIONAL WEATHER SERVICE CHICAGO IL'],
    ...[issued, '', '...THE CHICAGO-MIDWAY CLIMATE SUMMARY FOR JULY 10 2026...'],
    ...(section === 'TODAY' ? ['VALID TODAY AS OF 0400 PM LOCAL TIME.'] : []),
    ...['', 'WEATHER ITEM   OBSERVED TIME   RECORD YEAR NORMAL DEPARTURE LAST'],
    '                VALUE   (LST)  VALUE       VALUE  FROM      YEAR',
    '...................................................................',
    ...['TEMPERATURE (F)', ` ${section}`, max],
    '  MINIMUM         70   4:31 AM  49    1934  67      3       70',
    ...['  AVERAGE         81', '', '&&', '', '$$', ''],
  ].join('\n')
  const bulletin = parseBulletin(text, at(24))
  if (typeof bulletin === 'string') throw new Error(bulletin)
  const { facts, faults } = cliFacts(bulletin, [MIDWAY])
  expect(faults).toEqual([])
  return facts.map((fact) =>
    input(fact.type, fact.eventTimeUs, fact.eventTimeUs + MINUTE_US, fact.data),
  )
}

const MORNING = ['CDUS43 KLOT 110634', '134 AM CDT SAT JUL 11 2026', 'YESTERDAY'] as const
const LATER = ['CDUS43 KLOT 111434 CCA', '934 AM CDT SAT JUL 11 2026', 'YESTERDAY'] as const
const AFTERNOON = ['CDUS43 KLOT 102134', '434 PM CDT FRI JUL 10 2026', 'TODAY'] as const

const STRIKES = [
  { strikeType: 'less', floorStrike: null, capStrike: 90, words: 'less than 90' },
  { strikeType: 'between', floorStrike: 90, capStrike: 91, words: 'between 90-91' },
  { strikeType: 'greater', floorStrike: 91, capStrike: null, words: 'greater than 91' },
]
const listings = STRIKES.map(({ words, ...strike }, i) =>
  input('md.market-listed.v1', at(-14), at(-14), {
    ...{ marketTicker: `${EVENT}-M${i}`, eventTicker: EVENT, seriesTicker: 'KXHIGHCHI', title: '' },
    ...{ ...strike, openTimeUs: at(-14), closeTimeUs: DAY.endUs, status: 'active' },
    priceRanges: [{ startBps: 0, endBps: 10_000, stepBps: 100 }],
    ...{ exchangeIndex: 0, feeType: 'quadratic', feeMultiplierMilli: 1_000, isTradable: true },
    ...{ untradableReason: null, isSynthetic: false },
    rulesPrimary: `If the maximum temperature recorded at Chicago (CLIMDW) for Jul 10, 2026, is ${words}° fahrenheit according to The Weather Company, then the market resolves to Yes.`,
  }),
)

/** Hourly METARs of the station's own making up to an hour, as the provider's parser reads them. */
function metars(untilHour: number): WeatherInput[] {
  return Array.from({ length: untilHour }, (_, hour) => {
    const timeUs = at(hour) + 51 * MINUTE_US
    const wholeF = 74 + Math.round(15 * Math.sin(((hour - 8.15) / 24) * 2 * Math.PI))
    const tenths = tenthsCOfWholeF(wholeF)
    const stamp = new Date(timeUs / 1_000).toISOString().replace(/\D/g, '').slice(6, 12)
    const body = `${Math.round(tenths / 10)}/15`
    const text = `METAR KMDW ${stamp}Z 20005KT 10SM CLR ${body} A2990 RMK AO2 T0${tenths}0150`
    const metar = parseMetar(text, timeUs)
    if (typeof metar === 'string') throw new Error(`no METAR: ${text}`)
    return metarFacts(metar, 'metar').map(({ type, eventTimeUs, data }) =>
      input(type, eventTimeUs, eventTimeUs + MINUTE_US, { ...data, revision: 0 }),
    )
  }).flat()
}

function said(atUs: number, ...inputs: readonly WeatherInput[]): WeatherPmf {
  const tick = input('ops.tick.v1', atUs, atUs, { second: Math.floor(atUs / 1e6), source: 'wall' })
  const tape = [...listings, ...metars(24), ...inputs]
    .filter(({ ingestTimeUs }) => ingestTimeUs <= atUs)
    .toSorted((a, b) => a.ingestTimeUs - b.ingestTimeUs)
  const state = weatherMachine.initial(defaultWeatherConfig)
  return [...tape, tick].flatMap((one) => weatherMachine.step(state, one)).at(-1)!
    .data as WeatherPmf
}
const max = (value: string): string =>
  `  MAXIMUM        ${value.padEnd(5)} 2:56 PM 106    1936  85      6       85`

test.each([
  ['as it is', '91'],
  ['a record', '91R'],
  ['an estimate', '91E'],
])('a final report settles: %s', (_, value) => {
  const pmf = said(at(27), ...reportInputs(...MORNING, max(value)))
  expect(pmf).toMatchObject({ basis: 'report', hardLowerF: 91, blockedReason: null })
  expect(pmf.brackets.map(({ p }) => Math.round(p! * 1_000))).toEqual([0, 997, 3])
})

test('a report whose maximum is missing settles nothing, and the one that has it does', () => {
  const missing = reportInputs(...MORNING, max('MM'))
  const open = said(at(27), ...missing)
  expect(open.basis).toBe('running-high')
  expect(open).toEqual(said(at(27)))
  const corrected = reportInputs(...LATER, max('91'))
  expect(said(at(35), ...missing, ...corrected)).toMatchObject({ basis: 'report', hardLowerF: 91 })
})

test('a late correction that says otherwise is flagged, not believed; one that agrees is not', () => {
  const first = reportInputs(...MORNING, max('91'))
  const other = reportInputs(...LATER, max('93'))
  expect(said(at(35), ...first, ...other)).toMatchObject({
    ...{ blockedReason: 'final reports contradict: 91, then 93', pmf: null, basis: 'none' },
  })
  // Until it came there was nothing to know of it.
  expect(said(at(27), ...first, ...other)).toEqual(said(at(27), ...first))
  expect(said(at(35), ...first, ...reportInputs(...LATER, max('91')))).toMatchObject({
    ...{ basis: 'report', blockedReason: null },
  })
})

test('a report of the afternoon is a bound, and its missing maximum is none', () => {
  const evening = at(19) + 55 * MINUTE_US
  const bare = said(evening)
  const bound = said(evening, ...reportInputs(...AFTERNOON, max('92')))
  expect(bound.hardLowerF).toBe(92)
  expect(bare.hardLowerF!).toBeLessThan(92)
  expect(said(evening, ...reportInputs(...AFTERNOON, max('MM')))).toEqual(bare)
  expect(at(16.6)).toBeLessThan(evening)
  expect(evening).toBeLessThan(DAY.endUs - 4 * HOUR_US)
})
