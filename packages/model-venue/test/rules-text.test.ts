import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRules, rulesDisagreement } from '../src/index.ts'
import type { ListedMarket, SettlementRules } from '../src/index.ts'

const THEN = ', then the market resolves to Yes.'
const CLI = "the National Weather Service's Climatological Report (Daily)"
const MEAN = "the simple average of the sixty seconds of CF Benchmarks' BRTI"

function rulesOf(text: string): SettlementRules {
  const parsed = parseRules(text)
  if (!parsed.ok) throw new Error(`refused: ${parsed.templateHash} ${text}`)
  return parsed.rules
}

const SAMPLES: readonly (readonly [string, Partial<SettlementRules>])[] = [
  [
    `If the maximum temperature recorded at Gotham (CLINYC) for Dec 1, 2026, is less than 40° fahrenheit according to The Weather Company${THEN}`,
    {
      templateId: 'high-twc-according',
      statistic: 'highest-temperature',
      source: 'weather-company',
      revision: 'first-final',
      unit: 'fahrenheit',
      station: 'CLINYC',
      comparator: 'less',
      floor: null,
      cap: 40,
      date: '2026-12-01',
    },
  ],
  [
    `If the maximum temperature recorded at Gotham (CLINYC) for Dec 1, 2026, is between 40-41° fahrenheit according to The Weather Company${THEN}`,
    { comparator: 'between', floor: 40, cap: 41 },
  ],
  [
    `If the maximum temperature recorded at Gotham for Dec 31, 2025, is greater than -4° fahrenheit according to ${CLI}${THEN}`,
    {
      templateId: 'high-cli-according',
      source: 'nws-cli',
      revision: 'final-report',
      station: null,
      comparator: 'greater',
      floor: -4,
      cap: null,
      date: '2025-12-31',
    },
  ],
  [
    `If the highest temperature recorded in Gotham Park, Gotham for March 3, 2026 as reported by ${CLI}, is greater than 61°${THEN}`,
    { templateId: 'high-cli-reported', comparator: 'greater', floor: 61, date: '2026-03-03' },
  ],
  [
    `If the minimum temperature recorded at Gotham (CLINYC) for Dec 1, 2026, is less than 20° fahrenheit according to The Weather Company${THEN}`,
    { templateId: 'low-twc-according', statistic: 'lowest-temperature', cap: 20 },
  ],
  [
    `If the temperature recorded at Gotham, NY for Dec 1, 2026 9 PM EST as reported by The Weather Company (for coordinates KNYC), is above 39.99°${THEN}`,
    { templateId: 'hourly-twc', station: 'KNYC', comparator: 'greater', floor: 39.99 },
  ],
  [
    `If ${MEAN} before 1:15 PM EST on Dec 1, 2026 is at least ${MEAN} before 1:00 PM EST on December 1, 2026${THEN}`,
    {
      templateId: 'btc-rise',
      source: 'cf-benchmarks',
      unit: 'usd',
      comparator: 'greater_or_equal',
      floor: null,
      cap: null,
      date: null,
    },
  ],
  [
    `If the simple average of the sixty seconds of CF Benchmarks' Bitcoin Real-Time Index (BRTI) before 5 PM EST is above 90,249.99 at 5 PM EST on Dec 1, 2026${THEN}`,
    { templateId: 'btc-level', comparator: 'greater', floor: 90_249.99 },
  ],
]

test.each(SAMPLES)('%s', (text, expected) => {
  expect(rulesOf(text)).toMatchObject(expected)
})

test('a template has one hash whatever the place, day and numbers; another wording has another', () => {
  const text = (place: string, day: string, degrees: string): string =>
    `If the maximum temperature recorded at ${place} for ${day}, is greater than ${degrees}° fahrenheit according to The Weather Company${THEN}`
  const one = rulesOf(text('Gotham (CLINYC)', 'Dec 1, 2026', '40')).templateHash
  expect(rulesOf(text('San Narciso, CA (CLILAX)', 'January 12, 2027', '101')).templateHash).toBe(
    one,
  )
  expect(one).toMatch(/^[0-9a-f]{16}$/)
  const other = parseRules(text('Gotham (CLINYC)', 'Dec 1, 2026', '40').replace('maximum', 'modal'))
  expect(other.ok).toBe(false)
  expect(other.ok ? '' : other.templateHash).not.toBe(one)
})

