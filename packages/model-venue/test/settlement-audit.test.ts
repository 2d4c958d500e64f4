import { describe, expect, test } from 'vitest'
import {
  auditSettlement,
  dayEventTicker,
  parseDayEvent,
  parseRules,
  readStrikes,
} from '../src/index.ts'
import type { RecordedMarket, SettledEvent } from '../src/index.ts'

const bare = (suffix: string, facts: Partial<RecordedMarket> = {}): RecordedMarket => ({
  ...{ marketTicker: `KXHIGHNY-25MAR03-${suffix}`, strikeType: null, floorStrike: null },
  ...{ capStrike: null, subtitle: null, rulesText: null, result: 'no', ...facts },
})
const eventOf = (markets: RecordedMarket[], facts: Partial<SettledEvent> = {}): SettledEvent => {
  const { form = 'ladder' } = facts
  return { form, isComplete: false, markets, readings: readStrikes(markets, form), ...facts }
}

test.each([
  ['KXHIGHNY-26OCT02', 'KXHIGHNY', '2026-10-02'],
  ['KXHIGHNY-26OCT02-B81.5', 'KXHIGHNY', '2026-10-02'],
  ['HIGHNY-22DEC23-T-3', 'KXHIGHNY', '2022-12-23'],
  ['HIGHMIA--23MAY11-B86.5', 'KXHIGHMIA', '2023-05-11'],
  ['KXLOWTATL-26JUL16', 'KXLOWTATL', '2026-07-16'],
])('%s is of %s on %s', (ticker, seriesTicker, date) => {
  const day = parseDayEvent(ticker)!
  expect(day).toEqual({ seriesTicker, date })
  expect(parseDayEvent(dayEventTicker(day))).toEqual(day)
})

test.each(['KXBTC15M-26AUG170100-00', 'KXHIGHNY-26XXX02', 'KXHIGHNY-26OCT00', 'KXHIGHNY', ''])(
  '%s names no day',
  (ticker) => expect(parseDayEvent(ticker)).toBeUndefined(),
)

test('the report by its older name is the same report', () => {
  const text =
    "If the highest temperature recorded in Denver, CO for January 18, 2025 as reported by the National Weather Service's Daily Climate Report, is between 17-18°, then the market resolves to Yes."
  expect(parseRules(text)).toMatchObject({
    ok: true,
    rules: { source: 'nws-cli', comparator: 'between', floor: 17, cap: 18, date: '2025-01-18' },
  })
})

describe('strikes', () => {
  test('a tail is told by where it stands; alone it says nothing', () => {
    const readings = readStrikes([bare('T40'), bare('B40.5'), bare('T41')], 'ladder')
    expect(readings).toMatchObject([
      { ok: true, source: 'neighbours', bracket: { strikeType: 'less', cap: 40 } },
      { ok: true, source: 'ticker', bracket: { floor: 40, cap: 41 } },
      { ok: true, source: 'neighbours', bracket: { strikeType: 'greater', floor: 41 } },
    ])
    expect(readStrikes([bare('T40')], 'ladder')).toMatchObject([{ fault: 'strikes-unreadable' }])
    expect(readStrikes([bare('T40', { floorStrike: 40 })], 'ladder')).toMatchObject([
      { ok: true, source: 'ticker', bracket: { strikeType: 'greater', floor: 40 } },
    ])
    expect(readStrikes([bare('T40')], 'thresholds')).toMatchObject([{ source: 'threshold' }])
  })

  test('below zero, as in Chicago in December', () => {
    expect(readStrikes([bare('B-0.5')], 'ladder')).toMatchObject([
      { ok: true, bracket: { floor: -1, cap: 0 } },
    ])
  })

  test('two ways of reading that differ are a fault, not a choice', () => {
    const market = bare('B40.5', { subtitle: '42° to 43°' })
    const [reading] = readStrikes([market], 'ladder')
    expect(reading).toMatchObject({ ok: false, fault: 'strikes-disagree' })
    expect(auditSettlement(eventOf([market]), 40, null)).toMatchObject({
      verdict: 'undecidable',
      cause: 'strikes-disagree',
    })
  })
})

describe('nothing is decided', () => {
  const ladder = [bare('T40'), bare('B40.5', { result: 'yes' }), bare('T41')]
  const cases: readonly (readonly [string, SettledEvent, number | null])[] = [
    ['value-missing', eventOf(ladder), null],
    ['value-not-whole', eventOf(ladder), 40.5],
    ['strikes-unreadable', eventOf([bare('T40')]), 40],
    ['partition-broken', eventOf([ladder[0]!, ladder[1]!], { isComplete: true }), 40],
    ['partition-broken', eventOf([ladder[1]!, bare('B41.5')]), 40],
    ['result-missing', eventOf(ladder.map((market) => ({ ...market, result: null }))), 40],
    ['result-scalar', eventOf([{ ...ladder[1]!, result: 'scalar' }]), 40],
    ['winner-not-recorded', eventOf([bare('B40.5')]), 44],
  ]
  test.each(cases)('%s', (cause, event, value) => {
    expect(auditSettlement(event, value, null)).toMatchObject({ verdict: 'undecidable', cause })
  })
})

test('an unknown result of a loser does not hide the winner, but of the winner it does', () => {
  const [low, middle, high] = [bare('T40'), bare('B40.5'), bare('T41')]
  const known = eventOf([{ ...low, result: null }, { ...middle, result: 'yes' }, high])
  expect(auditSettlement(known, 40, null).verdict).toBe('match')
  expect(auditSettlement(known, 39, null)).toMatchObject({ verdict: 'mismatch' })
  const thresholds = eventOf([bare('T40', { result: null }), bare('T42', { result: 'no' })], {
    form: 'thresholds',
  })
  expect(auditSettlement(thresholds, 41, null)).toMatchObject({ cause: 'result-missing' })
})

test('a day on which two of a ladder paid fits no value', () => {
  const both = eventOf([bare('B40.5', { result: 'yes' }), bare('B42.5', { result: 'yes' })])
  expect(auditSettlement(both, 40, null)).toMatchObject({ verdict: 'mismatch', implied: null })
})