describe('one word more or less is another contract', () => {
  const [good] = SAMPLES[0]!
  test.each([
    ['an exception at the end', `${good} Except on Sundays.`],
    ['a condition at the start', `On dry days: ${good}`],
    ['another source', good.replace('The Weather Company', 'The Weather Channel')],
    ['the forecast', good.replace('recorded', 'forecast')],
    ['another comparison', good.replace('less than', 'not less than')],
    ['centigrade', good.replace('fahrenheit', 'celsius')],
    ['a range without its end', good.replace('less than', 'between')],
    ['a range the wrong way round', good.replace('less than 40', 'between 41-40')],
    ['nothing', ''],
    ['a text without end', `${good}${' and'.repeat(2_000)}`],
  ])('%s', (_name, text) => expect(parseRules(text).ok).toBe(false))
})

describe('rules against the listing', () => {
  const listed: ListedMarket = {
    seriesTicker: 'KXHIGHNY',
    eventTicker: 'KXHIGHNY-26DEC01',
    strikeType: 'between',
    floorStrike: 40,
    capStrike: 41,
    subtitle: '40° to 41°',
    sourceUrls: [],
  }
  const rules = rulesOf(SAMPLES[1]![0])
  const against = (change: Partial<ListedMarket>): string | null =>
    rulesDisagreement(rules, { ...listed, ...change })

  test('agree', () => {
    expect(against({})).toBeNull()
    expect(against({ sourceUrls: ['https://weather.example/x?site=OKX&issuedby=NYC'] })).toBeNull()
    expect(against({ subtitle: 'anything else' })).toBeNull()
  })
  test.each<[string, Partial<ListedMarket>]>([
    ['station CLINYC in the rules, CLIMDW known', { seriesTicker: 'KXHIGHCHI' }],
    ['station CLINYC in the rules, CLIJFK in the source', { sourceUrls: ['?issuedby=JFK'] }],
    ['rules say between, strike type greater', { strikeType: 'greater' }],
    ['rules say floor 40, strike 39', { floorStrike: 39 }],
    ['rules say cap 41, strike 42', { capStrike: 42 }],
    ['rules of 2026-12-01, event of 2026-12-02', { eventTicker: 'KXHIGHNY-26DEC02' }],
    ['subtitle "40° to 42°" is not the strike', { subtitle: '40° to 42°' }],
    ['subtitle "40° or above" is not the strike', { subtitle: '40° or above' }],
    ['no rules known for series KXRAINNY', { seriesTicker: 'KXRAINNY' }],
    [
      'the rules settle on highest-temperature, the series on lowest-temperature',
      { seriesTicker: 'KXLOWTNYC' },
    ],
  ])('%s', (reason, change) => expect(against(change)).toBe(reason))

  test('tails: strict in the rules, inclusive in the subtitle', () => {
    const tail = { strikeType: 'less', floorStrike: null, capStrike: 40 }
    const cold = rulesOf(SAMPLES[0]![0])
    expect(rulesDisagreement(cold, { ...listed, ...tail, subtitle: '39° or below' })).toBeNull()
    expect(rulesDisagreement(cold, { ...listed, ...tail, subtitle: '40° or below' })).toBe(
      'subtitle "40° or below" is not the strike',
    )
  })

  test('a station must come from somewhere', () => {
    const nameless = rulesOf(SAMPLES[2]![0])
    const market = {
      ...listed,
      eventTicker: 'KXHIGHNY-25DEC31',
      strikeType: 'greater',
      floorStrike: -4,
      capStrike: null,
      subtitle: '-3° or above',
    }
    expect(rulesDisagreement(nameless, market)).toBe('the rules name no station')
    expect(rulesDisagreement(nameless, { ...market, sourceUrls: ['?issuedby=NYC'] })).toBeNull()
  })

  test('what we have no model of is read and not traded', () => {
    const low = rulesOf(SAMPLES[4]![0])
    const market = { ...listed, seriesTicker: 'KXLOWTNYC', strikeType: 'less', capStrike: 20 }
    expect(rulesDisagreement(low, market)).toBe('no model for lowest-temperature')
  })
})

test('one digit, letter or sign of a known text changed: other numbers, or refused, never thrown', () => {
  const sample = fc.constantFrom(...SAMPLES.map(([text]) => text))
  const edit = fc.record({
    sample,
    at: fc.nat(),
    gone: fc.nat(3),
    put: fc.string({ maxLength: 3 }),
  })
  fc.assert(
    fc.property(edit, ({ sample: text, at, gone, put }) => {
      const cut = at % text.length
      const parsed = parseRules(text.slice(0, cut) + put + text.slice(cut + gone))
      if (!parsed.ok) return
      const { comparator, floor, cap, source, templateId } = parsed.rules
      const isSameKind = parseRules(text)
      expect(isSameKind.ok && isSameKind.rules.source).toBe(source)
      expect(templateId).not.toBe('')
      for (const strike of [floor, cap])
        expect(strike === null || Number.isFinite(strike)).toBe(true)
      if (comparator === 'between') expect(floor!).toBeLessThanOrEqual(cap!)
    }),
    { numRuns: 3_000 },
  )
})
